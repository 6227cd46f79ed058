"""Checks of callbacks: they are read, and not believed."""

from collections.abc import Mapping

from core.payments.gateway import (
    Callback,
    CallbackReading,
    CallbackTrust,
    Capabilities,
    Collection,
    Gateway,
    State,
    Submission,
    UnreadableCallback,
)
from core.primitives.secret import Secret
from core.testkit.clock import START
from core.testkit.gateways.applying import Checks, where
from core.testkit.gateways.driving import opened

JUNK: Mapping[str, bytes] = {
    "nothing": b"",
    "text": b"bonjour",
    "null": b"null",
    "a list": b"[1, 2]",
    "a number": b"7",
    "an empty object": b"{}",
    "values of other kinds": b'{"data": [], "id": {}, "status": 1, "type": null, "reference": 5, "externalId": []}',
    "broken UTF-8": b'{"id": "\xff\xfe"}',
    "zero bytes": bytes(100),
    "100,000 open brackets": b"[" * 100_000,
    "a megabyte": b"x" * 1_000_000,
    "half XML": b"<callback><id>",
}
STRANGE_HEADERS: Mapping[str, str] = {
    "authorization": "Bearer ",
    "content-type": "text/plain; charset=x-none",
    "x-signature": "t=,v1=",
    "wave-signature": "t=é,v1=zz,v1,=,,",
}


def heard(capabilities: Capabilities, reading: CallbackReading, handles: Mapping[str, str]) -> bool:
    """The kernel's rule: whether a callback is a reason to read the status now. None is ever more than that."""
    if capabilities.callback is CallbackTrust.SIGNED:
        return reading.authentic
    if capabilities.callback is CallbackTrust.TOKEN:
        expected = handles.get(capabilities.callback_token, "")
        return bool(expected) and reading.token == Secret(expected)
    return True


class CallbackChecks(Checks):
    """What every gateway makes of requests that claim to come from the operator."""

    @where(lambda suite: suite.calls_back)
    async def test_a_true_callback_names_its_operation(self) -> None:
        """The operator's callback is read: it names our operation, or a handle that we have, and is heard."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            await drive.peer.settle(collection.operation)
            callback = await drive.peer.callback_for(collection.operation)
            reading = _read(drive.gateway, callback)
            assert _names(reading, collection, submission), f"the callback names another operation: {reading!r}"
            assert heard(drive.capabilities, reading, submission.handles), "the operator's own callback is not heard"

    @where(lambda suite: suite.calls_back and suite.offers.callback is not CallbackTrust.NONE)
    async def test_a_forged_callback_is_not_authentic(self) -> None:
        """A callback with a wrong, an old or no signature or token is not heard, and changes no status."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            forged = await drive.peer.forged_callbacks(collection.operation)
            assert len(forged) > 1, "the peer forges fewer than two callbacks: without proof, and with a wrong one"
            for callback in forged:
                reading = _read_or_none(drive.gateway, callback)
                known = reading is not None and heard(drive.capabilities, reading, submission.handles)
                assert not known, f"a forged callback is heard: {callback.headers} {callback.body[:200]!r}"
            seen = await drive.look(collection, submission)
            assert seen.state is State.PENDING, f"a forged callback makes the status {seen.state}"

    @where(lambda suite: suite.calls_back and suite.offers.callback is CallbackTrust.NONE)
    async def test_an_unsigned_callback_claims_no_proof(self) -> None:
        """Where nothing proves a callback the reading says so: it is not authentic and has no token, and what it
        claims changes no status."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            true = await drive.peer.callback_for(collection.operation)
            for callback in (true, *await drive.peer.forged_callbacks(collection.operation)):
                reading = _read_or_none(drive.gateway, callback)
                assert reading is None or not reading.authentic, "an unsigned callback is called authentic"
                assert reading is None or reading.token is None, "an unsigned callback has a token"
            seen = await drive.look(collection, submission)
            assert seen.state is State.PENDING, f"a forged callback makes the status {seen.state}"

    @where(lambda suite: suite.calls_back)
    async def test_duplicate_and_late_callbacks_say_the_same(self) -> None:
        """A callback that comes twice, or after a later one, names its operation each time; the status is what the
        operator says now."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            early = await drive.peer.callback_for(collection.operation)
            await drive.peer.settle(collection.operation)
            late = await drive.peer.callback_for(collection.operation)
            before = len(drive.script.requests)
            for callback in (late, early, late, early):
                reading = _read(drive.gateway, callback)
                assert _names(reading, collection, submission), f"a repeated callback names another: {reading!r}"
            assert len(drive.script.requests) == before, "reading a callback asks the operator"
            seen = await drive.look(collection, submission)
            assert seen.state is State.SUCCEEDED, f"after callbacks out of order the status is {seen.state}"

    async def test_junk_is_an_unreadable_callback(self) -> None:
        """What is none of the operator's forms is `UnreadableCallback`, or a reading that is not heard; nothing else
        is raised."""
        async with opened(self.peer) as drive:
            for name, body in JUNK.items():
                for headers in ({}, STRANGE_HEADERS):
                    for query in ({}, {"token": "", "status": "é"}):
                        callback = Callback(method="POST", headers=headers, query=query, body=body, received_at=START)
                        reading = _read_or_none(drive.gateway, callback)
                        if reading is not None:
                            assert not reading.authentic, f"{name} is an authentic callback"
                            assert reading.reference is None, f"{name} names an operation of ours"


def _read(gateway: Gateway, callback: Callback) -> CallbackReading:
    reading = _read_or_none(gateway, callback)
    assert reading is not None, f"the operator's callback cannot be read: {callback.body[:200]!r}"
    return reading


def _read_or_none(gateway: Gateway, callback: Callback) -> CallbackReading | None:
    try:
        return gateway.read_callback(callback)
    except UnreadableCallback:
        return None
    except Exception as error:
        raise AssertionError(f"read_callback raises {error!r} for {callback.body[:60]!r}") from error


def _names(reading: CallbackReading, collection: Collection, submission: Submission) -> bool:
    if reading.reference is not None:
        return reading.reference == collection.operation
    return reading.handle is not None and submission.handles.get(reading.handle[0]) == reading.handle[1]
