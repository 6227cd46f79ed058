"""Events for tests: what a body holds, and events that stand as a test needs them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.access.principal import SYSTEM
from tests.installation import unique
from tests.scene import Person, Scene

CREATE = "/api/events/create/"


def moment(**ahead: float) -> str:
    """A moment ahead of now, as ISO 8601 in UTC, in whole seconds."""
    found = datetime.now(UTC).replace(microsecond=0) + timedelta(**ahead)
    return found.isoformat().replace("+00:00", "Z")


def body(**fields: Any) -> dict[str, Any]:
    """A body that is accepted, with other fields where they are given."""
    return {
        "titre": unique("Festival"),
        "description": "Un festival annuel de jazz.",
        "date_debut": moment(days=10),
        "date_fin": moment(days=11),
        "lieu": "Parc Central",
        "adresse": "123 Rue de la Musique, Cotonou",
        "categorie": 1,
        "type_acces": "GRATUIT",
        **fields,
    }


def events_of(scene: Scene) -> Any:
    """What other slices may call of events."""
    return scene.installed.composition.wired["spotvibe_events"].api


async def made(person: Person, **fields: Any) -> Any:
    """Make an event over HTTP and return its detail."""
    answer = await person.client.post(CREATE, json=body(**fields))
    assert answer.status_code == 201, answer.text
    return answer.json()["event"]


async def approve(scene: Scene, key: int, reviewer: Person) -> str:
    """Approve an event as staff do."""
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        titre: str = await events_of(scene).approve(work, key, reviewer.id, "conforme")
        await work.commit()
    return titre


async def approved(scene: Scene, person: Person, **fields: Any) -> Any:
    """Make an event that is VALIDE and return its detail."""
    found = await made(person, **fields)
    await approve(scene, found["id"], person)
    return {**found, "statut": "VALIDE"}
