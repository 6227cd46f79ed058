"""Subscribing to features, changing and ending it (contracts/megahub.md, "Abonnements Features")."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.access.principal import Caller
from core.access.usage import Allowance, Usage
from core.organisations.entities import OWN_ORGANISATION
from core.primitives import messages as said
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, FieldProblem, Kind, forbidden, invalid, missing
from core.primitives.page import Filter, FilterKind, Listing, Versioned
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works
from plugins.megahub.features import messages
from plugins.megahub.features.domain import USAGE, FeatureType, Subscription

W = TypeVar("W")

OBJECT_TYPE: Final = "Abonnement"
CATALOGUE: Final = Listing(
    filters=(
        Filter("feature_type", FilterKind.CHOICE, choices=tuple(FeatureType)),
        Filter("is_active", FilterKind.BOOLEAN),
        Filter("is_premium", FilterKind.BOOLEAN),
    ),
    search=("name", "display_name", "description"),
    ordering=(
        "id",
        "name",
        "display_name",
        "description",
        "feature_type",
        "is_active",
        "is_premium",
        "sort_order",
        "created_at",
    ),
    default_ordering=("sort_order",),
)
LISTING: Final = Listing(
    filters=(
        Filter("company", FilterKind.ID),
        Filter("feature", FilterKind.ID),
        Filter("is_enabled", FilterKind.BOOLEAN),
    ),
    search=("company__name", "feature__display_name"),
    ordering=(
        "id",
        "company",
        "feature",
        "is_enabled",
        "usage_limit",
        "current_usage",
        "subscribed_at",
        "created_at",
        "expires_at",
    ),
)


class SubscriptionStore(ResourceStore[W], Protocol[W]):
    """What the use cases need of subscriptions beyond a plain resource."""

    async def hold_company(self, work: Work, number: int) -> UUID | None:
        """Hold a company against parallel changes of what it has; None where there is none."""
        ...

    async def hold(self, work: Work, key: int) -> Subscription | None:
        """Hold a subscription in scope that is about to be changed, and its company."""
        ...

    async def hold_limit(self, work: Work, key: int) -> Subscription | None:
        """Hold a subscription in scope as it is, while something is counted on it."""
        ...


class KnownFeatures(Protocol):
    """The catalogue."""

    async def is_active(self, work: Work, key: int) -> bool | None:
        """Whether a feature is offered, and hold it so until the transaction ends; None where there is none."""
        ...


class Alerts(Protocol):
    """Raises and clears a company's alerts of a subscription."""

    async def settle(self, work: Work, subscription: int, allowance: Allowance) -> None:
        """Have the alerts of a subscription be those of what is left of it."""
        ...


class Entitling(Protocol):
    """What other products count on subscriptions."""

    async def begin(self, work: Work, company: int) -> None:
        """Have what a company has already count on its subscriptions, one of which has just begun or changed."""
        ...


class Toggled(msgspec.Struct, frozen=True):
    """A subscription that was switched."""

    is_enabled: bool
    is_active: bool


class Taken(msgspec.Struct, frozen=True):
    """What was taken, and what is left."""

    amount: int
    allowance: Allowance


