"""Signing up, in and out, and one's password (contracts/spotvibe.md section 2.1)."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pyotp

from tests.installation import PASSWORD, unique
from tests.scene import Scene

NEW = "Petite-Saison-43"


def registration(**fields: Any) -> dict[str, Any]:
    """A registration of somebody new."""
    username = unique("nouvel")
    return {
        "username": username,
        "email": f"{username}@example.com",
        "password": PASSWORD,
        "telephone": "+22997000000",
        "first_name": "Afi",
        "last_name": "Dossou",
        **fields,
    }


async def register(scene: Scene, **fields: Any) -> dict[str, Any]:
    """Sign somebody new up; what was sent."""
    body = registration(**fields)
    made = await scene.api().post("/api/users/register/", json=body)
    assert made.status_code == 201, made.text
    return body


async def link_of(scene: Scene, email: str) -> str:
    """The token of the link that was sent to an address."""
    mails = await scene.installed.mail_to(email)
    found = [token[0] for mail in mails if (token := re.search(r"(?<=token=)[\w-]+", mail["body"]))]
    assert found, mails
    return found[0]


async def test_somebody_signs_up_proves_his_address_and_comes_in(scene: Scene) -> None:
    body = registration()
    made = await scene.api().post("/api/users/register/", json=body)
    assert made.status_code == 201
    assert made.json() == {
        "message": "Utilisateur enregistré avec succès. Veuillez vérifier votre email.",
        "user": {"id": made.json()["user"]["id"], "username": body["username"], "email": body["email"]},
    }
    session = (await scene.log_in(body["email"])).json()
    assert set(session) == {"access", "refresh"}
    client = scene.api(session["access"])
    profile = (await client.get("/api/users/profile/")).json()
    assert profile == {
        "id": made.json()["user"]["id"],
        "username": body["username"],
        "email": body["email"],
        "first_name": "Afi",
        "last_name": "Dossou",
        "telephone": "+2290197000000",
        "date_naissance": None,
        "photo_profil": None,
        "bio": "",
        "est_verifie": False,
        "notifications_email": True,
        "notifications_push": True,
    }
    verified = "select email_verified_at is not null from account where number = $1"
    assert not await scene.owner.fetchval(verified, profile["id"])
    token = await link_of(scene, body["email"])
    done = await scene.api().post("/api/users/verify-email/", json={"token": token})
    assert (done.status_code, done.json()) == (200, {"message": "Adresse e-mail vérifiée avec succès."})
    assert await scene.owner.fetchval(verified, profile["id"])
    again = await scene.api().post("/api/users/verify-email/", json={"token": token})
    assert (again.status_code, list(again.json()["details"])) == (400, ["token"])


async def test_a_link_proves_only_the_address_that_it_was_sent_to(scene: Scene) -> None:
    body = await register(scene)
    token = await link_of(scene, body["email"])
    other = f"{unique('autre')}@example.com"
    await scene.owner.execute("update account set email = $2 where email = $1", body["email"], other)
    refused = await scene.api().post("/api/users/verify-email/", json={"token": token})
    assert refused.status_code == 400
    assert await scene.owner.fetchval("select email_verified_at from account where email = $1", other) is None


async def test_a_link_expires(scene: Scene) -> None:
    body = await register(scene)
    token = await link_of(scene, body["email"])
    await scene.owner.execute(
        "update spotvibe_email_verification set expires_at = now() - $2::interval where email = $1",
        body["email"],
        timedelta(seconds=1),
    )
    assert (await scene.api().post("/api/users/verify-email/", json={"token": token})).status_code == 400


async def test_a_link_is_sent_again_and_the_one_before_is_good_no_more(scene: Scene) -> None:
    body = await register(scene)
    first = await link_of(scene, body["email"])
    client = scene.api((await scene.log_in(body["email"])).json()["access"])
    assert (await client.post("/api/users/verify-email/resend/")).status_code == 200
    second = await link_of(scene, body["email"])
    assert (await scene.api().post("/api/users/verify-email/", json={"token": first})).status_code == 400
    assert (await scene.api().post("/api/users/verify-email/", json={"token": second})).status_code == 200
    again = await client.post("/api/users/verify-email/resend/")
    assert (again.status_code, again.json()["code"]) == (400, "spotvibe_email_verified_already")


async def test_every_failing_field_is_named(scene: Scene) -> None:
    taken = await register(scene)
    body = {
        "username": taken["username"].upper(),
        "email": taken["email"].upper(),
        "password": "12345678",
        "telephone": "nulle part",
    }
    refused = await scene.api().post("/api/users/register/", json=body)
    assert refused.status_code == 400
    assert set(refused.json()) == {"error", "code", "details"}
    assert set(refused.json()["details"]) == {"username", "email", "password", "telephone"}
    empty = await scene.api().post("/api/users/register/", json={}, headers={"accept-language": "en"})
    assert set(empty.json()["details"]) == {"username", "email", "password"}
    assert empty.json()["error"] == "Invalid request."


async def test_one_problem_is_the_error(scene: Scene) -> None:
    refused = await scene.api().post("/api/users/register/", json=registration(password="court"))
    message = "Le mot de passe doit compter au moins 8 caractères."
    assert (refused.status_code, refused.json()["error"]) == (400, message)
    assert refused.json()["details"] == {"password": [message]}


async def test_two_registrations_of_one_email_at_once_make_one_account(scene: Scene) -> None:
    email = f"{unique('course')}@example.com"
    same = [registration(email=email) for _ in range(6)]
    answers = await asyncio.gather(*(scene.api().post("/api/users/register/", json=body) for body in same))
    assert sorted(answer.status_code for answer in answers) == [201, *[400] * 5]
    assert await scene.owner.fetchval("select count(*) from account where email = $1", email) == 1
    profiles = "select count(*) from spotvibe_profile p join account a on a.number = p.user_id where a.email = $1"
    assert await scene.owner.fetchval(profiles, email) == 1


async def test_wrong_credentials_are_401_and_never_say_which(scene: Scene) -> None:
    body = await register(scene)
    nobody = f"{unique('personne')}@example.com"
    wrong, unknown = await scene.log_in(body["email"], "faux"), await scene.log_in(nobody, "faux")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json() == unknown.json() == {"error": "Identifiants invalides.", "code": "credentials_wrong"}


async def test_a_username_signs_in_as_well(scene: Scene) -> None:
    body = await register(scene)
    assert (await scene.log_in(body["username"].upper())).status_code == 200


async def test_an_inactive_account_stays_outside(scene: Scene) -> None:
    body = await register(scene)
    await scene.owner.execute("update account set is_active = false where email = $1", body["email"])
    assert (await scene.log_in(body["email"])).status_code == 401


async def test_signing_out_ends_both_tokens(scene: Scene) -> None:
    body = await register(scene)
    session = (await scene.log_in(body["email"])).json()
    client = scene.api(session["access"])
    refreshed = await scene.api().post("/api/users/token/refresh/", json={"refresh": session["refresh"]})
    assert (refreshed.status_code, list(refreshed.json())) == (200, ["access"])
    left = await client.post("/api/users/logout/", json={"refresh": session["refresh"]})
    assert (left.status_code, left.json()) == (200, {"message": "Déconnexion réussie."})
    assert (await client.get("/api/users/profile/")).status_code == 401
    gone = await scene.api().post("/api/users/token/refresh/", json={"refresh": session["refresh"]})
    assert gone.status_code == 401


async def test_nobody_signs_another_out(scene: Scene) -> None:
    one, other = await scene.person(), await register(scene)
    refresh = (await scene.log_in(other["email"])).json()["refresh"]
    refused = await one.client.post("/api/users/logout/", json={"refresh": refresh})
    assert (refused.status_code, list(refused.json()["details"])) == (400, ["refresh"])
    assert (await scene.api().post("/api/users/token/refresh/", json={"refresh": refresh})).status_code == 200
    assert (await scene.api().post("/api/users/logout/", json={"refresh": refresh})).status_code == 401


async def test_a_password_is_changed_and_other_sessions_end(scene: Scene) -> None:
    body = await register(scene)
    here, there = [scene.api((await scene.log_in(body["email"])).json()["access"]) for _ in range(2)]
    bad = await here.post(
        "/api/users/change-password/",
        json={"old_password": "faux", "new_password": "12345678", "confirm_password": "autre"},
    )
    assert (bad.status_code, set(bad.json()["details"])) == (400, {"old_password", "new_password", "confirm_password"})
    change = {"old_password": PASSWORD, "new_password": NEW, "confirm_password": NEW}
    done = await here.post("/api/users/change-password/", json=change)
    assert (done.status_code, done.json()) == (200, {"message": "Mot de passe changé avec succès."})
    assert (await here.get("/api/users/profile/")).status_code == 200
    assert (await there.get("/api/users/profile/")).status_code == 401
    assert (await scene.log_in(body["email"])).status_code == 401
    assert (await scene.log_in(body["email"], NEW)).status_code == 200


async def test_the_second_factor_is_asked_at_the_door(scene: Scene) -> None:
    body = await register(scene)
    secret = await scene.protect(body["username"])
    asked = (await scene.log_in(body["email"])).json()
    assert (asked["2fa_required"], set(asked)) == (True, {"2fa_required", "challenge", "method"})
    code = pyotp.TOTP(secret).now()
    answer = await scene.api().post("/api/auth/2fa/verify/", json={"code": code, "challenge": asked["challenge"]})
    assert answer.status_code == 200
    session = answer.json()
    assert {"access", "refresh", "message"} <= set(session)
    assert (await scene.api(session["access"]).get("/api/users/profile/")).status_code == 200


async def test_a_lost_password_is_chosen_anew(scene: Scene) -> None:
    body = await register(scene)
    asked = await scene.api().post("/api/auth/password-reset/", json={"email": body["email"]})
    assert asked.json()["message"] == "Si l'email est enregistré, un lien de réinitialisation a été envoyé."
    mails = await scene.installed.mail_to(body["email"])
    (token,) = [found[0] for mail in mails if (found := re.search(r"(?<=reset-password\?token=)[\w-]+", mail["body"]))]
    chosen = {"token": token, "new_password": NEW, "confirm_password": NEW}
    done = await scene.api().post("/api/auth/password-reset/confirm/", json=chosen)
    assert done.json() == {"message": "Votre mot de passe a été réinitialisé avec succès."}
    assert (await scene.log_in(body["email"], NEW)).status_code == 200
    again = await scene.api().post("/api/auth/password-reset/confirm/", json=chosen)
    assert (again.status_code, set(again.json())) == (400, {"error", "code", "details"})


async def test_the_browser_has_cookies_and_needs_the_csrf_token(scene: Scene) -> None:
    body = await register(scene)
    browser = scene.api()
    await browser.post("/api/users/login/", json={"email": body["email"], "password": PASSWORD})
    assert (await browser.get("/api/users/profile/")).status_code == 200
    refused = await browser.put("/api/users/profile/", json={"bio": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    headers = {"x-csrftoken": browser.cookies["csrftoken"]}
    assert (await browser.put("/api/users/profile/", json={"bio": "x"}, headers=headers)).status_code == 200


async def test_the_command_line_makes_a_profile(scene: Scene) -> None:
    from socle.accounts import enrolments_of

    assert "spotvibe" in enrolments_of(scene.installed.composition)
    person = await scene.person()
    assert (await person.client.get("/api/users/profile/")).status_code == 200


async def test_an_account_without_a_profile_is_a_stranger(scene: Scene) -> None:
    stranger = await scene.person(profile=False)
    refused = await stranger.client.get("/api/users/profile/")
    assert (refused.status_code, refused.json()["code"]) == (403, "spotvibe_no_profile")
    session = (await scene.log_in(stranger.email)).json()
    left = await scene.api(session["access"]).post("/api/users/logout/", json={"refresh": session["refresh"]})
    assert left.status_code == 200
