"""spotvibe: what a request costs with 10,000 events and with 1,000,000, its statements, and how many purchases of one
event are committed in a second."""

import asyncio
import json
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import asyncpg
import httpx

from benchmarks import report
from benchmarks.cases import Case
from benchmarks.comparison import Measured, grow
from benchmarks.installation import PASSWORD, Installation, installation
from benchmarks.load import Request, request_bytes, run
from benchmarks.servers import Server
from benchmarks.wire import Traffic, count

EVENTS, GROWTH = 10_000, 100
MARKED = 200
"""Events that the search finds, whatever the scale."""
SEARCH = "bogolan"
BUYERS = 200
TICKETS = 40
"""Tickets of the user whose list is measured."""
GROWTH_ALLOWED = 1.5
STATEMENTS_ALLOWED = {"event list": 3, "event detail": 3, "my tickets": 3, "purchase": 12}
PURCHASES_WANTED = 100

_EVENTS = """
insert into spotvibe_evenement (createur_id, categorie_id, titre, description, description_courte, date_debut, date_fin,
                                lieu, adresse, type_acces, prix, statut, nombre_vues, created_at)
select $1, 1 + (hashint4(i) & 7),
       (array['Concert', 'Festival', 'Soirée', 'Atelier', 'Tournoi', 'Salon', 'Marché', 'Projection']
       )[1 + (hashint4(i + 7) & 7)] || ' ' ||
       (array['Akwaba', 'Baobab', 'Cauris', 'Dahomey', 'Étoile', 'Ganvié', 'Harmattan', 'Teranga']
       )[1 + (hashint4(i + 9) & 7)]
       || case when i % ($2 / $3) = 0 then ' Bogolan' else '' end || ' n° ' || i,
       'Une rencontre au bord de la lagune, avec musique, danse et repas. Édition ' || i || '.',
       'Une rencontre au bord de la lagune.',
       now() + make_interval(mins => i % 500000), now() + make_interval(mins => i % 500000 + 240),
       'Cotonou', 'Boulevard de la Marina', 'PAYANT', 5000,
       case when i % ($2 / $3) = 0 then 'VALIDE' when hashint4(i + 3) & 15 = 0 then 'EN_ATTENTE'
            when hashint4(i + 3) & 15 < 3 then 'TERMINE' else 'VALIDE' end,
       hashint4(i + 5) & 1023, now() - make_interval(mins => ($2 - i) % 500000)
from generate_series(1, $2) i
"""


class Evening(NamedTuple):
    """What requests name: an event for sale, and the tokens of its buyers, the first of whom has tickets."""

    event: int
    tokens: list[str]


class Evenings:
    """An installation of spotvibe with its events, and Socle serving it."""

    def __init__(self, made: Installation, server: Server, evening: Evening) -> None:
        self.made = made
        self.server = server
        self.evening = evening


def measure(*, connections: int, seconds: float, rounds: int) -> list[str]:
    """Measure; returns the sections of the report."""
    with evenings(EVENTS) as small:
        traffic = count(small.made, "socle", [*reading(small.evening), purchase(small.evening, keyed=False)])
        bought = purchases(small, seconds=max(3.0, seconds))
        with evenings(EVENTS * GROWTH) as large:
            found = grow(
                (small.server, growing(small.evening)),
                (large.server, growing(large.evening)),
                connections=connections,
                seconds=seconds,
                rounds=rounds,
            )
    return [
        "## spotvibe: statements\n\nOf a request without `Idempotency-Key`, transaction control apart.\n\n"
        + _statements(traffic),
        f"## spotvibe: {BUYERS} parallel buyers of one event\n\n" + _bought(bought),
        f"## spotvibe: {EVENTS * GROWTH:,} events instead of {EVENTS:,}\n\n" + _growth(found),
    ]


@contextmanager
def evenings(events: int) -> Iterator[Evenings]:
    """An installation with so many events."""
    with (
        tempfile.TemporaryDirectory(prefix="socle-bench-", ignore_cleanup_errors=True) as folder,
        installation(Path(folder), 1, edition="spotvibe") as made,
    ):
        server = made.start("socle")
        try:
            evening = asyncio.run(_fill(made, server, events))
            yield Evenings(made, server, evening)
        finally:
            server.stop()


