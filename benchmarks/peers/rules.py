"""What all peers share: the environment that the runner gives them, and rules that no framework has a say in."""

import hashlib
import os
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import jwt

DATABASE_URL = os.environ.get("PEERS_DATABASE_URL", "")
TOKEN_KEY = bytes.fromhex(os.environ.get("PEERS_TOKEN_KEY", ""))
TIME_ZONE = ZoneInfo(os.environ.get("PEERS_TIME_ZONE", "Africa/Porto-Novo"))
POOL_SIZE = int(os.environ.get("PEERS_POOL_SIZE", "10"))
SUM_TOTALS = os.environ.get("PEERS_CASHFLOW", "items") == "total"
"""Whether the peers that aggregate sum the sales' own totals, and not quantity x price of their lines as
DECISIONS.md section 1 states revenue."""

PAGE_SIZE, MAX_PAGE_SIZE = 20, 100
PRODUCT_ORDERING = ("id", "nom", "categorie", "prix", "quantite", "entreprise", "created_at", "updated_at")
SALE_ORDERING = ("id", "client", "statut", "total", "created_at", "updated_at")
IDEMPOTENCY_SECONDS = 86_400


def database_parts() -> tuple[str, str, str]:
    """Role, database and socket folder of the database URL."""
    parts = urlsplit(DATABASE_URL)
    return parts.username or "", parts.path.lstrip("/"), parse_qs(parts.query)["host"][0]


def read_token(token: str) -> tuple[UUID, float] | None:
    """The session and the expiry (unix time) of a good access token, else None. Nothing is remembered."""
    try:
        found = jwt.decode(token, TOKEN_KEY, algorithms=["HS256"], options={"require": ["sid", "exp", "typ"]})
        return (UUID(found["sid"]), float(found["exp"])) if found["typ"] == "access" else None
    except (jwt.PyJWTError, ValueError):
        return None


def may(row: Any, resource: str, action: str) -> bool:
    """Whether the holder of a session (a row of `session_access`) may do something in its organisation."""
    if row.organisation_id is None:
        return False
    return bool(row.owner) or action in row.permissions.get(resource, ())


def new_id() -> UUID:
    """A UUIDv7, so that every server inserts in the order of its indexes."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    return UUID(
        int=(milliseconds & (2**48 - 1)) << 80 | 7 << 76 | (random >> 68) << 64 | 2 << 62 | random & (2**62 - 1)
    )


def ordering_terms(asked: str, allowed: tuple[str, ...]) -> list[str]:
    """The terms of `ordering` that are known, newest first without any; ties are broken by id."""
    terms = [term for term in asked.split(",") if term.removeprefix("-") in allowed] or ["-created_at"]
    if all(term.removeprefix("-") != "id" for term in terms):
        terms.append("-id" if terms[0].startswith("-") else "id")
    return terms


def fingerprint(body: bytes) -> bytes:
    """What tells two bodies under one `Idempotency-Key` apart."""
    return hashlib.blake2b(body, digest_size=32).digest()


def lock_number(account: UUID, route: str, key: str) -> int:
    """The advisory lock of an `Idempotency-Key`."""
    text = f"{account}\n{route}\n{key}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)


def months(now: datetime | None = None) -> tuple[datetime, datetime]:
    """When this month and the one before it began, in the installation's time zone."""
    local = (now or datetime.now(UTC)).astimezone(TIME_ZONE)
    this = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = this.replace(year=this.year - 1, month=12) if this.month == 1 else this.replace(month=this.month - 1)
    return this, before


def trend(current: Decimal, before: Decimal) -> str:
    """Up or down beyond 5 %, else stable; from nothing to something is up (DECISIONS.md section 1)."""
    if before == 0:
        return "up" if current > 0 else "stable"
    change = (current - before) / before
    return "up" if change > Decimal("0.05") else "down" if change < Decimal("-0.05") else "stable"


def cashflow(revenue: tuple[Decimal, ...], expenses: tuple[Decimal, ...]) -> dict[str, Any]:
    """The answer of cashflow from (total, this month, the month before) of revenue and expenses."""

    def side(figures: tuple[Decimal, ...]) -> dict[str, str]:
        total, current, before = figures
        return {"total": f"{total:.2f}", "mois_courant": f"{current:.2f}", "tendance": trend(current, before)}

    return {
        "revenus": side(revenue),
        "depenses": side(expenses),
        "solde": {"net": f"{revenue[0] - expenses[0]:.2f}", "par_mois": f"{revenue[1] - expenses[1]:.2f}"},
    }
