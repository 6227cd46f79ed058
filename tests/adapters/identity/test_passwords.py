"""Changing a password, and choosing a new one by a link."""

import re
from datetime import timedelta
from typing import Any

import pytest

from core.accounts.entities import ChallengeAsked
from core.primitives.errors import DomainError, Kind
from tests.adapters.identity.stage import PASSWORD, Stage, anonymous, unique

NEW = "Petite-Saison-43"


def _codes(error: DomainError) -> set[tuple[str, str]]:
    return {(str(problem.path[0]), problem.message.code) for problem in error.problems}


async def test_change_keeps_only_the_session_that_changed_it(stage: Stage) -> None:
    registered, caller = await stage.member(await stage.organisation())
    elsewhere = await stage.sign_in(registered.account.email)
    await stage.accounts.passwords.change(caller, PASSWORD, NEW, NEW)
    assert registered.signed_in is not None
    assert await stage.principal(registered.signed_in) is not None
    assert await stage.principal(elsewhere) is None
    assert stage.forgotten == 1
    await stage.sign_in(registered.account.email, NEW)
    with pytest.raises(DomainError):
        await stage.sign_in(registered.account.email, PASSWORD)


async def test_change_names_every_failing_field(stage: Stage) -> None:
    _, caller = await stage.member(await stage.organisation())
    with pytest.raises(DomainError) as refused:
        await stage.accounts.passwords.change(caller, "wrong-password", "1234567", "other")
    assert _codes(refused.value) == {
        ("old_password", "old_password_wrong"),
        ("new_password", "password_too_short"),
        ("new_password", "password_numeric"),
        ("new_password", "password_common"),
        ("confirm_password", "passwords_differ"),
    }


async def test_wrong_old_password_counts_as_a_failed_sign_in(stage: Stage) -> None:
    registered, caller = await stage.member(await stage.organisation())
    for _ in range(10):
        with pytest.raises(DomainError):
            await stage.accounts.passwords.change(caller, "wrong-password", NEW)
    with pytest.raises(DomainError) as refused:
        await stage.accounts.passwords.change(caller, PASSWORD, NEW)
    assert refused.value.kind is Kind.LIMITED
    with pytest.raises(DomainError) as refused:
        await stage.sign_in(registered.account.email)
    assert refused.value.kind is Kind.LIMITED


async def _token(stage: Stage, owner: Any, email: str) -> str:
    await stage.accounts.passwords.request_reset(anonymous(), email)
    body = await stage.mail_to(owner, email)
    found = re.search(r"https://exemple\.bj/reset-password\?token=(\S+)", body)
    assert found is not None
    return found[1]


async def test_reset(stage: Stage, owner: Any) -> None:
    registered, _ = await stage.member(await stage.organisation())
    email = registered.account.email
    first, token = await _token(stage, owner, email), await _token(stage, owner, email)
    kept = await owner.fetch("select token_hash from password_reset where account_id = $1", registered.account.id)
    assert all(token.encode() not in row["token_hash"] for row in kept)
    await stage.accounts.passwords.confirm_reset(anonymous(), token, NEW, NEW)
    await stage.sign_in(email, NEW)
    assert registered.signed_in is not None
    assert await stage.principal(registered.signed_in) is None
    for used in (token, first):
        with pytest.raises(DomainError) as refused:
            await stage.accounts.passwords.confirm_reset(anonymous(), used, "Autre-Saison-44")
        assert _codes(refused.value) == {("token", "reset_token_invalid")}


async def test_reset_link_is_good_for_an_hour(stage: Stage, owner: Any) -> None:
    registered, _ = await stage.member(await stage.organisation())
    token = await _token(stage, owner, registered.account.email)
    stage.clock.advance(timedelta(hours=1, seconds=1))
    with pytest.raises(DomainError) as refused:
        await stage.accounts.passwords.confirm_reset(anonymous(), token, "123", "124")
    assert {field for field, _ in _codes(refused.value)} == {"token", "new_password", "confirm_password"}


async def test_reset_of_nobody_costs_the_same_and_sends_nothing(stage: Stage, owner: Any) -> None:
    registered, _ = await stage.member(await stage.organisation())
    nobody = f"{unique('nobody')}@exemple.bj"
    for email in (registered.account.email, nobody):
        before = await owner.fetchval("select count(*) from outbox")
        await stage.accounts.passwords.request_reset(anonymous(), email)
        assert await owner.fetchval("select count(*) from outbox") == before + 1
    await stage.deliver(owner)
    assert nobody not in [each.recipient for each in stage.channels["email"].sent]


async def test_reset_mails_are_bounded(stage: Stage, owner: Any) -> None:
    registered, _ = await stage.member(await stage.organisation())
    for _ in range(12):
        await stage.accounts.passwords.request_reset(anonymous(), registered.account.email)
    await stage.deliver(owner)
    mine = [each for each in stage.channels["email"].sent if each.recipient == registered.account.email]
    assert len(mine) == 10


async def test_reset_keeps_the_second_factor(stage: Stage, owner: Any) -> None:
    registered, caller = await stage.member(await stage.organisation())
    email = registered.account.email
    await stage.accounts.second_factor.set_up(caller, "EMAIL")
    code = re.search(r"\d{6}", await stage.mail_to(owner, email))
    assert code is not None
    await stage.accounts.second_factor.confirm(caller, code[0])
    await stage.accounts.passwords.confirm_reset(anonymous(), await _token(stage, owner, email), NEW)
    assert isinstance(await stage.accounts.sign_in.by_password(anonymous(), email, NEW), ChallengeAsked)


async def test_command_line_sets_a_password(stage: Stage) -> None:
    registered, caller = await stage.member(await stage.organisation())
    await stage.accounts.passwords.set(caller, registered.account.id, NEW)
    assert registered.signed_in is not None
    assert await stage.principal(registered.signed_in) is None
    await stage.sign_in(registered.account.email, NEW)
