"""The rules of the house as functions of source text, so that a planted violation can be fed to each of them."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
MAX_LINES = 400

FRAMEWORKS = frozenset(
    {
        "litestar",
        "sqlalchemy",
        "advanced_alchemy",
        "alembic",
        "asyncpg",
        "psycopg",
        "saq",
        "redis",
        "httpx",
        "granian",
        "aiosmtplib",
        "jinja2",
        "jwt",
        "argon2",
        "structlog",
        "uvloop",
        "click",
        "typer",
        "prometheus_client",
        "cryptography",
        "pyotp",
        "segno",
        "croniter",
    }
)
PRODUCTS = frozenset({"ekigega", "spotvibe", "driven", "megahub", "crm"})
BAD_NAMES = frozenset(
    {"util", "utils", "helper", "helpers", "common", "manager", "managers", "base", "impl", "misc", "stuff"}
)
BASE_ALLOWED = "adapters/db/base.py"
NAMED_ON_PURPOSE = {
    "adapters/identity/common_passwords.py": "the passwords that are common, not what modules have in common"
}
AMBIENT = re.compile(
    r"^(os\.(environ|getenv|environb|putenv)|(datetime\.)?(datetime|date)\.(now|utcnow|today)"
    r"|time\.(time|time_ns|monotonic|localtime|gmtime|strftime))\b"
)
AMBIENT_ALLOWED = frozenset({"core/primitives/ids.py"})
"""UUIDv7 holds the time by its definition."""

SAME_IN_BOTH = frozenset(
    {
        "Budget",
        "Client",
        "Clients",
        "Date",
        "Page",
        "Produits",
        "Prospect",
        "Qualification",
        "Total",
        "Version",
        "Videos",
    }
)


class Source(NamedTuple):
    """A module: its path below `src`, with slashes, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return ast.parse(self.text, self.path)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.rpartition("/")[2].removesuffix(".py")

    @property
    def ring(self) -> str:
        """The top-level package."""
        return self.path.partition("/")[0]


def sources(root: Path = SRC) -> list[Source]:
    """Every module below a folder."""
    return [
        Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(root.rglob("*.py"))
    ]


