"""The operator simulator in this process, spoken to over raw HTTP, and a merchant that notes callbacks."""

import base64
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
from lxml import etree

from adapters.operators.application import operators_application
from adapters.operators.demo import DEMO_MOOV, DEMO_MTN, DEMO_ORANGE
from adapters.operators.moov_token import write_token
from adapters.operators.settings import OperatorSettings

CALLBACK = "http://127.0.0.1:8000/webhooks/x/"
WEBPAY = "/orange/orange-money-webpay/ci/v1"
CASHIN = "/orange/omcoreapis/1.0.2/cashin"
MOOV = "/moov/com.tlc.merchant.api/UssdPush"
SOAP = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:api="{namespace}">
<soapenv:Header/><soapenv:Body><api:{operation}>{children}</api:{operation}></soapenv:Body></soapenv:Envelope>"""
MERCHANT = "http://api.merchant.tlc.com/"


def basic(name: str, secret: str) -> str:
    """The value of a Basic Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def number(ending: str) -> str:
    """An MTN or Moov number of Benin, digits alone, whose rule is that of its last two digits."""
    return f"22901970000{ending}"


def elements(**fields: str) -> str:
    """XML elements without a namespace."""
    return "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())


def said(answer: httpx2.Response) -> dict[str, str]:
    """The fields of one of Moov's answers, by their local names."""
    root = etree.fromstring(answer.content)
    return {etree.QName(each).localname: each.text or "" for each in root.iter() if len(each) == 0}


