"""The manifest of slots of companies."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text
from plugins.megahub.slots.settings import SlotSettings


def _wire(kernel: Kernel) -> Wired:
    from core.organisations.entities import Organisation
    from core.organisations.seats import MEMBERS
    from core.work import Work
    from plugins.megahub.companies.api import CompaniesApi
    from plugins.megahub.companies.domain import BRANDS
    from plugins.megahub.slots.api import SlotsApi
    from plugins.megahub.slots.limit_http import limits_controller
    from plugins.megahub.slots.purchase_http import purchase_controller
    from plugins.megahub.slots.purchase_service import PurchaseOrders, Purchases
    from plugins.megahub.slots.purchase_store import PgPurchases
    from plugins.megahub.slots.slot_http import slots_controller
    from plugins.megahub.slots.slot_service import Slots, SlotTerms
    from plugins.megahub.slots.slot_store import SlotRows
    from plugins.megahub.slots.stats_service import Stats
    from plugins.megahub.slots.stats_store import PgStats
    from plugins.megahub.slots.wire import CompanySlots, company_slots

    settings, zone = kernel.settings_as(SlotSettings), kernel.installation.time_zone
    of_companies: CompaniesApi = kernel.apis["megahub_companies"]
    companies = of_companies.companies
    rows = SlotRows(settings, time_zone=zone)
    terms = SlotTerms(rows)
    kernel.usage.add_source(BRANDS, terms.brands)
    kernel.usage.add_source(MEMBERS, terms.users)
    slots = Slots(kernel.works, rows, companies, of_companies.alerts, kernel.usage, settings)
    kernel.usage.watch(BRANDS, slots.watch_brands)
    kernel.usage.watch(MEMBERS, slots.watch_users)

    async def begin(work: Work, company: Organisation) -> None:
        await rows.found(work, company.number)

    async def info(work: Work, number: int) -> CompanySlots | None:
        found = await rows.get(work, number)
        return None if found is None else company_slots(found.value)

    companies.founding.append(begin)
    companies.expansions["slots_info"] = info
    stats = Stats(kernel.works, PgStats(zone), rows, companies, kernel.clock)
    purchased = PgPurchases()
    purchases = Purchases(
        kernel.works,
        purchased,
        companies,
        kernel.payments,
        settings,
        currency=kernel.installation.currency,
        region=kernel.installation.region,
        return_url=kernel.installation.link_base,
    )
    return Wired(
        controllers=[slots_controller(slots), limits_controller(slots, stats), purchase_controller(purchases)],
        order_types=[PurchaseOrders(purchased, slots)],
        api=SlotsApi(slots),
    )


PLUGIN = Plugin(
    name="megahub_slots",
    title=Text(fr="Quotas des entreprises", en="Slots of companies"),
    suites=("megahub",),
    requires=("megahub_companies",),
    claims=("/companies/slots",),
    settings=SlotSettings,
    wire=_wire,
)
