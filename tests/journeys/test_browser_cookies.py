"""A browser: tokens in httpOnly cookies, the CSRF token beside them (DECISIONS.md section 0, "Tokens")."""

from http.cookies import SimpleCookie

import httpx

from tests.installation import Api, Company, Installed
from tests.journeys.people import Person, join, me

PRODUCT = {"nom": "Riz", "categorie": "Vivres", "prix": "1", "quantite": 1}


def cookies_of(answer: httpx.Response) -> SimpleCookie:
    """The cookies that an answer sets, with their attributes."""
    jar = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        jar.load(header)
    return jar


async def browser(person: Person) -> Api:
    """A client that keeps the cookies of its sign-in and sends no token of its own."""
    api = person.installed.api()
    answer = await api.post("/api/auth/login/", json={"email": person.email, "password": person.password})
    assert answer.status_code == 200
    return api


def csrf(api: Api) -> dict[str, str]:
    """The header that a script of the page sends."""
    return {"x-csrftoken": api.cookies["csrftoken"]}


async def test_sign_in_sets_cookies_that_scripts_cannot_read(company: Company) -> None:
    person = await join(company)
    answer = await person.sign_in()
    jar = cookies_of(answer)
    assert set(jar) == {"access_token", "refresh_token", "csrftoken"}
    assert jar["access_token"].value == answer.json()["access"]
    assert jar["refresh_token"].value == answer.json()["refresh"]
    for name, cookie in jar.items():
        assert bool(cookie["httponly"]) is (name != "csrftoken")
        assert cookie["samesite"].lower() == "lax"
        assert cookie["path"] == "/"
    assert 890 <= int(jar["access_token"]["max-age"]) <= 900
    assert 604_700 <= int(jar["refresh_token"]["max-age"]) <= 604_800


async def test_a_cookie_reads_freely_and_writes_with_the_csrf_token_alone(company: Company) -> None:
    person = await join(company)
    api = await browser(person)
    assert (await api.get("/api/produits/")).status_code == 200
    for headers in ({}, {"x-csrftoken": ""}, {"x-csrftoken": "faux"}):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            path = "/api/produits/" if method == "POST" else f"/api/produits/{person.id}/"
            refused = await api.request(method, path, json=PRODUCT, headers=headers)
            assert refused.status_code == 403
            assert refused.json()["code"] == "csrf_failed"
    assert (await company.owner.get("/api/produits/")).json()["count"] == 0
    assert (await api.post("/api/produits/", json=PRODUCT, headers=csrf(api))).status_code == 201


async def test_a_bearer_token_needs_no_csrf_token_even_beside_cookies(company: Company) -> None:
    person = await join(company)
    api = await browser(person)
    headers = {"authorization": f"Bearer {person.access}"}
    assert (await api.post("/api/produits/", json=PRODUCT, headers=headers)).status_code == 201
    assert (await person.api.post("/api/produits/", json=PRODUCT)).status_code == 201


async def test_a_cookie_refresh_needs_the_csrf_token_and_rotates(company: Company, installed: Installed) -> None:
    person = await join(company)
    api = await browser(person)
    before = api.cookies["refresh_token"]
    assert (await api.post("/api/auth/refresh/")).status_code == 403
    answer = await api.post("/api/auth/refresh/", headers=csrf(api))
    assert (answer.status_code, list(answer.json())) == (200, ["access"])
    assert api.cookies["refresh_token"] != before
    assert api.cookies["access_token"] == answer.json()["access"]
    assert await me(installed, answer.json()["access"]) == 200
    again = await api.post("/api/auth/refresh/", headers=csrf(api))
    assert again.status_code == 200


async def test_a_rotated_out_cookie_that_comes_back_revokes_its_family(company: Company, installed: Installed) -> None:
    person = await join(company)
    thief = await browser(person)
    stolen = {"refresh_token": thief.cookies["refresh_token"], "csrftoken": "x"}
    fresh = (await thief.post("/api/auth/refresh/", headers=csrf(thief))).json()["access"]
    assert await me(installed, fresh) == 200

    late = await installed.api(cookies=stolen).post("/api/auth/refresh/", headers={"x-csrftoken": "x"})
    assert late.status_code == 401
    assert await me(installed, fresh) == 401
    assert (await thief.post("/api/auth/refresh/", headers=csrf(thief))).status_code == 401
    assert await me(installed, person.access) == 200, "another session of the account is another family"


async def test_signing_out_clears_the_cookies(company: Company, installed: Installed) -> None:
    person = await join(company)
    api = await browser(person)
    access = api.cookies["access_token"]
    assert (await api.post("/api/auth/logout/")).status_code == 403
    answer = await api.post("/api/auth/logout/", headers=csrf(api))
    assert answer.status_code == 200
    assert all(cookie["max-age"] == "0" for cookie in cookies_of(answer).values())
    assert set(cookies_of(answer)) == {"access_token", "refresh_token", "csrftoken"}
    assert not api.cookies
    assert await me(installed, access) == 401
