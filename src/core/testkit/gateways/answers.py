"""Checks of what a network and a broken operator answer: nothing that cannot be read decides anything."""

from collections.abc import Mapping

from core.payments.gateway import Outcome, State
from core.testkit.gateways.applying import Checks, where
from core.testkit.gateways.driving import Drive, opened
from core.testkit.gateways.far_end import Answer, Call

HTML = b"<!DOCTYPE html><html><head><title>Portail</title></head><body><p>Connectez-vous</p></body></html>"
HUGE = 10_000_000
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><a>&j;</a>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>'
MALFORMED: Mapping[str, Answer] = {
    name: Answer(body=body)
    for name, body in {
        "text": b"OK",
        "null": b"null",
        "a number": b"0",
        "a list": b"[]",
        "an empty object": b"{}",
        "half an object": b'{"status": "SUCC',
        "values of other kinds": b'{"status": 1, "id": [], "amount": {}, "code": null, "error": 7, "data": "x"}',
        "zero bytes": bytes(200),
        "half XML": b'<?xml version="1.0"?><soap:Envelope><soap:Body>',
    }.items()
}
BOMBS: Mapping[str, Answer] = {
    "100,000 open brackets": Answer(body=b"[" * 100_000),
    "100,000 open objects": Answer(body=b'{"a":' * 100_000),
    "100,000 open elements": Answer(body=b"<a>" * 100_000, content_type="text/xml"),
    "entities of entities": Answer(body=ENTITIES, content_type="text/xml"),
    "a file of ours as entity": Answer(body=OUTSIDE, content_type="text/xml"),
    "a number of 100,000 digits": Answer(body=b'{"status": ' + b"9" * 100_000 + b"}"),
}


class AnswerChecks(Checks):
    """What every gateway makes of answers that are not the operator's."""

    async def test_an_empty_answer_is_unknown(self) -> None:
        """An answer without a body decides nothing."""
        await self._unknown({"an empty body": Answer(), "spaces": Answer(body=b" \r\n ")})

    async def test_a_malformed_answer_is_unknown(self) -> None:
        """Text, other JSON, half a document: the status of the answer is the operator's, its body nobody's."""
        await self._unknown(MALFORMED)

    async def test_a_truncated_answer_is_unknown(self) -> None:
        """A connection that ends before the promised length decides nothing."""
        await self._unknown({"a cut body": Answer(body=b'{"status": ', missing=100)})

    async def test_a_huge_answer_is_unknown(self) -> None:
        """Ten million bytes are read or left within the deadline."""
        await self._unknown({"10 MB": Answer(body=b"x" * HUGE), "10 MB of spaces": Answer(body=b" " * HUGE)})

    async def test_a_hostile_document_is_unknown(self) -> None:
        """Documents that are made to exhaust a reader, or to read our files, decide nothing."""
        await self._unknown(BOMBS)

    async def test_a_slow_answer_is_unknown(self) -> None:
        """A byte now and then is no answer: the deadline is of the whole call, not of one read."""
        await self._unknown({"a dripping body": Answer(body=b" " * 10_000, pause=0.1)})

    async def test_a_page_with_status_200_is_unknown(self) -> None:
        """A page of a proxy or a portal is not the operator's word, whatever its status says."""
        await self._unknown({"HTML": Answer(status=200, body=HTML, content_type="text/html; charset=utf-8")})

    async def test_an_error_of_the_operators_machines_is_unknown(self) -> None:
        """5xx, with a page or with nothing: the command may have been carried out."""
        answers = {
            f"{status}": Answer(status=status, body=HTML, content_type="text/html") for status in (500, 502, 503)
        }
        await self._unknown({**answers, "504 without a body": Answer(status=504)}, bodyless=False)

    async def test_another_charset_is_unknown(self) -> None:
        """Bytes that are not of the promised charset, and charsets that do not exist, decide nothing."""
        await self._unknown(
            {
                "Latin-1 as UTF-8": Answer(
                    body='{"message": "échec"}'.encode("latin-1"), content_type="application/json; charset=utf-8"
                ),
                "UTF-16": Answer(body="réponse".encode("utf-16")),
                "a charset that does not exist": Answer(body=b"\xe9\xff", content_type="text/xml; charset=x-none"),
            }
        )

    @where(lambda suite: suite.tokens)
    async def test_a_broken_token_answer_decides_nothing(self) -> None:
        """Where no token can be fetched nothing was sent: a collection is `rejected` or `unknown`, a status read is
        `unknown`, and later calls work again."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            await drive.peer.expire_tokens()
            for name, answer in {**MALFORMED, "HTML": Answer(status=200, body=HTML), "503": Answer(status=503)}.items():
                drive.script.answer_with(answer, Call.TOKEN)
                made = await drive.collect(drive.collection())
                honest = (Outcome.REJECTED, Outcome.UNKNOWN)
                assert made.outcome in honest, f"{name} for a token: the collection is {made.outcome}"
                seen = await drive.look(collection, submission)
                assert seen.state is State.UNKNOWN, f"{name} for a token: the status read is {seen.state}"
                drive.script.answer_normally()
            seen = await drive.look(collection, submission)
            assert seen.state is State.PENDING, f"after a broken token answer a status read is {seen.state}"

    async def _unknown(self, answers: Mapping[str, Answer], *, bodyless: bool = True) -> None:
        """Give each answer to a collection and to a status read; the operator has carried the collection out."""
        for name, answer in answers.items():
            async with opened(self.peer) as drive:
                collection, submission = await drive.asked()
                drive.script.answer_with(answer, Call.COLLECT, Call.LOOKUP)
                made = await drive.collect(drive.collection())
                honest = _honest(drive, bodyless=bodyless)
                assert made.outcome in honest, f"{name}: the collection is {made.outcome} ({made.code})"
                seen = await drive.look(collection, submission)
                assert seen.state is State.UNKNOWN, f"{name}: the status read is {seen.state} ({seen.code})"
                drive.script.answer_normally()
                seen = await drive.look(collection, submission)
                assert seen.state is State.PENDING, f"{name}: the next status read is {seen.state} ({seen.code})"


def _honest(drive: Drive, *, bodyless: bool) -> set[Outcome]:
    """What a collection with an unreadable answer may be: accepted where good answers have no body to be read."""
    if bodyless and Call.COLLECT in drive.peer.bodyless:
        return {Outcome.UNKNOWN, Outcome.ACCEPTED}
    return {Outcome.UNKNOWN}
