"""Whole stories of spotvibe over HTTP alone, with the simulated operators and the mailbox: against what `make run`
starts, and against two web processes with a worker apart."""

import base64
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.cluster import TestCluster
from tests.installation import PASSWORD, unique
from tests.journeys.audience import Audience, Fan, totp, until
from tests.journeys.test_driven_tour import TOUR, walk
from tests.server import clean_environment, database_environment, serving, socle

PAGE = Path(__file__).parents[2] / "docs" / "api" / "spotvibe.md"
STAFF_ONLY = 403
FREE_EVENTS = 3
"""How many events a month somebody without a subscription may create (DECISIONS.md section 2, "Events")."""


@pytest.fixture(scope="module", params=["as make run starts it", "two processes, a worker apart"])
def started(
    request: pytest.FixtureRequest, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A server, and the environment of commands beside it."""
    home = tmp_path_factory.mktemp("audience") / "home"
    urls = cluster.clone(unique("audience"))
    environment = database_environment(urls)
    if request.param.startswith("as"):
        with serving(home, urls, worker=True, operators=True, SOCLE_DEMO="true") as server:
            yield server, environment
        return
    spread = {"processes": 2, "operators": True, "SOCLE_DEMO": "true"}
    with serving(home, urls, **spread) as server, worker_apart(home, environment, server):  # type: ignore[arg-type]
        yield server, environment


class worker_apart:  # noqa: N801 - used as a function
    """A `socle worker` for as long as the block."""

    def __init__(self, home: Path, environment: dict[str, str], server: Any) -> None:
        given = {**environment, "SOCLE_OPERATORS_URL": server.operators_url, "SOCLE_PUBLIC_URL": server.base_url}
        command = [sys.executable, "-m", "socle", "worker", "--home", str(home)]
        self._process = subprocess.Popen(command, env=clean_environment(**given), stdout=subprocess.DEVNULL)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        assert self._process.wait(30) == 0


@pytest.fixture
async def audience(started: Any) -> AsyncIterator[Audience]:
    """The audience of a server."""
    found = Audience(started[0])
    yield found
    await found.close()


async def approved(staff: Fan, *events: int) -> None:
    """Staff approve events."""
    body = {"action_type": "approve_events", "object_ids": list(events), "reason": "Conforme aux directives"}
    assert (await staff.ask("POST", "/api/admin/bulk-action/", body))["processed_count"] == len(events)


def verified_offline(code: str, published: Any) -> tuple[UUID, int]:
    """The ticket and the event of a code, once the published key has proved it: as a scanner without a network reads
    it by what the key's answer says of codes."""
    form = published["format"]
    signed = base64.urlsafe_b64decode(code.removeprefix(form["prefixe"]) + "==")
    key = load_pem_public_key(published["cle_publique_pem"].encode())
    assert isinstance(key, Ed25519PublicKey)
    key.verify(signed[24:], form["contexte"].encode() + signed[:24])
    return UUID(bytes=signed[:16]), int.from_bytes(signed[16:24], "big")


def test_the_tour_works_as_printed(started: Any, tmp_path: Path) -> None:
    (tour,) = TOUR.findall(PAGE.read_text(encoding="utf-8"))
    assert walk(tour.replace("http://127.0.0.1:8000", started[0].base_url), tmp_path) == [
        "Utilisateur enregistré avec succès. Veuillez vérifier votre email.",
        "1",
        "REUSSI",
        "image/png",
        "application/pdf",
        "Événement annulé avec succès. Les détenteurs de billets sont remboursés et prévenus.",
        "REMBOURSE",
    ]


async def test_an_evening_from_sign_up_to_the_last_refund(audience: Audience, started: Any) -> None:
    environment = started[1]
    staff = await audience.staff(environment)
    organiser = await audience.sign_up()
    event = await organiser.create_event(capacite=10)
    assert event["statut"] == "EN_ATTENTE"
    buyer = await audience.sign_up()
    await buyer.ask("GET", f"/api/events/{event['id']}/", status=404)
    await approved(staff, event["id"])
    await organiser.mail(event["titre"])
    listed = await buyer.ask("GET", "/api/events/", params={"search": event["titre"]})
    assert [each["id"] for each in listed["results"]] == [event["id"]]

    debited = await audience.moved("debit")
    payments = [await buyer.buy(event["id"], operator, quantity=2) for operator in ("mtn", "orange", "moov")]
    assert await audience.moved("debit") - debited == 3 * 10_000
    tickets = await buyer.tickets(event["id"], "PAYE")
    assert len(tickets) == 6
    await buyer.mail(event["titre"])

    code = await buyer.code_of(tickets[0])
    published = await audience.api.get("/api/events/tickets/public-key/")
    assert verified_offline(code, published.json()) == (UUID(tickets[0]["uuid"]), event["id"])
    pdf = await buyer.answer("GET", f"/api/events/tickets/{tickets[0]['uuid']}/pdf/")
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    await buyer.ask("POST", "/api/events/tickets/scan/", {"code": code}, status=STAFF_ONLY)
    await organiser.ask("POST", "/api/events/tickets/scan/", {"code": code})
    again = await organiser.ask("POST", "/api/events/tickets/scan/", {"code": code}, status=409)
    assert "error" in again

    credited = await audience.moved("credit")
    await organiser.ask("POST", f"/api/events/{event['id']}/cancel/")
    for payment in payments:
        shown = await buyer.until_statut(payment, "REMBOURSE")
        assert shown["montant"] == "10000.00"
    assert await audience.moved("credit") - credited == 3 * 10_000
    assert len(await buyer.tickets(event["id"], "REMBOURSE")) == 6
    checked = socle(started[0].home, "ledger", "check", environment=environment)
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def test_a_subscription_is_bought_used_up_and_upgraded(audience: Audience) -> None:
    organiser = await audience.sign_up()
    plans = {plan["nom"]: plan for plan in await organiser.ask("GET", "/api/subscriptions/plans/")}
    means = {"payment_method": "MOMO_MTN", "phone_number": "+2290197000010"}
    begun = await organiser.ask(
        "POST", "/api/subscriptions/pay/", {"plan_id": plans["Standard"]["id"], **means}, status=201
    )
    await organiser.paid(begun, "mtn")
    current = await organiser.ask("GET", "/api/subscriptions/current/")
    assert current["plan"]["nom"] == "Standard"
    await organiser.create_event()
    refused = await organiser.create_event(status=403)
    assert "error" in refused
    used = await organiser.ask("GET", "/api/subscriptions/usage/")
    assert (used["evenements_crees_ce_mois"], used["max_evenements_par_mois"]) == (1, 1)

    upgraded = await organiser.ask("POST", "/api/subscriptions/upgrade/", {"new_plan_id": plans["Premium"]["id"]})
    assert upgraded["new_plan"] == {"id": plans["Premium"]["id"], "nom": "Premium"}
    await organiser.until_statut(upgraded["payment_uuid"], "REUSSI")

    async def premium() -> bool:
        shown = await organiser.ask("GET", "/api/subscriptions/current/")
        return bool(shown["plan"]["nom"] == "Premium")

    await until(premium, "the plan is not Premium")
    for _ in range(4):
        await organiser.create_event()
    await organiser.create_event(status=403)


async def test_without_a_subscription_three_events_a_month(audience: Audience) -> None:
    organiser = await audience.sign_up()
    for _ in range(FREE_EVENTS):
        await organiser.create_event()
    await organiser.create_event(status=403)


async def test_a_lost_password_is_set_anew(audience: Audience) -> None:
    fan = await audience.sign_up()
    await fan.ask("POST", "/api/auth/password-reset/", {"email": fan.email})
    letter = await fan.mail("/reset-password")
    (token,) = re.findall(r"token=([\w.%-]+)", letter["body"])
    new = "Nouvelle-Saison-43"
    await fan.ask(
        "POST",
        "/api/auth/password-reset/confirm/",
        {"token": token, "new_password": new, "confirm_password": new},
    )
    await fan.ask("GET", "/api/users/profile/", status=401)
    assert "access" not in await fan.sign_in(PASSWORD)
    assert "access" in await fan.sign_in(new)
    await fan.ask("GET", "/api/users/profile/")


async def test_a_lost_phone_is_replaced_by_a_recovery_code(audience: Audience) -> None:
    fan = await audience.sign_up()
    begun = await fan.ask("POST", "/api/auth/2fa/setup/", {"method": "TOTP"})
    confirmed = await fan.ask("POST", "/api/auth/2fa/verify/", {"code": totp(begun["secret_key"]).now()})
    codes = confirmed["recovery_codes"]
    fan.token = ""
    asked = await fan.sign_in()
    assert asked["2fa_required"] is True
    body = {"code": codes[0], "challenge": asked["challenge"]}
    fan.token = (await fan.ask("POST", "/api/auth/2fa/verify/", body))["access"]
    await fan.ask("GET", "/api/users/profile/")
    fan.token = ""
    again = await fan.sign_in()
    body["challenge"] = again["challenge"]
    await fan.ask("POST", "/api/auth/2fa/verify/", body, status=400)
    fan.token = (await fan.ask("POST", "/api/auth/2fa/verify/", {**body, "code": codes[1]}))["access"]
    await fan.ask("POST", "/api/auth/2fa/disable/", {"code": codes[2]})
    fan.token = ""
    assert "access" in await fan.sign_in()
