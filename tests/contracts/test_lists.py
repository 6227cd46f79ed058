"""What DECISIONS.md section 0 says of lists, held by every list of ekigega: pages, ordering, search."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.installation import Api, Company, Installed, unique

LISTS = ("roles", "tenants", "membres", "produits", "ventes", "partners", "logs")

FIELDS = {
    "roles": ("id", "nom", "description", "created_at", "updated_at"),
    "tenants": ("id", "nom", "secteur", "type", "adresse", "taille", "created_at", "updated_at"),
    "membres": ("id", "compte", "email", "nom", "prenom", "telephone", "role", "status", "proprietaire", "created_at"),
    "produits": ("id", "nom", "categorie", "prix", "quantite", "entreprise", "created_at", "updated_at"),
    "ventes": ("id", "client", "statut", "total", "created_at", "updated_at"),
    "partners": (
        *("id", "type", "nom", "prenom", "email", "telephone", "adresse", "entreprise", "created_at", "updated_at"),
    ),
    "logs": (
        *("id", "action", "method", "path", "object_type", "object_id", "ip_address", "user_agent", "status_code"),
        *("user", "entreprise", "created_at"),
    ),
}
"""The scalar fields of each resource: all of them can be ordered by."""


@pytest.fixture(scope="module")
async def shop(installed: Installed) -> Company:
    """A company with 25 of everything a list shows. Several rows share each value, so that ties must be broken."""
    shop = await installed.company()
    neighbour = await installed.company()
    await neighbour.produit()
    client = await shop.client(nom="Client 0")
    await neighbour.client()
    for number in range(24):
        await shop.client(nom=f"Client {number % 5}", prenom="Awa" if number % 2 else "Bio")
    for number in range(25):
        produit = await shop.produit(categorie=f"C{number % 3}", prix=str(number % 4), quantite=number % 4 + 1)
        await shop.vente({"produit": produit["id"], "quantite": 1}, client=client["id"])
    for number in range(24):
        await shop.join(("VENTES", "LECTURE", "FINANCE")[number % 3])
    for number in range(25):
        body = {"nom": unique("Rôle"), "description": f"d{number % 3}", "permissions": {}}
        made = await shop.owner.post("/api/roles/", json=body)
        assert made.status_code == 201
        made = await shop.owner.post("/api/tenants/", json={"nom": unique("Voisin"), "taille": number % 3})
        assert made.status_code == 201
    return shop


async def page(api: Api, path: str, **query: Any) -> dict[str, Any]:
    """A page of a list."""
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("name", LISTS)
async def test_following_next_shows_every_row_once(shop: Company, name: str) -> None:
    whole = await page(shop.owner, f"/api/{name}/", page_size=100)
    assert whole["count"] >= 25
    seen: list[str] = []
    here = await page(shop.owner, f"/api/{name}/", page_size=7)
    previous = None
    while True:
        assert here["count"] == whole["count"]
        assert here["previous"] == previous
        seen += [row["id"] for row in here["results"]]
        if here["next"] is None:
            break
        assert len(here["results"]) == 7
        number = int(parse_qs(urlsplit(here["next"]).query)["page"][0])
        previous = here["next"].replace(f"page={number}", f"page={number - 1}")
        here = (await shop.owner.get(here["next"])).json()
    assert len(set(seen)) == len(seen) == whole["count"]


@pytest.mark.parametrize("name", LISTS)
async def test_neighbours_are_absolute_and_keep_the_other_parameters(shop: Company, name: str) -> None:
    query = {"ordering": "-created_at,id", "search": "", "x": "é &=", "page_size": "5", "page": "2"}
    found = await page(shop.owner, f"/api/{name}/", **query)
    for address, number in ((found["next"], "3"), (found["previous"], "1")):
        parts = urlsplit(address)
        assert (parts.scheme, parts.netloc, parts.path) == ("http", "testserver", f"/api/{name}/")
        kept = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        assert kept == {**query, "page": number}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("number", ["0", "abc", "-1", "1.5", "99999", "9" * 40, "", "1_0", "١", " 1"])
async def test_a_page_that_is_none_is_404(shop: Company, name: str, number: str) -> None:
    answer = await shop.owner.get(f"/api/{name}/", params={"page": number})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "Page invalide."
    said = await shop.owner.get(f"/api/{name}/", params={"page": number}, headers={"accept-language": "en"})
    assert said.json()["detail"] == "Invalid page."


async def test_the_first_page_of_an_empty_list_is_empty(company: Company) -> None:
    assert await page(company.owner, "/api/produits/", page=1) == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }
    assert (await company.owner.get("/api/produits/", params={"page": 2})).status_code == 404


async def test_a_page_has_20_rows_unless_asked_and_never_more_than_100(company: Company) -> None:
    for _ in range(103):
        await company.produit()
    for asked, rows in {"": 20, "0": 20, "-5": 20, "abc": 20, "1": 1, "100": 100, "101": 100, "9" * 30: 100}.items():
        found = await page(company.owner, "/api/produits/", page_size=asked)
        assert (asked, len(found["results"])) == (asked, rows)
    found = await page(company.owner, "/api/produits/")
    assert (len(found["results"]), found["count"]) == (20, 103)


@pytest.mark.parametrize(("name", "field"), [(name, field) for name in LISTS for field in FIELDS[name]])
async def test_every_scalar_field_orders_both_ways(shop: Company, installed: Installed, name: str, field: str) -> None:
    # only a superuser sees rows of several companies
    api = await installed.superuser() if field == "entreprise" else shop.owner
    rising = await page(api, f"/api/{name}/", ordering=field, page_size=100)
    falling = await page(api, f"/api/{name}/", ordering=f"-{field}", page_size=100)
    up = [row[field] for row in rising["results"]]
    down = [row[field] for row in falling["results"]]
    if rising["count"] <= 100:
        assert down == up[::-1]
        if field in ("created_at", "updated_at", "compte", "quantite", "taille", "status_code"):
            assert up == sorted(up)
    else:
        assert (up == down) is (len({*up, *down}) == 1), "the ordering is ignored"


@pytest.mark.parametrize("name", LISTS)
async def test_an_unknown_order_is_ignored(shop: Company, name: str) -> None:
    plain = await page(shop.owner, f"/api/{name}/")
    for unknown in ("couleur", "password_hash,-;drop table,--,", "-"):
        found = await page(shop.owner, f"/api/{name}/", ordering=unknown)
        assert found["results"] == plain["results"]


async def test_several_orders_count_one_after_the_other(shop: Company) -> None:
    found = await page(shop.owner, "/api/produits/", ordering="categorie,-prix", page_size=100)
    keys = [(row["categorie"], -float(row["prix"]), row["id"]) for row in found["results"]]
    assert keys == sorted(keys), "ties are broken by id"


async def test_ties_are_broken_by_id_so_that_pages_never_repeat_a_row(shop: Company) -> None:
    seen = []
    for number in range(1, 6):
        found = await page(shop.owner, "/api/produits/", ordering="categorie", page_size=6, page=number)
        seen += [(row["categorie"], row["id"]) for row in found["results"]]
    assert len(seen) == 25
    assert seen == sorted(seen)


@pytest.mark.parametrize("search", ["ÉPICERIE du Nord", "epicerie", "NORD", "œuvre", "OEUVRE", "100%", "a_b", "c\\d"])
async def test_search_is_a_substring_without_case_and_accents(company: Company, search: str) -> None:
    await company.produit(nom="Épicerie du nord, Œuvre 100% a_b c\\d", categorie="Été")
    await company.produit(nom="Autre 1000 axb cd", categorie="Hiver")
    found = await page(company.owner, "/api/produits/", search=search)
    assert [row["categorie"] for row in found["results"]] == ["Été"]


async def test_search_and_filters_narrow_together(company: Company) -> None:
    await company.produit(nom="Riz parfumé", categorie="Vivres")
    await company.produit(nom="Riz", categorie="Semences")
    await company.produit(nom="Huile", categorie="Vivres")
    found = await page(company.owner, "/api/produits/", search="riz", categorie="VIVRES")
    assert [row["nom"] for row in found["results"]] == ["Riz parfumé"]
    assert found["count"] == 1


async def test_a_search_that_is_too_long_is_400(company: Company) -> None:
    answer = await company.owner.get("/api/produits/", params={"search": "x" * 201})
    assert answer.status_code == 400
    assert answer.json() == {"search": ["Au plus 200 caractère(s) autorisé(s)."]}


async def test_a_list_shows_its_own_company_only(company: Company, installed: Installed) -> None:
    await company.vente()
    other = await installed.company()
    for name in ("produits", "ventes", "partners"):
        assert (await page(other.owner, f"/api/{name}/"))["count"] == 0
    assert {row["entreprise"] for row in (await page(other.owner, "/api/logs/"))["results"]} == {other.id}
    assert (await page(other.owner, "/api/membres/"))["count"] == 1
