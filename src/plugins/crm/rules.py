"""Who may do what in crm (DECISIONS.md section 5, "Scope")."""

from collections.abc import Mapping
from typing import Final

from core.access.principal import Action, Caller
from core.access.rules import Administers, Member, Rule
from core.primitives.errors import forbidden, unauthenticated

READS = Member()
"""Members see what is their organisation's."""

DELETES = Administers()
"""Deleting needs an administrator."""


class Writes:
    """Open to members whose role may do more than read: who holds a role that only reads (LECTURE) changes nothing
    here either. Open to the owner, and superusers."""

    def admit(self, caller: Caller) -> None:
        """Admit who may write."""
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        place = principal.membership
        if principal.superuser or (place is not None and place.owner):
            return
        if place is None or all(action == Action.READ.value for _, action in place.permissions):
            raise forbidden()


WRITES = Writes()
RULES: Final[Mapping[str, Rule]] = {
    "list": READS,
    "get": READS,
    "create": WRITES,
    "replace": WRITES,
    "update": WRITES,
    "delete": DELETES,
}
"""The rules of a resource's six actions."""
