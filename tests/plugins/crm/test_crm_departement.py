"""The department of an account, as crm shows it (DECISIONS.md section 5, "User")."""

from tests.sales import Sales, Team


async def test_a_department_is_shown_and_changed(sales: Sales, team: Team) -> None:
    seller = await sales.member(team.organisation, department="Ventes Nord")
    assert (await seller.read("/api/auth/user/"))["departement"] == "Ventes Nord"
    changed = await seller.client.patch("/api/auth/me/", json={"departement": "Études & devis"})
    assert changed.status_code == 200
    assert (await seller.read("/api/auth/user/"))["departement"] == "Études & devis"
    assert (await seller.client.patch("/api/auth/me/", json={"nom": "Dossou"})).status_code == 200
    assert (await seller.read("/api/auth/user/"))["departement"] == "Études & devis"
    for bad in ("x" * 151, "a\u0000", 3):
        refused = await seller.client.patch("/api/auth/me/", json={"departement": bad})
        assert (refused.status_code, list(refused.json())) == (400, ["departement"]), bad
    await seller.client.patch("/api/auth/me/", json={"departement": ""})
    assert (await seller.read("/api/auth/user/"))["departement"] is None
    assert (await team.ventes.read("/api/auth/user/"))["departement"] is None
