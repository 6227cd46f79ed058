"""Organisations from the command line: seen, and restored."""

from core.access.principal import SYSTEM
from core.organisations.entities import Organisation
from core.organisations.ports import NameTaken
from core.primitives.ids import parse_integer_id, parse_uuid
from socle.accounts import at_work
from socle.composition import Composition
from socle.databases import DatabaseUrls
from socle.installation import Loaded
from socle.refusal import Refused


async def listed(loaded: Loaded, urls: DatabaseUrls, *, archived: bool) -> list[str]:
    """A line for each organisation: its number, id and name."""
    async with at_work(loaded, urls) as composition, composition.works.everywhere(SYSTEM) as work:
        found = await composition.kernel.organisations.stores.organisations.every(work, archived=archived)
    return [f"{each.number:>6}  {each.id}  {each.name}" for each in found]


async def restore(loaded: Loaded, urls: DatabaseUrls, number_or_id: str) -> str:
    """Restore an archived organisation and return a sentence about it. Raises `Refused` where there is none, it is
    open, or its name, which only one may have, belongs to another by now."""
    async with at_work(loaded, urls) as composition:
        found = await _find(composition, number_or_id)
        if found is None:
            raise Refused(f"There is no organisation {number_or_id}.")
        stores = composition.kernel.organisations.stores
        try:
            async with composition.works.everywhere(SYSTEM) as work:
                restored = await stores.organisations.restore(work, found.id)
                work.audit("UPDATE", "Entreprise", found.id, organisation=found.id, details={"restored": True})
                if restored:
                    await work.commit()
        except NameTaken as taken:
            raise Refused(f'The name "{found.name}" belongs to another organisation: rename that one first.') from taken
    if not restored:
        raise Refused(f"The organisation {found.number}, {found.name}, is not archived.")
    return f"The organisation {found.number}, {found.name}, is restored; its members may sign in again."


async def _find(composition: Composition, number_or_id: str) -> Organisation | None:
    key, number = parse_uuid(number_or_id), parse_integer_id(number_or_id)
    stores = composition.kernel.organisations.stores
    async with composition.works.everywhere(SYSTEM) as work:
        if key is not None:
            return await stores.organisations.get(work, key)
        return await stores.organisations.by_number(work, number) if number is not None else None
