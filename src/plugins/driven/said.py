"""What answers of driven say of a kind of thing (contracts/driven.md: every envelope has its message in both
languages)."""

from collections.abc import Mapping

from core.primitives.locale import Text


def said_of(*, fr: tuple[str, str], en: tuple[str, str], feminine: bool = False) -> Mapping[str, Text]:
    """What is said of each action on a resource, whose noun `fr` and `en` are: of one, and of many, capitalised,
    without an article. French participles agree with it."""
    (un, des), (one, many) = fr, en
    e = "e" if feminine else ""
    return {
        "list": Text(fr=f"{des} récupéré{e}s avec succès", en=f"{many} retrieved successfully"),
        "get": Text(fr=f"{un} récupéré{e} avec succès", en=f"{one} retrieved successfully"),
        "create": Text(fr=f"{un} créé{e} avec succès", en=f"{one} created successfully"),
        "update": Text(fr=f"{un} mis{e} à jour avec succès", en=f"{one} updated successfully"),
        "delete": Text(fr=f"{un} supprimé{e} avec succès", en=f"{one} deleted successfully"),
    }
