"""Signing in to crm (contracts/crm.md, "Authentication & Sécurité"; DECISIONS.md sections 0, "Tokens", and 5): tokens
in bodies and in httpOnly cookies, CSRF where a cookie stands for the session, and ends of sessions."""

from typing import Any

from tests.installation import PASSWORD, Api
from tests.sales import Sales, Seller, Team


async def signed_in(sales: Sales, seller: Seller, password: str = PASSWORD) -> tuple[Api, dict[str, Any]]:
    """A browser that has signed in: its cookies, and the body that it got."""
    browser = sales.api()
    answer = await browser.post("/api/auth/login/", json={"email": seller.email, "password": password})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return browser, body


def csrf(browser: Api) -> dict[str, str]:
    """The header that a page of ours sends."""
    return {"x-csrftoken": browser.cookies["csrftoken"]}


async def test_cookies_are_out_of_reach_of_scripts(sales: Sales, team: Team) -> None:
    answer = await sales.api().post("/api/auth/login/", json={"email": team.ventes.email, "password": PASSWORD})
    set_cookies = {line.split("=", 1)[0]: line.lower() for line in answer.headers.get_list("set-cookie")}
    assert set(set_cookies) == {"access_token", "refresh_token", "csrftoken"}
    assert "httponly" in set_cookies["access_token"]
    assert "httponly" in set_cookies["refresh_token"]
    assert "httponly" not in set_cookies["csrftoken"]
    assert all("samesite=lax" in line for line in set_cookies.values())


async def test_a_cookie_opens_and_writing_by_cookie_needs_the_csrf_token(sales: Sales, team: Team) -> None:
    browser, _ = await signed_in(sales, team.ventes)
    assert (await browser.get("/api/clients/")).status_code == 200
    made = await team.ventes.crm_client()
    writes = [
        ("POST", "/api/clients/", {"nom": "Par cookie"}),
        ("PUT", f"/api/clients/{made['id']}/", {"nom": "Par cookie"}),
        ("PATCH", f"/api/clients/{made['id']}/", {"nom": "Par cookie"}),
        ("POST", "/api/projets/", {"titre": "Par cookie", "client": made["id"]}),
        ("PUT", "/api/auth/password/change/", {"old_password": PASSWORD, "new_password": "Harmattan-77"}),
    ]
    for method, path, body in writes:
        for headers in ({}, {"x-csrftoken": "faux"}):
            refused = await browser.request(method, path, json=body, headers=headers)
            assert refused.status_code == 403, (method, path)
            assert set(refused.json()) == {"detail", "code"}
    assert (await team.ventes.read("/api/clients/"))["count"] == 1
    for method, path, body in writes[:4]:
        answer = await browser.request(method, path, json=body, headers=csrf(browser))
        assert answer.status_code in (200, 201), (method, path, answer.text)
    admin, _ = await signed_in(sales, team.admin)
    spare = (await team.ventes.crm_client())["id"]
    assert (await admin.delete(f"/api/clients/{spare}/")).status_code == 403
    assert (await admin.delete(f"/api/clients/{spare}/", headers=csrf(admin))).status_code == 204


async def test_the_refresh_token_of_the_body_stays_that_of_the_cookie_is_rotated(sales: Sales, team: Team) -> None:
    browser, body = await signed_in(sales, team.ventes)
    by_body = await sales.api().post("/api/auth/refresh/", json={"refresh": body["refresh"]})
    assert (by_body.status_code, list(by_body.json())) == (200, ["access"])
    assert (await sales.api(by_body.json()["access"]).get("/api/clients/")).status_code == 200
    before = browser.cookies["refresh_token"]
    by_cookie = await browser.post("/api/auth/refresh/", headers=csrf(browser))
    assert by_cookie.status_code == 200, by_cookie.text
    assert browser.cookies["refresh_token"] != before
    assert (await browser.get("/api/clients/")).status_code == 200
    thief = sales.api(cookies={"refresh_token": before, "csrftoken": "x"})
    assert (await thief.post("/api/auth/refresh/", headers={"x-csrftoken": "x"})).status_code == 401
    assert (await browser.get("/api/clients/")).status_code == 401, "a rotated token that comes back ends its family"


