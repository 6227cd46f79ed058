"""The manifest of quotes."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text
from plugins.crm.devis.settings import DevisSettings


def _wire(kernel: Kernel) -> Wired:
    from plugins.crm.devis.answer_service import Answers
    from plugins.crm.devis.api import DevisApi
    from plugins.crm.devis.devis_http import devis_controllers
    from plugins.crm.devis.devis_service import Quotes
    from plugins.crm.devis.dossier_store import DossierStore
    from plugins.crm.devis.letters import QuoteLetters
    from plugins.crm.devis.page_http import page_controller
    from plugins.crm.devis.printing import Printed
    from plugins.crm.devis.sending_service import Sending
    from plugins.crm.devis.store import DevisStore
    from plugins.crm.devis.wire import Devis

    settings = kernel.settings_as(DevisSettings)
    works, clock, installation = kernel.works, kernel.clock, kernel.installation
    opportunites = kernel.apis["crm_opportunites"]
    dossiers = DossierStore()
    printed = Printed(time_zone=installation.time_zone, currency=installation.currency)
    quotes = Quotes(works, DevisStore(Devis, time_zone=installation.time_zone), dossiers, kernel.files)
    sending = Sending(
        works,
        dossiers,
        kernel.documents,
        kernel.files,
        QuoteLetters(kernel.notifications, printed, installation.link_base),
        printed,
        clock,
        lifetime=settings.link_lifetime,
    )
    projets = kernel.apis.get("crm_projets")
    if projets is not None:
        projets.know_quotes(dossiers.client_of)
    answers = Answers(
        works,
        dossiers,
        opportunites,
        clock,
        projects=projets if settings.opens_project else None,
    )
    opportunites.uses.add(dossiers.of_opportunity, fr=("devis", "devis"), en=("quote", "quotes"))
    return Wired(
        controllers=[
            *devis_controllers(quotes, sending, answers, opportunites),
            page_controller(answers, sending, printed),
        ],
        api=DevisApi(quotes.uses),
    )


PLUGIN = Plugin(
    name="crm_devis",
    title=Text(fr="Devis", en="Quotes"),
    suites=("crm",),
    requires=("crm_opportunites",),
    after=("crm_projets",),
    claims=("/api/devis", "/devis"),
    settings=DevisSettings,
    publishes=("crm.devis_accepte",),
    wire=_wire,
)
