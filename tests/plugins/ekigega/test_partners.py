"""Partners: email and phone are checked, filters as documented (DECISIONS.md section 1, "Partners")."""

from typing import Any

import pytest

from tests.installation import Company
from tests.matrices.footprint import tenant_footprint


async def test_email_and_phone_are_kept_in_one_form(company: Company) -> None:
    made = await company.client(email=" Jean@Example.COM ", telephone="97 00 00 00", prenom=" Jean ")
    assert (made["email"], made["telephone"], made["prenom"]) == ("jean@example.com", "+2290197000000", "Jean")
    changed = await company.owner.patch(f"/api/partners/{made['id']}/", json={"telephone": "+33 7 98 76 54 32"})
    assert changed.json()["telephone"] == "+33798765432"
    emptied = await company.owner.patch(f"/api/partners/{made['id']}/", json={"telephone": "", "email": ""})
    assert (emptied.json()["telephone"], emptied.json()["email"]) == ("", "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "jean"),
        ("email", "a@b"),
        ("email", "a" * 255 + "@example.com"),
        ("telephone", "abc"),
        ("telephone", "12"),
        ("telephone", "+999000000"),
        ("telephone", "1" * 33),
        ("type", "autre"),
        ("type", None),
        ("nom", ""),
        ("nom", " "),
        ("nom", None),
    ],
)
async def test_what_cannot_be_is_refused(field: str, value: Any, company: Company, owner: Any) -> None:
    made = await company.client()
    before = await tenant_footprint(owner, company.id)
    body = {"type": "client", "nom": "Ahoué", field: value}
    answers = [
        await company.owner.post("/api/partners/", json=body),
        await company.owner.put(f"/api/partners/{made['id']}/", json=body),
        await company.owner.patch(f"/api/partners/{made['id']}/", json={field: value}),
    ]
    for answer in answers:
        assert answer.status_code == 400, answer.text
        assert set(answer.json()) == {field}
    assert await tenant_footprint(owner, company.id) == before


async def test_filters_and_search(company: Company) -> None:
    one = await company.client(nom="Hôtel du Lac", telephone="+2290197000001")
    other = await company.client(type="fournisseur", nom="Quincaillerie", prenom="Zoé", email="zoe@example.com")

    async def found(**query: Any) -> set[str]:
        answer = await company.owner.get("/api/partners/", params=query)
        assert answer.status_code == 200, answer.text
        return {row["id"] for row in answer.json()["results"]}

    assert await found(type="client") == {one["id"]}
    assert await found(type="fournisseur") == {other["id"]}
    assert await found(search="hotel DU") == {one["id"]}
    assert await found(search="ZOE") == {other["id"]}
    assert await found(search="zoe@") == {other["id"]}
    assert await found(search="0197000001") == {one["id"]}
    assert await found(search="%") == set()
    assert await found(search="_") == set()
    assert await found(search="lac", type="fournisseur") == set()
    assert (await company.owner.get("/api/partners/", params={"type": "x"})).status_code == 400


async def test_a_deleted_partner_is_gone_and_its_sales_stay(company: Company) -> None:
    client = await company.client()
    vente = await company.vente(client=client["id"])
    path = f"/api/partners/{client['id']}/"
    assert (await company.owner.delete(path)).status_code == 204
    assert (await company.owner.get(path)).status_code == 404
    assert (await company.owner.patch(path, json={"nom": "x"})).status_code == 404
    assert (await company.owner.get(f"/api/ventes/{vente['id']}/")).json()["client"] == client["id"]
    body = {"client": client["id"], "items": [{"produit": (await company.produit())["id"], "quantite": 1}]}
    assert set((await company.owner.post("/api/ventes/", json=body)).json()) == {"client"}
