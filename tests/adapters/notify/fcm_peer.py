"""Firebase Cloud Messaging and Google's token endpoint on a loopback port, as faithful as a channel can tell: signed
assertions are verified, access tokens end, messages are checked, errors have Google's shapes."""

import functools
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.notify.push import GRANT, SCOPE, FcmChannel
from adapters.notify.settings import PushSettings
from core.notifications.channel import Channel
from core.primitives.ids import new_id
from core.primitives.secret import Secret
from core.testkit.channels import Received
from core.testkit.clock import FakeClock
from core.testkit.gateways.far_end import Answer, Call, Request
from core.testkit.gateways.server import OperatorServer

PROJECT = "spotvibe-essai"
EMAIL = f"socle@{PROJECT}.iam.gserviceaccount.com"
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
LIMIT = 4096


@functools.cache
def private_key() -> rsa.RSAPrivateKey:
    """A service account's key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file(url: str, **fields: Any) -> str:
    """A service account's key file, whose token endpoint is at an address."""
    pem = private_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return json.dumps(
        {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "k1",
            "private_key": pem.decode(),
            "client_email": EMAIL,
            "token_uri": f"{url}/token",
            **fields,
        }
    )


class FcmPeer(OperatorServer):
    """Google's end, and the channel that speaks to it."""

    def __init__(self) -> None:
        super().__init__()
        self._refused: dict[str, bool] = {}
        self._answers: dict[str, Answer] = {}
        self._tokens: set[str] = set()
        self.given_out = 0
        self.messages: list[dict[str, Any]] = []
        self._made: list[FcmChannel] = []
        self.channel: Channel

    async def __aenter__(self) -> "FcmPeer":
        await super().__aenter__()
        self.channel = self.make_channel()
        return self

    async def __aexit__(self, *error: Any) -> None:
        for channel in self._made:
            await channel.close()
        await super().__aexit__(*error)

    def make_channel(self, key: str | None = None, **settings: Any) -> FcmChannel:
        """A channel to this end."""
        secret = Secret(key or key_file(self.url))
        self._made.append(FcmChannel(PushSettings(base_url=self.url, **settings), secret, FakeClock()))
        return self._made[-1]

    async def received(self) -> list[Received]:
        """What has arrived."""
        return [
            Received(each["token"], each["notification"]["title"], each["notification"]["body"])
            for each in self.messages
        ]

    async def refuse(self, recipient: str, *, temporary: bool) -> None:
        """Know a registration token no more, or be busy for it."""
        self._refused[recipient] = temporary

    async def go_down(self) -> None:
        """Cut every connection."""
        self.script.go_down()

    def answer_to(self, recipient: str, answer: Answer) -> None:
        """Answer so to messages for a registration token."""
        self._answers[recipient] = answer

    def end_tokens(self) -> None:
        """Take access tokens for ended."""
        self._tokens.clear()

    def call_of(self, method: str, target: str, body: bytes) -> Call:
        """Tell tokens from messages."""
        return Call.TOKEN if urlsplit(target).path == "/token" else Call.COLLECT

    async def respond(self, request: Request) -> Answer:
        """Answer as Google does."""
        if request.call is Call.TOKEN:
            return self._give_token(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in self._tokens:
            return refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if request.method != "POST" or request.target != f"/v1/projects/{PROJECT}/messages:send":
            return refusal(403, "PERMISSION_DENIED", "Permission denied on resource project.")
        return self._take(json.loads(request.body)["message"])

    def _give_token(self, request: Request) -> Answer:
        """RFC 7523 section 2.1, as https://developers.google.com/identity/protocols/oauth2/service-account has it."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
        if form["grant_type"] != GRANT:
            return Answer(status=400, body=b'{"error": "unsupported_grant_type"}')
        try:
            claims = jwt.decode(
                form["assertion"],
                private_key().public_key(),
                algorithms=["RS256"],
                audience=f"{self.url}/token",
                issuer=EMAIL,
                options={"require": ["exp", "iat"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return Answer(status=400, body=b'{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}')
        if claims["exp"] - claims["iat"] > 3600 or claims["scope"] != SCOPE:
            return Answer(status=400, body=b'{"error": "invalid_scope"}')
        self.given_out += 1
        token = f"ya29.{new_id().hex}"
        self._tokens.add(token)
        return _json(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _take(self, message: dict[str, Any]) -> Answer:
        to = message["token"]
        if to in self._answers:
            return self._answers[to]
        if to in self._refused:
            if self._refused[to]:
                return refusal(503, "UNAVAILABLE", "The service is currently unavailable.", "UNAVAILABLE")
            return refusal(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED")
        data = message.get("data", {})
        texts = [*message["notification"].values(), *data, *data.values()]
        if not all(isinstance(text, str) for text in texts):
            return refusal(400, "INVALID_ARGUMENT", "Invalid value at 'message.data[0].value' (TYPE_STRING), 12")
        if any(key == "from" or key.startswith(("google", "gcm")) for key in data):
            return refusal(400, "INVALID_ARGUMENT", "Invalid data payload key", "INVALID_ARGUMENT")
        if sum(len(text.encode()) for text in texts) > LIMIT:
            return refusal(400, "INVALID_ARGUMENT", "Android message is too big", "INVALID_ARGUMENT")
        self.messages.append(message)
        return _json(200, {"name": f"projects/{PROJECT}/messages/0:{len(self.messages)}"})


def refusal(status: int, name: str, text: str, code: str = "", field: str = "") -> Answer:
    """An error of a Google API (google.rpc.Status)."""
    details: list[dict[str, Any]] = [{"@type": FCM_ERROR, "errorCode": code}] if code else []
    if field:
        details.append({"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": text}]})
    return _json(status, {"error": {"code": status, "message": text, "status": name, "details": details}})


def _json(status: int, value: Any) -> Answer:
    return Answer(status=status, body=json.dumps(value).encode(), content_type="application/json; charset=UTF-8")
