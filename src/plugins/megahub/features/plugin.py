"""The manifest of features and their subscriptions."""

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Wired
from core.primitives.locale import Text
from plugins.megahub.features.settings import FeaturesSettings


def _wire(kernel: Kernel) -> Wired:
    from core.access.usage import Terms
    from core.resources import Resource
    from core.work import Work
    from plugins.megahub.features.alert_service import SubscriptionAlerts
    from plugins.megahub.features.api import FeaturesApi
    from plugins.megahub.features.domain import USAGE
    from plugins.megahub.features.entitlement_service import Entitlements
    from plugins.megahub.features.entitlement_store import PgEntitlements
    from plugins.megahub.features.expiry_job import Warnings
    from plugins.megahub.features.feature_http import feature_controller
    from plugins.megahub.features.feature_store import FeatureStore
    from plugins.megahub.features.figure_http import figure_controller
    from plugins.megahub.features.figure_service import Figures
    from plugins.megahub.features.figure_store import FigureStore
    from plugins.megahub.features.subscription_http import subscription_controllers
    from plugins.megahub.features.subscription_service import CATALOGUE, LISTING, Subscriptions
    from plugins.megahub.features.subscription_store import SubscriptionStore
    from plugins.megahub.features.wire import Feature, Subscription

    settings = kernel.settings_as(FeaturesSettings)
    works, clock, usage, zone = kernel.works, kernel.clock, kernel.usage, kernel.installation.time_zone
    companies = kernel.apis["megahub_companies"]
    catalogue = FeatureStore(Feature, listing=CATALOGUE, time_zone=zone)
    store = SubscriptionStore(Subscription, listing=LISTING, time_zone=zone)
    figures = FigureStore()
    alerts = SubscriptionAlerts(store, companies.alerts)

    async def terms(work: Work, subject: str, hold: bool) -> Terms | None:
        limit = await store.limit(work, int(subject), hold=hold)
        return None if limit is None else Terms(limit[0])

    usage.declare(USAGE, terms)
    usage.watch(USAGE, alerts.watch)
    entitlements = Entitlements(PgEntitlements(), usage, clock, settings.entitled())
    subscriptions = Subscriptions(
        works, store, catalogue, usage, alerts, entitlements, clock, zone=zone, self_service=settings.self_service
    )
    api = FeaturesApi(figures, clock)
    companies.companies.expansions["subscription_info"] = api.subscription_info
    warnings = Warnings(works, store, companies.alerts, clock, zone)
    return Wired(
        controllers=[
            feature_controller(Resource(works, catalogue, object_type="Feature")),
            figure_controller(Figures(works, figures, clock)),
            *subscription_controllers(subscriptions),
        ],
        jobs={"warn_of_expiry": warnings.warn},
        api=api,
    )


PLUGIN = Plugin(
    name="megahub_features",
    title=Text(fr="Fonctionnalités et abonnements", en="Features and their subscriptions"),
    suites=("megahub",),
    requires=("megahub_companies",),
    claims=("/companies/features",),
    settings=FeaturesSettings,
    jobs=("warn_of_expiry",),
    schedules=(Schedule("warn_of_expiry", "30 5 * * *"),),
    wire=_wire,
)
