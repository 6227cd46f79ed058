"""`socle usage check`: whether every counter of usage is what its journal and its rows say."""

from pathlib import Path

from core.access.counting import CounterFault
from core.access.principal import SYSTEM
from socle.composition import Composition, compose
from socle.databases import database_urls
from socle.installation import load


async def check(home: Path) -> list[str]:
    """Examine the counters: what does not agree, a sentence each."""
    loaded = load(home)
    with database_urls(loaded) as urls:
        composition = compose(loaded, urls)
        async with composition.running():
            return await counter_lines(composition)


async def counter_lines(composition: Composition) -> list[str]:
    """The counters that are not proven, and the entitlements that count nothing, a sentence each."""
    usage = composition.kernel.usage
    async with composition.works.everywhere(SYSTEM) as work:
        faults = await usage.faults(work)
    return [
        *(fault_line(fault) for fault in faults),
        *(
            f'The setting "entitlements" names "{name}", which no enabled plugin counts for accounts or organisations: '
            "take it out, or switch the plugin on."
            for name in usage.unknown_entitlements()
        ),
    ]


def fault_line(fault: CounterFault) -> str:
    """A counter that is not proven, as a sentence."""
    counter = fault.counter
    named = ", ".join(part for part in (counter.feature, counter.subject, counter.period) if part)
    return f"The counter {named} says {fault.used}, its {fault.against} {fault.proven}."
