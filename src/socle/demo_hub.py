"""The group of the demonstration: a company with brands, users and subscriptions to features, in a fresh installation
in development."""

from typing import Final, NamedTuple

from adapters.db.work import PgWork
from core.access.principal import SYSTEM
from core.accounts.people import Candidate
from core.organisations.entities import OWN_ORGANISATION, Organisation
from core.primitives.errors import FORBIDDEN
from core.primitives.ids import new_id
from socle.composition import Composition

NEEDED: Final = frozenset(f"megahub_{name}" for name in ("companies", "slots", "features"))
BRANDS_FEATURE: Final = "megahub_brands"
GROUP: Final = "Groupe Marina Distribution"
SLOTS: Final = (5, 10)


class Person(NamedTuple):
    """Somebody of the group; the first one owns it."""

    username: str
    prenom: str
    nom: str
    role: str

    @property
    def email(self) -> str:
        """Its address."""
        return f"{self.username}@groupe-marina.example"


PEOPLE: Final = (
    Person("odile", "Odile", "Tokpanou", "ADMIN"),
    Person("marques", "Landry", "Sèhouéto", "VENTES"),
    Person("lecture", "Safiatou", "Garba", "LECTURE"),
)
BRANDS: Final = ("Marina Frais", "Marina Mode", "Marina Maison", "Marina Express")
SUBSCRIPTIONS: Final = (("basic_websites", 5, 300), ("basic_tasks", None, None), ("basic_analytics", 1_000, 20))
"""Feature, limit of use, days until the end."""

_STRANGERS = "select exists (select from account where email <> all($1::text[])) or exists (select from megahub_brand)"
_SLOTS = "insert into megahub_slots (organisation_number, brands_slots, users_slots) values ($1, $2, $3)"
_BRAND = "insert into megahub_brand (organisation_id, name) values ($1, $2)"
_SUBSCRIPTION = """
insert into megahub_subscription (organisation_id, feature_id, usage_limit, expires_at)
select $1, id, $3, now() + make_interval(days => $4) from megahub_feature where name = $2
"""
_PRESENT = """
select account.email from account
join membership on membership.account_id = account.id and membership.status = 'actif'
join organisation on organisation.id = membership.organisation_id and organisation.archived_at is null
where account.email = any($1::text[]) and account.is_active
"""


async def seed_hub(composition: Composition, password: str, known: list[str]) -> None:
    """Make the group where nobody is but the accounts of other demonstrations (`known`), in one transaction. Safe to
    run at every start, in parallel."""
    if not {plugin.name for _, plugin in composition.registry.wired} >= NEEDED:
        return
    async with composition.works.everywhere(SYSTEM) as work:
        if await _has_strangers(work, known):
            return
    kernel = composition.kernel
    accounts = [
        await kernel.accounts.people.prepare(
            Candidate(email=each.email, password=password, first_name=each.prenom, last_name=each.nom)
        )
        for each in PEOPLE
    ]
    stores = kernel.organisations.stores
    async with composition.works.everywhere(SYSTEM) as work:
        # whoever prepares the same installation meanwhile waits here, and finds it done
        await stores.organisations.lock(work, OWN_ORGANISATION)
        if await _has_strangers(work, known):
            return
        group = await _open(composition, work)
        for index, (person, new) in enumerate(zip(PEOPLE, accounts, strict=True)):
            role = await stores.roles.find(work, person.role)
            if role is None:
                raise LookupError(f"the role {person.role} is not seeded")
            account = await kernel.accounts.people.insert(work, new)
            await kernel.organisations.joining.add(work, account.id, group, role, owner=index == 0)
        for brand in BRANDS:
            await kernel.usage.take(work, BRANDS_FEATURE, str(group.number), FORBIDDEN)
            await work.connection.execute(_BRAND, group.id, brand)
        for feature, limit, days in SUBSCRIPTIONS:
            await work.connection.execute(_SUBSCRIPTION, group.id, feature, limit, days)
        await work.commit()


async def _open(composition: Composition, work: PgWork) -> Organisation:
    values = {
        "name": GROUP,
        "sector": "Distribution",
        "kind": "SA",
        "address": "Boulevard de la Marina, Cotonou",
        "size": 60,
        "billing_email": "compta@groupe-marina.example",
        "name_unique": True,
    }
    made = await composition.kernel.organisations.stores.organisations.insert(work, new_id(), values)
    await work.connection.execute(_SLOTS, made.number, *SLOTS)
    work.audit("CREATE", "Entreprise", made.id, organisation=made.id)
    return made


async def _has_strangers(work: PgWork, known: list[str]) -> bool:
    found: bool = await work.connection.fetchval(_STRANGERS, known)
    return found


async def hub_accounts(work: PgWork, password: str) -> str:
    """What to say of the accounts that are there, "" where they are not."""
    present = {row["email"] for row in await work.connection.fetch(_PRESENT, [each.email for each in PEOPLE])}
    lines = [
        f"  {each.email:<36} {'propriétaire' if each is PEOPLE[0] else each.role:<13} {GROUP}"
        for each in PEOPLE
        if each.email in present
    ]
    title = f"MegaHub de démonstration (POST /api/auth/login/, mot de passe {password}) :"
    return "\n".join([title, *lines]) if lines else ""
