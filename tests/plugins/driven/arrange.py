"""Rows of the portal that several stories begin with."""

from tests.installation import unique
from tests.portal import Portal


async def application(portal: Portal) -> int:
    """A new application."""
    key: int = await portal.owner.fetchval(
        "insert into driven_application (nom, description) values ($1, '') returning app_id", unique("Application")
    )
    return key


async def seeded(portal: Portal, *names: str) -> list[int]:
    """The ids of seeded permissions."""
    found = await portal.owner.fetch("select permission_id from driven_permission where nom = any($1)", names)
    return [record[0] for record in found]