class Subscriptions(Resource[W]):
    """The use cases of subscriptions. Who may write is the operations' rule; here a company administrator is kept to
    its own company. With `self_service` it may raise limits and reset usage for itself."""

    store: SubscriptionStore[W]

    def __init__(
        self,
        works: Works,
        store: SubscriptionStore[W],
        features: KnownFeatures,
        usage: Usage,
        alerts: Alerts,
        entitling: Entitling,
        clock: Clock,
        *,
        zone: ZoneInfo,
        self_service: bool,
    ) -> None:
        super().__init__(works, store, object_type=OBJECT_TYPE)
        self._features = features
        self._usage = usage
        self._alerts = alerts
        self._entitling = entitling
        self._clock = clock
        self._zone = zone
        self._self_service = self_service

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Versioned[W]:
        """Subscribe a company. Raises `DomainError` of kind invalid with every failing field, of kind conflict where
        it is subscribed already."""
        given = self._zoned(values)
        place = caller.principal.membership if caller.principal is not None else None
        own = place.organisation_number if place is not None and not caller.superuser else None
        number = given.pop("company", own)
        problems: list[FieldProblem] = []
        async with self.works.within(caller) as work:
            company = None
            if number is None:
                problems.append(FieldProblem(("company",), said.REQUIRED))
            else:
                company = await self.store.hold_company(work, number)
                foreign = not work.scope.everything and company != work.scope.organisation
                if company is None or foreign or company == OWN_ORGANISATION:
                    problems.append(FieldProblem(("company",), messages.COMPANY_UNKNOWN))
            active = await self._features.is_active(work, given["feature"])
            if not active:
                unknown = messages.FEATURE_UNKNOWN if active is None else messages.FEATURE_OFF
                problems.append(FieldProblem(("feature",), unknown))
            if problems:
                raise invalid(*problems)
            made = await self.store.insert(work, {**given, "organisation_id": company})
            made = await self._begun(work, number, made)
            self.record(work, "CREATE", made)
            await work.commit(made)
        return made

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[W]:
        """Change a subscription: whether it is enabled, its limit, its end. Raises `DomainError` of kind invalid with
        every failing field, of kind forbidden where an administrator may not help himself to more."""
        given = self._zoned(values)
        async with self.works.within(caller) as work:
            held = await self._held(work, key)
            company, feature = given.pop("company", held.company), given.pop("feature", held.feature)
            problems = [
                FieldProblem((name,), messages.STAYS)
                for name, asked, present in (
                    ("company", company, held.company),
                    ("feature", feature, held.feature),
                )
                if asked != present
            ]
            # the counter is held, so that nothing is used in between
            before = await self._usage.hold(work, USAGE, str(held.id))
            limit = given.get("usage_limit", held.usage_limit)
            # a limit that was lowered by force stays as it is, until it is written anew
            if limit is not None and limit != held.usage_limit and limit < before.used:
                problems.append(FieldProblem(("usage_limit",), messages.LIMIT_BELOW_USAGE, {"used": before.used}))
            if problems:
                raise invalid(*problems)
            if not (self._self_service or caller.superuser) and self._gives_more(given, held):
                raise forbidden(messages.NO_SELF_SERVICE)
            if given.get("expires_at", held.expires_at) != held.expires_at:
                given["expiry_warned"] = None
            changed = await self.store.update(work, key, given, version)
            if changed is None:
                raise await self._absent(work, key, version)
            changed = await self._begun(work, held.company, changed)
            if limit != held.usage_limit:
                before = await self._usage.hold(work, USAGE, str(held.id))
                await self._alerts.settle(work, held.id, Allowance(limit, before.used))
            self.record(work, "UPDATE", changed)
            await work.commit()
        return changed

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Hold what is counted on, and clear its alerts."""
        held = await self._held(work, key)
        await self._alerts.settle(work, held.id, Allowance(None, 0))

    async def increment(self, caller: Caller, key: ResourceId, amount: int) -> Taken:
        """Use a subscription. Raises `DomainError` of kind invalid where it is disabled or expired, or where less is
        left: nothing is counted then."""
        async with self.works.within(caller) as work:
            held = await self.store.hold_limit(work, int(key))
            if held is None:
                raise missing()
            if not held.is_active(self._clock.now()):
                raise DomainError(messages.NOT_ACTIVE, Kind.INVALID)
            after = await self._usage.take(
                work, USAGE, str(held.id), messages.USAGE_LIMIT_REACHED, amount, kind=Kind.INVALID
            )
            taken = Taken(amount, after)
            work.audit("INCREMENT", OBJECT_TYPE, held.id, details={"amount": amount, "used": after.used})
            await work.commit(taken)
        return taken

    async def reset(self, caller: Caller, key: ResourceId) -> tuple[int, int]:
        """Begin usage anew, and return what it was and what it is."""
        if not (self._self_service or caller.superuser):
            raise forbidden(messages.NO_SELF_SERVICE)
        async with self.works.within(caller) as work:
            held = await self._held(work, key)
            before, after = await self._usage.reset(work, USAGE, str(held.id))
            work.audit("RESET", OBJECT_TYPE, held.id, details={"used": before.used})
            await work.commit()
        return before.used, after.used

    async def toggle(self, caller: Caller, key: ResourceId) -> Toggled:
        """Switch a subscription on or off."""
        async with self.works.within(caller) as work:
            held = await self._held(work, key)
            changed = await self.store.update(work, key, {"is_enabled": not held.is_enabled}, None)
            await self._entitling.begin(work, held.company)
            after = await self.store.hold(work, held.id)
            if changed is None or after is None:
                raise missing()
            self.record(work, "UPDATE", changed)
            await work.commit()
        return Toggled(after.is_enabled, after.is_active(self._clock.now()))

    async def _held(self, work: Work, key: ResourceId) -> Subscription:
        held = await self.store.hold(work, int(key))
        if held is None:
            raise missing()
        return held

    async def _begun(self, work: Work, company: int | None, written: Versioned[W]) -> Versioned[W]:
        """A subscription that was written, once what its company has already counts on it."""
        if company is None:
            return written
        await self._entitling.begin(work, company)
        key: int = getattr(written.value, self.key)
        return await self.store.lock(work, key) or written

    def _zoned(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Times without a zone are the installation's (DECISIONS.md section 0, "Times")."""
        given = dict(values)
        expires = given.get("expires_at")
        if isinstance(expires, datetime) and expires.tzinfo is None:
            given["expires_at"] = expires.replace(tzinfo=self._zone)
        return given

    def _gives_more(self, given: Mapping[str, Any], held: Subscription) -> bool:
        limit, expires = given.get("usage_limit", held.usage_limit), given.get("expires_at", held.expires_at)
        more = held.usage_limit is not None and (limit is None or limit > held.usage_limit)
        longer = held.expires_at is not None and (expires is None or expires > held.expires_at)
        return more or longer
