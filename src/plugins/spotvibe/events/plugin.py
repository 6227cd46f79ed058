"""The manifest of events."""

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Wired
from core.primitives.locale import Text
from plugins.spotvibe.events.settings import EventsSettings


def _wire(kernel: Kernel) -> Wired:
    from core.access.usage import Subject, Terms
    from core.resources import Resource
    from core.work import Work
    from plugins.spotvibe.events.api import EventsApi
    from plugins.spotvibe.events.category_http import category_controller
    from plugins.spotvibe.events.category_service import CATEGORY_NOT_FOUND, OBJECT_TYPE
    from plugins.spotvibe.events.domain import FEATURE
    from plugins.spotvibe.events.event_http import event_controllers
    from plugins.spotvibe.events.event_service import Events
    from plugins.spotvibe.events.moderation_service import END_PAST, Moderation
    from plugins.spotvibe.events.share_http import share_controller
    from plugins.spotvibe.events.share_service import Shares
    from plugins.spotvibe.events.store import CategoryStore, EventLists, EventStore, ShareStore
    from plugins.spotvibe.events.viewing_service import Viewing
    from plugins.spotvibe.events.views import Views
    from plugins.spotvibe.events.wire import Categorie, EvenementItem, detail_of

    settings = kernel.settings_as(EventsSettings)
    works, clock, zone = kernel.works, kernel.clock, kernel.installation.time_zone
    users = kernel.apis["spotvibe_users"]
    store, lists = EventStore(), EventLists(item=EvenementItem, detail=detail_of)
    categories = CategoryStore(Categorie, time_zone=zone)
    moderation = Moderation(works, store, clock)
    api = EventsApi(store, lists, moderation, clock)
    views = Views(works, store)

    async def terms(work: Work, subject: str, hold: bool) -> Terms:  # noqa: ARG001 - the same for everybody
        return Terms(settings.events_per_month, f"{clock.now().astimezone(zone):%Y-%m}")

    kernel.usage.declare(FEATURE, terms, subject=Subject.ACCOUNT)
    users.counters.add("events_created_count", api.created_by)
    events = Events(
        works,
        store,
        lists,
        categories,
        users,
        kernel.public_files,
        kernel.usage,
        api.sales,
        clock,
        kernel.installation,
        max_cover_bytes=settings.max_cover * 1_000_000,
    )
    return Wired(
        controllers=[
            category_controller(Resource(works, categories, object_type=OBJECT_TYPE, absent=CATEGORY_NOT_FOUND)),
            share_controller(Shares(works, ShareStore(), users)),
            *event_controllers(events, Viewing(works, lists, views, api.counters, clock), kernel.public_files),
        ],
        api=api,
        jobs={END_PAST: moderation.end_past},
        closing=[views.close],
    )


PLUGIN = Plugin(
    name="spotvibe_events",
    title=Text(fr="Événements", en="Events"),
    suites=("spotvibe",),
    requires=("spotvibe_users",),
    claims=("/api/events", "/media/events"),
    settings=EventsSettings,
    publishes=("spotvibe.event_decided",),
    jobs=("end_past_events",),
    schedules=(Schedule("end_past_events", "* * * * *"),),
    wire=_wire,
)
