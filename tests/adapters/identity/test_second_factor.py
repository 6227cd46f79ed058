"""Two-factor authentication."""

import base64
import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from adapters.db.work import PgWorks
from core.access.principal import Caller
from core.accounts.entities import ChallengeAsked
from core.organisations.joining import Registered
from core.primitives.errors import DomainError, Kind
from tests.adapters.identity.stage import Stage, anonymous


def _now(stage: Stage, secret: str) -> str:
    return pyotp.TOTP(secret).at(int(stage.clock.now().timestamp()))


async def _with_totp(stage: Stage) -> tuple[Registered, Caller, str, list[str]]:
    registered, caller = await stage.member(await stage.organisation())
    set_up = await stage.accounts.second_factor.set_up(caller, "TOTP")
    assert set_up.secret_key is not None
    codes = await stage.accounts.second_factor.confirm(caller, _now(stage, set_up.secret_key))
    stage.clock.advance(timedelta(seconds=30))
    return registered, caller, set_up.secret_key, codes


async def _with_email(stage: Stage, owner: Any) -> tuple[Registered, Caller]:
    registered, caller = await stage.member(await stage.organisation())
    await stage.accounts.second_factor.set_up(caller, "EMAIL")
    await stage.accounts.second_factor.confirm(caller, await _mailed(stage, owner, registered))
    return registered, caller


async def _mailed(stage: Stage, owner: Any, registered: Registered) -> str:
    found = re.search(r"\d{6}", await stage.mail_to(owner, registered.account.email))
    assert found is not None
    return found[0]


async def _wrong(stage: Stage, asked: ChallengeAsked, code: str) -> str:
    with pytest.raises(DomainError) as refused:
        await stage.accounts.sign_in.by_code(anonymous(), asked.challenge, code)
    assert refused.value.kind is Kind.INVALID
    return str(refused.value.problems[0].path[0])


async def test_totp_set_up(stage: Stage, owner: Any) -> None:
    registered, caller = await stage.member(await stage.organisation())
    set_up = await stage.accounts.second_factor.set_up(caller, "TOTP")
    assert set_up.secret_key is not None
    assert set_up.qr_code_url is not None
    prefix, _, data = set_up.qr_code_url.partition(",")
    assert prefix == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")
    stored = await owner.fetchval("select secret from second_factor where account_id = $1", registered.account.id)
    assert set_up.secret_key.encode() not in stored
    assert await stage.accounts.second_factor.enabled(caller) is None
    await stage.sign_in(registered.account.email)
    codes = await stage.accounts.second_factor.confirm(caller, _now(stage, set_up.secret_key))
    assert len(set(codes)) == 10
    assert await stage.accounts.second_factor.enabled(caller) == "TOTP"
    with pytest.raises(DomainError) as refused:
        await stage.accounts.second_factor.set_up(caller, "EMAIL")
    assert refused.value.problems[0].message.code == "second_factor_enabled"


async def test_totp_sign_in_and_its_code_is_single_use(stage: Stage, owner: Any) -> None:
    registered, _, secret, _ = await _with_totp(stage)
    asked = await stage.challenged(registered.account.email)
    code = _now(stage, secret)
    signed_in = await stage.accounts.sign_in.by_code(anonymous(), asked.challenge, code)
    assert signed_in.account.id == registered.account.id
    assert await stage.principal(signed_in) is not None
    assert await _wrong(stage, asked, code) == "challenge"
    again = await stage.challenged(registered.account.email)
    assert await _wrong(stage, again, code) == "code"
    outcomes = await owner.fetch(
        "select outcome from sign_in_attempt where account_id = $1 order by id", registered.account.id
    )
    assert [row["outcome"] for row in outcomes] == ["succeeded", "abandoned", "abandoned", "challenged", "failed"]


async def test_code_of_the_set_up_does_not_sign_in(stage: Stage) -> None:
    registered, caller = await stage.member(await stage.organisation())
    set_up = await stage.accounts.second_factor.set_up(caller, "TOTP")
    code = _now(stage, set_up.secret_key or "")
    await stage.accounts.second_factor.confirm(caller, code)
    assert await _wrong(stage, await stage.challenged(registered.account.email), code) == "code"


async def test_five_wrong_codes_end_the_challenge(stage: Stage) -> None:
    registered, _, secret, _ = await _with_totp(stage)
    asked = await stage.challenged(registered.account.email)
    fields = [await _wrong(stage, asked, "000000") for _ in range(5)]
    assert fields == ["code"] * 5
    assert await _wrong(stage, asked, _now(stage, secret)) == "challenge"
    fresh = await stage.challenged(registered.account.email)
    await stage.accounts.sign_in.by_code(anonymous(), fresh.challenge, _now(stage, secret))


