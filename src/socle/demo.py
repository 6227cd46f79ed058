"""The demonstration: two shops with a year of business, a portal, a stage, a sales team and a group of companies, in a
fresh installation in development."""

from itertools import islice
from typing import Final

from adapters.db.work import PgWork
from core.access.principal import SYSTEM
from core.accounts.entities import NewAccount
from core.organisations.entities import OWN_ORGANISATION
from socle.composition import Composition
from socle.demo_books import Rows, books_of, shared_videos
from socle.demo_hub import PEOPLE as HUB_PEOPLE
from socle.demo_hub import hub_accounts, seed_hub
from socle.demo_people import PASSWORD, candidate_of, join, make_once, member_lines, open_organisation, said
from socle.demo_portal import PEOPLE as PORTAL_PEOPLE
from socle.demo_portal import portal_accounts, seed_portal
from socle.demo_rows import insert_rows
from socle.demo_sales import PEOPLE as SALES_PEOPLE
from socle.demo_sales import sales_accounts, seed_sales
from socle.demo_shops import SHOPS
from socle.demo_stage import PEOPLE as STAGE_PEOPLE
from socle.demo_stage import seed_stage, stage_accounts
from socle.refusal import Refused

NEEDED: Final = frozenset(
    f"ekigega_{name}" for name in ("produits", "partners", "ventes", "depenses", "abonnements", "videos")
)
MEMBERS: Final = tuple(member for shop in SHOPS for member in shop.members)
PARTS: Final = (
    (seed_portal, portal_accounts, PORTAL_PEOPLE),
    (seed_stage, stage_accounts, STAGE_PEOPLE),
    (seed_sales, sales_accounts, SALES_PEOPLE),
    (seed_hub, hub_accounts, HUB_PEOPLE),
)
"""What follows the shops, in this order: each is made where nobody is but the people of those before it."""
_COMPANIES = "select exists (select from organisation where id <> $1)"


async def seed_demo(composition: Composition) -> str:
    """Make the demonstration: the shops where no company exists yet, the portal, the stage, the sales team and the
    group where nobody else does, each in one transaction. Return what to say of its accounts, "" where they are not
    there. Safe to run at every start, in parallel."""
    shops = composition.wired.keys() >= NEEDED
    if shops:
        await _seed_shops(composition)
    known = [member.email for member in MEMBERS]
    for seed, _, people in PARTS:
        await seed(composition, known)
        known += [person.email for person in people]
    async with composition.works.everywhere(SYSTEM) as work:
        texts = [await _shop_accounts(work)] if shops else []
        texts += await _other_accounts(composition, work)
    return "\n".join(filter(None, texts))


async def refuse_demo(composition: Composition) -> None:
    """Raise `Refused` where the demonstration's accounts are there: their password is known to everybody."""
    async with composition.works.everywhere(SYSTEM) as work:
        if await _shop_accounts(work) or any(await _other_accounts(composition, work)):
            raise Refused(
                "The demonstration's accounts are in this database, and their password is public: production needs a "
                "database of its own."
            )


async def _seed_shops(composition: Composition) -> None:
    kernel = composition.kernel
    now = kernel.clock.now()
    candidates = [candidate_of(member) for member in MEMBERS]

    async def occupied(work: PgWork) -> bool:
        if await work.connection.fetchval(_COMPANIES, OWN_ORGANISATION):
            return True
        return any([await kernel.accounts.people.problems(work, each) for each in candidates])

    async def make(work: PgWork, prepared: list[NewAccount]) -> None:
        waiting = iter(prepared)
        for shop in SHOPS:
            values = {
                "name": shop.nom,
                "sector": shop.secteur,
                "kind": "SARL",
                "address": shop.adresse,
                "size": shop.taille,
            }
            organisation = await open_organisation(composition, work, values)
            joining = list(islice(waiting, len(shop.members)))
            accounts = await join(composition, work, organisation, shop.members, joining)
            await _write(work, books_of(shop, organisation.id, [account.id for account in accounts], now))
        await _write(work, shared_videos(now))

    await make_once(composition, occupied, candidates, make)


async def _write(work: PgWork, books: Rows) -> None:
    for table, rows in books.items():
        await insert_rows(work, table, rows)


async def _shop_accounts(work: PgWork) -> str:
    """What to say of the shops' accounts that are there."""
    lines: dict[str, str] = {}
    for shop in SHOPS:
        lines |= member_lines(shop.members, f"{shop.nom}, {shop.ville}")
    return await said(work, f"Comptes de démonstration (mot de passe {PASSWORD}) :", lines)


async def _other_accounts(composition: Composition, work: PgWork) -> list[str]:
    return [await accounts(composition, work) for _, accounts, _ in PARTS]
