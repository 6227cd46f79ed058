"""Subscriptions in PostgreSQL. What is used of them stands in the kernel's counters."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.folding import folded_match
from adapters.db.referred import of_referred
from adapters.db.work import PgWork, pg
from core.primitives.errors import Kind
from core.primitives.page import Listing
from core.work import Work
from plugins.megahub.features.domain import USAGE, Subscription
from plugins.megahub.features.expiry_job import Ending
from plugins.megahub.features.feature_store import PlainConflicts
from plugins.megahub.features.messages import FEATURE_UNKNOWN, SUBSCRIBED_ALREADY
from plugins.megahub.features.store import SubscriptionRow

W = TypeVar("W")

_organisation: Any = sa.table(
    "organisation",
    sa.column("id", sa.Uuid()),
    sa.column("number", sa.BigInteger()),
    sa.column("name", sa.Text()),
    sa.column("is_active", sa.Boolean()),
)
_feature: Any = sa.table(
    "megahub_feature",
    sa.column("id", sa.BigInteger()),
    sa.column("display_name", sa.Text()),
    sa.column("feature_type", sa.Text()),
    sa.column("is_active", sa.Boolean()),
)
_counter: Any = sa.table(
    "usage_counter",
    sa.column("feature", sa.Text()),
    sa.column("subject", sa.Text()),
    sa.column("period", sa.Text()),
    sa.column("used", sa.BigInteger()),
)


def _of_company(name: str) -> Callable[[Any], Any]:
    return of_referred(_organisation.c[name], "organisation_id")


def _of_feature(name: str) -> Callable[[Any], Any]:
    return of_referred(_feature.c[name], "feature_id")


def _word(text: str) -> Any:
    return sa.literal_column(f"'{text}'", sa.Text())


def _used(source: Any) -> Any:
    """What is used of a subscription: nothing until it is counted."""
    counted = sa.select(_counter.c.used).where(
        _counter.c.feature == _word(USAGE),
        _counter.c.subject == sa.cast(source.c.id, sa.Text()),
        _counter.c.period == _word(""),
    )
    return sa.func.coalesce(counted.scalar_subquery(), sa.literal_column("0"), type_=sa.BigInteger())


def _is_active(source: Any) -> Any:
    expires = source.c.expires_at
    return sa.and_(
        source.c.is_enabled,
        _of_feature("is_active")(source),
        _of_company("is_active")(source),
        sa.or_(expires.is_(None), expires > sa.func.now()),
    )


def _percentage(source: Any) -> Any:
    share = _used(source) * sa.literal_column("100.0") / sa.func.nullif(source.c.usage_limit, sa.literal_column("0"))
    return sa.cast(
        sa.func.coalesce(sa.func.round(share, sa.literal_column("1")), sa.literal_column("0")),
        sa.Double(),
    )


def _limit_reached(source: Any) -> Any:
    return sa.func.coalesce(_used(source) >= source.c.usage_limit, sa.false())


def _days_left(source: Any) -> Any:
    left = sa.func.floor(sa.extract("epoch", source.c.expires_at - sa.func.now()) / sa.literal_column("86400"))
    counted = sa.func.greatest(sa.literal_column("0"), left)
    return sa.case((source.c.expires_at.is_not(None), sa.cast(counted, sa.Integer())))


_COMPUTED: Mapping[str, Callable[[Any], Any]] = {
    "company": _of_company("number"),
    "company_name": _of_company("name"),
    "feature_name": _of_feature("display_name"),
    "feature_type": _of_feature("feature_type"),
    "current_usage": _used,
    "is_active_status": _is_active,
    "usage_percentage": _percentage,
    "is_usage_limit_reached_status": _limit_reached,
    "days_until_expiry": _days_left,
}

_COMPANY = "select id from organisation where number = $1 and archived_at is null for no key update"
# the company comes first: whoever counts on one of its subscriptions holds it `for share`
_HOLD_COMPANY = """
select id from organisation where archived_at is null and id = (
    select organisation_id from megahub_subscription where id = $1 and ($2::uuid is null or organisation_id = $2)
) for no key update
"""
_FACTS = """
select subscription.id, organisation.number, subscription.feature_id, subscription.usage_limit,
       subscription.expires_at, subscription.is_enabled,
       subscription.is_enabled and feature.is_active and organisation.is_active
from megahub_subscription subscription
join organisation on organisation.id = subscription.organisation_id
join megahub_feature feature on feature.id = subscription.feature_id
where subscription.id = $1 and ($2::uuid is null or subscription.organisation_id = $2)
  and organisation.archived_at is null
