"""What an archived company leaves: nothing in any answer, everything in the database."""

from typing import Any

from tests.installation import Company, Installed


async def test_its_rows_vanish_for_the_superuser_as_well(installed: Installed, company: Company, owner: Any) -> None:
    superuser = await installed.superuser()
    produit = await company.produit(nom="Riz perdu")
    vente = await company.vente({"produit": produit["id"], "quantite": 1})
    paths = [f"/api/produits/{produit['id']}/", f"/api/ventes/{vente['id']}/"]
    assert [(await superuser.get(path)).status_code for path in paths] == [200, 200]

    assert (await company.owner.delete(f"/api/tenants/{company.id}/")).status_code == 204

    assert [(await superuser.get(path)).status_code for path in paths] == [404, 404]
    assert (await superuser.patch(paths[1], json={"statut": "annulee"})).status_code == 404
    assert (await superuser.delete(paths[0])).status_code == 404
    assert (await superuser.get("/api/produits/?search=riz perdu")).json()["count"] == 0
    assert (await superuser.get(f"/api/tenants/{company.id}/")).status_code == 404
    assert await owner.fetchval("select statut from vente where id = $1", vente["id"]) == "en_attente"
    assert await owner.fetchval("select archived_at is null from produit where id = $1", produit["id"])
