"""Coming in and leaving, with passwords held here (contracts/driven.md, "Authentification")."""

import time
from typing import Any

import jwt
import pyotp

from tests.installation import PASSWORD, unique
from tests.plugins.driven.people import account, log_in, make, set_password
from tests.portal import Portal

HOURS_8 = 8 * 3_600


async def welcome(portal: Portal, **fields: Any) -> dict[str, Any]:
    """An utilisateur whose account has a password."""
    shown = await make(portal, **fields)
    await set_password(portal, shown["login"])
    return shown


async def audited(portal: Portal, account_number: int) -> list[tuple[str, int | None]]:
    """What the audit trail holds of an account's comings and goings, in order."""
    return [
        tuple(row)
        for row in await portal.owner.fetch(
            "select action, status_code from audit_entry where account_id = (select id from account where number = $1)"
            " and action like 'LOG%' order by id",
            account_number,
        )
    ]


async def test_an_utilisateur_comes_in_and_leaves(portal: Portal) -> None:
    shown = await welcome(portal)
    answer = await log_in(portal, f" {shown['login'].upper()} ")
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"] == {"en": "Authentication successful", "fr": "Authentification réussie"}
    data = answer.json()["data"]
    assert set(data) == {"access_token", "utilisateur"}
    assert data["utilisateur"] == shown
    assert answer.headers["cache-control"] == "no-store"
    claims = jwt.decode(data["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == HOURS_8
    session = await portal.owner.fetchrow(
        "select extract(epoch from expires_at - created_at)::int from session where id = $1::text::uuid", claims["sid"]
    )
    assert session[0] == HOURS_8, "nothing renews it"
    client = portal.api(data["access_token"])
    assert (await client.get("/api/utilisateurs")).status_code == 200
    left = await client.post("/api/auth/logout")
    assert (left.status_code, left.json()["message"]["fr"]) == (200, "Déconnexion réussie")
    again = await client.get("/api/utilisateurs")
    assert again.status_code == 401
    assert again.json()["message"] == {"en": "Token has been revoked", "fr": "Token révoqué"}
    assert again.json()["details"] == {"en": "The token has been revoked", "fr": "Le token a été révoqué"}
    assert (await portal.api().post("/api/auth/logout")).status_code == 401
    assert await audited(portal, shown["id_utilisateur"]) == [("LOGIN", 200), ("LOGOUT", 200)]


async def test_by_email_as_well(portal: Portal) -> None:
    shown = await welcome(portal)
    assert (await log_in(portal, shown["email"])).status_code == 200


async def test_wrong_credentials_are_one_refusal(portal: Portal) -> None:
    shown = await welcome(portal)
    without = await make(portal)
    for login, password in (
        (shown["login"], "faux"),
        (unique("personne"), PASSWORD),
        (without["login"], PASSWORD),
        (shown["login"], ""),
    ):
        refused = await log_in(portal, login, password)
        assert refused.status_code == 401, login
        assert refused.json()["message"] == {"en": "Invalid credentials", "fr": "Identifiants invalides"}
        assert "set-cookie" not in refused.headers
    assert await audited(portal, shown["id_utilisateur"]) == [("LOGIN_FAILED", 401), ("LOGIN_FAILED", 401)]
    for body, fields in (({}, {"login", "password"}), ({"login": "", "password": None}, {"login", "password"})):
        wrong = await portal.api().post("/api/auth/login", json=body)
        assert (wrong.status_code, set(wrong.json()["details"])) == (400, fields)


async def test_who_is_no_utilisateur_is_not_found(portal: Portal) -> None:
    stranger = await account(portal)
    refused = await log_in(portal, stranger["username"])
    assert refused.status_code == 401
    assert refused.json()["message"] == {"en": "User not found", "fr": "Utilisateur non trouvé"}
    wrong = await log_in(portal, stranger["username"], "faux")
    assert wrong.json()["message"]["en"] == "Invalid credentials"
    assert await portal.owner.fetchval("select count(*) from session where account_id = $1", stranger["id"]) == 0


async def test_a_closed_account_hears_of_it_once_its_password_was_right(portal: Portal) -> None:
    for fields in ({"statut": "Inactif"}, {"statut": "En attente"}, {"date_expiration": "2020-01-01T00:00:00"}):
        shown = await welcome(portal, **fields)
        wrong = await log_in(portal, shown["login"], "faux")
        assert (wrong.status_code, wrong.json()["message"]["en"]) == (401, "Invalid credentials")
        refused = await log_in(portal, shown["login"])
        assert refused.status_code == 403
        assert refused.json()["message"] == {
            "en": "Account is inactive or expired",
            "fr": "Compte utilisateur inactif ou expiré",
        }
        assert await audited(portal, shown["id_utilisateur"]) == [("LOGIN_FAILED", 401), ("LOGIN_FAILED", 403)]
        opened = "select count(*) from session join account on account.id = account_id where number = $1"
        assert await portal.owner.fetchval(opened, shown["id_utilisateur"]) == 0


async def test_a_token_ends_with_the_welcome(portal: Portal) -> None:
    for change in (("statut", {"statut": "Suspendu"}), ("", {"date_expiration": "2020-01-01T00:00:00"})):
        shown = await welcome(portal)
        client = portal.api((await log_in(portal, shown["login"])).json()["data"]["access_token"])
        assert (await client.get("/api/entites")).status_code == 200
        path = f"/api/utilisateurs/{shown['id_utilisateur']}/{change[0]}".rstrip("/")
        assert (await portal.admin.client.put(path, json=change[1])).status_code == 200
        began = time.monotonic()
        while (refused := await client.get("/api/entites")).status_code == 200:
            assert time.monotonic() - began < 1.5
        assert refused.status_code == 401
        assert refused.json()["message"]["en"] == "Token has been revoked"


async def test_ten_failures_close_the_door_for_a_while(portal: Portal) -> None:
    shown = await welcome(portal)
    for _ in range(10):
        assert (await log_in(portal, shown["login"], "faux")).status_code == 401
    refused = await log_in(portal, shown["login"])
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert (await log_in(portal, shown["email"])).status_code == 429, "whatever name it is called by"


async def test_refusals_at_the_door_are_no_failures(portal: Portal) -> None:
    shown = await welcome(portal, statut="Inactif")
    for _ in range(12):
        assert (await log_in(portal, shown["login"])).status_code == 403
    path = f"/api/utilisateurs/{shown['id_utilisateur']}/statut"
    await portal.admin.client.put(path, json={"statut": "Actif"})
    assert (await log_in(portal, shown["login"])).status_code == 200


async def test_the_second_factor_is_asked_for(portal: Portal) -> None:
    shown = await welcome(portal)
    secret = await portal.protect(shown["login"])
    asked = await log_in(portal, shown["login"])
    assert asked.status_code == 200, asked.text
    data = asked.json()["data"]
    assert set(data) == {"2fa_required", "challenge", "method"}
    assert data["2fa_required"] is True
    assert "set-cookie" not in asked.headers
    wrong = await portal.api().post("/api/auth/2fa/verify", json={"challenge": data["challenge"], "code": "abcdef"})
    assert (wrong.status_code, list(wrong.json()["details"])) == (400, ["code"])
    code = pyotp.TOTP(secret).now()
    entered = await portal.api().post("/api/auth/2fa/verify", json={"challenge": data["challenge"], "code": code})
    assert entered.status_code == 200, entered.text
    assert entered.json()["data"]["utilisateur"] == shown
    token = entered.json()["data"]["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == HOURS_8
    assert (await portal.api(token).get("/api/entites")).status_code == 200


async def test_the_door_is_asked_again_when_the_code_comes(portal: Portal) -> None:
    shown = await welcome(portal)
    secret = await portal.protect(shown["login"])
    challenge = (await log_in(portal, shown["login"])).json()["data"]["challenge"]
    path = f"/api/utilisateurs/{shown['id_utilisateur']}/statut"
    await portal.admin.client.put(path, json={"statut": "Suspendu"})
    code = pyotp.TOTP(secret).now()
    refused = await portal.api().post("/api/auth/2fa/verify", json={"challenge": challenge, "code": code})
    assert (refused.status_code, refused.json()["message"]["en"]) == (403, "Account is inactive or expired")
    await portal.admin.client.put(path, json={"statut": "Actif"})
    used = await portal.api().post("/api/auth/2fa/verify", json={"challenge": challenge, "code": code})
    assert (used.status_code, list(used.json()["details"])) == (400, ["challenge"])


async def test_codes_are_sent_again(portal: Portal) -> None:
    shown = await welcome(portal)
    await portal.protect(shown["login"], "EMAIL")
    challenge = (await log_in(portal, shown["login"])).json()["data"]["challenge"]
    sent = await portal.api().post("/api/auth/2fa/code", json={"challenge": challenge})
    assert (sent.status_code, sent.json()["error"]) == (200, False)
    over = await portal.api().post("/api/auth/2fa/code", json={"challenge": "x"})
    assert (over.status_code, list(over.json()["details"])) == (400, ["challenge"])


async def test_the_holder_of_a_linked_account_accepts_by_signing_in(portal: Portal) -> None:
    there = await account(portal)
    shown = await make(portal, email=there["email"])
    assert shown["accepte_a"] is None
    kept = "select accepte_a from driven_utilisateur where id_utilisateur = $1"
    assert (await log_in(portal, shown["login"], "faux")).status_code == 401
    assert await portal.owner.fetchval(kept, there["number"]) is None
    # a token of another door opens nothing before
    elsewhere = portal.api(await portal.token(there["email"]))
    assert (await elsewhere.get("/api/entites")).status_code == 401
    entered = await log_in(portal, shown["login"])
    assert entered.status_code == 200
    assert entered.json()["data"]["utilisateur"]["accepte_a"] is not None
    assert (await portal.installed.mail_to(there["email"])) == []


async def test_with_a_second_factor_the_password_alone_accepts_nothing(portal: Portal) -> None:
    there = await account(portal)
    secret = await portal.protect(there["username"])
    shown = await make(portal, email=there["email"])
    challenge = (await log_in(portal, shown["login"])).json()["data"]["challenge"]
    kept = "select accepte_a from driven_utilisateur where id_utilisateur = $1"
    assert await portal.owner.fetchval(kept, there["number"]) is None
    code = pyotp.TOTP(secret).now()
    entered = await portal.api().post("/api/auth/2fa/verify", json={"challenge": challenge, "code": code})
    assert entered.json()["data"]["utilisateur"]["accepte_a"] is not None


async def test_browsers_get_cookies(portal: Portal) -> None:
    shown = await welcome(portal)
    async with portal.api() as browser:
        browser.cookies.set("refresh_token", "of-another-session", domain="testserver.local", path="/")
        entered = await browser.post("/api/auth/login", json={"login": shown["login"], "password": PASSWORD})
        set_cookies = {line.partition("=")[0]: line for line in entered.headers.get_list("set-cookie")}
        assert set(set_cookies) == {"access_token", "csrftoken", "refresh_token"}
        assert "HttpOnly" in set_cookies["access_token"]
        assert "Max-Age=0" in set_cookies["refresh_token"]
        assert (await browser.get("/api/entites")).status_code == 200
        assert (await browser.post("/api/auth/logout")).status_code == 403
        csrf = {"x-csrftoken": browser.cookies["csrftoken"]}
        assert (await browser.post("/api/auth/logout", headers=csrf)).status_code == 200
        assert (await browser.get("/api/entites")).status_code == 401


async def test_an_unknown_invitation(portal: Portal) -> None:
    for token in ("inconnu", "x" * 2_000):
        refused = await portal.api().post("/api/auth/accept", json={"token": token})
        assert (refused.status_code, list(refused.json()["details"])) == (400, ["token"])
