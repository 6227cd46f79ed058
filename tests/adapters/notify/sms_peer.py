"""An SMS provider on a loopback port: JSON over HTTP with a key, as a "custom" provider is spoken to; or forms as
Twilio and Africa's Talking take them."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from adapters.notify.settings import SmsSettings
from adapters.notify.sms import SmsChannel
from core.notifications.channel import Channel
from core.primitives.secret import Secret
from core.testkit.channels import Received
from core.testkit.gateways.far_end import Answer, Call, Request
from core.testkit.gateways.server import OperatorServer

KEY = "cle-du-fournisseur"
CUSTOM: dict[str, Any] = {
    "provider": "custom",
    "headers": {"Authorization": "Bearer $secret", "X-Request-Id": "$id"},
    "body": '{"to": "$to", "digits": "$digits", "from": "$sender", "text": "$text"}',
    "sender": "SpotVibe",
    "ok_field": "status",
    "ok_values": ["accepted"],
    "busy_values": ["queue_full"],
    "code_field": "error.code",
}


class SmsPeer(OperatorServer):
    """A provider, and the channel that speaks to it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self._settings = {**CUSTOM, **settings}
        self._refused: dict[str, bool] = {}
        self.key = KEY
        self.messages: list[dict[str, str]] = []
        self._made: list[SmsChannel] = []
        self.channel: Channel

    async def __aenter__(self) -> "SmsPeer":
        await super().__aenter__()
        self.channel = self.make_channel()
        return self

    async def __aexit__(self, *error: Any) -> None:
        for channel in self._made:
            await channel.close()
        await super().__aexit__(*error)

    def make_channel(self, **settings: Any) -> SmsChannel:
        """A channel to this provider."""
        given = {"url": f"{self.url}/send", **self._settings, **settings}
        given["url"] = given["url"].replace("PEER", self.url)
        self._made.append(SmsChannel(msgspec.convert(given, SmsSettings), Secret(KEY)))
        return self._made[-1]

    async def received(self) -> list[Received]:
        """What has arrived."""
        return [Received(each["to"], "", each["text"]) for each in self.messages]

    async def refuse(self, recipient: str, *, temporary: bool) -> None:
        """Refuse a number."""
        self._refused[recipient] = temporary

    async def go_down(self) -> None:
        """Cut every connection."""
        self.script.go_down()

    def call_of(self, method: str, target: str, body: bytes) -> Call:
        """Every request sends something."""
        return Call.COLLECT

    async def respond(self, request: Request) -> Answer:
        """Take a message."""
        if urlsplit(request.target).path.endswith("/Messages.json"):
            return self._twilio(request)
        if urlsplit(request.target).path == "/version1/messaging":
            return self._africastalking(request)
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return _json(401, {"error": {"code": "bad_key", "message": f"unknown key {KEY}"}})
        sent = json.loads(request.body)
        if sent["to"] in self._refused:
            if self._refused[sent["to"]]:
                return _json(200, {"status": "queue_full"})
            return _json(400, {"error": {"code": "bad_number", "message": sent["text"]}})
        self.messages.append(sent)
        return _json(202, {"status": "accepted"})

    def _twilio(self, request: Request) -> Answer:
        """https://www.twilio.com/docs/messaging/api/message-resource"""
        user, _, key = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
        if key != self.key or request.target != f"/2010-04-01/Accounts/{user}/Messages.json":
            return _json(401, {"code": 20003, "message": "Authenticate", "status": 401})
        sent = _form(request)
        if not sent["To"].startswith("+"):
            return _json(400, {"code": 21211, "message": "The 'To' number is not valid", "status": 400})
        self.messages.append({"to": sent["To"], "text": sent["Body"], "from": sent["From"]})
        return _json(201, {"sid": "SM1", "status": "queued", "error_code": None})

    def _africastalking(self, request: Request) -> Answer:
        """https://developers.africastalking.com/docs/sms/sending/bulk"""
        if request.headers.get("apikey") != self.key:
            return Answer(status=401, body=b"The supplied authentication is invalid", content_type="text/plain")
        sent = _form(request)
        code, said = (101, "Success") if sent["to"].startswith("+229") else (403, "InvalidPhoneNumber")
        if sent["to"].endswith("05"):
            code, said = 405, "InsufficientBalance"
        if code == 101:
            self.messages.append({"to": sent["to"], "text": sent["message"], "from": sent["from"]})
        told = {"statusCode": code, "number": sent["to"], "status": said, "cost": "XOF 12", "messageId": "ATXid_1"}
        return _json(201, {"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [told]}})


def _form(request: Request) -> dict[str, str]:
    pairs = parse_qs(request.body.decode(), strict_parsing=True, keep_blank_values=True)
    return {name: values[0] for name, values in pairs.items()}


def _json(status: int, value: Any) -> Answer:
    return Answer(status=status, body=json.dumps(value).encode())
