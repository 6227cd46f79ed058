"""Google, Facebook and what an account knows of its sign-ins (contracts/spotvibe.md section 1; DECISIONS.md section 2,
"Google, Facebook"). Providers are simulated: `simulated:<social id>:<email>:<verified>`."""

import asyncio
from typing import Any

import asyncpg
import pyotp
import pytest

from socle.refusal import Refused
from tests.installation import unique
from tests.matrices.production import PRODUCTION
from tests.plugins.spotvibe.test_spotvibe_accounts import register
from tests.scene import Person, Scene, scene_on

NEW = "Petite-Saison-43"


def token(subject: str, email: str, *, verified: bool = True) -> str:
    """A token of a simulated provider."""
    return f"simulated:{subject}:{email}:{str(verified).lower()}"


async def enter(scene: Scene, subject: str, email: str, *, verified: bool = True, provider: str = "google") -> Any:
    """Sign in through a provider; the answer."""
    body = {"access_token": token(subject, email, verified=verified)}
    return await scene.api().post(f"/api/auth/{provider}/", json=body)


async def links(person: Any) -> dict[str, str]:
    """The social ids that are linked to somebody, by provider."""
    listed = await person.get("/api/auth/social-accounts/")
    return {each["provider"]: each["social_id"] for each in listed.json()}


async def verified_person(scene: Scene) -> Person:
    """A user whose address is verified."""
    person = await scene.person()
    await scene.owner.execute("update account set email_verified_at = now() where number = $1", person.id)
    return person


async def test_somebody_new_comes_in_and_comes_back(scene: Scene) -> None:
    subject = unique("g")
    email = f"{subject}@gmail.com"
    first = await enter(scene, subject, email)
    assert first.status_code == 200, first.text
    assert set(first.json()) == {"access", "refresh", "user"}
    user = first.json()["user"]
    assert user == {
        "id": user["id"],
        "username": user["username"],
        "email": email,
        "first_name": "Essai",
        "last_name": subject,
        "photo_profil": None,
        "est_verifie": False,
    }
    client = scene.api(first.json()["access"])
    listed = await client.get("/api/auth/social-accounts/")
    assert listed.headers["x-total-count"] == "1"
    assert listed.json() == [
        {
            "id": listed.json()[0]["id"],
            "provider": "GOOGLE",
            "social_id": subject,
            "email": email,
            "nom_complet": f"Essai {subject}",
            "photo_url": f"https://photo.example.com/{subject}.jpg",
        }
    ]
    # the link is by the provider's id: an address that changed there changes nothing here
    again = await enter(scene, subject, f"autre-{email}", verified=False)
    assert again.json()["user"]["id"] == user["id"]
    assert again.json()["user"]["email"] == email


async def test_a_verified_address_links_to_the_account_that_proved_it(scene: Scene) -> None:
    person = await verified_person(scene)
    answer = await enter(scene, unique("g"), person.email.upper())
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["id"] == person.id
    assert (await scene.log_in(person.email)).status_code == 200
    assert (await person.client.get("/api/users/profile/")).status_code == 200


@pytest.mark.parametrize("proved", [True, False])
async def test_an_unverified_address_never_links(scene: Scene, proved: bool) -> None:
    person = await (verified_person(scene) if proved else scene.person())
    answer = await enter(scene, unique("f"), person.email, verified=False, provider="facebook")
    assert (answer.status_code, answer.json()["code"]) == (400, "spotvibe_social_email_unproved")
    assert await links(person.client) == {}


async def test_who_squats_an_address_loses_everything_to_its_holder(scene: Scene) -> None:
    """Somebody signs up with another's address, links a provider and a second factor; then the holder comes."""
    victim = f"{unique('titulaire')}@example.com"
    squatted = await register(scene, email=victim)
    session = (await scene.log_in(victim)).json()
    squatter = scene.api(session["access"])
    number = (await squatter.get("/api/users/profile/")).json()["id"]
    await scene.owner.execute(
        "insert into spotvibe_social_account (user_id, provider, social_id, nom_complet)"
        " values ($1, 'FACEBOOK', 'squatter', '')",
        number,
    )
    await scene.protect(squatted["username"])
    await scene.api().post("/api/auth/password-reset/", json={"email": victim})
    await scene.installed.drain()
    answer = await enter(scene, unique("g"), victim)
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["id"] == number
    assert (await squatter.get("/api/users/profile/")).status_code == 401
    gone = await scene.api().post("/api/users/token/refresh/", json={"refresh": session["refresh"]})
    assert gone.status_code == 401
    assert (await scene.log_in(victim)).status_code == 401
    holder = scene.api(answer.json()["access"])
    assert set(await links(holder)) == {"GOOGLE"}
    status = (await holder.get("/api/auth/status/")).json()
    assert status["2fa_enabled"] is False
    open_resets = "select count(*) from password_reset r join account a on a.id = r.account_id"
    assert await scene.owner.fetchval(f"{open_resets} where a.number = $1 and used_at is null", number) == 0
    assert await scene.owner.fetchval("select email_verified_at is not null from account where number = $1", number)


