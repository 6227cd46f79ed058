"""The use cases of plans: staff write them, everybody compares them (contracts/spotvibe.md section 5.1)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar

from core.access.principal import Caller
from core.primitives.errors import Message, invalid_field
from core.primitives.locale import Locale
from core.primitives.money import Money
from core.primitives.page import Listing, ListQuery
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works
from plugins.spotvibe.subscriptions import messages

W = TypeVar("W")

LISTING: Final = Listing(
    ordering=("id", "nom", "type_plan", "prix", "duree", "max_evenements_par_mois", "commission_reduite"),
    default_ordering=("prix",),
)
COMPARED: Final = 100
"""How many plans a comparison shows at most."""


class PlanTerms(Protocol):
    """What a plan's features are made of."""

    @property
    def max_evenements_par_mois(self) -> int | None:
        """Events a month, None without limit."""
        ...

    @property
    def commission_reduite(self) -> Decimal:
        """The commission on tickets, in percent."""
        ...

    @property
    def support_prioritaire(self) -> bool:
        """Whether support is quicker."""
        ...


Told = tuple[Message, Message, bool, str | None]
"""A feature: its name, what it is, whether the plan holds it, how much of it."""


def features(plan: PlanTerms, locale: Locale) -> Sequence[Told]:
    """What a plan holds, in the order in which it is shown. It follows from what the plan does."""
    most = plan.max_evenements_par_mois
    limit = messages.UNLIMITED.say(locale) if most is None else messages.PER_MONTH.say(locale, {"number": most})
    percent = messages.PERCENT.say(locale, {"number": f"{plan.commission_reduite.normalize():f}"})
    return (
        (messages.EVENTS, messages.EVENTS_TOLD, most != 0, limit),
        (messages.COMMISSION, messages.COMMISSION_TOLD, True, percent),
        (messages.PRIORITY_SUPPORT, messages.PRIORITY_TOLD, plan.support_prioritaire, None),
    )


def common(plans: Sequence[PlanTerms], locale: Locale) -> list[str]:
    """What every plan holds: the platform, its support, and the features that all have to the same extent."""
    shared = [messages.PLATFORM.say(locale), messages.STANDARD_SUPPORT.say(locale)]
    held = [{(name, limit) for name, _, included, limit in features(plan, locale) if included} for plan in plans]
    everywhere = set.intersection(*held) if len(held) > 1 else set()
    return shared + [
        name.say(locale) if limit is None else f"{name.say(locale)} : {limit}"
        for name, limit in sorted(everywhere, key=lambda pair: pair[0].code)
    ]


class Plans(Resource[W]):
    """Plans. Prices are in the installation's currency: staff may only write what can be paid, or nothing."""

    def __init__(self, works: Works, store: ResourceStore[W], *, currency: str) -> None:
        super().__init__(works, store, object_type="Plan", absent=messages.PLAN_NOT_FOUND)
        self._currency = currency

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:  # noqa: ARG002
        """Refuse a price that no operator takes."""
        price = values.get("prix")
        if price and not Money(price, self._currency).payable:
            raise invalid_field("prix", messages.NOT_WHOLE, currency=self._currency)
        return values

    async def compared(self, caller: Caller) -> list[W]:
        """Return the plans side by side, the cheapest first."""
        async with self.works.reading(caller) as work:
            page = await self.store.page(work, ListQuery(page_size=COMPARED))
        return page.items
