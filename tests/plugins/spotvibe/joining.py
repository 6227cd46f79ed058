"""Joining events and inviting to them, as tests do it."""

from collections import Counter
from typing import Any

from tests.plugins.spotvibe.box_office import BoxOffice
from tests.scene import Person

JOIN = "/api/events/participate/"


async def join(person: Person, evenement: Any, status: str = "PARTICIPE", **options: Any) -> Any:
    """Join an event."""
    return await person.client.post(JOIN, json={"event_id": evenement["id"], "status": status}, **options)


async def leave(person: Person, evenement: Any) -> Any:
    """Leave an event."""
    return await person.client.post(f"/api/events/{evenement['id']}/cancel-participation/")


async def participants(person: Person, evenement: Any, **query: str) -> list[dict[str, Any]]:
    """Who takes part in an event."""
    answer = await person.client.get(f"/api/events/{evenement['id']}/participants/", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def invite(person: Person, evenement: Any, *guests: Person) -> Any:
    """Invite to an event."""
    body = {"user_ids": [guest.id for guest in guests]}
    return await person.client.post(f"/api/events/{evenement['id']}/invitations/", json=body)


async def rows(office: BoxOffice, evenement: Any) -> Counter[str]:
    """How many take part in an event, by statut."""
    found = await office.scene.owner.fetch(
        "select statut from spotvibe_participation where evenement_id = $1", evenement["id"]
    )
    return Counter(row["statut"] for row in found)