async def test_the_second_factor_is_asked_here_too(scene: Scene) -> None:
    person = await verified_person(scene)
    secret = await scene.protect(person.username)
    asked = await enter(scene, unique("g"), person.email)
    assert asked.status_code == 200
    assert (asked.json()["2fa_required"], "access" in asked.json()) == (True, False)
    body = {"code": pyotp.TOTP(secret).now(), "challenge": asked.json()["challenge"]}
    answer = await scene.api().post("/api/auth/2fa/verify/", json=body)
    assert scene.api(answer.json()["access"])


async def test_an_account_of_another_product_gets_its_profile_by_coming_in(scene: Scene) -> None:
    stranger = await scene.person(profile=False)
    assert (await stranger.client.get("/api/users/profile/")).status_code == 403
    await scene.owner.execute("update account set email_verified_at = now() where number = $1", stranger.id)
    answer = await enter(scene, unique("g"), stranger.email)
    assert answer.json()["user"]["id"] == stranger.id
    profile = await scene.api(answer.json()["access"]).get("/api/users/profile/")
    # the gate remembers a refusal for half a second
    assert profile.status_code in (200, 403)
    assert await scene.owner.fetchval("select count(*) from spotvibe_profile where user_id = $1", stranger.id) == 1


async def test_a_new_account_whose_address_is_not_verified_is_sent_the_link(scene: Scene) -> None:
    subject = unique("f")
    email = f"{subject}@example.com"
    answer = await enter(scene, subject, email, verified=False, provider="facebook")
    assert answer.status_code == 200
    subjects = [mail["subject"] for mail in await scene.installed.mail_to(email)]
    assert [subject for subject in subjects if not subject.startswith("Bienvenue")] == ["Vérifiez votre adresse e-mail"]
    known = "select email_verified_at from account where email = $1"
    assert await scene.owner.fetchval(known, email) is None


async def test_first_sign_ins_at_once_make_one_account(scene: Scene) -> None:
    subject = unique("g")
    answers = await asyncio.gather(*(enter(scene, subject, f"{subject}@gmail.com") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.json()["user"]["id"] for answer in answers}) == 1
    linked = "select count(*) from spotvibe_social_account where social_id = $1"
    assert await scene.owner.fetchval(linked, subject) == 1


async def test_one_person_of_a_provider_for_each_account(scene: Scene) -> None:
    person = await verified_person(scene)
    first = unique("g")
    assert (await enter(scene, first, person.email)).status_code == 200
    other = await enter(scene, unique("g"), person.email)
    assert (other.status_code, other.json()["code"]) == (400, "spotvibe_social_other_linked")
    assert await links(person.client) == {"GOOGLE": first}


async def test_what_proves_nothing_is_400(scene: Scene) -> None:
    for body, code in (
        ({"access_token": "faux"}, "spotvibe_social_token_refused"),
        ({"access_token": token(unique("g"), "")}, "spotvibe_social_email_needed"),
        ({"access_token": token(unique("g"), "pas-une-adresse")}, "spotvibe_social_email_needed"),
        ({"access_token": "é"}, "forbidden_character"),
        ({}, "required"),
    ):
        answer = await scene.api().post("/api/auth/google/", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, code), body
        assert set(answer.json()["details"]) == {"access_token"}


async def test_a_closed_account_stays_closed(scene: Scene) -> None:
    person = await scene.person()
    await scene.owner.execute("update account set is_active = false where number = $1", person.id)
    answer = await enter(scene, unique("g"), person.email)
    assert (answer.status_code, answer.json()["code"]) == (400, "spotvibe_social_account_closed")
    kept = "select password_hash is not null from account where number = $1"
    assert await scene.owner.fetchval(kept, person.id)


async def test_the_last_way_in_stays(scene: Scene) -> None:
    subject = unique("g")
    email = f"{subject}@example.com"
    client = scene.api((await enter(scene, subject, email)).json()["access"])
    path = "/api/auth/social-accounts/{}/disconnect/"
    refused = await client.post(path.format("google"))
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_social_last_way_in")
    assert (await client.post(path.format("facebook"))).json()["code"] == "spotvibe_social_not_linked"
    assert (await client.post(path.format("myspace"))).status_code == 400
    await enter(scene, unique("f"), email, provider="facebook")
    done = await client.post(path.format("google"))
    assert (done.status_code, done.json()) == (200, {"message": "Compte social déconnecté avec succès."})
    assert set(await links(client)) == {"FACEBOOK"}
    assert (await client.post(path.format("FACEBOOK"))).status_code == 400


