"""Checks of credentials: they are refreshed once, and never shown."""

import asyncio
import base64
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from core.payments.gateway import RefundMode, State
from core.testkit.gateways.applying import Checks, where
from core.testkit.gateways.driving import Drive, opened
from core.testkit.gateways.far_end import Answer, Call

PARALLEL = 20


class CredentialChecks(Checks):
    """What every gateway does with its credentials."""

    @where(lambda suite: suite.tokens)
    async def test_expired_tokens_are_refreshed_once(self) -> None:
        """Twenty calls at the same time that find their token expired: it is fetched once, and all succeed."""
        async with opened(self.peer) as drive:
            asked = [await drive.asked() for _ in range(PARALLEL)]
            await drive.peer.expire_tokens()
            before = drive.script.asked(Call.TOKEN)
            seen = await asyncio.gather(*(drive.look(*each) for each in asked))
            states = {each.state for each in seen}
            assert states == {State.PENDING}, f"with an expired token status reads are {sorted(states)}"
            fetched = drive.script.asked(Call.TOKEN) - before
            assert fetched == 1, f"{PARALLEL} calls with an expired token fetched {fetched}"

    @where(lambda suite: suite.tokens)
    async def test_the_first_token_is_fetched_once(self) -> None:
        """Twenty first calls at the same time fetch one token."""
        async with opened(self.peer) as drive:
            await asyncio.gather(*(drive.asked() for _ in range(PARALLEL)))
            fetched = drive.script.asked(Call.TOKEN)
            assert fetched == 1, f"{PARALLEL} first calls fetched {fetched} tokens"

    @where(lambda suite: not suite.tokens)
    async def test_no_token_is_fetched(self) -> None:
        """A gateway whose suite says that it fetches no tokens fetches none: otherwise set `tokens = True`."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            await drive.look(collection, submission)
            await drive.timed("probe", drive.gateway.probe())
            assert not drive.script.asked(Call.TOKEN), "tokens are fetched: say so, so that their expiry is checked"

    async def test_secrets_are_never_shown(self) -> None:
        """Credentials and tokens are in no log record (down to DEBUG, of any logger), on no output, in no code, detail
        or text of an error, and in no `repr` of the gateway and its settings."""
        with _overheard() as heard:
            async with opened(self.peer) as drive:
                said = await _through_everything(drive)
                gateway = drive.gateway
                said += [repr(gateway), str(gateway), *(f"{each!r} {each}" for each in drive.peer.shown)]
                secrets = [each for each in drive.peer.secrets if each]
        assert secrets, "the peer names no secret that is in use"
        for secret in secrets:
            forms = (secret, base64.b64encode(secret.encode()).decode())
            for form in forms:
                assert form not in heard.getvalue(), f"a secret is logged or printed: {_around(heard.getvalue(), form)}"
                shown = next((each for each in said if form in each), None)
                assert shown is None, f"a secret is shown: {_around(shown or '', form)}"


async def _through_everything(drive: Drive) -> list[str]:
    """Good calls, refused ones and broken ones; return the texts that come of them."""
    said: list[str] = []
    collection, submission, seen = await drive.captured()
    said += [submission.code, seen.code, await _probed(drive)]
    if drive.capabilities.refunds is RefundMode.AUTOMATIC:
        order = drive.order(collection, submission, seen, collection.amount)
        sent = await drive.refund(order)
        said += [sent.code, (await drive.look_at_refund(order, sent)).code]
    for answer in (Answer(status=500, body=b"<html>"), Answer(status=200, body=b"{"), Answer(status=400, body=b"no")):
        drive.script.answer_with(answer, *Call)
        said += [(await drive.collect(drive.collection())).code, (await drive.look(collection, submission)).code]
        said.append(await _probed(drive))
        drive.script.answer_normally()
    drive.script.lose_next_answer(Call.COLLECT, Call.LOOKUP)
    said += [(await drive.collect(drive.collection())).code, (await drive.look(collection, submission)).code]
    await drive.peer.revoke_credentials()
    said += [(await drive.collect(drive.collection())).code, (await drive.look(collection, submission)).code]
    said.append(await _probed(drive))
    return said


async def _probed(drive: Drive) -> str:
    probe = await drive.timed("probe", drive.gateway.probe())
    return f"{probe!r} {probe.detail}"


@contextmanager
def _overheard() -> Iterator[io.StringIO]:
    """Everything that is logged or printed meanwhile."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(heard), redirect_stderr(heard):
            yield heard
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def _around(text: str, secret: str) -> str:
    """Where a secret stands, without the secret."""
    start = text.index(secret)
    return text[max(0, start - 80) : start].strip() + " ***"
