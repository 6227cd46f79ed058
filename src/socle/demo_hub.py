"""The group of the demonstration: a company with brands, users and subscriptions to features, in a fresh installation
in development."""

from collections.abc import Sequence
from typing import Final

from adapters.db.work import PgWork
from core.accounts.entities import NewAccount
from core.primitives.errors import FORBIDDEN
from socle.composition import Composition
from socle.demo_people import (
    PASSWORD,
    Member,
    candidate_of,
    join,
    make_once,
    member_lines,
    open_organisation,
    said,
    strangers,
)

NEEDED: Final = frozenset(f"megahub_{name}" for name in ("companies", "slots", "features"))
BRANDS_FEATURE: Final = "megahub_brands"
GROUP: Final = "Groupe Marina Distribution"
SLOTS: Final = (5, 10)


PEOPLE: Final = (
    Member("Odile", "Tokpanou", "odile@groupe-marina.example", "ADMIN"),
    Member("Landry", "Sèhouéto", "marques@groupe-marina.example", "VENTES"),
    Member("Safiatou", "Garba", "lecture@groupe-marina.example", "LECTURE"),
)
GROUP_VALUES: Final = {
    "name": GROUP,
    "sector": "Distribution",
    "kind": "SA",
    "address": "Boulevard de la Marina, Cotonou",
    "size": 60,
    "billing_email": "compta@groupe-marina.example",
    "name_unique": True,
}
BRANDS: Final = ("Marina Frais", "Marina Mode", "Marina Maison", "Marina Express")
SUBSCRIPTIONS: Final = (("basic_websites", 5, 300), ("basic_tasks", None, None), ("basic_analytics", 1_000, 20))
"""Feature, limit of use, days until the end."""

_SLOTS = "insert into megahub_slots (organisation_number, brands_slots, users_slots) values ($1, $2, $3)"
_BRAND = "insert into megahub_brand (organisation_id, name) values ($1, $2)"
_SUBSCRIPTION = """
insert into megahub_subscription (organisation_id, feature_id, usage_limit, expires_at)
select $1, id, $3, now() + make_interval(days => $4) from megahub_feature where name = $2
"""


async def seed_hub(composition: Composition, known: Sequence[str]) -> None:
    """Make the group where nobody is but the accounts of other demonstrations (`known`), in one transaction. Safe to
    run at every start, in parallel."""
    if not composition.wired.keys() >= NEEDED:
        return

    async def make(work: PgWork, prepared: list[NewAccount]) -> None:
        group = await open_organisation(composition, work, GROUP_VALUES)
        await work.connection.execute(_SLOTS, group.number, *SLOTS)
        await join(composition, work, group, PEOPLE, prepared)
        for brand in BRANDS:
            await composition.kernel.usage.take(work, BRANDS_FEATURE, str(group.number), FORBIDDEN)
            await work.connection.execute(_BRAND, group.id, brand)
        for feature, limit, days in SUBSCRIPTIONS:
            await work.connection.execute(_SUBSCRIPTION, group.id, feature, limit, days)

    await make_once(composition, strangers(known, "megahub_brand"), map(candidate_of, PEOPLE), make)


async def hub_accounts(composition: Composition, work: PgWork) -> str:  # noqa: ARG001
    """What to say of the accounts that are there, "" where they are not."""
    title = f"MegaHub de démonstration (POST /api/auth/login/, mot de passe {PASSWORD}) :"
    return await said(work, title, member_lines(PEOPLE, GROUP))