async def _fill(made: Installation, server: Server, events: int) -> Evening:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as api:
        gate = asyncio.Semaphore(8)

        async def sign_up(number: int) -> str:
            name = f"public{number}"
            person = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
            async with gate:
                (await api.post("/api/users/register/", json=person)).raise_for_status()
                answer = await api.post("/api/users/login/", json=person)
            answer.raise_for_status()
            token: str = answer.json()["access"]
            return token

        tokens = list(await asyncio.gather(*map(sign_up, range(BUYERS))))
        connection: Any = await asyncpg.connect(made.superuser_url)
        try:
            creator = await connection.fetchval("select min(user_id) from spotvibe_profile")
            await connection.execute(_EVENTS, creator, events, MARKED, timeout=1800)
            event = await connection.fetchval(
                "select max(id) from spotvibe_evenement where statut = 'VALIDE' and date_fin > now() + interval '1 day'"
            )
            await connection.execute("vacuum (analyze)", timeout=1800)
            await connection.execute("checkpoint", timeout=600)
        finally:
            await connection.close()
        evening = Evening(event, tokens)
        for _ in range(TICKETS // 10):
            answer = await api.post(
                "/api/events/tickets/purchase/",
                json=_order(evening, 10),
                headers={"authorization": f"Bearer {tokens[0]}"},
            )
            answer.raise_for_status()
    return evening


def _order(evening: Evening, quantity: int = 1) -> dict[str, Any]:
    return {
        "event_id": evening.event,
        "quantity": quantity,
        "payment_method": "MOMO_MTN",
        "phone_number": "+2290197000010",
    }


def _get(evening: Evening, path: str, *, signed: bool = False, **query: str | int) -> Callable[[int], Request]:
    asked = f"{path}?{urlencode(query)}" if query else path
    token = evening.tokens[0] if signed else ""

    def made(port: int) -> Request:
        raw = request_bytes("GET", port, asked, token)
        return Request(lambda _: raw)

    return made


def reading(evening: Evening) -> list[Case]:
    """The reads whose statements are counted."""
    return [
        Case("event list", _get(evening, "/api/events/")),
        Case("event detail", _get(evening, f"/api/events/{evening.event}/")),
        Case("my tickets", _get(evening, "/api/events/my-tickets/", signed=True)),
    ]


def purchase(evening: Evening, *, keyed: bool = True) -> Case:
    """A purchase of one ticket, by every buyer in turn; with an `Idempotency-Key` of its own where `keyed`."""
    body = json.dumps(_order(evening)).encode()

    def made(port: int) -> Request:
        run_key = secrets.token_hex(8)

        def make(number: int) -> bytes:
            token = evening.tokens[number % len(evening.tokens)]
            headers = {"Idempotency_Key": f"{run_key}-{number}"} if keyed else {}
            return request_bytes("POST", port, "/api/events/tickets/purchase/", token, body, **headers)

        return Request(make, 201)

    return Case("purchase", made, writes=True)


def growing(evening: Evening) -> list[Case]:
    """The requests whose cost must not grow with the number of events."""
    return [
        Case("event list, page 1", _get(evening, "/api/events/")),
        Case("event list, page 100", _get(evening, "/api/events/", page=100)),
        Case(f"search of {MARKED} events", _get(evening, "/api/events/", search=SEARCH)),
        Case("event detail", _get(evening, f"/api/events/{evening.event}/")),
        Case("trending", _get(evening, "/api/events/trending/", limit=20)),
        Case("my tickets", _get(evening, "/api/events/my-tickets/", signed=True)),
    ]


def purchases(evenings: Evenings, *, seconds: float) -> Measured:
    """Have everybody buy at once, again and again."""
    case = purchase(evenings.evening)
    run(evenings.server.port, case.request(evenings.server.port), connections=16, seconds=1)
    before = evenings.server.cpu_seconds()
    figures = run(evenings.server.port, case.request(evenings.server.port), connections=BUYERS, seconds=seconds)
    cpu = (evenings.server.cpu_seconds() - before) / figures.requests * 1000
    return Measured(figures.requests_per_second, figures.p50, figures.p99, cpu, figures.failures)


def _statements(traffic: dict[str, Traffic]) -> str:
    rows = []
    for name, allowed in STATEMENTS_ALLOWED.items():
        each = traffic[name]
        counted = each.statements - each.control
        verdict = "ok" if counted <= allowed else f"over {allowed}"
        rows.append([name, f"{counted:.1f}", f"{each.control:.1f}", f"{each.round_trips:.1f}", str(allowed), verdict])
    return report.table(["request", "statements", "begin, commit", "round trips", "allowed", "verdict"], rows)


def _bought(found: Measured) -> str:
    verdict = "ok" if found.requests_per_second >= PURCHASES_WANTED else f"short of {PURCHASES_WANTED}"
    row = [
        f"{found.requests_per_second:.0f}",
        f"{found.p50:.0f}",
        f"{found.p99:.0f}",
        f"{found.cpu:.2f}",
        str(found.failures),
        verdict,
    ]
    return report.table(["purchases/s", "p50 ms", "p99 ms", "CPU ms", "failed", "verdict"], [row])


def _growth(found: dict[str, tuple[Measured, Measured]]) -> str:
    rows = []
    for name, (small, large) in found.items():
        ratio = large.p50 / small.p50
        verdict = "ok" if ratio <= GROWTH_ALLOWED else f"over {GROWTH_ALLOWED}"
        rows.append([name, f"{small.p50:.1f}", f"{large.p50:.1f}", f"{ratio:.2f}", verdict])
    return report.table(["request", f"p50 ms, {EVENTS:,}", f"p50 ms, {EVENTS * GROWTH:,}", "ratio", "verdict"], rows)
