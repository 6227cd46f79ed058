"""SMS by a provider's HTTP API."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.notify.settings import SmsSettings, sms_faults
from core.notifications.channel import ChannelError
from core.primitives.secret import Secret
from core.testkit.channels import outgoing
from core.testkit.gateways.far_end import Answer, Call
from tests.adapters.notify.sms_peer import CUSTOM, KEY, SmsPeer

NUMBER = "+2290197000000"
TEXT = 'Code "123456" & <merci>\n\\ é 🎟 $to'


@pytest.fixture
async def peer() -> AsyncIterator[SmsPeer]:
    """A provider."""
    async with SmsPeer() as peer:
        yield peer


async def refused(peer: SmsPeer, channel: Any = None, number: str = NUMBER) -> ChannelError:
    """Send, and return the refusal."""
    with pytest.raises(ChannelError) as caught:
        await (channel or peer.channel).send(outgoing(number, body=TEXT))
    return caught.value


async def test_a_message_is_what_the_templates_say(peer: SmsPeer) -> None:
    message = outgoing(NUMBER, body=TEXT)
    await peer.channel.send(message)
    assert peer.messages == [{"to": NUMBER, "digits": "2290197000000", "from": "SpotVibe", "text": TEXT}]
    (request,) = peer.script.requests
    assert (request.method, request.target) == ("POST", "/send")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-request-id"] == str(message.id)


async def test_forms_xml_and_query_are_encoded_as_they_need(peer: SmsPeer) -> None:
    form = peer.make_channel(content_type="application/x-www-form-urlencoded", body="t=$text&n=$to", headers={})
    xml = peer.make_channel(content_type="text/xml", body='<sms to="$to">$text</sms>', headers={})
    query = peer.make_channel(method="GET", url=f"{peer.url}/s?key=$secret&n=$to&t=$text", headers={}, body="")
    peer.script.answer_with(Answer(status=200, body=b'{"status": "accepted"}'), Call.COLLECT)
    peer.respond = lambda request: _nothing()  # type: ignore[method-assign, assignment]
    for channel in (form, xml, query):
        await channel.send(outgoing("+229 1", body='a&b "<é>'))
    first, second, third = peer.script.requests
    assert first.body == b"t=a%26b+%22%3C%C3%A9%3E&n=%2B229+1"
    assert second.body.decode() == '<sms to="+229 1">a&amp;b &quot;&lt;é&gt;</sms>'
    assert (third.method, third.body) == ("GET", b"")
    assert third.target == f"/s?key={KEY}&n=%2B229%201&t=a%26b%20%22%3C%C3%A9%3E"


async def _nothing() -> Answer:
    return Answer()


@pytest.mark.parametrize(
    ("status", "body", "temporary"),
    [
        (400, b"{}", False),
        (422, b"no", False),
        (401, b"{}", True),
        (403, b"{}", True),
        (429, b"{}", True),
        (500, b"<html>", True),
        (302, b"", True),
        (200, b'{"status": "invalid_number"}', False),
        (200, b'{"status": "queue_full"}', True),
        (200, b'{"other": 1}', False),
        (200, b"not json", False),
        (200, b"[" * 100_000, False),
    ],
)
async def test_what_a_refusal_means(peer: SmsPeer, status: int, body: bytes, temporary: bool) -> None:
    peer.script.answer_with(Answer(status=status, body=body), Call.COLLECT)
    assert (await refused(peer)).temporary is temporary


async def test_plain_text_answers_are_read_by_their_beginning(peer: SmsPeer) -> None:
    channel = peer.make_channel(ok_field="", ok_values=["OK"], busy_values=["ERR 7"], code_field="")
    for body, temporary in ((b"ERR 2 unknown number", False), (b"ERR 7 busy", True)):
        peer.script.answer_with(Answer(status=200, body=body, content_type="text/plain"), Call.COLLECT)
        assert (await refused(peer, channel)).temporary is temporary
    peer.script.answer_with(Answer(status=200, body=b"OK: 12345", content_type="text/plain"), Call.COLLECT)
    await channel.send(outgoing(NUMBER))


async def test_an_answer_that_does_not_come_is_tried_again(peer: SmsPeer) -> None:
    slow = peer.make_channel(deadline=0.2)
    peer.script.answer_with(Answer(status=200, delay=5), Call.COLLECT)
    error = await refused(peer, slow)
    assert (error.temporary, "timeout" in str(error)) == (True, True)


async def test_nothing_of_message_number_or_secret_is_logged_or_kept(peer: SmsPeer) -> None:
    echo = json.dumps({"error": {"code": f"bad {KEY} {'x' * 500}"}}).encode()
    peer.script.answer_with(Answer(status=400, body=echo), Call.COLLECT)
    with capture_logs() as lines:
        error = await refused(peer)
    assert (len(lines), lines[0]["operator"], lines[0]["status"]) == (1, "sms custom", 400)
    for told in (str(lines), str(error), repr(error)):
        assert KEY not in told
        assert NUMBER not in told
        assert "123456" not in told
    assert "HTTP 400, bad ***" in str(error)
    assert len(str(error)) < 200


async def test_twilio_is_spoken_to_as_it_documents() -> None:
    async with SmsPeer() as peer:
        given = {"provider": "twilio", "username": "AC123", "sender": "+15005550006"}
        channel = peer.make_channel(url="PEER/2010-04-01/Accounts/$username/Messages.json", **given)
        await channel.send(outgoing(NUMBER, body=TEXT))
        assert peer.messages == [{"to": NUMBER, "text": TEXT, "from": "+15005550006"}]
        error = await refused(peer, channel, "97000000")
        assert (error.temporary, "21211" in str(error)) == (False, True)
        peer.key = "another"
        error = await refused(peer, channel)
        assert (error.temporary, "20003" in str(error)) == (True, True)


async def test_africas_talking_is_spoken_to_as_it_documents() -> None:
    async with SmsPeer() as peer:
        channel = peer.make_channel(
            provider="africastalking", username="sandbox", sender="SpotVibe", url="PEER/version1/messaging"
        )
        await channel.send(outgoing(NUMBER, body=TEXT))
        assert peer.messages == [{"to": NUMBER, "text": TEXT, "from": "SpotVibe"}]
        error = await refused(peer, channel, "+33600000000")
        assert (error.temporary, "403" in str(error)) == (False, True)
        assert (await refused(peer, channel, "+2290197000005")).temporary, "without credit it is tried again"


def faults(secret: str | None = KEY, **settings: Any) -> str:
    """What is wrong with settings, as one text."""
    return " ".join(sms_faults(SmsSettings(**settings), Secret(secret) if secret else None))


def test_what_is_half_given_is_named() -> None:
    url = "https://sms.example.com/send"
    assert faults(secret=None) == ""
    assert faults(url=url, **CUSTOM) == ""
    assert faults(provider="twilio", username="AC1", sender="+1500") == ""
    assert "sms.provider is not" in faults()
    assert "sms.provider is not" in faults(secret=None, sender="SpotVibe")
    missing = faults(secret=None, provider="twilio")
    assert all(name in missing for name in ("sms.username", "sms.sender", "SOCLE_SMS_SECRET"))
    assert "sms.sender" not in faults(secret=None, provider="africastalking")
    assert "https://" in faults(**CUSTOM)
    assert "https://" in faults(url="http://sms.example.com/send", **CUSTOM)
    assert "SOCLE_SMS_SECRET" in faults(secret=None, url=url, **CUSTOM)
    assert "sms.body names nom" in faults(url=url, **{**CUSTOM, "body": "$to $text $nom"})
    assert "must hold $text" in faults(url=url, **{**CUSTOM, "body": "$to"})
    assert "write $$" in faults(url=url, **{**CUSTOM, "body": "$to $text 5$"})
    assert "ok_values is empty" in faults(url=url, **{**CUSTOM, "ok_values": ()})
    assert "no header can carry" in faults(secret="clé", url=url, **CUSTOM)
