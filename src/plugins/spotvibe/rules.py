"""Rules of admission that are spotvibe's own."""

import msgspec

from core.access.principal import Caller
from core.primitives.errors import forbidden, unauthenticated


class StaffOnly(msgspec.Struct, frozen=True):
    """Open to staff and superusers (DECISIONS.md section 0, "Powers")."""

    def admit(self, caller: Caller) -> None:
        """Admit staff."""
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        if not (principal.staff or principal.superuser):
            raise forbidden()
