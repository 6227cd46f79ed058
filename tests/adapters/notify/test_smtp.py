"""Email over SMTP, against a server of our own on this machine."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from adapters.notify.smtp import SmtpChannel
from core.notifications.channel import ChannelError, OutgoingMessage
from core.primitives.ids import new_id
from core.primitives.secret import Secret
from core.testkit.channels import outgoing
from core.testkit.clock import FakeClock
from tests.adapters.notify.smtp_peer import SmtpPeer

Start = Callable[..., Awaitable[SmtpPeer]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start SMTP servers that end with the test."""
    peers: list[SmtpPeer] = []

    async def begin(**options: Any) -> SmtpPeer:
        peers.append(await SmtpPeer(**options).start())
        return peers[-1]

    yield begin
    for peer in peers:
        await peer.go_down()


async def test_headers(start: Start) -> None:
    peer = await start()
    message = outgoing("awa@exemple.bj", "Votre reçu n° 12")
    await peer.channel.send(message)
    ((sender, recipients, email),) = peer.emails
    assert (sender, recipients) == ("ne-pas-repondre@exemple.bj", ["awa@exemple.bj"])
    assert {name: str(email[name]) for name in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted")} == {
        "From": "Socle <ne-pas-repondre@exemple.bj>",
        "To": "awa@exemple.bj",
        "Subject": "Votre reçu n° 12",
        "Date": "Sun, 15 Mar 2026 12:00:00 +0000",
        "Message-ID": f"<{message.id}@exemple.bj>",
        "Auto-Submitted": "auto-generated",
    }
    assert email.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "recipient",
    ["awa@exemple.bj\r\nBcc: x@y.z", "awa@exemple.bj\nRCPT TO:<x@y.z>", "a@b.c\x00", "a\u2028b@c.d", "\r\n", ""],
)
def test_recipient_adds_no_header(recipient: str) -> None:
    with pytest.raises(ValueError, match="single lines"):
        OutgoingMessage(new_id(), recipient, "Bonjour", "corps")


@pytest.mark.parametrize("subject", ["Bonjour\r\nBcc: x@y.z", "a\nb", "a\rb", "a\x00b", "a\u2029b", "a\x0bb"])
def test_subject_adds_no_header(subject: str) -> None:
    with pytest.raises(ValueError, match="single lines"):
        OutgoingMessage(new_id(), "awa@exemple.bj", subject, "corps")


@pytest.mark.parametrize(
    "recipient", ["awa@exemple.bj, x@y.z", "awa@exemple.bj> BCC:<x@y.z", "Awa <awa@exemple.bj>", "awa", "@", "é@é.é,"]
)
async def test_recipient_is_one_address(start: Start, recipient: str) -> None:
    peer = await start()
    with pytest.raises(ChannelError) as refused:
        await peer.channel.send(outgoing(recipient))
    assert refused.value.temporary is False
    assert peer.emails == []


async def test_body_holds_no_commands(start: Start) -> None:
    peer = await start()
    await peer.channel.send(outgoing(body="a\r\n.\r\nMAIL FROM:<x@y.z>\r\nRCPT TO:<x@y.z>\r\nDATA\r\n"))
    assert len(peer.emails) == 1
    assert "MAIL FROM:<x@y.z>" in peer.emails[0][2].get_content()


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_encrypted_with_password(start: Start, security: Any) -> None:
    peer = await start(security=security, password="s3cret é")
    await peer.channel.send(outgoing())
    assert peer.encrypted == [True]


async def test_wrong_password_is_tried_again_later(start: Start) -> None:
    peer = await start(security="starttls", password="right")
    with pytest.raises(ChannelError, match="wrong password") as refused:
        await peer.make_channel(secret="wrong").send(outgoing())
    assert refused.value.temporary is True
    assert peer.emails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_unknown_certificate_is_not_spoken_to(start: Start, security: Any) -> None:
    peer = await start(security=security)
    with pytest.raises(ChannelError) as refused:
        await peer.make_channel(tls=ssl.create_default_context()).send(outgoing())
    assert refused.value.temporary is True
    assert peer.emails == []


async def test_server_without_starttls_gets_nothing(start: Start) -> None:
    peer = await start(security="starttls")
    channel = peer.channel
    peer._security = "none"
    with pytest.raises(ChannelError):
        await channel.send(outgoing())
    assert peer.emails == []


@pytest.mark.parametrize(
    ("verb", "reply", "temporary"),
    [
        ("MAIL", "451 try later", True),
        ("MAIL", "553 sender not allowed", False),
        ("DATA", "452 no room", True),
        ("DATA", "554 spam", False),
    ],
)
async def test_refusals(start: Start, verb: str, reply: str, temporary: bool) -> None:
    peer = await start()
    peer.replies[verb] = reply
    with pytest.raises(ChannelError, match=reply) as refused:
        await peer.channel.send(outgoing())
    assert refused.value.temporary is temporary


async def test_silent_server_is_left(start: Start) -> None:
    peer = await start()
    peer.silent = True
    with pytest.raises(ChannelError) as refused:
        await peer.make_channel(limit=0.2).send(outgoing())
    assert refused.value.temporary is True


def test_password_never_travels_in_clear_text() -> None:
    with pytest.raises(ValueError, match="starttls"):
        SmtpChannel(host="h", sender="a@b.c", clock=FakeClock(), username="u", password=Secret("p"), security="none")


def test_sender_needs_an_address() -> None:
    with pytest.raises(ValueError, match="no email address"):
        SmtpChannel(host="h", sender="Socle", clock=FakeClock())
