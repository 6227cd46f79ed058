"""Domain events: facts recorded in a unit of work and delivered at least once afterwards."""

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fact. `name` is `area.fact` ("accounts.signed_up"); fields are plain values that JSON can hold."""

    name: ClassVar[str]
