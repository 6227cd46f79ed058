"""Email over SMTP."""

import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import Literal

import aiosmtplib

from core.notifications.channel import ChannelError, OutgoingMessage
from core.primitives.clock import Clock
from core.primitives.secret import Secret

Security = Literal["starttls", "tls", "none"]

DEFAULT_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


class SmtpChannel:
    """Sends email through an SMTP server (RFC 5321), one connection for each message.

    - `security`: "starttls" (RFC 3207), "tls" (RFC 8314 section 3.3), or "none" for a relay on the same machine.
    - `sender`: "address@domain" or "Name <address@domain>".
    - `timeout` in seconds holds for each step of the conversation.

    Raises `ValueError` for a sender without an address, and where a password would travel in clear text.
    """

    def __init__(
        self,
        *,
        host: str,
        sender: str,
        clock: Clock,
        port: int | None = None,
        username: str | None = None,
        password: Secret | None = None,
        security: Security = "starttls",
        timeout: float = 10.0,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        if password is not None and security == "none":
            raise ValueError('SMTP with a password needs the security "starttls" or "tls"')
        name, address = parseaddr(sender)
        if "@" not in address:
            raise ValueError(f'"{sender}" holds no email address to send from')
        self._sender = Address(display_name=name, addr_spec=address)
        self._clock = clock
        self._host = host
        self._port = port or DEFAULT_PORTS[security]
        self._username = username
        self._password = password
        self._security = security
        self._timeout = timeout
        self._tls_context = tls_context

    @property
    def name(self) -> str:
        """The channel's name."""
        return "email"

    async def send(self, message: OutgoingMessage) -> None:
        """Hand a message to the server. Raises `ChannelError`: permanent where the server refuses sender, recipient or
        text with a 5xx reply, temporary in every other case."""
        email = self._compose(message)
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password.reveal() if self._password else None,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            timeout=self._timeout,
            tls_context=self._tls_context or ssl.create_default_context(),
        )
        try:
            await client.connect()
            await client.send_message(email, sender=self._sender.addr_spec, recipients=[message.recipient])
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise ChannelError(
                "; ".join(f"{each.code} {each.message}" for each in error.recipients), temporary=min(codes) < 500
            ) from error
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            raise ChannelError(f"{error.code} {error.message}", temporary=error.code < 500) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ChannelError(f"{type(error).__name__}: {error}", temporary=True) from error
        finally:
            # The server has answered for the message by now: a farewell that fails changes nothing.
            client.close()

    def _compose(self, message: OutgoingMessage) -> EmailMessage:
        email = EmailMessage(policy=SMTP_POLICY)
        try:
            email["To"] = Address(addr_spec=message.recipient)
        except Exception as error:
            # The standard library's parser raises whatever it stumbles over.
            raise ChannelError(f"not an email address: {type(error).__name__}", temporary=False) from error
        email["From"] = self._sender
        email["Subject"] = message.subject
        email["Date"] = format_datetime(self._clock.now())
        email["Message-ID"] = f"<{message.id}@{self._sender.domain}>"
        email["Auto-Submitted"] = "auto-generated"
        email.set_content(message.body)
        return email
