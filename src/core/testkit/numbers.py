"""A number guard for tests, and the conformance suite that every number guard passes.

To check a guard of your own, subclass the suite in a test module and return the guard with a way to block a number:

    class TestMyGuard(NumberGuardConformance):
        async def blocked(self, number):
            ...
"""

from abc import ABC, abstractmethod

from core.numbers import Numbers
from core.primitives.phone import compact_phone
from core.work import Work


class FakeNumberGuard:
    """Blocks what it is told to, as it was written."""

    def __init__(self, *numbers: str) -> None:
        self._blocked = {compact_phone(number) for number in numbers}

    async def blocks(self, work: Work, forms: tuple[str, ...]) -> bool:  # noqa: ARG002
        """Whether one of the forms is blocked."""
        return not self._blocked.isdisjoint(forms)

    def block(self, number: str) -> None:
        """Block a number from now on."""
        self._blocked.add(compact_phone(number))


class NumberGuardConformance(ABC):
    """What every guard does, in an installation whose region is Benin."""

    @abstractmethod
    async def guarded(self, blocked: str) -> Numbers:
        """Return the numbers of an installation whose guard blocks this one, written so."""

    async def test_a_blocked_number_is_blocked_however_it_is_written(self) -> None:
        """A number is the same with spaces, dots and dashes, with its country code or without, and with its 8 digits
        of before 2024-11-30."""
        forms = ("+2290197000001", "+229 01 97 00 00 01", "00229-0197000001", "01.97.00.00.01", "97 00 00 01")
        for written in forms:
            numbers = await self.guarded(written)
            for asked in forms:
                assert await numbers.blocked(asked), f"{written} is blocked, {asked} is not"

    async def test_other_numbers_pass(self) -> None:
        """Only that number is blocked, and not the one of another country with the same digits in front."""
        numbers = await self.guarded("+2290197000001")
        for other in ("+2290197000002", "97 00 00 02", "+33612345678", "+22897000001", "texte", ""):
            assert not await numbers.blocked(other), other

    async def test_a_number_of_another_country(self) -> None:
        """A number of another country is blocked with its country code; written without, it is one of Benin's."""
        for written in ("+33 6 12 34 56 78", "0033612345678", "33-6-12-34-56-78"):
            assert await (await self.guarded(written)).blocked("+33612345678"), written
        assert not await (await self.guarded("06 12 34 56 78")).blocked("+33612345678")
