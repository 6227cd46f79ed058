"""Push notifications through Firebase Cloud Messaging, HTTP v1
(https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send)."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.gateways.reading import Fields, kept_code, parse_object
from adapters.gateways.tokens import Token, TokenCache, read_token
from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import Answer, Wire
from adapters.notify.settings import PushSettings, is_safe_url
from core.notifications.channel import ChannelError, OutgoingMessage
from core.primitives.clock import Clock
from core.primitives.secret import Secret

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTED = timedelta(hours=1)
"""How long an assertion is good: the longest that Google takes."""
MAX_PAYLOAD = 3_800
"""Bytes of title, text and data together; Firebase takes 4096 of a whole message."""
MAX_TITLE = 200
_RESERVED = ("from", "message_type", "gcm", "google")
"""What keys of `data` may not be, or not begin with."""


class ServiceAccount(msgspec.Struct, frozen=True):
    """The key file of a service account, as the Google Cloud console gives it out."""

    client_email: str
    private_key: str
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    private_key_id: str = ""
    project_id: str = ""


def read_service_account(secret: Secret) -> ServiceAccount:
    """Read a key file. Raises `ValueError` with a sentence that holds nothing secret."""
    try:
        account = msgspec.json.decode(secret.reveal().encode(), type=ServiceAccount)
    except (msgspec.MsgspecError, UnicodeError):
        raise ValueError("is no key file of a service account (JSON with client_email and private_key)") from None
    if not is_safe_url(account.token_uri):
        raise ValueError("names a token_uri that is no https address")
    try:
        key = load_pem_private_key(account.private_key.encode(), None)
    except (ValueError, TypeError, UnicodeError):
        raise ValueError("holds a private_key that cannot be read") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("holds a private_key that is not RSA")
    return account


class FcmChannel:
    """Sends push notifications to registration tokens.

    An OAuth 2.0 access token is fetched by the service account's signed assertion (RFC 7523) once for all who wait,
    and renewed before it ends. A message that is sent again replaces the first on the device: its id is the
    notification's tag.
    """

    def __init__(
        self,
        settings: PushSettings,
        service_account: Secret,
        clock: Clock,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        account = read_service_account(service_account)
        project = settings.project or account.project_id
        if not project:
            raise ValueError("names no project_id: set push.project")
        self._account = account
        self._clock = clock
        self._path = f"/v1/projects/{quote(project, safe='')}/messages:send"
        parts = urlsplit(account.token_uri)
        self._token_path = parts.path or "/"
        made = {"deadline": settings.deadline, "ca_file": settings.ca_file, "transport": transport}
        self._wire = Wire("fcm", base_url=settings.base_url, **made)  # type: ignore[arg-type]
        self._token_wire = Wire("google", base_url=f"{parts.scheme}://{parts.netloc}", **made)  # type: ignore[arg-type]
        self._tokens = TokenCache(self._fetch)

    @property
    def name(self) -> str:
        """The channel's name."""
        return "push"

    async def send(self, message: OutgoingMessage) -> None:
        """Hand a message to Firebase. Raises `ChannelError`: `gone` for a registration token that no longer counts,
        permanent where Firebase refuses the message or the token belongs to another sender, temporary in every other
        case."""
        content = msgspec.json.encode({"message": _message(message)})

        async def call(token: str) -> Answer:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=UTF-8"}
            return await self._wire.call(
                "send", "POST", self._path, operation=message.id, headers=headers, content=content
            )

        try:
            answer = await self._tokens.authorised(call)
        except Trouble as trouble:
            raise ChannelError(f"Firebase: {trouble.code}", temporary=True) from None
        if answer.status != 200:
            raise self._refusal(answer)

    async def close(self) -> None:
        """Let connections go, and forget the access token."""
        self._tokens.close()
        await self._wire.close()
        await self._token_wire.close()

    async def _fetch(self) -> Token:
        now = self._clock.now()
        claims = {
            "iss": self._account.client_email,
            "scope": SCOPE,
            "aud": self._account.token_uri,
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTED).timestamp()),
        }
        key_id = {"kid": self._account.private_key_id} if self._account.private_key_id else None
        assertion = jwt.encode(claims, self._account.private_key, algorithm="RS256", headers=key_id)
        answer = await self._token_wire.call(
            "token",
            "POST",
            self._token_path,
            operation=None,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode({"grant_type": GRANT, "assertion": assertion}).encode(),
        )
        return read_token(answer)

    def _refusal(self, answer: Answer) -> ChannelError:
        """Read an error (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode)."""
        error = (parse_object(answer.body) or Fields({})).object("error")
        details = _details(answer.body)
        code = details.code or error.text("status")
        unknown_token = code == "INVALID_ARGUMENT" and (
            "message.token" in details.fields or "registration token" in error.text("message")
        )
        gone = code == "UNREGISTERED" or unknown_token
        # what is neither about the token nor about the message is about our account, our project, or the moment
        permanent = gone or code in ("INVALID_ARGUMENT", "SENDER_ID_MISMATCH")
        shown = kept_code(code, (self._tokens.held,))
        return ChannelError(
            f"Firebase: HTTP {answer.status}{', ' if shown else ''}{shown}", temporary=not permanent, gone=gone
        )


class _Details(msgspec.Struct):
    code: str = ""
    fields: tuple[str, ...] = ()


def _details(body: bytes) -> _Details:
    """The FCM error code of an answer, and the fields that it complains of."""
    found = _Details()
    try:
        details = msgspec.json.decode(body)["error"]["details"]
    except (msgspec.MsgspecError, UnicodeError, RecursionError, KeyError, TypeError):
        return found
    for detail in details if isinstance(details, list) else ():
        if not isinstance(detail, dict):
            continue
        if str(detail.get("@type", "")).endswith("fcm.v1.FcmError"):
            found.code = str(detail.get("errorCode", ""))[:64]
        violations = detail.get("fieldViolations")
        for violation in violations if isinstance(violations, list) else ():
            if isinstance(violation, dict):
                found.fields = (*found.fields, str(violation.get("field", ""))[:64])
    return found


def _message(message: OutgoingMessage) -> dict[str, Any]:
    tag = str(message.id)
    data = {key: value for key, value in message.data.items() if not key.startswith(_RESERVED)}
    title = message.subject[:MAX_TITLE]
    left = MAX_PAYLOAD - len(title.encode()) - sum(len(k.encode()) + len(v.encode()) for k, v in data.items())
    made: dict[str, Any] = {
        "token": message.recipient,
        "notification": {"title": title, "body": _cut(message.body, left)},
        "android": {"notification": {"tag": tag}},
        "apns": {"headers": {"apns-collapse-id": tag}},
        "webpush": {"notification": {"tag": tag}},
    }
    return made | ({"data": data} if data else {})


def _cut(text: str, size: int) -> str:
    """Cut a text to so many bytes of UTF-8, and say so by an ellipsis."""
    whole = text.encode()
    if len(whole) <= size:
        return text
    return whole[: max(0, size - len("…".encode()))].decode(errors="ignore") + "…"
