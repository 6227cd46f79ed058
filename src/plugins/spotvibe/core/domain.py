"""What holds of the application, whoever asks."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from core.files.content import GIF, JPEG, PDF, PNG, WEBP, Kind
from core.primitives import messages
from core.primitives.errors import FieldProblem, Message, message

UPLOAD_FOLDER: Final = "media/uploads"
IMAGE_KINDS: Final[tuple[Kind, ...]] = (PNG, JPEG, WEBP, GIF)
DOCUMENT_KINDS: Final[tuple[Kind, ...]] = (PDF,)

MAX_IMAGE_SIZE: Final = "MAX_IMAGE_SIZE"
"""The setting that bounds images that are uploaded, in megabytes."""
DEFAULT_IMAGE_SIZE: Final = 5
_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {MAX_IMAGE_SIZE: (1, 50)}
"""The settings that the server itself reads, all of them whole numbers, and the least and most that each may be."""
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}\Z")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?\Z")

NOT_BOOLEAN_TEXT = message(
    "spotvibe_not_boolean_text",
    fr="La valeur doit être « true » ou « false ».",
    en='The value must be "true" or "false".',
)
NOT_JSON = message("spotvibe_not_json", fr="La valeur n'est pas un JSON valide.", en="The value is not valid JSON.")
KEY_USED = message("spotvibe_setting_exists", fr="Ce paramètre existe déjà.", en="This setting exists already.")
READ_BY_SERVER = message(
    "spotvibe_setting_read",
    fr="Ce paramètre est lu par le serveur : son type est {kind} et il ne peut être supprimé.",
    en="The server itself reads this setting: its type is {kind} and it cannot be deleted.",
)
NO_COMMENTS = message(
    "spotvibe_no_comments",
    fr="Les commentaires n'existent pas encore : rien ne peut être signalé.",
    en="There are no comments yet: none can be reported.",
)


class TypeValeur(StrEnum):
    """What the text of a setting stands for."""

    INTEGER = "INTEGER"
    STRING = "STRING"
    BOOLEAN = "BOOLEAN"
    DECIMAL = "DECIMAL"
    JSON = "JSON"


class Statut(StrEnum):
    """How far staff are with a message or a report."""

    NOUVEAU = "NOUVEAU"
    LU = "LU"
    TRAITE = "TRAITE"


class TypeFichier(StrEnum):
    """What a file is uploaded as."""

    IMAGE = "image"
    DOCUMENT = "document"


class TypeContenu(StrEnum):
    """What can be reported (contracts/spotvibe.md section 3.2)."""

    EVENT = "event"
    USER = "user"
    COMMENT = "comment"


class Setting(msgspec.Struct, frozen=True):
    """A setting as other slices see it. `valeur` is the text of a value of `type_valeur`."""

    cle: str
    valeur: str
    type_valeur: TypeValeur

    @property
    def value(self) -> Any:
        """What the text stands for: an int, a Decimal, a bool, decoded JSON, or the text itself."""
        return _READ[self.type_valeur](self.valeur)


def is_read(cle: str) -> bool:
    """Whether the server itself reads a setting."""
    return cle.upper() in _BOUNDS


def setting_problem(cle: str, type_valeur: TypeValeur, valeur: str) -> FieldProblem | None:
    """Why a setting cannot be: its value is not of its type, or out of the bounds that the server keeps to."""
    bounds = _BOUNDS.get(cle.upper())
    if bounds is not None and type_valeur is not TypeValeur.INTEGER:
        return FieldProblem(("type_valeur",), READ_BY_SERVER, {"kind": TypeValeur.INTEGER.value})
    holds, otherwise = _VALUES[type_valeur]
    if not holds(valeur):
        return FieldProblem(("valeur",), otherwise)
    if bounds is not None and int(valeur) < bounds[0]:
        return FieldProblem(("valeur",), messages.TOO_SMALL, {"minimum": bounds[0]})
    if bounds is not None and int(valeur) > bounds[1]:
        return FieldProblem(("valeur",), messages.TOO_LARGE, {"maximum": bounds[1]})
    return None


def figure(amount: Decimal) -> int | float:
    """An amount as statistics show it: a number, whole where it is (DECISIONS.md section 0, "Amounts")."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


_VALUES: Final[Mapping[TypeValeur, tuple[Callable[[str], bool], Message]]] = {
    TypeValeur.INTEGER: (lambda text: _INTEGER.match(text) is not None, messages.NOT_INTEGER),
    TypeValeur.DECIMAL: (lambda text: _DECIMAL.match(text) is not None, messages.NOT_NUMBER),
    TypeValeur.BOOLEAN: (lambda text: text in ("true", "false"), NOT_BOOLEAN_TEXT),
    TypeValeur.JSON: (_is_json, NOT_JSON),
    TypeValeur.STRING: (lambda text: True, messages.MALFORMED),  # noqa: ARG005 - every text is a text
}
_READ: Final[Mapping[TypeValeur, Callable[[str], Any]]] = {
    TypeValeur.INTEGER: int,
    TypeValeur.DECIMAL: Decimal,
    TypeValeur.BOOLEAN: lambda text: text == "true",
    TypeValeur.JSON: msgspec.json.decode,
    TypeValeur.STRING: str,
}
