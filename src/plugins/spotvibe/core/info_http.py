"""The application on the wire: facts, figures, search, health, maintenance (contracts/spotvibe.md sections 3.1 to
3.3)."""

from typing import Any

import msgspec
from litestar import Controller, Response

from adapters.http.documentation.facts import QueryParameter
from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from core.access.rules import Anyone
from core.primitives import messages
from core.primitives.errors import FieldProblem, invalid, message
from core.primitives.locale import Text
from plugins.spotvibe.core.domain import figure
from plugins.spotvibe.core.health_service import HealthCheck
from plugins.spotvibe.core.maintenance_service import MaintenanceMode
from plugins.spotvibe.core.search_service import SEARCHED, Search
from plugins.spotvibe.core.stats_service import Stats
from plugins.spotvibe.core.wire import Found, GlobalStats, Healthy, Info, MaintenanceState, Unhealthy
from plugins.spotvibe.gate import IN_MAINTENANCE
from plugins.spotvibe.users.profile_service import moderates

MAX_TEXT = 200
DEFAULT_FOUND, MOST_FOUND = 20, 100
NO_STORE = {"cache-control": "no-store"}

UNHEALTHY = message(
    "spotvibe_unhealthy",
    fr="La base de données ne répond pas.",
    en="The database does not answer.",
)

AVAILABLE = message("spotvibe_available", fr="SpotVibe fonctionne normalement.", en="SpotVibe works normally.")


class Asked(msgspec.Struct, frozen=True):
    """What a search is asked for."""

    text: str
    kinds: tuple[str, ...]
    limit: int


def asked_of(request: StrictRequest) -> Asked:
    """Read a search's query. Raises `DomainError` of kind invalid with every failing parameter. A `limit` that is no
    number from 1 is 20."""
    query = dict(reversed(request.pairs))
    text, kind, limit = query.get("q", "").strip(), query.get("type", "").strip(), query.get("limit", "")
    problems = []
    if len(text) > MAX_TEXT:
        problems.append(FieldProblem(("q",), messages.TOO_LONG, {"maximum": MAX_TEXT}))
    if kind and kind not in SEARCHED:
        problems.append(FieldProblem(("type",), messages.NOT_CHOICE, {"value": kind[:50]}))
    if problems:
        raise invalid(*problems)
    number = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 10 else 0
    return Asked(text, (kind,) if kind else SEARCHED, min(number, MOST_FOUND) or DEFAULT_FOUND)


def info_controller(
    info: Info, stats: Stats, search: Search, health: HealthCheck, maintenance: MaintenanceMode
) -> type[Controller]:
    """The controller of what the application tells of itself."""

    class InfoController(Controller):
        path = "/api/core"
        tags = ["core"]

        @operation(
            "GET",
            "/info",
            name="get_app_info",
            rule=Anyone(),
            summary=Text(fr="Lire les informations de l'application", en="Read the facts of the application"),
        )
        async def get_info(self, request: StrictRequest) -> Info:  # noqa: ARG002
            """Tell what the application is."""
            return info

        @operation(
            "GET",
            "/stats",
            name="get_app_stats",
            rule=Anyone(),
            summary=Text(fr="Lire les statistiques globales", en="Read the figures of the whole application"),
        )
        async def get_stats(self, request: StrictRequest) -> GlobalStats:
            """Count, at most once a minute; the revenue is for staff."""
            totals = await stats.totals()
            revenue = figure(totals.revenue) if moderates(request.caller) else None
            return GlobalStats(totals.users, totals.events, totals.subscriptions, revenue)

        @operation(
            "GET",
            "/search",
            name="search_app",
            rule=Anyone(),
            summary=Text(fr="Rechercher des utilisateurs et des événements", en="Search users and events"),
            facts=Facts(
                errors=(400,),
                query=(
                    QueryParameter("q", "Texte cherché, sans casse ni accents · Text, ignoring case and accents"),
                    QueryParameter("type", "`users` ou `events` ; les deux sans lui · `users` or `events`, else both"),
                    QueryParameter("limit", "Résultats de chaque type, 20, au plus 100 · Results of each, at most 100"),
                ),
            ),
        )
        async def find(self, request: StrictRequest) -> Found:
            """Find users by username and names, events by title and description."""
            asked = asked_of(request)
            hits = await search.find(request.caller, asked.text, asked.kinds, asked.limit)
            return Found(list(hits.users), list(hits.events))

        @operation(
            "GET",
            "/health",
            name="get_spotvibe_health",
            rule=Anyone(),
            tokenless=True,
            summary=Text(fr="Vérifier l'état de l'application", en="Check that the application works"),
            facts=Facts(errors=(500,)),
        )
        async def get_health(self, request: StrictRequest) -> Response[Healthy]:
            """Tell which servers answer; 500 where the database does not."""
            found = await health.readings()
            states = (found.database.value, found.redis.value, found.queue.value)
            answer: Response[Any]
            if found.well:
                answer = Response(Healthy("OK", *states), headers=NO_STORE)
            else:
                said = UNHEALTHY.say(request.caller.locale)
                answer = Response(Unhealthy(said, UNHEALTHY.code, "ERROR", *states), status_code=500, headers=NO_STORE)
            return answer

        @operation(
            "GET",
            "/maintenance",
            name="get_spotvibe_maintenance",
            rule=Anyone(),
            summary=Text(fr="Lire l'état de maintenance", en="Read whether the application is under maintenance"),
        )
        async def get_maintenance(self, request: StrictRequest) -> MaintenanceState:
            """Tell whether the application is closed, and what is announced."""
            state = await maintenance.state()
            usual = IN_MAINTENANCE if state.active else AVAILABLE
            return MaintenanceState(state.active, state.message or usual.say(request.caller.locale))

    return InfoController
