"""Reading the principal behind a session, in one statement, as the edge does for every token it does not remember."""

from typing import Any
from uuid import UUID

from adapters.db.database import Database
from core.access.principal import Membership, Principal

_PRINCIPAL = "select * from session_access where session_id = $1 and expires_at > now()"


def permission_pairs(permissions: dict[str, list[str]]) -> frozenset[tuple[str, str]]:
    """The (resource, action) pairs of a role's permissions."""
    return frozenset((resource, action) for resource, actions in permissions.items() for action in actions)


class PgPrincipals:
    """Reads principals through the owner's view `session_access`, which sees past row-level security."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def principal(self, session: UUID) -> Principal | None:
        """Return the principal of a good session of an active account."""
        row: Any = await self._database.fetch_one(_PRINCIPAL, session)
        if row is None:
            return None
        place = None
        if row["membership_id"] is not None:
            place = Membership(
                id=row["membership_id"],
                organisation=row["organisation_id"],
                organisation_number=row["organisation_number"],
                role=row["role"],
                permissions=permission_pairs(row["permissions"]),
                owner=row["owner"],
            )
        return Principal(
            account=row["account_id"],
            number=row["number"],
            session=session,
            email=row["email"],
            superuser=row["is_superuser"],
            staff=row["is_staff"],
            membership=place,
        )
