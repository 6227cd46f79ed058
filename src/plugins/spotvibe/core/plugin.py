"""The manifest of core."""

from typing import Any

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text
from plugins.spotvibe.core.settings import CoreSettings


def _wire(kernel: Kernel) -> Wired:
    from adapters.db.store import Store
    from adapters.http.public_files import public_files_controller
    from core.resources import Resource
    from plugins.spotvibe.closure import closure_of
    from plugins.spotvibe.core.api import CoreApi
    from plugins.spotvibe.core.contribution_http import contribution_controller
    from plugins.spotvibe.core.domain import UPLOAD_FOLDER
    from plugins.spotvibe.core.health_service import HealthCheck
    from plugins.spotvibe.core.info_http import info_controller
    from plugins.spotvibe.core.lists import CONTACTS, FAQS, FEEDBACKS, REPORTS
    from plugins.spotvibe.core.lists_http import lists_controllers
    from plugins.spotvibe.core.maintenance_service import MaintenanceMode
    from plugins.spotvibe.core.maintenance_store import MaintenanceStore
    from plugins.spotvibe.core.message_service import CONTACT, FEEDBACK, REPORT, Messages
    from plugins.spotvibe.core.message_store import MessageStore
    from plugins.spotvibe.core.reportable import reportable
    from plugins.spotvibe.core.search_service import Search
    from plugins.spotvibe.core.search_store import UserSearchStore
    from plugins.spotvibe.core.setting_http import setting_controller
    from plugins.spotvibe.core.setting_service import Settings
    from plugins.spotvibe.core.setting_store import SettingStore
    from plugins.spotvibe.core.stats_service import Stats
    from plugins.spotvibe.core.stats_store import UserCountStore
    from plugins.spotvibe.core.store import ContactRow, FaqRow, FeedbackRow, ReportRow
    from plugins.spotvibe.core.upload_service import Uploads
    from plugins.spotvibe.core.upload_store import UploadStore
    from plugins.spotvibe.core.wire import Contact, Faq, Feedback, Info, Parametre, Signalement, UtilisateurTrouve

    facts, works, zone = kernel.settings_as(CoreSettings), kernel.works, kernel.installation.time_zone
    events = kernel.apis.get("spotvibe_events")

    def listed(row: type[Any], struct: type[Any], listing: Any, object_type: str, **columns: str) -> Resource[Any]:
        store: Store[Any] = Store(row, struct, listing=listing, time_zone=zone, columns=columns)
        return Resource(works, store, object_type=object_type)

    settings = Settings(works, SettingStore(Parametre))
    maintenance = MaintenanceMode(works, MaintenanceStore(), closure_of(works), kernel.clock)
    stats = Stats(
        works,
        UserCountStore(),
        events=events,
        subscriptions=kernel.apis.get("spotvibe_subscriptions"),
        payments=kernel.apis.get("spotvibe_payments"),
    )
    uploads = Uploads(
        works, UploadStore(), kernel.public_files, settings, max_document_bytes=facts.max_document * 1_000_000
    )
    return Wired(
        controllers=[
            info_controller(
                Info(facts.app_name, facts.version, facts.description, facts.contact_email),
                stats,
                Search(works, UserSearchStore(UtilisateurTrouve), events),
                HealthCheck(kernel.vitals),
                maintenance,
            ),
            contribution_controller(uploads, Messages(works, MessageStore(), reportable(events))),
            setting_controller(settings),
            *lists_controllers(
                listed(FaqRow, Faq, FAQS, "Faq"),
                listed(ContactRow, Contact, CONTACTS, CONTACT),
                listed(FeedbackRow, Feedback, FEEDBACKS, FEEDBACK, user="user_id"),
                listed(ReportRow, Signalement, REPORTS, REPORT, user="user_id"),
            ),
            public_files_controller(
                kernel.public_files,
                UPLOAD_FOLDER,
                name="get_uploaded_file",
                tag="core",
                summary=Text(fr="Afficher un fichier téléversé", en="Show an uploaded file"),
            ),
        ],
        api=CoreApi(maintenance, settings),
    )


PLUGIN = Plugin(
    name="spotvibe_core",
    title=Text(
        fr="Application SpotVibe : recherche, fichiers, FAQ, paramètres",
        en="SpotVibe application: search, files, FAQ, settings",
    ),
    suites=("spotvibe",),
    requires=("spotvibe_users",),
    after=("spotvibe_events", "spotvibe_payments", "spotvibe_subscriptions"),
    claims=("/api/core", "/media/uploads"),
    settings=CoreSettings,
    wire=_wire,
)
