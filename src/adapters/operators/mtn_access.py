"""MTN's subscription keys, API users and access tokens (mobile-money.md sections 2.2 and 2.3)."""

import secrets
from datetime import datetime, timedelta

import msgspec

from adapters.operators.answers import Answer, AnyRequest, Denied, basic_pair, empty, html, json_answer
from adapters.operators.mtn_wire import gateway, invalid, platform, read_reference
from adapters.operators.simulation import Simulation

COLLECTION = "collection"
DISBURSEMENT = "disbursement"
PRODUCTS = (COLLECTION, DISBURSEMENT)
SANDBOX = "sandbox"
REJECTED = "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected.</body></html>"


class ApiUser(msgspec.Struct, kw_only=True):
    """An API user: its key once it has one, where its callbacks may go, and the product whose subscription key made it
    ("" serves all, as in production)."""

    callback_host: str
    api_key: str = ""
    product: str = ""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """An access token of one product."""

    product: str
    user: str
    expires_at: datetime


class MtnAccess:
    """Who may call what."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        given = simulation.settings.mtn
        self._keys = {given.collection_key: COLLECTION, given.disbursement_key: DISBURSEMENT}
        self._users: dict[str, ApiUser] = {}
        self._tokens: dict[str, Token] = {}
        self._forget()
        simulation.on_reset.append(self._forget)

    @property
    def environment(self) -> str:
        """The target environment in force."""
        return self._simulation.switches.mtn.target_environment or self._simulation.settings.target_environment

    @property
    def currency(self) -> str:
        """The one currency of the target environment (section 2.11)."""
        return "EUR" if self.environment == SANDBOX else "XOF"

    def admit(self, request: AnyRequest, product: str) -> ApiUser:
        """Check everything that all calls of a product carry. Raises `Denied`."""
        self._product_key(request, product)
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        token = self._tokens.get(value.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.product != product or token.expires_at <= self._simulation.clock.now():
            raise Denied(gateway(401, "Unauthorized. Access token is missing, invalid or expired."))
        user = self._users[token.user]
        environment = request.headers.get("x-target-environment", "")
        if not environment:
            raise invalid("X-Target-Environment is missing.")
        # a sandbox user is tied to the product whose key created it: its token is issued, its calls are refused
        if environment != self.environment or user.product not in ("", product):
            raise Denied(platform(500, "NOT_ALLOWED_TARGET_ENVIRONMENT"))
        return user

    async def create_token(self, request: AnyRequest, product: str) -> Answer:
        """`POST /{product}/token/`."""
        self._product_key(request, product)
        if "content-length" not in request.headers and "transfer-encoding" not in request.headers:
            return html(411, "<html><body><h1>411 Length Required</h1></body></html>")
        if await request.body() and "form" in request.headers.get("content-type", ""):
            return html(200, REJECTED)
        name, secret = basic_pair(request)
        user = self._users.get(name)
        if user is None or not user.api_key or not secrets.compare_digest(user.api_key.encode(), secret.encode()):
            if self._simulation.switches.mtn.wrong_pair == 500:
                return platform(500, "INTERNAL_PROCESSING_ERROR")
            return json_answer(401, {"error": "login_failed"})
        life = self._simulation.settings.timings.mtn_token
        value = secrets.token_urlsafe(48)
        expires = self._simulation.clock.now() + timedelta(seconds=life)
        self._tokens[value] = Token(product=product, user=name, expires_at=expires)
        return json_answer(200, {"access_token": value, "token_type": "access_token", "expires_in": int(life)})

    async def create_user(self, request: AnyRequest) -> Answer:
        """`POST /v1_0/apiuser`."""
        product = self._provisioning(request)
        reference = read_reference(request.headers.get("x-reference-id", ""))
        try:
            host = msgspec.json.decode(await request.body(), type=dict[str, str]).get("providerCallbackHost", "")
        except msgspec.DecodeError as error:
            raise invalid(str(error)) from None
        if not host or any(each in host for each in "/:? "):
            raise invalid("providerCallbackHost is a host alone.")
        if reference in self._users:
            return platform(409, "RESOURCE_ALREADY_EXIST")
        self._users[reference] = ApiUser(callback_host=host, product=product)
        return empty(201)

    def create_key(self, request: AnyRequest, name: str) -> Answer:
        """`POST /v1_0/apiuser/{id}/apikey`. A second call replaces the key."""
        self._provisioning(request)
        user = self._users.get(name)
        if user is None:
            return platform(404, "RESOURCE_NOT_FOUND")
        user.api_key = secrets.token_hex(16)
        return json_answer(201, {"apiKey": user.api_key})

    def show_user(self, request: AnyRequest, name: str) -> Answer:
        """`GET /v1_0/apiuser/{id}`."""
        self._provisioning(request)
        user = self._users.get(name)
        if user is None:
            return platform(404, "RESOURCE_NOT_FOUND")
        return json_answer(200, {"providerCallbackHost": user.callback_host, "targetEnvironment": self.environment})

    def _product_key(self, request: AnyRequest, product: str) -> None:
        if self._keys.get(request.headers.get("ocp-apim-subscription-key", "")) != product:
            message = "Access denied due to invalid subscription key. Make sure to provide a valid key."
            raise Denied(gateway(401, message))
        if product == DISBURSEMENT and not self._simulation.switches.mtn.disbursement:
            raise Denied(gateway(403, "Forbidden"))

    def _provisioning(self, request: AnyRequest) -> str:
        """The product of the subscription key. Raises `Denied`: provisioning exists in the sandbox alone."""
        if self.environment != SANDBOX:
            raise Denied(gateway(404, "Resource not found"))
        product = self._keys.get(request.headers.get("ocp-apim-subscription-key", ""))
        if product is None:
            raise Denied(gateway(401, "Access denied due to missing or invalid subscription key."))
        return product

    def _forget(self) -> None:
        given = self._simulation.settings.mtn
        self._tokens.clear()
        self._users.clear()
        self._users[given.api_user] = ApiUser(callback_host=given.callback_host, api_key=given.api_key)
