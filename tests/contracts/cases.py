"""The case files of a contract: one folder per product, one JSON file per story, read in order.

A file holds the section of the document it replays and its cases. A case is one request and the answer it must have:

| key | meaning |
| --- | --- |
| `name` | what the case shows, in one line |
| `call` | method and path template as `/swagger.json` writes them, `"GET /api/produits/{id}/"` |
| `id` | what stands in place of the template's key |
| `path` | the path that is asked, where it is not the template's own |
| `query` | query parameters |
| `as` | who asks: `anonymous`, an actor of `stage.py`, or a name saved from an answer that held an `access` token |
| `body` | the JSON body, as the document shows it; `raw` is a body as text |
| `form`, `files` | the text fields of a form instead; its files by field: name and content, as text |
| `headers`, `language` | headers of the request; `language` is its `Accept-Language` |
| `status` | the status that the answer must have |
| `shape` | of the body: a name of `shapes.json`, `page of NAME`, `html`, `openapi`, `nothing` |
| `errors` | of a 400: its exact set of failing fields, each with messages |
| `values` | literal values of the body by dotted path (`"user.role"`, `"items.0.quantite"`) |
| `answer_headers` | headers of the answer, `*` for any value |
| `extra` | keys of the body beyond the documented ones |
| `save` | the name under which later cases find the body: `{produit.id}` |
| `once` | a failure that must not be asked twice (failures are asked again in English otherwise) |

`{name.key}` anywhere in a request stands for a saved value; `{unique}` for a text of this run of the file;
`{totp.NAME}` for the present code of the `secret_key` saved as NAME; `{mailed.code.ACTOR}` and
`{mailed.token.ACTOR}` for what the newest mail to an actor or saved account holds.
"""

import re
from pathlib import Path
from typing import Any

import msgspec

_KEY = re.compile(r"\{\w+\}")
ROOT = Path(__file__).parent
SHAPES = "shapes.json"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"actor": "as"}):
    """One request and the answer it must have. See the module."""

    name: str
    call: str
    status: int
    id: str = ""
    path: str = ""
    query: dict[str, str] = {}
    actor: str = "anonymous"
    body: Any = msgspec.UNSET
    raw: str | None = None
    form: dict[str, str] | None = None
    files: dict[str, tuple[str, str]] = {}
    headers: dict[str, str] = {}
    language: str = ""
    shape: str = ""
    errors: list[str] | None = None
    values: dict[str, Any] = {}
    answer_headers: dict[str, str] = {}
    extra: list[str] = []
    save: str = ""
    once: bool = False

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.call.split(" ", 1)[0]

    @property
    def template(self) -> str:
        """The path template of the operation."""
        return self.call.split(" ", 1)[1]

    @property
    def asked(self) -> str:
        """The path that is asked, placeholders still in it."""
        return self.path or (_KEY.sub(self.id, self.template, count=1) if self.id else self.template)

    @property
    def succeeds(self) -> bool:
        """Whether the answer is a success."""
        return self.status < 300


class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A story of cases, and the section of the document that it replays."""

    section: str
    cases: list[Case]


def products() -> list[str]:
    """The products that have case files."""
    return sorted(folder.name for folder in ROOT.iterdir() if (folder / SHAPES).exists())


def files_of(product: str) -> dict[str, CaseFile]:
    """The case files of a product by name."""
    found = {}
    for path in sorted((ROOT / product).glob("*.json")):
        if path.name != SHAPES:
            found[path.stem] = msgspec.json.decode(path.read_bytes(), type=CaseFile)
    return found


def shapes_of(product: str) -> dict[str, Any]:
    """The shapes of a product by name."""
    shapes: dict[str, Any] = msgspec.json.decode((ROOT / product / SHAPES).read_bytes())
    return shapes