async def test_signing_out_by_body_by_cookie_and_by_header(sales: Sales, team: Team) -> None:
    _, body = await signed_in(sales, team.ventes)
    out = await sales.api().post("/api/auth/logout/", json={"refresh": body["refresh"]})
    assert (out.status_code, out.json()) == (200, {"message": "Déconnexion réussie."})
    assert (await sales.api(body["access"]).get("/api/clients/")).status_code == 401
    assert (await sales.api().post("/api/auth/refresh/", json={"refresh": body["refresh"]})).status_code == 401

    browser, body = await signed_in(sales, team.ventes)
    assert (await browser.post("/api/auth/logout/")).status_code == 403, "without the CSRF token nobody is signed out"
    assert (await sales.api(body["access"]).get("/api/clients/")).status_code == 200
    out = await browser.post("/api/auth/logout/", headers=csrf(browser))
    assert out.status_code == 200
    assert not {"access_token", "refresh_token"} & set(browser.cookies)
    assert (await sales.api(body["access"]).get("/api/clients/")).status_code == 401

    _, body = await signed_in(sales, team.ventes)
    assert (await sales.api(body["access"]).post("/api/auth/logout/")).status_code == 200
    assert (await sales.api(body["access"]).get("/api/clients/")).status_code == 401
    assert (await team.ventes.client.get("/api/clients/")).status_code == 200, "other sessions go on"


async def test_changing_the_password_ends_the_other_sessions(sales: Sales, team: Team) -> None:
    seller = await sales.member(team.organisation)
    _, first = await signed_in(sales, seller)
    _, second = await signed_in(sales, seller)
    change = {"old_password": PASSWORD, "new_password": "Harmattan-2031"}
    changed = await sales.api(first["access"]).put("/api/auth/password/change/", json=change)
    assert (changed.status_code, changed.json()) == (200, {"message": "Mot de passe mis à jour avec succès"})
    assert (await sales.api(second["access"]).get("/api/clients/")).status_code == 401
    assert (await sales.api().post("/api/auth/refresh/", json={"refresh": second["refresh"]})).status_code == 401
    again = await sales.api().post("/api/auth/login/", json={"email": seller.email, "password": PASSWORD})
    assert again.status_code == 401
    await signed_in(sales, seller, "Harmattan-2031")


async def test_the_user_says_who_administers(sales: Sales, team: Team) -> None:
    superuser = await sales.superuser()
    for seller, administers in (
        (team.owner, True),
        (team.admin, True),
        (team.ventes, False),
        (team.lecture, False),
        (superuser, True),
    ):
        user = await seller.read("/api/auth/user/")
        assert (user["id"], user["email"], user["is_admin"], user["is_staff"]) == (
            seller.id,
            seller.email,
            administers,
            False,
        )
        assert {"uuid", "username", "first_name", "last_name", "departement", "telephone"} <= set(user)


async def test_who_is_in_no_organisation_or_in_an_archived_one_stays_out(sales: Sales, team: Team) -> None:
    made = await team.ventes.crm_client()
    stranger = (await sales.stranger()).client
    refused = await stranger.get("/api/clients/")
    assert (refused.status_code, set(refused.json())) == (403, {"detail", "code"})
    assert (await stranger.get(f"/api/clients/{made['id']}/")).status_code == 403
    assert (await stranger.post("/api/clients/", json={"nom": "X"})).status_code == 403
    assert (await stranger.get("/api/auth/user/")).status_code == 200


async def test_failed_sign_ins_are_limited_and_recorded(sales: Sales, team: Team) -> None:
    seller = await sales.member(team.organisation)
    wrong = {"email": seller.email, "password": "Faux-Mot-9"}
    answers = [await sales.api().post("/api/auth/login/", json=wrong) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    recorded = await sales.owner.fetchval(
        "select count(*) from audit_entry e join account a on a.id = e.account_id"
        " where a.number = $1 and e.action = 'LOGIN_FAILED'",
        seller.id,
    )
    assert recorded >= 10
