"""The manifest of reports."""

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Wired
from core.primitives.locale import Text
from plugins.crm.rapports.settings import RapportsSettings

MAKE_EXPORT = "make_export"
TIDY_EXPORTS = "tidy_exports"


def _wire(kernel: Kernel) -> Wired:
    from adapters.documents.csv import CsvWriter
    from adapters.documents.xlsx import XlsxWriter
    from plugins.crm.rapports.asked_http import asked_in_body
    from plugins.crm.rapports.domain import Format, Rapport
    from plugins.crm.rapports.export_service import Exports, Limits
    from plugins.crm.rapports.export_store import PgExports
    from plugins.crm.rapports.http import rapports_controllers
    from plugins.crm.rapports.printing import PrintedReport
    from plugins.crm.rapports.reading_service import Reading
    from plugins.crm.rapports.store import ClientReport, OpportuniteReport, PerformanceReport, ProjetReport

    settings = kernel.settings_as(RapportsSettings)
    zone = kernel.installation.time_zone
    opportunites = OpportuniteReport(zone)
    sources = {
        Rapport.CLIENTS: ClientReport(zone),
        Rapport.PROJETS: ProjetReport(zone),
        Rapport.OPPORTUNITES: opportunites,
        Rapport.PIPELINE: opportunites,
        Rapport.PERFORMANCES: PerformanceReport(zone),
    }
    reading = Reading(kernel.works, sources, kernel.clock, zone)
    exports = Exports(
        kernel.works,
        reading,
        PgExports(),
        {Format.CSV: CsvWriter(), Format.XLSX: XlsxWriter()},
        PrintedReport(kernel.documents, kernel.charts, time_zone=zone),
        kernel.files,
        kernel.clock,
        limits=Limits(settings.at_once, settings.most, settings.kept),
        parse=asked_in_body,
        job=f"crm_rapports.{MAKE_EXPORT}",
    )
    return Wired(
        controllers=rapports_controllers(reading, exports, kept=settings.kept),
        jobs={MAKE_EXPORT: exports.make, TIDY_EXPORTS: exports.tidy},
    )


PLUGIN = Plugin(
    name="crm_rapports",
    title=Text(fr="Rapports", en="Reports"),
    suites=("crm",),
    requires=("crm_projets", "crm_opportunites", "crm_taches", "crm_devis"),
    claims=("/api/rapports",),
    settings=RapportsSettings,
    jobs=(MAKE_EXPORT, TIDY_EXPORTS),
    schedules=(Schedule(TIDY_EXPORTS, "23 * * * *"),),
    wire=_wire,
)
