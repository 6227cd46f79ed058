"""Who may do what in megahub (DECISIONS.md section 4, "Who")."""

import msgspec

from core.access.principal import Caller
from core.access.rules import Administers, Member
from core.primitives.errors import Message, forbidden, message, unauthenticated

READS = Member()
"""Members read what is their company's, superusers everything. Who has no organisation reads nothing."""

WRITES = Administers()
"""The company's administrator (its owner or an ADMIN) and superusers write."""

SUPERUSERS_CREATE = message(
    "megahub_superusers_create",
    fr="Seuls les administrateurs peuvent créer des entreprises",
    en="Only administrators can create companies",
)
SUPERUSERS_ONLY = message(
    "megahub_superusers_only",
    fr="Seuls les administrateurs de la plateforme peuvent faire cela",
    en="Only administrators of the platform can do this",
)


class Superusers(msgspec.Struct, frozen=True):
    """Open to superusers; `refusal` says so to others."""

    refusal: Message = SUPERUSERS_ONLY

    def admit(self, caller: Caller) -> None:
        """Admit a superuser."""
        if caller.principal is None:
            raise unauthenticated()
        if not caller.superuser:
            raise forbidden(self.refusal)
