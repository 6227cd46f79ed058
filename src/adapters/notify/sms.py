"""SMS through a provider's HTTP API."""

import json
from string import Template
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

import httpx2

from adapters.gateways.reading import kept_code
from adapters.gateways.tokens import basic
from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import Answer, Wire
from adapters.notify.settings import FORM, SmsSettings
from core.notifications.channel import ChannelError, OutgoingMessage
from core.primitives.secret import Secret

PASSING = frozenset({401, 402, 403, 404, 407, 408, 409, 425, 429})
"""Client errors that are about our credentials, our credit, our settings or the moment: not about this message."""


class SmsChannel:
    """Sends text messages as an `SmsForm` says. The message's subject is left out: an SMS has none.

    The log has a line for each call, without address, number, text or credentials. A call whose answer does not come
    is tried again: somebody may then get the same SMS twice, unless the provider knows `$id`.
    """

    def __init__(
        self, settings: SmsSettings, secret: Secret | None, *, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._form = settings.form()
        self._secret = secret
        username, key = settings.username, secret or Secret("")
        self._own = {
            "sender": settings.sender,
            "username": username,
            "secret": key.reveal(),
            "basic": basic(username, key).reveal(),
        }
        parts = urlsplit(self._form.url)
        self._path = self._form.url.removeprefix(f"{parts.scheme}://{parts.netloc}")
        self._wire = Wire(
            f"sms {settings.provider}",
            base_url=f"{parts.scheme}://{parts.netloc}",
            deadline=settings.deadline,
            ca_file=settings.ca_file,
            transport=transport,
        )

    @property
    def name(self) -> str:
        """The channel's name."""
        return "sms"

    async def send(self, message: OutgoingMessage) -> None:
        """Hand a message to the provider. Raises `ChannelError`: permanent where the provider refuses this message
        (400, 422 and the like, or a refusal's code in a 2xx answer), temporary in every other case."""
        form = self._form
        values = {
            **self._own,
            "to": message.recipient,
            "digits": message.recipient.removeprefix("+"),
            "text": message.body,
            "id": str(message.id),
        }
        headers = {name: Template(text).substitute(values) for name, text in form.headers.items()}
        content = b""
        if form.method != "GET":
            headers["Content-Type"] = form.content_type
            content = Template(form.body).substitute(_encoded(values, form.content_type)).encode()
        path = Template(self._path).substitute({name: quote(value, safe="") for name, value in values.items()})
        try:
            answer = await self._wire.call(
                "send", form.method, path, operation=message.id, headers=headers, content=content
            )
        except Trouble as trouble:
            raise ChannelError(f"SMS provider: {trouble.code}", temporary=True) from None
        self._judge(answer)

    async def close(self) -> None:
        """Let connections go."""
        await self._wire.close()

    def _judge(self, answer: Answer) -> None:
        form, value = self._form, _parsed(answer.body)
        if not 200 <= answer.status < 300:
            temporary = answer.status in PASSING or not 400 <= answer.status < 500
            raise ChannelError(self._reason(answer.status, _at(value, form.code_field)), temporary=temporary)
        if not form.ok_values:
            return
        if form.ok_field:
            told = _at(value, form.ok_field)
            accepted, busy = told in form.ok_values, told in form.busy_values
        else:
            told = ""
            text = answer.body.decode(errors="replace").lstrip()
            accepted, busy = text.startswith(form.ok_values), text.startswith(form.busy_values)
        if not accepted:
            code = told or _at(value, form.code_field)
            raise ChannelError(self._reason(answer.status, code), temporary=busy)

    def _reason(self, status: int, code: str) -> str:
        shown = kept_code(code, (self._secret,))
        return f"SMS provider: HTTP {status}{', ' if shown else ''}{shown}"


def _encoded(values: dict[str, str], content_type: str) -> dict[str, str]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return {name: quote_plus(value) for name, value in values.items()}
    if kind.endswith("xml"):
        return {name: escape(value, {'"': "&quot;"}) for name, value in values.items()}
    if kind.endswith("json"):
        return {name: json.dumps(value, ensure_ascii=False)[1:-1] for name, value in values.items()}
    return values


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _at(value: Any, path: str) -> str:
    """The text or whole number at a dotted path; "" where there is none."""
    if not path:
        return ""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ""
    return str(value) if isinstance(value, str | int | bool) else ""
