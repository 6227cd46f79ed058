"""Push notifications by Firebase Cloud Messaging, against Google's end on a loopback port."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.notify.push import FcmChannel, read_service_account
from core.notifications.channel import ChannelError, OutgoingMessage
from core.primitives.ids import new_id
from core.primitives.secret import Secret
from core.testkit.channels import outgoing
from core.testkit.gateways.far_end import Answer, Call
from tests.adapters.notify.fcm_peer import FcmPeer, key_file, refusal

DEVICE = "dQw4w9:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx"


@pytest.fixture
async def peer() -> AsyncIterator[FcmPeer]:
    """Google's end."""
    async with FcmPeer() as peer:
        yield peer


async def refused(peer: FcmPeer, answer: Answer | None = None, channel: Any = None) -> ChannelError:
    """Send, and return the refusal."""
    if answer is not None:
        peer.answer_to(DEVICE, answer)
    with pytest.raises(ChannelError) as caught:
        await (channel or peer.channel).send(outgoing(DEVICE))
    return caught.value


async def test_a_message_carries_text_data_and_a_tag_of_its_own(peer: FcmPeer) -> None:
    data = {"lien_action": "/events/1", "event_id": "1", "from": "x", "google.a": "y"}
    message = OutgoingMessage(new_id(), DEVICE, "Titre", "Corps é", data)
    await peer.channel.send(message)
    tag = str(message.id)
    assert peer.messages == [
        {
            "token": DEVICE,
            "notification": {"title": "Titre", "body": "Corps é"},
            "data": {"lien_action": "/events/1", "event_id": "1"},
            "android": {"notification": {"tag": tag}},
            "apns": {"headers": {"apns-collapse-id": tag}},
            "webpush": {"notification": {"tag": tag}},
        }
    ]


async def test_a_text_that_is_too_long_is_cut(peer: FcmPeer) -> None:
    message = OutgoingMessage(new_id(), DEVICE, "T" * 500, "é" * 5000, {"cle": "v" * 100})
    await peer.channel.send(message)
    (kept,) = peer.messages
    assert len(kept["notification"]["title"]) == 200
    assert kept["notification"]["body"].startswith("ééé")
    assert kept["notification"]["body"].endswith("é…")
    assert kept["data"] == {"cle": "v" * 100}


async def test_many_at_once_fetch_one_access_token(peer: FcmPeer) -> None:
    await asyncio.gather(*(peer.channel.send(outgoing(f"appareil-{number}")) for number in range(20)))
    assert (len(peer.messages), peer.given_out) == (20, 1)
    await peer.channel.send(outgoing(DEVICE))
    assert peer.given_out == 1, "it is kept"


async def test_an_ended_access_token_is_fetched_anew_once_for_all(peer: FcmPeer) -> None:
    await peer.channel.send(outgoing(DEVICE))
    peer.end_tokens()
    await asyncio.gather(*(peer.channel.send(outgoing(f"appareil-{number}")) for number in range(20)))
    assert (len(peer.messages), peer.given_out) == (21, 2)


@pytest.mark.parametrize(
    ("answer", "temporary", "gone"),
    [
        (refusal(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED"), False, True),
        (
            refusal(
                400, "INVALID_ARGUMENT", "Request contains an invalid argument.", "INVALID_ARGUMENT", "message.token"
            ),
            False,
            True,
        ),
        (
            refusal(
                400,
                "INVALID_ARGUMENT",
                "The registration token is not a valid FCM registration token",
                "INVALID_ARGUMENT",
            ),
            False,
            True,
        ),
        (refusal(400, "INVALID_ARGUMENT", "Android message is too big", "INVALID_ARGUMENT"), False, False),
        (refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument."), False, False),
        (refusal(403, "PERMISSION_DENIED", "SenderId mismatch", "SENDER_ID_MISMATCH"), False, False),
        (refusal(403, "PERMISSION_DENIED", "Permission denied on resource project."), True, False),
        (refusal(404, "NOT_FOUND", "Project not found."), True, False),
        (refusal(401, "UNAUTHENTICATED", "Auth error from APNS", "THIRD_PARTY_AUTH_ERROR"), True, False),
        (refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "QUOTA_EXCEEDED"), True, False),
        (refusal(500, "INTERNAL", "Internal error encountered.", "INTERNAL"), True, False),
        (Answer(status=502, body=b"<!DOCTYPE html>Error 502", content_type="text/html"), True, False),
        (Answer(status=400, body=b'{"error": {"details": [1, {"fieldViolations": 5}]}}'), True, False),
        (Answer(status=404, body=b"[" * 100_000), True, False),
    ],
)
async def test_what_a_refusal_means(peer: FcmPeer, answer: Answer, temporary: bool, gone: bool) -> None:
    error = await refused(peer, answer)
    assert (error.temporary, error.gone) == (temporary, gone)


async def test_credentials_that_are_refused_are_tried_again_later(peer: FcmPeer) -> None:
    stranger = peer.make_channel(key_file(peer.url, client_email="someone@else.example"))
    error = await refused(peer, channel=stranger)
    assert (error.temporary, "token: HTTP 400" in str(error), peer.given_out) == (True, True, 0)


async def test_nothing_of_message_device_or_credentials_is_logged(peer: FcmPeer) -> None:
    with capture_logs() as lines:
        await peer.channel.send(outgoing(DEVICE, body="Code 123456"))
        await refused(peer, refusal(404, "NOT_FOUND", f"no {DEVICE}", "UNREGISTERED"))
    assert [(line["operator"], line["call"], line["status"]) for line in lines] == [
        ("google", "token", 200),
        ("fcm", "send", 200),
        ("fcm", "send", 404),
    ]
    for secret in (DEVICE, "123456", "ya29", "PRIVATE"):
        assert secret not in str(lines)


async def test_a_slow_token_endpoint_does_not_hold_a_message_for_ever(peer: FcmPeer) -> None:
    peer.script.answer_with(Answer(delay=5), Call.TOKEN)
    error = await refused(peer, channel=peer.make_channel(deadline=0.2))
    assert (error.temporary, "timeout" in str(error)) == (True, True)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "is no key file"),
        ("{}", "is no key file"),
        ("[" * 100_000, "is no key file"),
        (key_file("http://google.example.com"), "token_uri"),
        (key_file("https://google.example.com", private_key="-----BEGIN PRIVATE KEY-----\nxx"), "cannot be read"),
    ],
)
def test_a_key_file_that_is_none_is_named(key: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        read_service_account(Secret(key))
    assert "BEGIN" not in str(caught.value)


def test_the_project_is_the_key_files_or_that_of_the_settings(peer: FcmPeer) -> None:
    with pytest.raises(ValueError, match=r"push\.project"):
        peer.make_channel(key_file(peer.url, project_id=""))
    assert isinstance(peer.make_channel(key_file(peer.url, project_id=""), project="p"), FcmChannel)
