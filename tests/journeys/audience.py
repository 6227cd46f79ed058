"""An audience at a running server: people of spotvibe who speak to it over HTTP alone, their mailbox, and the simulated
operators that they pay with."""

import asyncio
import io
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
import zxingcpp
from PIL import Image

from tests.installation import PASSWORD, unique
from tests.server import Server, socle

METHODS = {"mtn": "MOMO_MTN", "orange": "MOMO_ORANGE", "moov": "MOMO_MOOV"}
NUMBERS = {"mtn": "+22901970000{}", "orange": "+22507000000{}", "moov": "+22901950000{}"}
PAYS = "10"
"""The ending of a payer who confirms."""
LONGEST = 40.0
STEP = 0.3


async def until(look: Callable[[], Awaitable[Any]], fault: str, seconds: float = LONGEST) -> Any:
    """Look until there is something to see."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        assert time.monotonic() < deadline, f"after {seconds:g} s {fault}"
        await asyncio.sleep(STEP)
    return found


def qr_texts(picture: bytes) -> list[str]:
    """What the QR codes of a picture say, read by a library that did not write them."""
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))]


class Fan:
    """Somebody with an account, signed in."""

    def __init__(self, audience: "Audience", username: str, email: str) -> None:
        self._audience = audience
        self.username = username
        self.email = email
        self.password = PASSWORD
        self.token = ""
        self.refresh = ""

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200, **options: Any) -> Any:
        """Speak to the server; the answer's JSON, None where it has no body."""
        answer = await self.answer(method, path, body, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def answer(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Speak to the server."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return await self._audience.api.request(method, path, json=body, headers=headers, **options)

    async def sign_in(self, password: str | None = None) -> dict[str, Any]:
        """Sign in by password; the answer, whose tokens are used from now on where it has them."""
        body = {"email": self.email, "password": password or self.password}
        said: dict[str, Any] = (await self._audience.api.post("/api/users/login/", json=body)).json()
        self.token, self.refresh = said.get("access", self.token), said.get("refresh", self.refresh)
        return said

    async def mail(self, about: str) -> Any:
        """The newest letter to this person whose subject or body holds a text."""

        async def look() -> Any:
            letters = (await self._audience.api.get("/_dev/outbox", params={"to": self.email})).json()
            return [each for each in letters if about in each["subject"] or about in each["body"]]

        return (await until(look, f"no letter about {about!r} came to {self.email}"))[0]

    async def create_event(self, *, status: int = 201, **fields: Any) -> Any:
        """Create an event that costs 5000; the answer's event."""
        categories = await self.ask("GET", "/api/events/categories/")
        begins = datetime.now(UTC) + timedelta(days=30)
        given = {
            "titre": unique("Concert"),
            "description": "Une soirée au bord de la lagune.",
            "date_debut": begins.isoformat(),
            "date_fin": (begins + timedelta(hours=5)).isoformat(),
            "lieu": "Palais des congrès",
            "adresse": "Boulevard de la Marina, Cotonou",
            "categorie": categories[0]["id"],
            "type_acces": "PAYANT",
            "prix": "5000",
            **fields,
        }
        said = await self.ask("POST", "/api/events/create/", given, status=status)
        return said["event"] if status == 201 else said

    async def buy(self, event: int, operator: str, quantity: int = 1, ending: str = PAYS) -> str:
        """Buy tickets, to the payment's end; its uuid."""
        begun = await self.ask(
            "POST",
            "/api/events/tickets/purchase/",
            {
                "event_id": event,
                "quantity": quantity,
                "payment_method": METHODS[operator],
                "phone_number": NUMBERS[operator].format(ending),
            },
            status=201,
        )
        return await self.paid(begun, operator, ending)

    async def paid(self, begun: Any, operator: str, ending: str = PAYS) -> str:
        """Do what a payment asks for, and wait until it is REUSSI; its uuid."""
        payment: str = begun["payment_uuid"]
        if operator == "orange":
            url = begun["next_action"]["url"] or await self._page(payment)
            await self._audience.enter(url.rpartition("/")[2], ending)
        await self.until_statut(payment, "REUSSI")
        return payment

    async def until_statut(self, payment: str, statut: str) -> Any:
        """A payment once it has a statut."""

        async def look() -> Any:
            shown = await self.ask("GET", f"/api/payments/{payment}/")
            return shown if shown["statut"] == statut else None

        return await until(look, f"the payment {payment} is not {statut}")

    async def tickets(self, event: int, statut: str) -> list[Any]:
        """One's tickets of an event that have a statut."""
        found = await self.ask("GET", "/api/events/my-tickets/")
        return [each for each in found if each["evenement_id"] == event and each["statut"] == statut]

    async def code_of(self, ticket: Any) -> str:
        """What the QR of a ticket says."""
        picture = await self._audience.api.get(ticket["code_qr_url"])
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        (text,) = qr_texts(picture.content)
        return text

    async def _page(self, payment: str) -> str:
        async def look() -> Any:
            return ((await self.ask("GET", f"/api/payments/{payment}/")).get("next_action") or {}).get("url")

        url: str = await until(look, f"the payment {payment} has no page")
        return url


class Audience:
    """A server, its simulator, and everybody who is there."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.api = httpx.AsyncClient(base_url=server.base_url, timeout=30, limits=httpx.Limits(max_connections=20))
        self.operators = httpx.AsyncClient(base_url=server.operators_url, timeout=30)

    async def close(self) -> None:
        """Let connections go."""
        await self.api.aclose()
        await self.operators.aclose()

    async def enter(self, token: str, ending: str) -> None:
        """Somebody enters a number on Orange's page."""
        answer = await self.operators.post(
            f"/_control/orange/{token}/pay", json={"msisdn": NUMBERS["orange"].format(ending).lstrip("+")}
        )
        assert answer.is_success, answer.text

    async def moved(self, movement: str) -> int:
        """How much has moved in the operators' books, in whole XOF."""
        entries = (await self.operators.get("/_control/ledger")).json()["entries"]
        return sum(int(each["amount"]) for each in entries if each["movement"] == movement)

    async def sign_up(self) -> Fan:
        """Somebody signs up, proves his address by the letter, and signs in."""
        username = unique("fan")
        fan = Fan(self, username, f"{username}@example.com")
        body = {"username": username, "email": fan.email, "password": PASSWORD, "telephone": "+22997000000"}
        await fan.ask("POST", "/api/users/register/", body, status=201)
        letter = await fan.mail("/verify-email")
        (token,) = re.findall(r"token=([\w.%-]+)", letter["body"])
        await fan.ask("POST", "/api/users/verify-email/", {"token": token})
        assert "access" in await fan.sign_in()
        return fan

    async def staff(self, environment: dict[str, str]) -> Fan:
        """An account of the command line that moderates, signed in."""
        username = unique("equipe")
        fan = Fan(self, username, f"{username}@example.com")
        named = ("--email", fan.email, "--username", username, "--password", PASSWORD, "--staff")
        made = await asyncio.to_thread(socle, self.server.home, "account", "create", *named, environment=environment)
        assert made.returncode == 0, made.stdout + made.stderr
        assert "access" in await fan.sign_in()
        return fan


def totp(secret: str) -> pyotp.TOTP:
    """The codes of an authenticator."""
    return pyotp.TOTP(secret)