class Operators:
    """A simulator, its client, and what its callbacks brought."""

    def __init__(self, client: httpx2.AsyncClient, app: Any, received: list[httpx2.Request]) -> None:
        self.client = client
        self.app = app
        self.simulation = app.simulation
        self.received = received
        self._tokens: dict[str, str] = {}

    def bodies(self) -> list[dict[str, Any]]:
        """What the callbacks said."""
        return [msgspec.json.decode(each.content) for each in self.received]

    async def control(self, path: str, body: Any = None, *, method: str = "POST", status: int = 200) -> dict[str, Any]:
        """Call the control API."""
        answer = await self.client.request(method, f"/_control/{path}", json=body)
        assert answer.status_code == status, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def switch(self, operator: str, **values: Any) -> None:
        """Set switches of an operator."""
        await self.control("switches", {operator: values}, method="PATCH")

    async def move(self, seconds: float) -> None:
        """Move the clock and wait for the callbacks that fell due."""
        await self.control("clock", {"seconds": seconds})
        await self.simulation.callbacks.drain()

    async def plan(self, operator: str, **plan: Any) -> None:
        """Plan a course."""
        await self.control("plans", {"operator": operator, **plan}, status=201)

    async def transactions(self, operator: str, reference: str) -> list[dict[str, Any]]:
        """The transactions of a reference, with their debits and credits."""
        query = f"transactions?operator={operator}&reference={reference}"
        found: list[dict[str, Any]] = (await self.control(query, method="GET"))["transactions"]
        return found

    async def moved(self, operator: str, reference: str) -> list[tuple[str, str]]:
        """What moved under a reference: direction and amount."""
        found = await self.transactions(operator, reference)
        return [(entry["movement"], entry["amount"]) for each in found for entry in each["entries"]]

    async def mtn_headers(self, product: str = "collection", environment: str = "mtnbenin") -> dict[str, str]:
        """What every call of a product carries, with a token made once."""
        if product not in self._tokens:
            answer = await self.mtn_token(product)
            assert answer.status_code == 200, answer.text
            self._tokens[product] = answer.json()["access_token"]
        key = DEMO_MTN.collection_key if product == "collection" else DEMO_MTN.disbursement_key
        return {
            "Authorization": f"Bearer {self._tokens[product]}",
            "X-Target-Environment": environment,
            "Ocp-Apim-Subscription-Key": key,
        }

    async def mtn_token(self, product: str, **changes: str) -> httpx2.Response:
        """Ask for a token of a product."""
        key = DEMO_MTN.collection_key if product == "collection" else DEMO_MTN.disbursement_key
        headers = {"Authorization": basic(DEMO_MTN.api_user, DEMO_MTN.api_key), "Ocp-Apim-Subscription-Key": key}
        return await self.client.post(f"/mtn/{product}/token/", headers={**headers, **changes})

    async def mtn_send(
        self,
        msisdn: str,
        *,
        call: str = "collection/v1_0/requesttopay",
        reference: str = "",
        headers: dict[str, str] | None = None,
        callback: str | None = CALLBACK,
        **changes: Any,
    ) -> tuple[str, httpx2.Response]:
        """Initiate a payment, transfer, deposit or refund; return the reference and the answer."""
        reference = reference or str(uuid.uuid4())
        given = await self.mtn_headers(call.partition("/")[0]) | {"X-Reference-Id": reference}
        if callback:
            given["X-Callback-Url"] = callback
        party = "payer" if call.startswith("collection") else "payee"
        body = {
            "amount": "500",
            "currency": "XOF",
            "externalId": "ORDER-1",
            party: {"partyIdType": "MSISDN", "partyId": msisdn},
            "payerMessage": "Order 1",
            "payeeNote": "Order 1",
            **changes,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return reference, await self.client.post(f"/mtn/{call}", headers=given | (headers or {}), json=body)

    async def mtn_status(self, reference: str, call: str = "collection/v1_0/requesttopay") -> dict[str, Any]:
        """Read a status."""
        headers = await self.mtn_headers(call.partition("/")[0])
        answer = await self.client.get(f"/mtn/{call}/{reference}", headers=headers)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def orange_token(self, **changes: str) -> httpx2.Response:
        """Ask for a token."""
        headers = {
            "Authorization": basic(DEMO_ORANGE.client_id, DEMO_ORANGE.client_secret),
            "Accept": "application/json",
            **changes,
        }
        return await self.client.post(
            "/orange/oauth/v3/token", headers=headers, data={"grant_type": "client_credentials"}
        )

    async def orange_headers(self) -> dict[str, str]:
        """What every call carries, with a token made once."""
        if "orange" not in self._tokens:
            self._tokens["orange"] = (await self.orange_token()).json()["access_token"]
        return {"Authorization": f"Bearer {self._tokens['orange']}", "Accept": "application/json"}

    async def orange_create(self, order: str, *, path: str = WEBPAY, **changes: Any) -> httpx2.Response:
        """Create a payment."""
        body = {
            "merchant_key": DEMO_ORANGE.merchant_key,
            "currency": "XOF",
            "order_id": order,
            "amount": 500,
            "return_url": "http://127.0.0.1:8000/merci",
            "cancel_url": "http://127.0.0.1:8000/annule",
            "notif_url": CALLBACK,
            "lang": "fr",
            "reference": "Boutique",
            **changes,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return await self.client.post(f"{path}/webpayment", headers=await self.orange_headers(), json=body)

    async def orange_read(self, order: str, pay_token: str, amount: Any = 500) -> httpx2.Response:
        """Read a status."""
        body = {"order_id": order, "amount": amount, "pay_token": pay_token}
        return await self.client.post(f"{WEBPAY}/transactionstatus", headers=await self.orange_headers(), json=body)

    async def orange_pay(self, order: str, msisdn: str) -> dict[str, Any]:
        """Create a payment and have a simulated payer enter a number; return the creation's answer."""
        created = await self.orange_create(order)
        assert created.status_code == 201, created.text
        shown: dict[str, Any] = created.json()
        await self.control(f"orange/{shown['pay_token']}/pay", {"msisdn": msisdn})
        return shown

    async def cashin(
        self, msisdn: str, *, order: str = "REFUND1", pay_token: str = "", **changes: Any
    ) -> tuple[str, httpx2.Response]:
        """Send money by the payout contract; return the payToken and the answer."""
        headers = await self.orange_headers() | {"X-AUTH-TOKEN": DEMO_ORANGE.payout_token}
        if not pay_token:
            begun = await self.client.post(f"{CASHIN}/init", headers=headers)
            pay_token = begun.json()["data"]["payToken"]
        body = {
            "payToken": pay_token,
            "subscriberMsisdn": msisdn,
            "channelUserMsisdn": DEMO_ORANGE.payout_channel,
            "pin": DEMO_ORANGE.payout_pin,
            "amount": "500",
            "orderId": order,
            "description": "Remboursement",
            "notifUrl": CALLBACK,
            **changes,
        }
        return pay_token, await self.client.post(f"{CASHIN}/pay", headers=headers, json=body)

    async def soap(
        self, operation: str, children: str, *, namespace: str = MERCHANT, token: str | None = None
    ) -> httpx2.Response:
        """Call Moov with a token in front of the children."""
        token = write_token(DEMO_MOOV) if token is None else token
        envelope = SOAP.format(namespace=namespace, operation=operation, children=elements(token=token) + children)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        return await self.client.post(MOOV, content=envelope.encode(), headers=headers)

    async def push(self, msisdn: str, reference: str, **changes: str) -> httpx2.Response:
        """Prompt a payer."""
        fields = {"msisdn": msisdn, "message": "Order 1", "amount": "500", "externaldata1": reference}
        fields |= {"externaldata2": "", "fee": "0"} | changes
        return await self.soap("PushWithPending", elements(**fields))

    async def asked(self, operation: str, **fields: str) -> httpx2.Response:
        """Call an operation whose fields are in a `request` element."""
        return await self.soap(operation, f"<request>{elements(**fields)}</request>")


@asynccontextmanager
async def operators(settings: OperatorSettings | None = None) -> AsyncIterator[Operators]:
    """A simulator whose callbacks all come here."""
    received: list[httpx2.Request] = []

    def receive(request: httpx2.Request) -> httpx2.Response:
        received.append(request)
        return httpx2.Response(200)

    app = operators_application(settings, callback_transport=httpx2.MockTransport(receive))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
        yield Operators(client, app, received)
    await app.simulation.reset()
