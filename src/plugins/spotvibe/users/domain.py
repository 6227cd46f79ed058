"""What holds of users, whoever asks."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

from core.files.content import GIF, JPEG, PDF, PNG, WEBP
from core.primitives.errors import message
from core.work import Work

PHOTO_FOLDER: Final = "media/profiles"
PHOTO_KINDS: Final = (PNG, JPEG, WEBP, GIF)
DOCUMENT_KINDS: Final = (PNG, JPEG, WEBP, PDF)
"""What an identity document may be: a picture, or a PDF."""

USER_NOT_FOUND = message("spotvibe_user_not_found", fr="Utilisateur non trouvé.", en="User not found.")
NOT_BORN = message("spotvibe_not_born", fr="Une date de naissance est passée.", en="A date of birth lies in the past.")


class Statut(StrEnum):
    """How an identity verification stands (contracts/spotvibe.md section 2.3)."""

    EN_ATTENTE = "EN_ATTENTE"
    APPROUVE = "APPROUVE"
    REJETE = "REJETE"
    EXPIRE = "EXPIRE"


Counter = Callable[[Work, int], Awaitable[int]]
"""Counts something of the user with this number."""

COUNTED: Final = ("events_created_count", "total_tickets_purchased")
"""The figures that other slices count (contracts/spotvibe.md section 2.2, stats)."""


class Counters:
    """The extension point of a user's figures: each is counted by the slice that owns what it counts, and is 0 where
    none does."""

    def __init__(self) -> None:
        self._counters: dict[str, Counter] = {}

    def add(self, name: str, counter: Counter) -> None:
        """Count a figure. Raises `ValueError` for one that nobody shows, or that is counted already."""
        if name not in COUNTED or name in self._counters:
            raise ValueError(f"{name} cannot be counted: figures are {', '.join(COUNTED)}, each counted once")
        self._counters[name] = counter

    async def count(self, work: Work, number: int) -> dict[str, int]:
        """Return every figure of a user, by name."""
        return {name: await self._counters[name](work, number) if name in self._counters else 0 for name in COUNTED}
