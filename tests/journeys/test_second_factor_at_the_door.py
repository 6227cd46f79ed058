"""The second factor: set up, asked for, lost, guessed at (DECISIONS.md section 0, "Second factor")."""

import re
import time
from typing import Any

import httpx
import pyotp

from tests.installation import Company, Installed
from tests.journeys.people import Person, join, me
from tests.journeys.test_passwords_lost_and_changed import ask, confirm, link_token


async def protect(person: Person) -> tuple[str, list[str]]:
    """Set an authenticator application up; its secret and the recovery codes."""
    begun = await person.api.post("/api/auth/2fa/setup/", json={"method": "TOTP"})
    assert begun.status_code == 200, begun.text
    secret = begun.json()["secret_key"]
    confirmed = await person.api.post("/api/auth/2fa/verify/", json={"code": pyotp.TOTP(secret).now()})
    assert confirmed.status_code == 200, confirmed.text
    return secret, confirmed.json()["recovery_codes"]


def next_code(secret: str) -> str:
    """The code of the next time step: each step's code works once, and the next one is accepted already."""
    return pyotp.TOTP(secret).at(int(time.time()), counter_offset=1)


async def challenge(person: Person, password: str | None = None) -> str:
    """Sign in up to the second factor."""
    asked = await person.sign_in(password)
    assert asked.status_code == 200, asked.text
    body: dict[str, Any] = asked.json()
    assert body["2fa_required"] is True
    assert "access" not in body
    assert "set-cookie" not in asked.headers
    code: str = body["challenge"]
    return code


async def verify(installed: Installed, challenge: str, code: str) -> httpx.Response:
    """Answer a challenge."""
    return await installed.api().post("/api/auth/2fa/verify/", json={"challenge": challenge, "code": code})


async def mailed_code(installed: Installed, email: str) -> str:
    """The code of the newest mail."""
    found = re.search(r"\b\d{6}\b", (await installed.mail_to(email))[0]["body"])
    assert found is not None
    return found[0]


async def test_an_application_is_set_up_and_asked_for_at_sign_in(company: Company, installed: Installed) -> None:
    person = await join(company)
    begun = (await person.api.post("/api/auth/2fa/setup/", json={"method": "TOTP"})).json()
    assert (await person.sign_in()).json().get("2fa_required") is None, "a set-up asks nothing before it is confirmed"
    confirming = pyotp.TOTP(begun["secret_key"]).now()
    confirmed = await person.api.post("/api/auth/2fa/verify/", json={"code": confirming})
    assert len(set(confirmed.json()["recovery_codes"])) == 10
    assert await me(installed, person.access) == 200, "the session that set it up goes on"

    asked = await challenge(person)
    assert await me(installed, asked) == 401, "a challenge opens nothing"
    replayed = await verify(installed, asked, confirming)
    assert replayed.status_code == 400, "a code works once"
    entered = await verify(installed, asked, next_code(begun["secret_key"]))
    assert entered.status_code == 200
    assert entered.json()["user"]["id"] == person.id
    assert entered.headers.get_list("set-cookie")
    assert await me(installed, entered.json()["access"]) == 200
    trail = (await company.owner.get("/api/logs/", params={"user": person.id, "action": "LOGIN"})).json()
    assert trail["results"][0]["path"] == "/api/auth/2fa/verify/"


async def test_a_recovery_code_enters_once(company: Company, installed: Installed) -> None:
    person = await join(company)
    _, codes = await protect(person)
    typed = f" {codes[0].upper().replace('-', ' ')} "
    assert (await verify(installed, await challenge(person), typed)).status_code == 200
    assert (await verify(installed, await challenge(person), codes[0])).status_code == 400
    assert (await verify(installed, await challenge(person), codes[1])).status_code == 200


async def test_five_wrong_codes_end_the_challenge(company: Company, installed: Installed) -> None:
    person = await join(company)
    secret, codes = await protect(person)
    asked = await challenge(person)
    for _ in range(5):
        wrong = await verify(installed, asked, "abcdef")
        assert (wrong.status_code, list(wrong.json())) == (400, ["code"])
    over = await verify(installed, asked, next_code(secret))
    assert (over.status_code, list(over.json())) == (400, ["challenge"])
    assert (await verify(installed, asked, codes[0])).status_code == 400
    assert (await verify(installed, await challenge(person), codes[0])).status_code == 200, "a new sign-in may go on"
    failed = (await company.owner.get("/api/logs/", params={"user": person.id, "action": "LOGIN_FAILED"})).json()
    assert failed["count"] == 5


async def test_guessing_codes_over_and_over_is_429(company: Company, installed: Installed) -> None:
    person = await join(company)
    await protect(person)
    for _ in range(2):
        asked = await challenge(person)
        for _ in range(5):
            assert (await verify(installed, asked, "abcdef")).status_code == 400
    assert (await person.sign_in()).status_code == 429


async def test_codes_come_by_email(company: Company, installed: Installed) -> None:
    person = await join(company)
    begun = await person.api.post("/api/auth/2fa/setup/", json={"method": "EMAIL"})
    assert begun.status_code == 200
    first = await mailed_code(installed, person.email)
    assert (await person.api.post("/api/auth/2fa/verify/", json={"code": first})).status_code == 200

    asked = await challenge(person)
    code = await mailed_code(installed, person.email)
    fresh = await installed.api().post("/api/auth/2fa/code/", json={"challenge": asked})
    assert fresh.status_code == 200
    newer = await mailed_code(installed, person.email)
    if code != newer:
        assert (await verify(installed, asked, code)).status_code == 400, "a fresh code voids the one before"
    assert (await verify(installed, asked, newer)).status_code == 200
    assert (await verify(installed, asked, newer)).status_code == 400, "a code works once"

    refused = await person.api.post("/api/auth/2fa/disable/", json={"code": newer})
    assert refused.status_code == 400
    assert (await person.api.post("/api/auth/2fa/code/", json={})).status_code == 200
    off = await mailed_code(installed, person.email)
    assert (await person.api.post("/api/auth/2fa/disable/", json={"code": off})).status_code == 200
    assert (await person.sign_in()).json()["access"]


async def test_codes_are_not_sent_without_end(company: Company, installed: Installed) -> None:
    person = await join(company)
    await person.api.post("/api/auth/2fa/setup/", json={"method": "EMAIL"})
    statuses = [(await person.api.post("/api/auth/2fa/code/", json={})).status_code for _ in range(5)]
    assert statuses == [200] * 4 + [429]


async def test_a_password_reset_keeps_the_second_factor(company: Company, installed: Installed) -> None:
    person = await join(company)
    _, codes = await protect(person)
    await ask(installed, person.email)
    assert await confirm(installed, await link_token(installed, person.email)) == 200
    asked = await challenge(person, "Harmattan-2026")
    assert (await verify(installed, asked, codes[0])).status_code == 200


async def test_an_owner_does_not_take_a_members_second_factor_away(company: Company) -> None:
    person = await join(company)
    await protect(person)
    changed = await company.owner.patch(
        f"/api/membres/{person.id}/", json={"role": "LECTURE", "second_factor": None, "password": "x"}
    )
    assert changed.status_code == 200
    await challenge(person)
