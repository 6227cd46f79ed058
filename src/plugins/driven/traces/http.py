"""Traces on the wire."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import Controller
from msgspec import UNSET, UnsetType

from adapters.http.documentation.facts import QueryParameter
from adapters.http.listing import DAYS_REVERSED, read_day
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import ById, ByText, listing_operation
from adapters.http.scalars import LongText, Name, OptionalText, check_free_text
from core.primitives import messages
from core.primitives.errors import FieldProblem, invalid, invalid_field
from core.primitives.locale import Text
from plugins.driven.said import said_of
from plugins.driven.scalars import Moment, Reference
from plugins.driven.traces.service import LISTING
from plugins.driven.tracking import TrackedResource
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN

Sql = Annotated[str, msgspec.Meta(max_length=50_000, extra={"check": check_free_text})]
"""SQL as somebody else's application ran it: kept and shown as text, never run."""


class Trace(msgspec.Struct):
    """A trace."""

    id: int
    date: datetime
    action: str
    detail: str | None
    code: str | None
    param: str | None
    code_sql: str | None
    end_point: str | None
    id_utilisateur: int | None


class TraceBody(msgspec.Struct):
    """A trace as a client writes it; its `date` is now unless given."""

    action: Name
    date: Moment | UnsetType = UNSET
    detail: LongText | None = None
    code: OptionalText | None = None
    param: LongText | None = None
    code_sql: Sql | None = None
    end_point: LongText | None = None
    id_utilisateur: Reference | None = None


def traces_controller(service: TrackedResource[Trace]) -> type[Controller]:
    """The controller of `/api/traces`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/traces",
        singular="trace",
        plural="traces",
        one=Text(fr="une entrée de trace", en="a trace entry"),
        many=Text(fr="les entrées de trace", en="trace entries"),
        service=service,
        out=Trace,
        body=TraceBody,
        listing=LISTING,
        rules=SIGNED_IN,
        actions=ACTIONS,
        said=said_of(fr=("Entrée de trace", "Entrées de trace"), en=("Trace entry", "Trace entries"), feminine=True),
        example={
            "action": "CREATE_USER",
            "detail": "Création d'un nouvel utilisateur",
            "code": "USER_001",
            "param": "username=johndoe",
            "code_sql": "INSERT INTO utilisateur...",
            "end_point": "/api/utilisateurs",
            "id_utilisateur": 1,
        },
    )
    by_utilisateur = listing_operation(
        spec,
        "/utilisateur/{key:str}",
        name="get_traces_by_utilisateur",
        summary=Text(fr="Lister les entrées de trace d'un utilisateur", en="List a user's trace entries"),
        said=Text(
            fr="Entrées de trace de l'utilisateur récupérées avec succès",
            en="User trace entries retrieved successfully",
        ),
        narrow=ById(spec, "id_utilisateur"),
    )
    by_action = listing_operation(
        spec,
        "/action/{key:str}",
        name="get_traces_by_action",
        summary=Text(fr="Lister les entrées de trace d'une action", en="List the trace entries of an action"),
        said=Text(
            fr="Entrées de trace par action récupérées avec succès", en="Trace entries by action retrieved successfully"
        ),
        narrow=ByText("action"),
    )
    by_date_range = listing_operation(
        spec,
        "/date-range",
        name="get_traces_by_date_range",
        summary=Text(fr="Lister les entrées de trace d'une plage de dates", en="List the trace entries of some days"),
        said=Text(
            fr="Entrées de trace par plage de dates récupérées avec succès",
            en="Trace entries by date range retrieved successfully",
        ),
        narrow=_by_days,
        query=(
            QueryParameter("start_date", "Premier jour, compris, en UTC · First day, included, in UTC", "date"),
            QueryParameter("end_date", "Dernier jour, compris, en UTC · Last day, included, in UTC", "date"),
        ),
    )
    return resource_controller(spec, by_utilisateur, by_action, by_date_range)


def _by_days(request: StrictRequest, _: str) -> tuple[tuple[str, tuple[date, date]], ...]:
    """Narrow by `start_date` and `end_date`, both required, both included. Raises `DomainError` of kind invalid."""
    query = dict(reversed(request.pairs))
    days: list[date] = []
    problems: list[FieldProblem] = []
    for name in ("start_date", "end_date"):
        text = query.get(name, "").strip()
        try:
            days.append(read_day(text))
        except ValueError:
            problems.append(FieldProblem((name,), messages.NOT_DATE if text else messages.REQUIRED))
    if problems:
        raise invalid(*problems)
    first, last = days
    if first > last:
        raise invalid_field("end_date", DAYS_REVERSED)
    return (("date_range", (first, last)),)
