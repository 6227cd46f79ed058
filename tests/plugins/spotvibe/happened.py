"""Letting something happen that people are told of, and what they were told."""

from typing import Any

import msgspec

from core.access.principal import SYSTEM
from core.primitives.events import Event
from tests.scene import Person, Scene

SENT = "/_dev/outbox"


def event(name: str, **fields: Any) -> Event:
    """An event as its publisher writes it, known by its name alone."""
    kind = msgspec.defstruct(
        "Happened", list(fields), bases=(Event,), namespace={"name": name}, frozen=True, kw_only=True
    )
    made: Event = kind(**fields)
    return made


async def happen(scene: Scene, name: str, **fields: Any) -> None:
    """Publish an event and deliver everything that comes of it."""
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        work.publish(event(name, **fields))
        await work.commit()
    await scene.installed.drain()


async def inbox(person: Person) -> list[dict[str, Any]]:
    """What somebody reads in the application, newest first."""
    answer = await person.client.get("/api/notifications/")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def sent(scene: Scene, to: str, channel: str = "email") -> list[dict[str, Any]]:
    """What the development mailbox holds for an address, a number or a device, newest first, of one channel."""
    await scene.installed.drain()
    messages = (await scene.api().get(SENT, params={"to": to})).json()
    return [each for each in messages if each["channel"] == channel]