def imports(tree: ast.AST) -> Iterator[str]:
    """Everything that is imported anywhere in a module, as dotted names; `from a import b` counts as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def slice_rings(source: Source) -> list[str]:
    """Within a feature, `http` never imports `store`, `store` never `http`; `domain` and `service` import neither
    them, nor adapters, nor a framework (DESIGN.md section 1)."""
    if source.ring != "plugins":
        return []
    kind = source.name.rpartition("_")[2]
    faults = []
    for name in imports(source.tree):
        parts = {part.rpartition("_")[2] for part in name.split(".")} if name.startswith("plugins.") else set()
        if kind == "http" and "store" in parts:
            faults.append(f"{source.path} imports {name}: http never touches store")
        if kind == "store" and "http" in parts:
            faults.append(f"{source.path} imports {name}: store never touches http")
        if kind in ("service", "domain"):
            if {"http", "store"} & parts:
                faults.append(f"{source.path} imports {name}: {kind} touches neither http nor store")
            if name.partition(".")[0] in FRAMEWORKS | {"adapters"}:
                faults.append(f"{source.path} imports {name}: {kind} never touches a framework")
    return faults


def ambient(source: Source) -> list[str]:
    """The core reads neither the environment nor the wall clock (DESIGN.md section 1)."""
    if source.ring != "core" or source.path in AMBIENT_ALLOWED or source.path.startswith("core/testkit/"):
        return []
    used = {ast.unparse(node) for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    used |= {name for name in imports(source.tree) if name.startswith(("os.", "time."))}
    return [f"{source.path} uses {name}" for name in sorted(used) if AMBIENT.match(name)]


def names(source: Source) -> list[str]:
    """No module or class has a name that says nothing (DESIGN.md section 1)."""
    faults = []
    words = set(source.path.removesuffix(".py").replace("/", "_").split("_"))
    if source.path not in (BASE_ALLOWED, *NAMED_ON_PURPOSE) and words & BAD_NAMES:
        faults.append(f"{source.path}: the module's name says nothing")
    if re.search(r"_v\d+$", source.name):
        faults.append(f"{source.path}: the module's name carries a version")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            parts = {part.lower() for part in re.findall(r"[A-Z][a-z0-9]*", node.name)}
            if parts & BAD_NAMES or re.match(r"I[A-Z][a-z]", node.name) or re.search(r"_?[vV]\d+$", node.name):
                faults.append(f"{source.path}: the name of class {node.name} says nothing")
    return faults


def length(source: Source) -> list[str]:
    """A file has at most 400 lines."""
    lines = len(source.text.splitlines())
    return [f"{source.path} has {lines} lines"] if lines > MAX_LINES else []


def products(source: Source) -> list[str]:
    """The adapters and the core never name a product, but in docstrings that cite a decision (DESIGN.md section 3)."""
    if source.ring not in ("adapters", "core"):
        return []
    tree = source.tree
    documentation = {id(node) for node in _docstrings(tree)}
    faults = []
    for node in ast.walk(tree):
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            text = node.value
        elif isinstance(node, ast.Name | ast.Attribute | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            text = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", "")
        elif isinstance(node, ast.arg):
            text = node.arg
        named = PRODUCTS & {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", text)}
        faults += [f"{source.path}:{node.lineno} names {product}" for product in named]  # type: ignore[attr-defined]
    return faults


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Docstrings, of attributes too: string expressions that stand alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def documented(source: Source) -> list[str]:
    """Every public module, class, function and method has a docstring."""
    tree = source.tree
    faults = [] if ast.get_docstring(tree) else [f"{source.path} has no docstring"]

    def look(body: list[ast.stmt], owner: str) -> None:
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name[0] == "_":
                continue
            if not ast.get_docstring(node):
                faults.append(f"{source.path}:{node.lineno} {owner}{node.name} has no docstring")
            if isinstance(node, ast.ClassDef):
                look(node.body, f"{node.name}.")

    look(tree.body, "")
    return faults


Rule = Callable[[Source], list[str]]
"""Returns the faults of a module, one sentence each."""

MODULE_RULES: tuple[Rule, ...] = (slice_rings, ambient, names, length, products, documented)


class Said(NamedTuple):
    """A text of the catalogues: where it stands, its code ("" for a bare text), and its words in both languages."""

    where: str
    code: str
    fr: str
    en: str


def catalogue(source: Source) -> list[Said]:
    """Every message, notification template and bilingual text of a module. What is put together at run time from
    other texts stands in them."""
    found = []
    for node in ast.walk(source.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and (node.args or node.keywords)):
            continue
        kind = node.func.id
        if kind not in ("message", "template", "Text"):
            continue
        where = f"{source.path}:{node.lineno}"
        given = {keyword.arg: _constant(keyword.value) for keyword in node.keywords if keyword.arg}
        first = [_constant(argument) for argument in node.args]
        if kind == "Text":
            if {"fr", "en"} <= given.keys():
                if given["fr"] is not None and given["en"] is not None:
                    found.append(Said(where, "", given["fr"], given["en"]))
            else:
                found.append(Said(where, "", *(text or "" for text in ([*first, "", ""])[:2])))
            continue
        code = first[0] if first and first[0] else ""
        pairs = (("fr", "en"),) if kind == "message" else (("subject_fr", "subject_en"), ("body_fr", "body_en"))
        prefix = "" if kind == "message" else "template:"
        for fr, en in pairs:
            part = "" if kind == "message" else f":{fr.partition('_')[0]}"
            found.append(Said(where, f"{prefix}{code}{part}", given.get(fr) or "", given.get(en) or ""))
    return found


def _constant(node: ast.expr) -> str | None:
    """A text that is written out, adjacent and added pieces together; None for one that is computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def spoken(catalogued: Iterable[Said]) -> list[str]:
    """Codes are unique; both languages say something, name the same places, and are not the same text."""
    texts = list(catalogued)
    counted = Counter(said.code for said in texts if said.code)
    faults = [f"the code {code} stands {count} times" for code, count in counted.items() if count > 1]
    for said in texts:
        if not said.fr.strip() or not said.en.strip():
            faults.append(f"{said.where} {said.code}: a language is empty")
        elif places(said.fr) != places(said.en):
            faults.append(f"{said.where} {said.code}: the languages name different places")
        elif said.fr == said.en and said.fr not in SAME_IN_BOTH:
            faults.append(f"{said.where} {said.code}: the French text is the English one: {said.fr!r}")
    return faults


def places(text: str) -> set[str]:
    """The `{named}` places of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def locked(text: str) -> list[str]:
    """A lock file pins everything by hash and names no host, address or path."""
    faults = []
    requirement = ""
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"://|@|^\s*-|^\s*\.|(^|\s)/|index-url|find-links", line.replace("--hash=sha256:", "")):
            faults.append(f"line {number} names a place: {line.strip()}")
    for block in re.split(r"\n(?=\S)", text.strip()):
        requirement = block.partition(" ")[0]
        if not re.match(r"^[a-z0-9._-]+==[^ ;\\]+", requirement):
            faults.append(f"{requirement!r} is not pinned")
        if not re.search(r"--hash=sha256:[0-9a-f]{64}", block):
            faults.append(f"{requirement} has no hash")
    return faults