async def test_wrong_codes_count_as_failed_sign_ins(stage: Stage) -> None:
    registered, *_ = await _with_totp(stage)
    for _ in range(2):
        asked = await stage.challenged(registered.account.email)
        for _ in range(5):
            await _wrong(stage, asked, "000000")
    with pytest.raises(DomainError) as refused:
        await stage.accounts.sign_in.by_password(anonymous(), registered.account.email, "anything")
    assert refused.value.kind is Kind.LIMITED


async def test_challenge_expires(stage: Stage) -> None:
    registered, _, secret, _ = await _with_totp(stage)
    asked = await stage.challenged(registered.account.email)
    stage.clock.advance(timedelta(minutes=10, seconds=1))
    assert await _wrong(stage, asked, _now(stage, secret)) == "challenge"


async def test_forged_challenge(stage: Stage) -> None:
    registered, _, secret, _ = await _with_totp(stage)
    asked = await stage.challenged(registered.account.email)
    access = (await stage.join(await stage.organisation())).signed_in
    assert access is not None
    for forged in ("", "x", access.tokens.access, asked.challenge[:-2]):
        with pytest.raises(DomainError):
            await stage.accounts.sign_in.by_code(anonymous(), forged, _now(stage, secret))


async def test_recovery_code_works_once(stage: Stage, owner: Any) -> None:
    registered, _, _, codes = await _with_totp(stage)
    stored = await owner.fetch("select code_hash from recovery_code where account_id = $1", registered.account.id)
    assert len(stored) == 10
    asked = await stage.challenged(registered.account.email)
    await stage.accounts.sign_in.by_code(anonymous(), asked.challenge, codes[0].upper().replace("-", " "))
    asked = await stage.challenged(registered.account.email)
    assert await _wrong(stage, asked, codes[0]) == "code"
    await stage.accounts.sign_in.by_code(anonymous(), asked.challenge, codes[1])


async def test_disable_needs_a_code(stage: Stage) -> None:
    registered, caller, secret, codes = await _with_totp(stage)
    with pytest.raises(DomainError) as refused:
        await stage.accounts.second_factor.disable(caller, "000000")
    assert refused.value.problems[0].path == ("code",)
    await stage.accounts.second_factor.disable(caller, codes[3])
    await stage.sign_in(registered.account.email)
    with pytest.raises(DomainError):
        await stage.accounts.second_factor.disable(caller, _now(stage, secret))


async def test_email_codes(stage: Stage, owner: Any) -> None:
    registered, caller = await _with_email(stage, owner)
    asked = await stage.challenged(registered.account.email)
    first = await _mailed(stage, owner, registered)
    await stage.accounts.sign_in.send_code(anonymous(), asked.challenge)
    second = await _mailed(stage, owner, registered)
    if first != second:
        assert await _wrong(stage, asked, first) == "code"
    await stage.accounts.sign_in.by_code(anonymous(), asked.challenge, second)
    assert await _wrong(stage, asked, second) == "challenge"
    await stage.accounts.second_factor.send_code(caller)
    await stage.accounts.second_factor.disable(caller, await _mailed(stage, owner, registered))
    await stage.sign_in(registered.account.email)


async def test_codes_sent_are_bounded(stage: Stage, owner: Any) -> None:
    registered, _ = await _with_email(stage, owner)
    asked = await stage.challenged(registered.account.email)
    for _ in range(4):
        await stage.accounts.sign_in.send_code(anonymous(), asked.challenge)
    with pytest.raises(DomainError) as refused:
        await stage.accounts.sign_in.send_code(anonymous(), asked.challenge)
    assert refused.value.kind is Kind.LIMITED


async def test_sms_needs_its_channel_and_a_number(stage: Stage, works: PgWorks, owner: Any) -> None:
    _, caller = await stage.member(await stage.organisation())
    for method in ("SMS", "sms", "FAX", ""):
        with pytest.raises(DomainError) as refused:
            await stage.accounts.second_factor.set_up(caller, method)
        assert refused.value.problems[0].message.code == "second_factor_method_unavailable"
    with_sms = Stage(works, channels=("email", "sms"))
    registered, caller = await with_sms.member(await with_sms.organisation())
    with pytest.raises(DomainError) as refused:
        await with_sms.accounts.second_factor.set_up(caller, "SMS")
    assert refused.value.problems[0].message.code == "second_factor_phone_missing"
    await with_sms.accounts.people.change_profile(caller, {"phone": "97000000"})
    await with_sms.accounts.second_factor.set_up(caller, "SMS")
    body = await with_sms.mail_to(owner, "+2290197000000", "sms")
    code = re.search(r"\d{6}", body)
    assert code is not None
    assert await with_sms.accounts.second_factor.confirm(caller, code[0]) == []
    assert isinstance(
        await with_sms.accounts.sign_in.by_password(anonymous(), registered.account.email, "Grande-Saison-42"),
        ChallengeAsked,
    )


async def test_another_proof_asks_for_the_code_too(stage: Stage) -> None:
    registered, _, _, _ = await _with_totp(stage)
    answer = await stage.accounts.sign_in.by_proof(anonymous(), registered.account.id)
    assert isinstance(answer, ChallengeAsked)