"""
_LIMIT = "select usage_limit from megahub_subscribed where id = $1"
_TOLD = "select organisation_number, display_name from megahub_subscribed where id = $1"
_TAKE_WARNINGS = """
with due as (
    select subscribed.id, subscribed.organisation_number, subscribed.display_name, near.days
    from megahub_subscribed subscribed, lateral (
        select min(days) as days from unnest($2::integer[]) as asked (days)
        where subscribed.expires_at <= $1::timestamptz + make_interval(days => days)
    ) near
    where subscribed.is_on and subscribed.expires_at > $1
      and near.days < coalesce(subscribed.expiry_warned, near.days + 1)
    order by subscribed.id limit $3
)
update megahub_subscription subscription set expiry_warned = due.days
from due where subscription.id = due.id and due.days < coalesce(subscription.expiry_warned, due.days + 1)
returning due.organisation_number, due.display_name, subscription.expires_at
"""


class SubscriptionStore(PlainConflicts[W]):
    """Subscriptions; `struct` is the wire struct of one."""

    def __init__(self, struct: type[W], *, listing: Listing, time_zone: ZoneInfo) -> None:
        super().__init__(
            SubscriptionRow,
            struct,
            listing=listing,
            time_zone=time_zone,
            columns={"feature": "feature_id", "subscribed_at": "created_at"},
            computed=_COMPUTED,
            refusals={
                "uq_megahub_subscription_organisation_id_feature_id": ("", SUBSCRIBED_ALREADY, Kind.CONFLICT),
                "fk_megahub_subscription_feature_id": ("feature", FEATURE_UNKNOWN),
            },
        )

    def search_source(self, *, everything: bool) -> Any:  # noqa: ARG002
        """A company has few subscriptions: no index is missed."""
        return self.table

    def search_condition(self, source: Any, *, everything: bool) -> ColumnElement[bool]:  # noqa: ARG002
        """`search` looks into the names of the company and of the feature."""
        return sa.or_(
            folded_match(sa.func.socle_fold(_of_company("name")(source))),
            folded_match(sa.func.socle_fold(_of_feature("display_name")(source))),
        )

    async def hold_company(self, work: Work, number: int) -> UUID | None:
        """Hold a company against parallel changes of what it has; None where there is none."""
        found: UUID | None = await pg(work).connection.fetchval(_COMPANY, number)
        return found

    async def hold(self, work: Work, key: int) -> Subscription | None:
        """Hold a subscription in scope that is about to be changed, and its company."""
        db = pg(work)
        if await db.connection.fetchval(_HOLD_COMPANY, key, _tenant(db)) is None:
            return None
        return await self._facts(db, key, "for update of subscription")

    async def hold_limit(self, work: Work, key: int) -> Subscription | None:
        """Hold a subscription in scope as it is, while something is counted on it."""
        return await self._facts(pg(work), key, "for share of subscription")

    async def _facts(self, db: PgWork, key: int, lock: str) -> Subscription | None:
        found = await db.connection.fetchrow(f"{_FACTS} {lock}", key, _tenant(db))
        return None if found is None else Subscription(*found)

    async def limit(self, work: Work, key: int, *, hold: bool) -> tuple[int | None] | None:
        """Return the limit of a subscription, None where there is none: of any tenant's, or to `hold` it while
        something is counted, of one in scope."""
        if hold:
            held = await self.hold_limit(work, key)
            return None if held is None else (held.usage_limit,)
        found = await pg(work).connection.fetchrow(_LIMIT, key)
        return None if found is None else (found[0],)

    async def told(self, work: Work, key: int) -> tuple[int, str] | None:
        """Return the company that has a subscription, and its feature's name, of any tenant."""
        found = await pg(work).connection.fetchrow(_TOLD, key)
        return None if found is None else (found[0], found[1])

    async def take_warnings(self, work: Work, now: datetime, days: Sequence[int], limit: int) -> Sequence[Ending]:
        """Mark, and return, what ends within one of these numbers of days and was not warned of so late. Of two jobs
        that run at once one marks."""
        rows = await pg(work).connection.fetch(_TAKE_WARNINGS, now, list(days), limit)
        return [Ending(*row) for row in rows]


def _tenant(db: PgWork) -> UUID | None:
    """The tenant that a statement is narrowed to. Whoever sees no tenant's rows is kept out by row-level security."""
    return None if db.scope.everything else db.scope.organisation
