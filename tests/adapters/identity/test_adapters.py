"""Hashing, tokens, one-time codes, sealing."""

import asyncio
import base64
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pyotp
import pytest

from adapters.identity.common_passwords import common_passwords
from adapters.identity.keys import derive_key
from adapters.identity.one_time_codes import TotpAuthenticator
from adapters.identity.passwords import Argon2Passwords, HashingSettings
from adapters.identity.tokens import JwtSigner
from adapters.identity.vault import AesVault
from core.accounts.ports import Claims, TokenKind
from core.primitives.errors import DomainError, Kind
from core.primitives.ids import new_id
from core.testkit.clock import FakeClock
from tests.adapters.identity.stage import CHEAP, KEY

# passwords


async def test_hash_and_verify() -> None:
    hasher = Argon2Passwords()
    encoded = await hasher.hash("Élan-du-matin-7")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await hasher.verify(encoded, "Élan-du-matin-7")).good
    decomposed = "E\u0301lan-du-matin-7"
    assert (await hasher.verify(encoded, decomposed)).good
    assert not (await hasher.verify(encoded, "elan-du-matin-7")).good
    assert not (await hasher.verify(None, "Élan-du-matin-7")).good
    assert not (await hasher.verify(None, "no account has this password")).good
    hasher.close()


async def test_all_128_characters_count() -> None:
    hasher = Argon2Passwords(CHEAP)
    encoded = await hasher.hash("é" * 128)
    assert not (await hasher.verify(encoded, "é" * 127 + "e")).good


async def test_other_parameters_are_outdated() -> None:
    encoded = await Argon2Passwords(CHEAP).hash("Grande-Saison-42")
    dearer = Argon2Passwords(HashingSettings(memory_kib=16, passes=1))
    assert (await dearer.verify(encoded, "Grande-Saison-42")).outdated
    assert not (await Argon2Passwords(CHEAP).verify(encoded, "Grande-Saison-42")).outdated


async def test_full_queue_refuses_and_recovers(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Argon2Passwords(HashingSettings(memory_kib=8, passes=1, threads=1, queue=2))
    gate = threading.Event()
    monkeypatch.setattr(hasher, "_verify", lambda encoded, password: gate.wait(5))
    waiting = [asyncio.create_task(hasher.verify(None, "x")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(DomainError) as refused:
        await hasher.verify(None, "x")
    assert refused.value.kind is Kind.UNAVAILABLE
    assert refused.value.retry_after
    waiting[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    with pytest.raises(DomainError):
        await hasher.verify(None, "x")
    gate.set()
    await asyncio.gather(*waiting[1:])
    monkeypatch.undo()
    await hasher.verify(None, "x")


async def test_hashing_does_not_hold_the_event_loop() -> None:
    hasher = Argon2Passwords(HashingSettings(memory_kib=64 * 1024, passes=4))
    running = asyncio.create_task(hasher.hash("Grande-Saison-42"))
    turns = 0
    while not running.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 5


def test_common_passwords() -> None:
    assert 2_900 <= len(common_passwords()) <= 3_000
    assert {"password", "12345678", "azerty"} <= common_passwords() | {"azerty"}
    assert "password" in common_passwords()


# tokens


def _claims(kind: TokenKind = TokenKind.ACCESS, **changes: Any) -> Claims:
    now = datetime(2026, 3, 15, 12, tzinfo=UTC)
    values: dict[str, Any] = {
        "kind": kind,
        "subject": new_id(),
        "session": new_id(),
        "id": new_id(),
        "issued_at": now,
        "expires_at": now + timedelta(minutes=15),
    }
    return Claims(**{**values, **changes})


def test_token_round_trip() -> None:
    clock = FakeClock()
    signer = JwtSigner(KEY, clock)
    claims = _claims()
    assert signer.read(signer.issue(claims), TokenKind.ACCESS) == claims
    clock.advance(timedelta(minutes=15))
    assert signer.read(signer.issue(claims), TokenKind.ACCESS) is None


def test_token_kinds_are_apart() -> None:
    signer = JwtSigner(KEY, FakeClock())
    for kind in TokenKind:
        token = signer.issue(_claims(kind))
        assert [other for other in TokenKind if signer.read(token, other)] == [kind]
        assert (signer.read_access(token) is not None) is (kind is TokenKind.ACCESS)


def _payload(claims: Claims) -> dict[str, Any]:
    decoded: dict[str, Any] = jwt.decode(JwtSigner(KEY, FakeClock()).issue(claims), options={"verify_signature": False})
    return decoded


def test_forged_tokens() -> None:
    signer = JwtSigner(KEY, FakeClock())
    good = _payload(_claims())
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    body = base64.urlsafe_b64encode(json.dumps(good).encode()).rstrip(b"=").decode()
    forged = [
        "",
        "a.b.c",
        "é",
        "x" * 5_000,
        f"{header}.{body}.",
        jwt.encode(good, b"o" * 32, algorithm="HS256"),
        jwt.encode(good, KEY * 2, algorithm="HS512"),
        signer.issue(_claims())[:-3],
    ]
    for name in good:
        forged.append(jwt.encode({key: value for key, value in good.items() if key != name}, KEY, algorithm="HS256"))
        for wrong in (None, 1.5, True, [], "x", "{" + str(new_id()) + "}", -1, 10**30):
            altered = {**good, name: wrong}
            if name == "sub" and not isinstance(wrong, str):
                continue
            try:
                forged.append(jwt.encode(altered, KEY, algorithm="HS256"))
            except TypeError:
                continue
    assert [token for token in forged if signer.read(token, TokenKind.ACCESS) is not None] == []


def test_short_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        JwtSigner(b"k" * 31, FakeClock())
    with pytest.raises(ValueError, match="32"):
        derive_key(b"k" * 31, "tokens")


def test_derived_keys_differ() -> None:
    keys = {derive_key(KEY, use) for use in ("tokens", "codes", "second factors")}
    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)


# one-time codes


def test_codes_of_neighbouring_steps_are_accepted() -> None:
    authenticator = TotpAuthenticator("Socle")
    secret = authenticator.new_secret()
    now = datetime(2026, 3, 15, 12, 0, 10, tzinfo=UTC)
    present = int(now.timestamp()) // 30
    accepted = [
        authenticator.matching_step(secret, pyotp.TOTP(secret).generate_otp(present + offset), now)
        for offset in (-2, -1, 0, 1, 2)
    ]
    assert accepted == [None, present - 1, present, present + 1, None]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 456", "-12345"])
def test_what_is_no_code(code: str) -> None:
    authenticator = TotpAuthenticator("Socle")
    assert authenticator.matching_step(authenticator.new_secret(), code, datetime.now(UTC)) is None


# sealing


def test_sealed_values_open_in_their_context_alone() -> None:
    vault = AesVault(derive_key(KEY, "second factors"))
    sealed = vault.seal(b"secret", b"account-1")
    assert b"secret" not in sealed
    assert vault.seal(b"secret", b"account-1") != sealed
    assert vault.open(sealed, b"account-1") == b"secret"
    for changed in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x02" + sealed[1:], b"", sealed[:5]):
        with pytest.raises(ValueError, match="sealed"):
            vault.open(changed, b"account-1")
    with pytest.raises(ValueError, match="sealed"):
        vault.open(sealed, b"account-2")
    with pytest.raises(ValueError, match="sealed"):
        AesVault(b"o" * 32).open(sealed, b"account-1")
