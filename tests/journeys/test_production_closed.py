"""What `production` closes that `development` leaves open (DECISIONS.md sections 0 and 1)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cluster import TestCluster
from tests.installation import PASSWORD, Api, Installed, installation, unique
from tests.journeys.people import me
from tests.journeys.test_browser_cookies import cookies_of

ROLE = {"nom": "Magasinier", "permissions": {"products": ["read"]}}


@pytest.fixture(scope="module")
async def production(
    cluster: TestCluster, worker_name: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installed]:
    """The `full` edition in production, on a database of its own."""
    database = f"socle_production_{worker_name}"
    urls = cluster.clone(database)
    async with installation(
        urls,
        tmp_path_factory.mktemp("production"),
        environ={"SOCLE_SECRET_KEY": "0123456789abcdef" * 4},
        environment="production",
        public_url="https://api.example.com",
        allowed_hosts=["testserver"],
        smtp={"host": "127.0.0.1", "port": 9},
    ) as running:
        yield running
    cluster.drop(database)


@pytest.fixture(scope="module")
def worker_name(request: pytest.FixtureRequest) -> str:
    """The name of the test worker."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


async def tenant(production: Installed) -> str:
    """A new company's id: creating one is open everywhere."""
    made = await production.api().post("/api/tenants/", json={"nom": unique("Boutique")})
    assert made.status_code == 201
    key: str = made.json()["id"]
    return key


async def register(production: Installed, company: str, role: str) -> dict[str, Any]:
    """Register an account; the answer."""
    body = {
        "email": f"{unique('compte')}@example.com",
        "password": PASSWORD,
        "password2": PASSWORD,
        "role": role,
        "entreprise": company,
    }
    answer = await production.api().post("/api/auth/register/", json=body)
    assert answer.status_code == 201, answer.text
    assert ("set-cookie" in answer.headers) is (answer.json()["access"] is not None)
    made: dict[str, Any] = answer.json()
    return made


async def owned(production: Installed) -> tuple[str, Api]:
    """A company and its owner."""
    company = await tenant(production)
    answer = await register(production, company, "ADMIN")
    assert answer["user"]["status"] == "actif"
    return company, production.api(answer["access"])


async def login(production: Installed, email: str) -> Any:
    """Sign in."""
    return await production.api().post("/api/auth/login/", json={"email": email, "password": PASSWORD})


async def test_roles_are_read_by_all_and_written_by_superusers(production: Installed) -> None:
    _, owner = await owned(production)
    superuser = await production.superuser()
    anonymous = production.api()
    listed = (await anonymous.get("/api/roles/")).json()
    assert listed["count"] >= 5
    made = await superuser.post("/api/roles/", json=ROLE)
    assert made.status_code == 201
    path = f"/api/roles/{made.json()['id']}/"
    assert (await anonymous.get(path)).status_code == 200
    for api, status in ((anonymous, 401), (owner, 403)):
        assert (await api.post("/api/roles/", json={**ROLE, "nom": unique("R")})).status_code == status
        assert (await api.put(path, json=ROLE)).status_code == status
        assert (await api.patch(path, json={"description": "x"})).status_code == status
        assert (await api.delete(path)).status_code == status
    assert (await superuser.patch(path, json={"description": "x"})).status_code == 200
    assert (await superuser.delete(path)).status_code == 204


async def test_companies_are_shown_to_their_own_members_and_superusers(production: Installed) -> None:
    own, owner = await owned(production)
    other, _ = await owned(production)
    assert (await production.api().get("/api/tenants/")).status_code == 401
    assert (await production.api().get(f"/api/tenants/{own}/")).status_code == 401
    listed = (await owner.get("/api/tenants/", params={"id": other})).json()
    assert [row["id"] for row in listed["results"]] == [own]
    assert (await owner.get(f"/api/tenants/{own}/")).status_code == 200
    assert (await owner.get(f"/api/tenants/{other}/")).status_code == 404
    assert (await owner.patch(f"/api/tenants/{own}/", json={"taille": 7})).status_code == 200
    superuser = await production.superuser()
    assert (await superuser.get("/api/tenants/")).json()["count"] >= 2
    assert (await superuser.get(f"/api/tenants/{other}/")).status_code == 200


async def test_a_later_account_waits_until_the_owner_activates_it(production: Installed) -> None:
    company, owner = await owned(production)
    waiting = await register(production, company, "VENTES")
    assert waiting["user"]["status"] == "en_attente"
    assert waiting["access"] is None
    assert waiting["refresh"] is None
    email, member = waiting["user"]["email"], waiting["user"]["id"]
    refused = await login(production, email)
    assert (refused.status_code, refused.json()["code"]) == (401, "credentials_wrong")

    listed = (await owner.get("/api/membres/", params={"status": "en_attente"})).json()
    assert [row["id"] for row in listed["results"]] == [member]
    activated = await owner.patch(f"/api/membres/{member}/", json={"status": "actif"})
    assert (activated.status_code, activated.json()["status"]) == (200, "actif")
    entered = await login(production, email)
    assert entered.status_code == 200
    assert entered.json()["user"]["status"] == "actif"
    assert (await production.api(entered.json()["access"]).get("/api/produits/")).status_code == 200

    back = await owner.patch(f"/api/membres/{member}/", json={"status": "en_attente"})
    assert (back.status_code, list(back.json())) == (400, ["status"])
    assert await me(production, entered.json()["access"]) == 200


async def test_an_administrator_activates_as_well(production: Installed) -> None:
    company, owner = await owned(production)
    admin = (await register(production, company, "VENTES"))["user"]
    promoted = await owner.patch(f"/api/membres/{admin['id']}/", json={"role": "ADMIN", "status": "actif"})
    assert promoted.status_code == 200
    entered = production.api((await login(production, admin["email"])).json()["access"])
    waiting = (await register(production, company, "LECTURE"))["user"]
    activated = await entered.patch(f"/api/membres/{waiting['id']}/", json={"status": "actif"})
    assert activated.status_code == 200


async def test_cookies_travel_over_https_alone_and_pages_name_the_public_address(production: Installed) -> None:
    _, owner = await owned(production)
    for number in range(3):
        body = {"nom": f"P{number}", "categorie": "C", "prix": "1", "quantite": 1}
        assert (await owner.post("/api/produits/", json=body)).status_code == 201
    found = (await owner.get("/api/produits/", params={"page_size": 1, "page": 2})).json()
    assert found["next"] == "https://api.example.com/api/produits/?page_size=1&page=3"
    assert found["previous"] == "https://api.example.com/api/produits/?page_size=1&page=1"
    email = (await owner.get("/api/auth/me/")).json()["email"]
    jar = cookies_of(await login(production, email))
    assert set(jar) == {"access_token", "refresh_token", "csrftoken"}
    assert all(cookie["secure"] for cookie in jar.values())


async def test_there_is_no_development_mailbox_and_no_foreign_host(production: Installed) -> None:
    assert (await production.api().get("/_dev/outbox")).status_code == 404
    foreign = await production.api().get("/", headers={"host": "evil.example"})
    assert foreign.status_code == 400
    assert (await production.api().get("/", headers={"host": "api.example.com"})).status_code == 200


async def test_the_schema_says_what_is_closed(production: Installed) -> None:
    document = (await production.api().get("/swagger.json")).json()
    assert document["paths"]["/api/roles/"]["post"]["security"]
    assert not document["paths"]["/api/roles/"]["get"].get("security")
    assert document["paths"]["/api/tenants/"]["get"]["security"]
