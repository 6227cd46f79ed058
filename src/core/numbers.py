"""Which phone numbers the house may use: features put guards here, payments and messages ask before they use one."""

from typing import Protocol

from core.access.principal import SYSTEM
from core.primitives.phone import phone_forms
from core.work import Work, Works


class NumberGuard(Protocol):
    """Keeps phone numbers from being contacted or paid (an extension point)."""

    async def blocks(self, work: Work, forms: tuple[str, ...]) -> bool:
        """Whether a number is blocked. `forms` are the ways in which it may have been written down
        (`core.primitives.phone.phone_forms`)."""
        ...


class Numbers:
    """Asks the guards of the installation. `region` (ISO 3166) reads numbers without a country code."""

    def __init__(self, works: Works, region: str) -> None:
        self._works = works
        self._region = region
        self._guards: list[NumberGuard] = []

    def add_guards(self, *guards: NumberGuard) -> None:
        """Add the guards of a plugin."""
        self._guards.extend(guards)

    async def blocked(self, number: str, work: Work | None = None) -> bool:
        """Whether a phone number may be neither contacted nor paid: one guard is enough. Asks within a unit of work
        where one is open."""
        if not self._guards:
            return False
        if work is not None:
            return await self._ask(work, number)
        async with self._works.reading(SYSTEM) as reading:
            return await self._ask(reading, number)

    async def _ask(self, work: Work, number: str) -> bool:
        forms = phone_forms(number, self._region)
        for guard in self._guards:
            if await guard.blocks(work, forms):
                return True
        return False
