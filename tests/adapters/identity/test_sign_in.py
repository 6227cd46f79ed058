"""Signing in, refreshing, signing out."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from argon2 import PasswordHasher

from adapters.db.work import PgWorks
from adapters.identity.composition import IdentitySettings
from adapters.identity.passwords import HashingSettings
from core.access.principal import Caller
from core.accounts.people import Candidate
from core.accounts.ports import TokenKind
from core.primitives.errors import DomainError, Kind
from tests.adapters.identity.stage import CHEAP, PASSWORD, Stage, anonymous, unique


async def _refused(stage: Stage, identifier: str, password: str = "wrong-password") -> DomainError:
    with pytest.raises(DomainError) as refused:
        await stage.accounts.sign_in.by_password(anonymous(), identifier, password)
    return refused.value


async def test_by_email_or_username_whatever_the_case(stage: Stage) -> None:
    await stage.superuser()
    name = unique("Awa")
    candidate = Candidate(email=f"{name}@Exemple.bj", username=name, password=PASSWORD)
    account = await stage.organisations.joining.create_account(Caller(), candidate)
    for identifier in (name, name.upper(), f"{name}@exemple.bj", f" {name.upper()}@EXEMPLE.BJ "):
        signed_in = await stage.sign_in(identifier)
        assert signed_in.account.id == account.id
        assert signed_in.place is not None
        assert signed_in.place.role.name == "VENTES"


async def test_tokens_open_the_session(stage: Stage) -> None:
    organisation = await stage.organisation()
    registered = await stage.join(organisation, "ADMIN")
    signed_in = await stage.sign_in(registered.account.email)
    read = stage.signer.read_access(signed_in.tokens.access)
    assert read is not None
    assert read[0] == signed_in.session.id
    assert read[1] == pytest.approx((stage.clock.now() + timedelta(minutes=15)).timestamp(), abs=1)
    refresh = stage.signer.read(signed_in.tokens.refresh or "", TokenKind.REFRESH)
    assert refresh is not None
    assert refresh.expires_at - refresh.issued_at == timedelta(days=7)
    principal = await stage.principal(signed_in)
    assert principal is not None
    assert principal.membership is not None
    assert principal.membership.organisation == organisation
    assert principal.membership.owner


async def test_unknown_inactive_and_wrong_are_one_refusal(stage: Stage) -> None:
    registered = await stage.join(await stage.organisation())
    wrong = await _refused(stage, registered.account.email)
    unknown = await _refused(stage, f"{unique('nobody')}@exemple.bj")
    await stage.accounts.people.set_active(Caller(), registered.account.id, active=False)
    inactive = await _refused(stage, registered.account.email, PASSWORD)
    assert {each.code for each in (wrong, unknown, inactive)} == {"credentials_wrong"}
    assert {each.kind for each in (wrong, unknown, inactive)} == {Kind.UNAUTHENTICATED}


async def test_every_refusal_costs_one_verification(works: PgWorks, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(works)
    registered = await stage.join(await stage.organisation())
    seen: list[str] = []
    genuine = PasswordHasher.verify

    def spy(self: PasswordHasher, encoded: str, password: str) -> Any:
        seen.append(encoded.rpartition("$")[0].rpartition("$")[0])
        return genuine(self, encoded, password)

    monkeypatch.setattr(PasswordHasher, "verify", spy)
    await _refused(stage, registered.account.email)
    await _refused(stage, f"{unique('nobody')}@exemple.bj")
    await _refused(stage, registered.account.email, "x" * 129)
    assert len(seen) == 3
    assert len(set(seen)) == 1, "the dummy hash has other parameters than real ones"


async def test_member_without_an_active_place_is_refused(stage: Stage) -> None:
    organisation = await stage.organisation()
    _, owner = await stage.member(organisation, "ADMIN")
    registered, _ = await stage.member(organisation)
    await stage.members.change(owner, registered.place.id, {"status": "inactif"})
    assert (await _refused(stage, registered.account.email, PASSWORD)).code == "credentials_wrong"
    answer = await stage.accounts.sign_in.by_password(
        anonymous(), registered.account.email, PASSWORD, membership_needed=False
    )
    assert answer.place is None  # type: ignore[union-attr]


async def test_attempts_are_kept_and_audited(stage: Stage, owner: Any) -> None:
    organisation = await stage.organisation()
    registered = await stage.join(organisation, "ADMIN")
    await _refused(stage, registered.account.email)
    signed_in = await stage.sign_in(registered.account.email)
    await stage.accounts.sessions.log_out(await stage.caller(signed_in))
    audited = await owner.fetch(
        "select action, status_code, organisation_id, object_type from audit_entry"
        " where account_id = $1 and action like 'LOG%' order by created_at, id",
        registered.account.id,
    )
    assert [(row["action"], row["status_code"]) for row in audited] == [
        ("LOGIN", 200),
        ("LOGIN_FAILED", 401),
        ("LOGIN", 200),
        ("LOGOUT", 200),
    ]
    assert {row["organisation_id"] for row in audited} == {organisation}
    assert {row["object_type"] for row in audited} == {"Utilisateur"}
    outcomes = await owner.fetch(
        "select outcome from sign_in_attempt where account_id = $1 order by id", registered.account.id
    )
    assert [row["outcome"] for row in outcomes] == ["failed", "succeeded"]


async def test_ten_failures_close_the_account(stage: Stage) -> None:
    registered = await stage.join(await stage.organisation())
    for _ in range(10):
        assert (await _refused(stage, registered.account.email)).kind is Kind.UNAUTHENTICATED
    limited = await _refused(stage, registered.account.username, PASSWORD)
    assert limited.kind is Kind.LIMITED
    assert limited.retry_after is not None
    assert 890 <= limited.retry_after <= 901
    stage.clock.advance(timedelta(seconds=limited.retry_after))
    assert (await stage.sign_in(registered.account.email)).account.id == registered.account.id


async def test_ten_failures_of_nobody_are_limited_too(stage: Stage) -> None:
    identifier = f"{unique('nobody')}@exemple.bj"
    kinds = [(await _refused(stage, identifier)).kind for _ in range(11)]
    assert kinds == [Kind.UNAUTHENTICATED] * 10 + [Kind.LIMITED]


async def test_success_does_not_wait_for_failures(stage: Stage) -> None:
    registered = await stage.join(await stage.organisation())
    for _ in range(9):
        await _refused(stage, registered.account.email)
    for _ in range(3):
        await stage.sign_in(registered.account.email)


async def test_hash_follows_the_parameters(works: PgWorks, stage: Stage, owner: Any) -> None:
    registered = await stage.join(await stage.organisation())
    dearer = Stage(works, settings=IdentitySettings(hashing=HashingSettings(memory_kib=16, passes=2, queue=100)))
    await dearer.sign_in(registered.account.email)
    stored = await owner.fetchval("select password_hash from account where id = $1", registered.account.id)
    assert "m=16,t=2,p=1" in stored
    await dearer.sign_in(registered.account.email)
    assert stored == await owner.fetchval("select password_hash from account where id = $1", registered.account.id)


async def test_refresh_leaves_the_token_in_the_body_flow(stage: Stage) -> None:
    signed_in = (await stage.join(await stage.organisation())).signed_in
    assert signed_in is not None
    token = signed_in.tokens.refresh or ""
    for _ in range(2):
        tokens = await stage.accounts.sessions.refresh(anonymous(), token)
        assert tokens.refresh is None
        assert stage.signer.read_access(tokens.access) is not None


async def test_rotated_out_token_revokes_its_session(stage: Stage) -> None:
    signed_in = (await stage.join(await stage.organisation())).signed_in
    assert signed_in is not None
    old = signed_in.tokens.refresh or ""
    rotated = await stage.accounts.sessions.refresh(anonymous(), old, rotate=True)
    assert rotated.refresh not in (None, old)
    assert await stage.principal(signed_in) is not None
    with pytest.raises(DomainError) as again:
        await stage.accounts.sessions.refresh(anonymous(), old, rotate=True)
    assert again.value.kind is Kind.UNAUTHENTICATED
    assert await stage.principal(signed_in) is None
    assert stage.forgotten == 1
    with pytest.raises(DomainError):
        await stage.accounts.sessions.refresh(anonymous(), rotated.refresh or "")


async def test_setting_rotates_the_body_flow(works: PgWorks) -> None:
    stage = Stage(works, settings=IdentitySettings(hashing=CHEAP, refresh_rotation=True))
    signed_in = (await stage.join(await stage.organisation())).signed_in
    assert signed_in is not None
    assert (await stage.accounts.sessions.refresh(anonymous(), signed_in.tokens.refresh or "")).refresh is not None


async def test_refresh_refuses_what_is_no_refresh_token(stage: Stage) -> None:
    registered = await stage.join(await stage.organisation())
    signed_in = registered.signed_in
    assert signed_in is not None
    stage.clock.advance(timedelta(days=7, seconds=1))
    for token in ("", "x", signed_in.tokens.access, signed_in.tokens.refresh or ""):
        with pytest.raises(DomainError) as refused:
            await stage.accounts.sessions.refresh(anonymous(), token)
        assert refused.value.kind is Kind.UNAUTHENTICATED


async def test_log_out_by_refresh_token(stage: Stage) -> None:
    signed_in = (await stage.join(await stage.organisation())).signed_in
    assert signed_in is not None
    token = signed_in.tokens.refresh
    await stage.accounts.sessions.log_out(anonymous(), token)
    assert await stage.principal(signed_in) is None
    for bad in (token, "x"):
        with pytest.raises(DomainError) as refused:
            await stage.accounts.sessions.log_out(anonymous(), bad)
        assert refused.value.kind is Kind.INVALID


async def test_log_out_with_another_accounts_token(stage: Stage) -> None:
    organisation = await stage.organisation()
    registered, caller = await stage.member(organisation)
    other = (await stage.join(organisation)).signed_in
    assert other is not None
    with pytest.raises(DomainError):
        await stage.accounts.sessions.log_out(caller, other.tokens.refresh)
    assert await stage.principal(other) is not None
    assert registered.signed_in is not None


async def test_session_opens_where_it_was_last(stage: Stage) -> None:
    first, second = await stage.organisation(), await stage.organisation()
    registered = await stage.join(first)
    assert registered.signed_in is not None
    async with stage.works.everywhere(Caller()) as work:
        role = await stage.organisations.stores.roles.find(work, "LECTURE")
        joined = await stage.organisations.get(work, second)
        assert role is not None
        assert joined is not None
        await stage.organisations.joining.add(work, registered.account.id, joined, role)
        await work.commit()
    assert await _place(stage, registered.account.email) == first
    _, owner_of_first = await stage.member(first)
    assert owner_of_first.organisation == first
    owner = await stage.caller(registered.signed_in)
    assert owner.principal is not None
    place = owner.principal.membership
    assert place is not None
    assert place.owner
    archiving = msgspec.structs.replace(owner)
    await stage.companies.delete(archiving, first)
    assert await _place(stage, registered.account.email) == second
    assert await stage.principal(registered.signed_in) is None


async def _place(stage: Stage, identifier: str) -> UUID | None:
    signed_in = await stage.sign_in(identifier)
    return signed_in.place.organisation if signed_in.place else None
