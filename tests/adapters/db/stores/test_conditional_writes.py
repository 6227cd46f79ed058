"""Writes that hold only while nobody else was faster: two transactions that have both read the same state."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.db.stores.resets import PgResets
from adapters.db.stores.second_factors import PgFactors
from adapters.db.stores.sessions import PgSessions
from adapters.db.work import PgWorks
from core.access.principal import SYSTEM
from core.accounts.entities import FactorMethod, SecondFactor, Session
from core.primitives.ids import new_id
from tests.adapters.identity.stage import Stage

NOW = datetime.now(UTC)


async def _account(works: PgWorks) -> UUID:
    stage = Stage(works)
    await stage.organisations.seed("Installation")
    return (await stage.join(await stage.organisation())).account.id


async def test_a_refresh_token_is_rotated_once(works: PgWorks) -> None:
    store = PgSessions()
    session = Session(
        id=new_id(),
        account=await _account(works),
        organisation=None,
        refresh_id=new_id(),
        created_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )
    async with works.everywhere(SYSTEM) as work:
        await store.insert(work, session, "", "")
        await work.commit()
    async with works.everywhere(SYSTEM) as first, works.everywhere(SYSTEM) as second:
        for work in (first, second):
            read = await store.get(work, session.id)
            assert read is not None
            assert read.refresh_id == session.refresh_id
        assert await store.rotate(first, session.id, session.refresh_id, new_id(), session.expires_at)
        await first.commit()
        assert not await store.rotate(second, session.id, session.refresh_id, new_id(), session.expires_at)
    async with works.everywhere(SYSTEM) as work:
        present = await store.get(work, session.id)
        assert present is not None
        assert await store.revoke(work, session.id, NOW)
        assert not await store.revoke(work, session.id, NOW)
        assert not await store.rotate(work, session.id, present.refresh_id, new_id(), session.expires_at)


async def test_a_reset_is_taken_once(works: PgWorks) -> None:
    store, account, token_hash = PgResets(), await _account(works), new_id().bytes
    async with works.everywhere(SYSTEM) as work:
        await store.insert(work, account, token_hash, NOW, NOW + timedelta(hours=1))
        await work.commit()
    async with works.everywhere(SYSTEM) as first, works.everywhere(SYSTEM) as second:
        assert await store.holder(second, token_hash, NOW) == account
        assert await store.take(first, token_hash, NOW) == account
        await first.commit()
        assert await store.take(second, token_hash, NOW) is None


async def test_a_confirmed_factor_is_not_written_over(works: PgWorks) -> None:
    store, account = PgFactors(), await _account(works)
    factor = SecondFactor(account=account, method=FactorMethod.TOTP, secret=b"1", last_step=0, confirmed_at=None)
    async with works.everywhere(SYSTEM) as work:
        assert await store.put(work, factor)
        assert await store.put(work, factor)
        await store.confirm(work, account, NOW)
        assert not await store.put(work, factor)
        assert await store.advance(work, account, 7)
        assert not await store.advance(work, account, 7)
        assert not await store.advance(work, account, 6)
        await store.put_recovery_codes(work, account, [b"a", b"b"])
        assert await store.use_recovery_code(work, account, b"a", NOW)
        assert not await store.use_recovery_code(work, account, b"a", NOW)
        assert not await store.use_recovery_code(work, account, b"c", NOW)
