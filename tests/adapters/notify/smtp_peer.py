"""A small SMTP server (RFC 5321) that keeps what it receives and refuses what it is told to."""

import asyncio
import base64
import os
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from adapters.notify.smtp import Security, SmtpChannel
from core.notifications.channel import Channel
from core.primitives.secret import Secret
from core.testkit.channels import Received
from core.testkit.clock import FakeClock
from tests.cluster import HOME_VARIABLE

_certificate_files: list[Path] = []

SENDER = "Socle <ne-pas-repondre@exemple.bj>"


def _certificate() -> Path:
    """A self-signed certificate for this machine with its key, made once, in a folder that goes with the run."""
    if not _certificate_files:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = Path(os.environ[HOME_VARIABLE]) / f"smtp-peer-{os.getpid()}.pem"
        file.write_bytes(encoded + certificate.public_bytes(Encoding.PEM))
        _certificate_files.append(file)
    return _certificate_files[0]


def trusting() -> ssl.SSLContext:
    """A TLS context that trusts the test's certificate."""
    return ssl.create_default_context(cafile=str(_certificate()))


class SmtpPeer:
    """An SMTP server on a free port of this machine, with STARTTLS, and the channel that speaks to it."""

    def __init__(self, *, security: Security = "none", password: str | None = None) -> None:
        self._security = security
        self._password = password
        self._refused: dict[str, bool] = {}
        self._server: asyncio.Server | None = None
        self.replies: dict[str, str] = {}
        self.silent = False
        self.emails: list[tuple[str, list[str], EmailMessage]] = []
        self.encrypted: list[bool] = []
        self.channel: Channel

    async def start(self) -> "SmtpPeer":
        """Listen."""
        tls = self._tls() if self._security == "tls" else None
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=tls)
        self.channel = self.make_channel()
        return self

    def make_channel(
        self, *, tls: ssl.SSLContext | None = None, limit: float = 5.0, secret: str | None = None
    ) -> Channel:
        """A channel to this server."""
        assert self._server is not None
        password = secret or self._password
        return SmtpChannel(
            host="127.0.0.1",
            port=self._server.sockets[0].getsockname()[1],
            sender=SENDER,
            clock=FakeClock(),
            security=self._security,
            username="socle" if password else None,
            password=Secret(password) if password else None,
            tls_context=tls or trusting(),
            timeout=limit,
        )

    async def received(self) -> list[Received]:
        """What has arrived, by envelope recipient."""
        return [
            Received(recipient, str(email["Subject"]), email.get_content())
            for _, recipients, email in self.emails
            for recipient in recipients
        ]

    async def refuse(self, recipient: str, *, temporary: bool) -> None:
        """Answer 450 or 550 to a recipient."""
        self._refused[recipient] = temporary

    async def go_down(self) -> None:
        """Stop listening."""
        assert self._server is not None
        self._server.close()

    def _tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate())
        return context

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.silent:
                await reader.read()
            writer.write(b"220 localhost\r\n")
            await self._converse(reader, writer)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender, recipients, encrypted = "", list[str](), self._security == "tls"
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            verb = line.split(" ")[0].upper()
            reply = self.replies.get(verb) or "250 ok"
            if verb == "EHLO":
                offers = ["8BITMIME"]
                offers += ["STARTTLS"] if self._security == "starttls" and not encrypted else []
                offers += ["AUTH PLAIN"] if self._password and encrypted else []
                reply = "".join(f"250-{offer}\r\n" for offer in ["localhost", *offers[:-1]]) + f"250 {offers[-1]}"
            elif verb == "STARTTLS":
                writer.write(b"220 go ahead\r\n")
                await writer.drain()
                await writer.start_tls(self._tls())
                encrypted = True
                continue
            elif verb == "AUTH":
                _, _, given = base64.b64decode(line.split(" ")[2]).decode().split("\0")
                reply = "235 welcome" if given == self._password else "535 wrong password"
            elif verb == "MAIL":
                sender, recipients = line.partition("<")[2].partition(">")[0], []
            elif verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
                if recipient in self._refused:
                    reply = "450 mailbox busy" if self._refused[recipient] else "550 no such mailbox"
                else:
                    recipients.append(recipient)
            elif verb == "DATA" and reply == "250 ok":
                writer.write(b"354 go on\r\n")
                content = (await reader.readuntil(b"\r\n.\r\n"))[: -len(b".\r\n")].replace(b"\r\n..", b"\r\n.")
                email = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
                self.emails.append((sender, recipients, email))
                self.encrypted.append(encrypted)
            elif verb == "QUIT":
                reply = "221 bye"
            writer.write(reply.encode() + b"\r\n")
            await writer.drain()
            if verb == "QUIT":
                return
