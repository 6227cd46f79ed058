"""What an installation says of its SMS provider and of Firebase. Reading it imports no framework."""

from collections.abc import Iterator
from string import Template
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from core.primitives.secret import Secret

Deadline = Annotated[float, msgspec.Meta(gt=0, le=120)]
SmsProvider = Literal["", "twilio", "africastalking", "custom"]

PLACES = frozenset({"to", "digits", "text", "sender", "username", "secret", "basic", "id"})
"""What may stand in an SMS provider's URL, headers and body as `$place`: the number in E.164 and without its plus, the
message, the sender's name, the installation's credentials (`basic` is both of them for the Basic scheme, RFC 7617),
and the message's id, the same for every attempt."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SmsForm(msgspec.Struct, frozen=True, kw_only=True):
    """How a provider is spoken to.

    - `url`, `headers` and `body` hold places (`PLACES`); values are encoded as the URL, or the body's `content_type`
      (JSON, XML, a form), needs them.
    - A 2xx answer is a success; where `ok_values` are given, the value at `ok_field` (a path such as
      "messages.0.status") must be one of them as well. Without `ok_field` the answer's text must begin with one. A
      value of `busy_values` may be tried again later.
    - `code_field` is where a refusal's code stands.
    """

    url: str
    method: Literal["POST", "PUT", "GET"] = "POST"
    content_type: str = "application/json"
    headers: dict[str, str] = {}
    body: str = ""
    ok_field: str = ""
    ok_values: tuple[str, ...] = ()
    busy_values: tuple[str, ...] = ()
    code_field: str = ""


FORM = "application/x-www-form-urlencoded"

TWILIO = SmsForm(
    url="https://api.twilio.com/2010-04-01/Accounts/$username/Messages.json",
    content_type=FORM,
    headers={"Authorization": "Basic $basic"},
    body="To=$to&From=$sender&Body=$text",
    code_field="code",
)
"""Twilio's Messages resource: `username` is the account's SID, the secret its auth token."""

AFRICASTALKING = SmsForm(
    url="https://api.africastalking.com/version1/messaging",
    content_type=FORM,
    headers={"apiKey": "$secret", "Accept": "application/json"},
    body="username=$username&to=$to&from=$sender&message=$text",
    ok_field="SMSMessageData.Recipients.0.statusCode",
    ok_values=("100", "101", "102"),
    busy_values=("405", "500", "501"),
    code_field="SMSMessageData.Message",
)
"""Africa's Talking bulk SMS: 201 for whatever was understood, each recipient with a status code of its own (405: no
credit left)."""

_KNOWN = {"twilio": TWILIO, "africastalking": AFRICASTALKING}


class SmsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The SMS provider: a named one, or "custom" with all that an `SmsForm` says. `url` of a named provider is another
    address of the same API. `deadline` is in seconds; `ca_file` holds certificates (PEM) trusted instead of the
    system's."""

    provider: SmsProvider = ""
    url: str = ""
    method: Literal["POST", "PUT", "GET"] = "POST"
    content_type: str = "application/json"
    headers: dict[str, str] = {}
    body: str = ""
    sender: str = ""
    username: str = ""
    ok_field: str = ""
    ok_values: tuple[str, ...] = ()
    busy_values: tuple[str, ...] = ()
    code_field: str = ""
    deadline: Deadline = 15
    ca_file: str = ""

    def form(self) -> SmsForm:
        """How the provider is spoken to."""
        known = _KNOWN.get(self.provider)
        if known is not None:
            return msgspec.structs.replace(known, url=self.url or known.url)
        return SmsForm(**{name: getattr(self, name) for name in SmsForm.__struct_fields__})


class PushSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Firebase Cloud Messaging. `project` is the Firebase project, where it is not the service account's own;
    `base_url` is another address of the same API. `deadline` of one call is in seconds."""

    project: str = ""
    base_url: str = "https://fcm.googleapis.com"
    deadline: Deadline = 15
    ca_file: str = ""


def sms_faults(settings: SmsSettings, secret: Secret | None) -> Iterator[str]:
    """Say what is half given, one sentence each; nothing where SMS are not set up at all."""
    if not settings.provider:
        if settings != SmsSettings() or secret is not None:
            yield 'Something of sms is set and sms.provider is not: write "twilio", "africastalking" or "custom".'
        return
    form = settings.form()
    if settings.provider != "custom":
        missing = [f"sms.{name}" for name in ("username", "sender") if not getattr(settings, name)]
        if settings.provider == "africastalking" and "sms.sender" in missing:
            missing.remove("sms.sender")
        if secret is None:
            missing.append("SOCLE_SMS_SECRET")
        if missing:
            yield f"sms.provider is {settings.provider} and {', '.join(missing)} is missing: no SMS can be sent."
    yield from _form_faults(form, secret)
    if secret is not None and not (secret.reveal().isascii() and secret.reveal().isprintable()):
        yield "SOCLE_SMS_SECRET holds characters that no header can carry."
    if not (settings.username.isascii() and settings.username.isprintable()):
        yield "sms.username holds characters that no header can carry."


def _form_faults(form: SmsForm, secret: Secret | None) -> Iterator[str]:
    if not is_safe_url(form.url):
        yield "sms.url must begin with https:// and name a host: messages hold codes and credentials."
    used: set[str] = set()
    for name, text in (("url", form.url), ("body", form.body), *((f"headers.{n}", t) for n, t in form.headers.items())):
        template = Template(text)
        if not template.is_valid():
            yield f"sms.{name} holds a $ that is no place: write $$ for the sign itself."
            continue
        places = set(template.get_identifiers())
        if places - PLACES:
            yield f"sms.{name} names {', '.join(sorted(places - PLACES))}: the places are {', '.join(sorted(PLACES))}."
        if name.startswith("headers.") and not (text.isascii() and text.isprintable()):
            yield f"sms.{name} holds characters that no header can carry."
        used |= places
    if "text" not in used or not used & {"to", "digits"}:
        yield "sms.body (or sms.url) must hold $text, and $to or $digits: nobody would be sent anything."
    if used & {"secret", "basic"} and secret is None:
        yield "sms needs the provider's secret: set SOCLE_SMS_SECRET (or SOCLE_SMS_SECRET_FILE)."
    if form.ok_field and not form.ok_values:
        yield "sms.ok_field is set and sms.ok_values is empty: say which values there are successes."


def is_safe_url(url: str) -> bool:
    """Whether an address is https with a host and without credentials; plain http is for this machine only."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.password or parts.fragment or port == 0:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
