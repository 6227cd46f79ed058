"""What holds when many do the same at once. Two stages with pools of their own stand for two processes."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pyotp
import pytest

from adapters.db.database import Database
from adapters.db.work import PgWorks
from adapters.identity.composition import IdentitySettings
from adapters.identity.passwords import Argon2Passwords, HashingSettings
from core.accounts.entities import SignedIn
from core.primitives.errors import DomainError, Kind
from tests.adapters.identity.stage import PASSWORD, Stage, anonymous, unique
from tests.cluster import DatabaseUrls

SETTINGS = IdentitySettings(hashing=HashingSettings(memory_kib=1024, passes=2, queue=1_000))


@pytest.fixture
async def processes(works: PgWorks, database_urls: DatabaseUrls) -> AsyncIterator[tuple[Stage, Stage]]:
    """Two processes on one database."""
    other = Database(database_urls.app, max_size=10, name="socle-test-2")
    await other.open()
    first, second = Stage(works, settings=SETTINGS), Stage(PgWorks(other, {}), settings=SETTINGS)
    await first.organisations.seed("Installation")
    yield first, second
    await other.close()


async def _outcome(running: Awaitable[Any]) -> Any:
    try:
        return await running
    except DomainError as error:
        return error.kind


async def test_fifty_wrong_passwords_let_ten_be_verified(
    processes: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch, owner: Any
) -> None:
    registered = await processes[0].join(await processes[0].organisation())
    verified = 0
    genuine = Argon2Passwords.verify

    async def counting(self: Argon2Passwords, encoded: str | None, password: str) -> Any:
        nonlocal verified
        verified += 1
        return await genuine(self, encoded, password)

    monkeypatch.setattr(Argon2Passwords, "verify", counting)
    attempts = [
        processes[number % 2].accounts.sign_in.by_password(
            anonymous(f"192.0.2.{number}"),
            registered.account.email if number % 3 else registered.account.username.upper(),
            f"wrong-{number}",
        )
        for number in range(50)
    ]
    outcomes = await asyncio.gather(*(_outcome(attempt) for attempt in attempts))
    assert verified == 10
    assert outcomes.count(Kind.UNAUTHENTICATED) == 10
    assert outcomes.count(Kind.LIMITED) == 40
    assert await _outcome(processes[1].sign_in(registered.account.email)) is Kind.LIMITED
    kept = await owner.fetchval("select count(*) from sign_in_attempt where account_id = $1", registered.account.id)
    assert kept == 10


async def test_forty_right_passwords_at_once_all_sign_in(processes: tuple[Stage, Stage]) -> None:
    registered = await processes[0].join(await processes[0].organisation())
    outcomes = await asyncio.gather(
        *(_outcome(processes[number % 2].sign_in(registered.account.email)) for number in range(40))
    )
    assert all(isinstance(outcome, SignedIn) for outcome in outcomes)


async def test_parallel_registrations_make_one_owner(processes: tuple[Stage, Stage], owner: Any) -> None:
    organisation = await processes[0].organisation()
    outcomes = await asyncio.gather(
        *(_outcome(processes[number % 2].join(organisation, "VENTES")) for number in range(16))
    )
    assert [outcome.place.owner for outcome in outcomes].count(True) == 1
    assert await owner.fetchval("select count(*) from membership where organisation_id = $1", organisation) == 16


async def test_parallel_registrations_as_admin_make_one_admin(processes: tuple[Stage, Stage]) -> None:
    organisation = await processes[0].organisation()
    outcomes = await asyncio.gather(
        *(_outcome(processes[number % 2].join(organisation, "ADMIN")) for number in range(16))
    )
    assert outcomes.count(Kind.INVALID) == 15
    assert next(outcome for outcome in outcomes if outcome is not Kind.INVALID).place.owner


async def test_parallel_registrations_of_one_email(processes: tuple[Stage, Stage], owner: Any) -> None:
    organisation = await processes[0].organisation()
    email = f"{unique('awa')}@exemple.bj"
    outcomes = await asyncio.gather(
        *(_outcome(processes[number % 2].join(organisation, email=email)) for number in range(12))
    )
    assert outcomes.count(Kind.INVALID) == 11
    assert await owner.fetchval("select count(*) from account where email = $1", email) == 1


async def test_parallel_rotation_has_one_winner_and_ends_the_family(processes: tuple[Stage, Stage]) -> None:
    signed_in = (await processes[0].join(await processes[0].organisation())).signed_in
    assert signed_in is not None
    token = signed_in.tokens.refresh or ""
    outcomes = await asyncio.gather(
        *(
            _outcome(processes[number % 2].accounts.sessions.refresh(anonymous(), token, rotate=True))
            for number in range(10)
        )
    )
    assert outcomes.count(Kind.UNAUTHENTICATED) == 9
    assert await processes[0].principal(signed_in) is None


async def test_reset_token_is_used_once(processes: tuple[Stage, Stage], owner: Any) -> None:
    registered = await processes[0].join(await processes[0].organisation())
    await processes[0].accounts.passwords.request_reset(anonymous(), registered.account.email)
    found = re.search(r"token=(\S+)", await processes[0].mail_to(owner, registered.account.email))
    assert found is not None
    outcomes = await asyncio.gather(
        *(
            _outcome(
                processes[number % 2].accounts.passwords.confirm_reset(anonymous(), found[1], f"Saison-{number}-xyz")
            )
            for number in range(8)
        )
    )
    assert outcomes.count(None) == 1
    assert outcomes.count(Kind.INVALID) == 7


async def test_one_code_signs_in_once(processes: tuple[Stage, Stage]) -> None:
    stage = processes[0]
    registered, caller = await stage.member(await stage.organisation())
    set_up = await stage.accounts.second_factor.set_up(caller, "TOTP")
    secret = pyotp.TOTP(set_up.secret_key or "")
    present = int(stage.clock.now().timestamp())
    recovery = await stage.accounts.second_factor.confirm(caller, secret.at(present - 30))
    for code in (secret.at(present), recovery[0]):
        asked = [await stage.challenged(registered.account.email) for _ in range(4)]
        outcomes = await asyncio.gather(
            *(
                _outcome(processes[number % 2].accounts.sign_in.by_code(anonymous(), asked[number].challenge, code))
                for number in range(4)
            )
        )
        assert [isinstance(outcome, SignedIn) for outcome in outcomes].count(True) == 1


async def test_old_password_opens_nothing_after_a_change(
    processes: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign-in that has verified the old password while it is being changed."""
    stage, other = processes
    registered, caller = await stage.member(await stage.organisation())
    changed = asyncio.Event()
    verified = asyncio.Event()
    genuine = other.hasher.verify

    async def slow(encoded: str | None, password: str) -> Any:
        verdict = await genuine(encoded, password)
        verified.set()
        await changed.wait()
        return verdict

    monkeypatch.setattr(other.hasher, "verify", slow)
    signing_in = asyncio.create_task(_outcome(other.sign_in(registered.account.email, PASSWORD)))
    await verified.wait()
    await stage.accounts.passwords.change(caller, PASSWORD, "Petite-Saison-43")
    changed.set()
    assert await signing_in is Kind.UNAUTHENTICATED


async def test_seeding_in_parallel(processes: tuple[Stage, Stage], owner: Any) -> None:
    await asyncio.gather(*(processes[number % 2].organisations.seed("Installation") for number in range(8)))
    assert await owner.fetchval("select count(*) from role where seeded") == 5
