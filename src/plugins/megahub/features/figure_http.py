"""Figures of subscriptions on the wire (contracts/megahub.md, "Actions Custom Abonnements" 4 to 6)."""

from collections.abc import Sequence

from litestar import Controller

from adapters.http.documentation.facts import QueryParameter
from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from core.primitives import messages
from core.primitives.errors import invalid_field
from core.primitives.locale import Text
from plugins.megahub.companies.alerts_service import percentage
from plugins.megahub.features.figure_service import CompanyFigures, Figures, Owned, TypeFigures
from plugins.megahub.features.rules import SEES_ALL
from plugins.megahub.features.wire import (
    CompaniesOverview,
    CompanyFeature,
    CompanyFeatures,
    CompanyOverview,
    GlobalStats,
    TypeStats,
    UsageInfo,
    UsageStats,
)
from plugins.megahub.rules import READS
from plugins.megahub.wire import DIALECT

COMPANY = "company_id"


def usage_info(owned: Owned) -> UsageInfo:
    """What is used of a subscription."""
    limit = owned.usage_limit
    if limit is None:
        return UsageInfo(unlimited=True)
    return UsageInfo(
        unlimited=False,
        current=owned.used,
        limit=limit,
        percentage=percentage(owned.used, limit),
        limit_reached=owned.used >= limit,
    )


def by_type(number: int, owned: Sequence[Owned]) -> CompanyFeatures:
    """A company's subscriptions by type."""
    types: dict[str, list[CompanyFeature]] = {}
    for each in owned:
        shown = CompanyFeature(each.id, each.feature_name, each.is_enabled, usage_info(each))
        types.setdefault(each.feature_type, []).append(shown)
    return CompanyFeatures(number, types, len(owned), sum(each.is_active for each in owned))


def stats(figures: Sequence[TypeFigures]) -> UsageStats:
    """Figures in all and by type."""
    total, active = sum(each.total for each in figures), sum(each.active for each in figures)
    over = sum(each.over_limit for each in figures)
    return UsageStats(
        GlobalStats(total, active, over, percentage(active, total)),
        {each.feature_type: TypeStats(each.total, each.active, each.over_limit, each.total_usage) for each in figures},
    )


def overview(figures: Sequence[CompanyFigures]) -> CompaniesOverview:
    """Figures of all companies."""
    shown = [
        CompanyOverview(
            company_id=each.company_id,
            company_name=each.company_name,
            total_features=each.total,
            active_features=each.active,
            premium_features=each.premium,
            features_expiring_soon=each.expiring,
            features_over_limit=each.over_limit,
        )
        for each in figures
    ]
    return CompaniesOverview(len(shown), shown)


def figure_controller(figures: Figures) -> type[Controller]:
    """The controller of figures of subscriptions."""

    class FigureController(Controller):
        path = "/companies/features/subscriptions"
        tags = ["feature_subscriptions"]

        @operation(
            "GET",
            "/by-company",
            name="list_company_features",
            rule=READS,
            summary=Text(fr="Les features d'une entreprise par type", en="A company's features by type"),
            facts=Facts(
                errors=(400, 404),
                query=(
                    QueryParameter(
                        COMPANY,
                        "L'entreprise ; la sienne sans ce paramètre · The company; one's own without this parameter",
                    ),
                ),
            ),
        )
        async def by_company(self, request: StrictRequest) -> CompanyFeatures:
            """Show what a company has, and what is used of it."""
            return by_type(*await figures.of_company(request.caller, _company(request)))

        @operation(
            "GET",
            "/usage-stats",
            name="get_feature_usage_stats",
            rule=READS,
            summary=Text(fr="Chiffres des abonnements", en="Figures of subscriptions"),
        )
        async def usage_stats(self, request: StrictRequest) -> UsageStats:
            """Show figures of all subscriptions to a superuser, of the own company's to others."""
            return stats(await figures.by_type(request.caller))

        @operation(
            "GET",
            "/companies-overview",
            name="get_feature_companies_overview",
            rule=SEES_ALL,
            summary=Text(fr="Les abonnements de toutes les entreprises", en="All companies' subscriptions"),
        )
        async def companies_overview(self, request: StrictRequest) -> CompaniesOverview:
            """Show figures of every company."""
            return overview(await figures.by_company(request.caller))

    return FigureController


def _company(request: StrictRequest) -> int | None:
    text = dict(reversed(request.pairs)).get(COMPANY, "")
    if not text:
        return None
    number = DIALECT.parse_id(text)
    if not isinstance(number, int):
        raise invalid_field(COMPANY, messages.NOT_INTEGER)
    return number
