"""The demonstration: two shops with a year of business, a portal, a stage, a sales team and a group of companies, in a
fresh installation in development."""

from typing import Any, Final
from uuid import UUID

import msgspec

from adapters.db.work import PgWork
from core.access.principal import SYSTEM
from core.accounts.entities import NewAccount
from core.accounts.people import Candidate
from core.organisations.entities import OWN_ORGANISATION
from core.primitives.ids import new_id
from socle.composition import Composition
from socle.demo_books import Member, Rows, Shop, books_of, shared_videos
from socle.demo_hub import hub_accounts, seed_hub
from socle.demo_portal import PEOPLE as PORTAL_PEOPLE
from socle.demo_portal import portal_accounts, seed_portal
from socle.demo_sales import PEOPLE as SALES_PEOPLE
from socle.demo_sales import sales_accounts, seed_sales
from socle.demo_shops import SHOPS
from socle.demo_stage import PEOPLE as STAGE_PEOPLE
from socle.demo_stage import seed_stage, stage_accounts
from socle.refusal import Refused

PASSWORD: Final = "Dantokpa-Jour-2"  # noqa: S105 - printed at every start in development
NEEDED: Final = frozenset(
    f"ekigega_{name}" for name in ("produits", "partners", "ventes", "depenses", "abonnements", "videos")
)
_STRANGERS = "select exists (select from organisation where id <> $1)"
_PRESENT = """
select account.email from account
join membership on membership.account_id = account.id and membership.status = 'actif'
join organisation on organisation.id = membership.organisation_id and organisation.archived_at is null
where account.email = any($1::text[]) and account.is_active
"""


async def seed_demo(composition: Composition) -> str:
    """Make the demonstration: the shops where no company exists yet, the portal, the stage, the sales team and the
    group where nobody else does, each in one transaction. Return what to say of its accounts, "" where they are not
    there. Safe to run at every start, in parallel."""
    shops = {plugin.name for _, plugin in composition.registry.wired} >= NEEDED
    if shops:
        async with composition.works.everywhere(SYSTEM) as work:
            fresh = await _is_fresh(work) and not await _taken(composition, work)
        if fresh:
            await _make(composition)
    known = [member.email for shop in SHOPS for member in shop.members]
    await seed_portal(composition, PASSWORD, known)
    known += [person.email for person in PORTAL_PEOPLE]
    await seed_stage(composition, PASSWORD, known)
    known += [person.email for person in STAGE_PEOPLE]
    await seed_sales(composition, PASSWORD, known)
    known += [person.email for person in SALES_PEOPLE]
    await seed_hub(composition, PASSWORD, known)
    async with composition.works.everywhere(SYSTEM) as work:
        said = (
            await _accounts(work) if shops else "",
            await portal_accounts(composition, work, PASSWORD),
            await stage_accounts(composition, work, PASSWORD),
            await sales_accounts(work, PASSWORD),
            await hub_accounts(work, PASSWORD),
        )
    return "\n".join(filter(None, said))


async def refuse_demo(composition: Composition) -> None:
    """Raise `Refused` where the demonstration's accounts are there: their password is known to everybody."""
    async with composition.works.everywhere(SYSTEM) as work:
        if (
            await _accounts(work)
            or await portal_accounts(composition, work, PASSWORD)
            or await stage_accounts(composition, work, PASSWORD)
            or await sales_accounts(work, PASSWORD)
            or await hub_accounts(work, PASSWORD)
        ):
            raise Refused(
                "The demonstration's accounts are in this database, and their password is public: production needs a "
                "database of its own."
            )


async def _is_fresh(work: PgWork) -> bool:
    return not await work.connection.fetchval(_STRANGERS, OWN_ORGANISATION)


async def _taken(composition: Composition, work: PgWork) -> bool:
    people = composition.kernel.accounts.people
    found = [await people.problems(work, _candidate(member)) for shop in SHOPS for member in shop.members]
    return any(found)


def _candidate(member: Member) -> Candidate:
    return Candidate(email=member.email, password=PASSWORD, first_name=member.prenom, last_name=member.nom)


async def _make(composition: Composition) -> None:
    kernel = composition.kernel
    now = kernel.clock.now()
    people = kernel.accounts.people
    staff = [[await people.prepare(_candidate(member)) for member in shop.members] for shop in SHOPS]
    async with composition.works.everywhere(SYSTEM) as work:
        # whoever prepares the same installation meanwhile waits here, and finds it done
        await kernel.organisations.stores.organisations.lock(work, OWN_ORGANISATION)
        if not await _is_fresh(work):
            return
        for shop, accounts in zip(SHOPS, staff, strict=True):
            organisation = await _open(composition, work, shop, accounts)
            await _write(work, books_of(shop, organisation, [account.id for account in accounts], now))
        await _write(work, shared_videos(now))
        await work.commit()


async def _open(composition: Composition, work: PgWork, shop: Shop, accounts: list[NewAccount]) -> UUID:
    """Make a shop's organisation and its members, the first of them its owner."""
    kernel = composition.kernel
    stores = kernel.organisations.stores
    values = {"name": shop.nom, "sector": shop.secteur, "kind": "SARL", "address": shop.adresse, "size": shop.taille}
    made = await stores.organisations.insert(work, new_id(), values)
    work.audit("CREATE", "Entreprise", made.id, organisation=made.id)
    for index, (member, new) in enumerate(zip(shop.members, accounts, strict=True)):
        role = await stores.roles.find(work, member.role)
        if role is None:
            raise LookupError(f"the role {member.role} is not seeded")
        account = await kernel.accounts.people.insert(work, new)
        await kernel.organisations.joining.add(work, account.id, made, role, owner=index == 0)
    return made.id


async def _write(work: PgWork, books: Rows) -> None:
    """Insert rows, one statement for each table."""
    for table, rows in books.items():
        columns = ", ".join(rows[0])
        await work.connection.execute(
            f"insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, $1)",  # noqa: S608 - names of our own
            msgspec.to_builtins(rows),
        )


async def _accounts(work: PgWork) -> str:
    """What to say of the accounts that are there."""
    members: dict[str, Any] = {member.email: (shop, member) for shop in SHOPS for member in shop.members}
    present = {row["email"] for row in await work.connection.fetch(_PRESENT, list(members))}
    lines = [
        f"  {email:<36} {'propriétaire' if member is shop.members[0] else member.role:<13} {shop.nom}, {shop.ville}"
        for email, (shop, member) in members.items()
        if email in present
    ]
    return "\n".join([f"Comptes de démonstration (mot de passe {PASSWORD}) :", *lines]) if lines else ""
