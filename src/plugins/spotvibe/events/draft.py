"""An event as it is about to be written: its fields are checked together, and every failing one is named."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.primitives import messages
from core.primitives.errors import FieldProblem
from plugins.spotvibe.events.domain import (
    ENDS_BEFORE,
    NOT_AHEAD,
    PRICE_EXPECTED,
    SEATS_TAKEN,
    Evenement,
    TypeAcces,
    short_of,
)

FREE: Final = Decimal("0.00")
_DATES: Final = ("date_debut", "date_fin")


def zoned(values: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """The values, where times without a zone are the installation's (DECISIONS.md section 0, "Times")."""
    return {
        name: value.replace(tzinfo=zone) if isinstance(value, datetime) and value.tzinfo is None else value
        for name, value in values.items()
    }


def drafted(given: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a write changes: what is given, with what follows of it, without what is so already. `present`
    are the fields of the event as it stands, none for a new one."""
    values = dict(given)
    paid = values.get("type_acces", present.get("type_acces")) == TypeAcces.PAYANT
    if not paid or values.get("prix", FREE) is None:
        values["prix"] = FREE
    description = values.get("description", present.get("description", ""))
    if not values.get("description_courte", "kept") or ("description_courte" not in values and _follows(present)):
        values["description_courte"] = short_of(description)
    return {name: value for name, value in values.items() if name not in present or present[name] != value}


def _follows(present: Mapping[str, Any]) -> bool:
    """Whether the short description is that of the description: so is that of a new event."""
    return not present or present["description_courte"] == short_of(present["description"])


def problems_of(
    changed: Mapping[str, Any], present: Mapping[str, Any], now: datetime, standing: Evenement | None = None
) -> list[FieldProblem]:
    """What is wrong with an event once `changed` is written over `present`."""
    merged = {**present, **changed}
    found = [FieldProblem((name,), NOT_AHEAD) for name in _DATES if name in changed and _is_past(name, changed, now)]
    if merged["date_fin"] <= merged["date_debut"] and all(problem.path != ("date_fin",) for problem in found):
        found.append(FieldProblem(("date_fin",), ENDS_BEFORE))
    if merged["type_acces"] == TypeAcces.PAYANT and not merged.get("prix"):
        found.append(FieldProblem(("prix",), PRICE_EXPECTED))
    latitude, longitude = merged.get("latitude"), merged.get("longitude")
    if (latitude is None) != (longitude is None):
        absent = "latitude" if latitude is None else "longitude"
        found.append(FieldProblem((absent,), messages.REQUIRED))
    capacity = merged.get("capacite")
    if standing is not None and capacity is not None and capacity < standing.places_prises:
        found.append(FieldProblem(("capacite",), SEATS_TAKEN, {"taken": standing.places_prises}))
    return found


def _is_past(name: str, changed: Mapping[str, Any], now: datetime) -> bool:
    moment: datetime = changed[name]
    return moment <= now