async def test_two_disconnections_at_once_leave_a_way_in(scene: Scene) -> None:
    subject = unique("g")
    email = f"{subject}@example.com"
    client = scene.api((await enter(scene, subject, email)).json()["access"])
    await enter(scene, subject, email, provider="facebook")
    path = "/api/auth/social-accounts/{}/disconnect/"
    answers = await asyncio.gather(*(client.post(path.format(each)) for each in ("google", "facebook")))
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    assert len(await links(client)) == 1


async def test_with_a_password_every_link_can_go(scene: Scene) -> None:
    person = await verified_person(scene)
    await enter(scene, unique("g"), person.email)
    assert (await person.client.post("/api/auth/social-accounts/google/disconnect/")).status_code == 200
    assert await links(person.client) == {}


async def test_attempts_are_ones_own_newest_first(scene: Scene) -> None:
    person, other = await verified_person(scene), await scene.person()
    await scene.log_in(other.email, "faux")
    await scene.log_in(person.email, "faux")
    await scene.log_in(person.email)
    await enter(scene, unique("g"), person.email)
    listed = await person.client.get("/api/auth/login-attempts/")
    attempts = listed.json()
    assert [each["statut"] for each in attempts] == ["REUSSI", "REUSSI", "ECHEC", "REUSSI"]
    assert attempts[0] == {
        "id": attempts[0]["id"],
        "email_tente": person.email,
        "statut": "REUSSI",
        "date_tentative": attempts[0]["date_tentative"],
        "adresse_ip": "127.0.0.1",
    }
    assert listed.headers["x-total-count"] == "4"
    cut = await person.client.get("/api/auth/login-attempts/", params={"limit": 1, "offset": 2})
    assert [each["statut"] for each in cut.json()] == ["ECHEC"]


async def test_failed_passwords_close_their_own_door_alone(scene: Scene) -> None:
    person = await verified_person(scene)
    for _ in range(10):
        await scene.log_in(person.email, "faux")
    assert (await scene.log_in(person.email)).status_code == 429
    assert (await enter(scene, unique("g"), person.email)).status_code == 200


async def test_the_status_tells_how_one_is_signed_in(scene: Scene) -> None:
    person = await scene.person()
    status = (await person.client.get("/api/auth/status/")).json()
    assert status == {
        "is_authenticated": True,
        "username": person.username,
        "email": person.email,
        "2fa_enabled": False,
        "last_login": status["last_login"],
    }
    await scene.protect(person.username)
    assert (await person.client.get("/api/auth/status/")).json()["2fa_enabled"] is True


async def test_the_database_links_each_person_once(scene: Scene) -> None:
    one, other = await scene.person(), await scene.person()
    insert = "insert into spotvibe_social_account (user_id, provider, social_id, nom_complet) values ($1, $2, $3, '')"
    subject = unique("g")
    await scene.owner.execute(insert, one.id, "GOOGLE", subject)
    for number, provider, social_id in ((other.id, "GOOGLE", subject), (one.id, "GOOGLE", unique("g"))):
        with pytest.raises(asyncpg.UniqueViolationError):
            await scene.owner.execute(insert, number, provider, social_id)
    with pytest.raises(asyncpg.CheckViolationError):
        await scene.owner.execute(insert, one.id, "MYSPACE", subject)


async def test_production_simulates_nobody(cluster: Any, tmp_path: Any) -> None:
    urls = cluster.clone(unique("production"))
    async with scene_on(urls, tmp_path, environ=PRODUCTION.environ, **PRODUCTION.settings) as scene:
        answer = await enter(scene, unique("g"), "personne@example.com")
        assert (answer.status_code, answer.json()["code"]) == (400, "spotvibe_provider_closed")
        assert await scene.owner.fetchval("select count(*) from spotvibe_profile") == 0


async def test_facebook_without_its_secret_does_not_start(tmp_path: Any) -> None:
    from socle.composition import compose_unconnected
    from socle.installation import load

    settings = {"spotvibe_authentication": {"facebook_app": "42", "google_clients": ["a"]}}
    with pytest.raises(Refused, match="SOCLE_SPOTVIBE_AUTHENTICATION_FACEBOOK_SECRET"):
        compose_unconnected(load(tmp_path, {}, edition="spotvibe", settings=settings))
    environ = {"SOCLE_SPOTVIBE_AUTHENTICATION_FACEBOOK_SECRET": "secret"}
    assert compose_unconnected(load(tmp_path, environ, edition="spotvibe", settings=settings)).mounted
