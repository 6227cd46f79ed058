"""Signing in: by email and username, wrongly, too often; staying in, going out, being put out."""

from core.access.principal import SYSTEM
from core.accounts.people import Candidate
from tests.installation import PASSWORD, Company, Installed, unique
from tests.journeys.people import join, me, refreshed


async def test_a_username_signs_in_as_well_as_the_email(installed: Installed) -> None:
    name = unique("koffi")
    await installed.composition.kernel.organisations.joining.create_account(
        SYSTEM, Candidate(email=f"{name}@example.com", username=name, password=PASSWORD)
    )
    for identifier in (name, name.upper(), f"{name}@example.com", f" {name}@Example.com "):
        answer = await installed.api().post("/api/auth/login/", json={"email": identifier, "password": PASSWORD})
        assert answer.status_code == 200, identifier
        assert answer.json()["user"]["email"] == f"{name}@example.com"


async def test_a_wrong_password_looks_like_an_unknown_email_and_is_kept_in_the_trail(
    company: Company, installed: Installed
) -> None:
    person = await join(company)
    wrong = await person.sign_in(password="Pas-le-Bon-1")
    unknown = await person.sign_in(identifier=f"{unique('inconnu')}@example.com")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json() == unknown.json() == {"detail": "Identifiants invalides.", "code": "credentials_wrong"}
    assert "set-cookie" not in wrong.headers

    trail = (await company.owner.get("/api/logs/", params={"action": "LOGIN_FAILED"})).json()
    assert trail["count"] == 1
    (entry,) = trail["results"]
    assert (entry["method"], entry["path"], entry["object_type"]) == ("POST", "/api/auth/login/", "Utilisateur")
    assert (entry["status_code"], entry["user"], entry["entreprise"]) == (401, person.id, company.id)
    assert entry["details"] == {"identifier": person.email}


async def test_an_unknown_email_is_kept_in_the_trail_of_no_company(company: Company, installed: Installed) -> None:
    email = f"{unique('inconnu')}@example.com"
    await installed.api().post("/api/auth/login/", json={"email": email, "password": "x"})
    superuser = await installed.superuser()
    found = (await superuser.get("/api/logs/", params={"action": "LOGIN_FAILED"})).json()["results"]
    (entry,) = [entry for entry in found if entry["details"] == {"identifier": email}]
    assert (entry["user"], entry["entreprise"], entry["status_code"]) == (None, None, 401)
    assert (await company.owner.get("/api/logs/", params={"action": "LOGIN_FAILED"})).json()["count"] == 0


async def test_after_ten_failures_even_the_right_password_is_429(company: Company, installed: Installed) -> None:
    person, other = await join(company), await join(company)
    for _ in range(10):
        assert (await person.sign_in(password="Pas-le-Bon-1")).status_code == 401
    refused = await person.sign_in()
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 900
    seconds = refused.headers["retry-after"]
    assert refused.json()["detail"] == (
        f"Trop d'échecs de connexion pour ce compte. Réessayez dans {seconds} secondes."
    )
    assert (await other.sign_in()).status_code == 200, "another account is not touched"
    assert await me(installed, person.access) == 200, "nor is who is in already"
    trail = (await company.owner.get("/api/logs/", params={"action": "LOGIN_FAILED", "ordering": "id"})).json()
    assert [entry["status_code"] for entry in trail["results"]] == [401] * 10 + [429]


async def test_an_unknown_email_is_throttled_like_a_known_one(installed: Installed) -> None:
    email = f"{unique('inconnu')}@example.com"
    answers = [
        await installed.api().post("/api/auth/login/", json={"email": email, "password": "x"}) for _ in range(11)
    ]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]


async def test_nine_failures_still_let_the_right_password_in(company: Company) -> None:
    person = await join(company)
    for _ in range(9):
        assert (await person.sign_in(password="Pas-le-Bon-1")).status_code == 401
    assert (await person.sign_in()).status_code == 200


async def test_a_refresh_by_body_leaves_the_refresh_token_good(company: Company, installed: Installed) -> None:
    person = await join(company)
    first = await installed.api().post("/api/auth/refresh/", json={"refresh": person.refresh})
    assert (first.status_code, list(first.json())) == (200, ["access"])
    assert "set-cookie" not in first.headers
    assert await me(installed, first.json()["access"]) == 200
    assert await me(installed, person.access) == 200
    assert await refreshed(installed, person.refresh) == 200


async def test_signing_out_revokes_access_and_refresh_at_once_and_one_session_only(
    company: Company, installed: Installed
) -> None:
    person = await join(company)
    other = await person.signed_in()
    gone = await person.api.post("/api/auth/logout/", json={})
    assert gone.status_code == 200
    assert await me(installed, person.access) == 401
    assert await refreshed(installed, person.refresh) == 401
    assert await me(installed, other["access"]) == 200
    by_refresh = await installed.api().post("/api/auth/logout/", json={"refresh": other["refresh"]})
    assert by_refresh.status_code == 200
    assert await me(installed, other["access"]) == 401
    assert await refreshed(installed, other["refresh"]) == 401


async def test_nobody_signs_another_out(company: Company, installed: Installed) -> None:
    person, other = await join(company), await join(company)
    refused = await person.api.post("/api/auth/logout/", json={"refresh": other.refresh})
    assert refused.status_code == 400
    assert await me(installed, other.access) == 200


async def test_a_deactivated_member_is_out_at_once_and_comes_back_when_activated(
    company: Company, installed: Installed
) -> None:
    person = await join(company)
    off = await company.owner.patch(f"/api/membres/{person.id}/", json={"status": "inactif"})
    assert off.status_code == 200
    assert await me(installed, person.access) == 401
    assert await refreshed(installed, person.refresh) == 401
    refused = await person.sign_in()
    assert (refused.status_code, refused.json()["code"]) == (401, "credentials_wrong")
    on = await company.owner.patch(f"/api/membres/{person.id}/", json={"status": "actif"})
    assert on.json()["status"] == "actif"
    assert (await person.sign_in()).status_code == 200
    assert await me(installed, person.access) == 401, "what was revoked stays revoked"


async def test_a_removed_member_is_out_and_its_account_stays_without_a_product(
    company: Company, installed: Installed
) -> None:
    person = await join(company)
    assert (await company.owner.delete(f"/api/membres/{person.id}/")).status_code == 204
    assert await me(installed, person.access) == 401
    tokens = await person.signed_in()
    api = installed.api(tokens["access"])
    assert tokens["user"]["role"] is None
    assert (await api.get("/api/auth/me/")).status_code == 200
    refused = await api.get("/api/produits/")
    assert refused.status_code == 403
