"""Orange's access tokens (mobile-money.md section 3A.1)."""

import secrets
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from adapters.operators.answers import Answer, AnyRequest, basic_pair, json_answer
from adapters.operators.orange_wire import denied, error
from adapters.operators.simulation import Simulation

PER_MINUTE = 50


class OrangeAccess:
    """Issues tokens and knows them again."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._tokens: dict[str, datetime] = {}
        self._asked: list[datetime] = []
        simulation.on_reset.append(self._tokens.clear)
        simulation.on_reset.append(self._asked.clear)

    async def create_token(self, request: AnyRequest) -> Answer:
        """`POST /oauth/v3/token`."""
        now = self._simulation.clock.now()
        accept = request.headers.get("accept", "")
        if not any(each in accept for each in ("application/json", "application/*", "*/*")):
            return json_answer(406, {"error": "not_acceptable", "error_description": "JSON is what there is."})
        self._asked[:] = [each for each in self._asked if each > now - timedelta(minutes=1)]
        if len(self._asked) >= PER_MINUTE:
            return json_answer(429, {"code": 53, "message": "Too many requests", "description": "Quota exceeded"})
        self._asked.append(now)
        given = self._simulation.settings.orange
        name, secret = basic_pair(request)
        if not name:
            return error(40)
        if name != given.client_id or not secrets.compare_digest(secret.encode(), given.client_secret.encode()):
            return json_answer(401, {"error": "invalid_client", "error_description": "Unknown client or secret."})
        form = parse_qs((await request.body()).decode("latin-1"))
        if form.get("grant_type") != ["client_credentials"]:
            return json_answer(400, {"error": "unsupported_grant_type", "error_description": "client_credentials"})
        switches = self._simulation.switches.orange
        value = secrets.token_urlsafe(24)
        self._tokens[value] = now + timedelta(seconds=switches.expires_in)
        life: int | str = str(switches.expires_in) if switches.expires_in_text else switches.expires_in
        return json_answer(200, {"token_type": "Bearer", "access_token": value, "expires_in": life})

    def admit(self, request: AnyRequest) -> None:
        """Check the bearer token. Raises `Denied` with 40, 41 or 42."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise denied(40)
        expires = self._tokens.get(value.strip())
        if expires is None:
            raise denied(41)
        if expires <= self._simulation.clock.now():
            raise denied(42)
