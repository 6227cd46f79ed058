"""Passwords changed and lost."""

import re

from tests.installation import Company, Installed, unique
from tests.journeys.people import Person, join, me, refreshed

NEW = "Harmattan-2026"


async def link_token(installed: Installed, email: str) -> str:
    """The token of the newest reset link in a mailbox."""
    body = (await installed.mail_to(email))[0]["body"]
    found = re.search(r"/reset-password\?token=([\w-]+)", body)
    assert found is not None, body
    return found[1]


async def ask(installed: Installed, email: str) -> dict[str, str]:
    """Ask for a reset link."""
    answer = await installed.api().post("/api/auth/password-reset/", json={"email": email})
    assert answer.status_code == 200
    said: dict[str, str] = answer.json()
    return said


async def confirm(installed: Installed, token: str, password: str = NEW) -> int:
    """Choose a password by a link."""
    body = {"token": token, "new_password": password, "confirm_password": password}
    return (await installed.api().post("/api/auth/password-reset/confirm/", json=body)).status_code


async def change(person: Person, access: str, new: str = NEW) -> int:
    """Change a password in a session."""
    body = {"old_password": person.password, "new_password": new, "confirm_password": new}
    return (await person.installed.api(access).post("/api/auth/change-password/", json=body)).status_code


async def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(
    company: Company, installed: Installed
) -> None:
    person = await join(company)
    here = await person.signed_in()
    assert await change(person, here["access"]) == 200
    assert await me(installed, here["access"]) == 200
    assert await refreshed(installed, here["refresh"]) == 200
    assert await me(installed, person.access) == 401
    assert await refreshed(installed, person.refresh) == 401
    assert (await person.sign_in()).status_code == 401
    assert (await person.sign_in(password=NEW)).status_code == 200


async def test_a_wrong_old_password_counts_as_a_failed_sign_in(company: Company) -> None:
    person = await join(company)
    person.password = "Pas-le-Bon-1"
    statuses = [await change(person, person.access) for _ in range(11)]
    assert statuses == [400] * 10 + [429]


async def test_a_lost_password_is_replaced_by_a_link_that_works_once(company: Company, installed: Installed) -> None:
    person = await join(company)
    second = await person.signed_in()
    said = await ask(installed, person.email)
    assert said == await ask(installed, f"{unique('inconnu')}@example.com"), "the answer does not tell who is known"
    token = await link_token(installed, person.email)
    assert await me(installed, person.access) == 200, "asking alone changes nothing"

    assert await confirm(installed, token, "court") == 400, "a refused password leaves the link good"
    assert await confirm(installed, token) == 200
    assert await me(installed, person.access) == 401
    assert await me(installed, second["access"]) == 401
    assert await refreshed(installed, second["refresh"]) == 401
    assert (await person.sign_in()).status_code == 401
    assert (await person.sign_in(password=NEW)).status_code == 200
    assert await confirm(installed, token, "Harmattan-2027") == 400
    assert (await person.sign_in(password=NEW)).status_code == 200


async def test_choosing_a_password_voids_the_other_links(company: Company, installed: Installed) -> None:
    person = await join(company)
    await ask(installed, person.email)
    first = await link_token(installed, person.email)
    await ask(installed, person.email)
    second = await link_token(installed, person.email)
    assert first != second
    assert await confirm(installed, second) == 200
    assert await confirm(installed, first, "Harmattan-2027") == 400


async def test_the_letter_is_in_the_language_that_asked(company: Company, installed: Installed) -> None:
    person = await join(company)
    await ask(installed, person.email)
    (letter,) = await installed.mail_to(person.email)
    assert letter["subject"] == "Réinitialisation de votre mot de passe"
    assert letter["to"] == person.email


async def test_an_unknown_address_gets_no_letter(installed: Installed) -> None:
    email = f"{unique('inconnu')}@example.com"
    await ask(installed, email)
    assert await installed.mail_to(email) == []
