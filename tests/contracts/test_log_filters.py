"""The filters of the audit trail: days are those of the installation's time zone (contracts/ekigega.txt section 9)."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.installation import Company

# 2024-03-10 in Africa/Porto-Novo (UTC+1) is 2024-03-09T23:00Z to 2024-03-10T23:00Z
INSTANTS = {
    "veille": datetime(2024, 3, 9, 22, 59, 59, 999999, tzinfo=UTC),
    "minuit": datetime(2024, 3, 9, 23, 0, tzinfo=UTC),
    "midi": datetime(2024, 3, 10, 11, 0, tzinfo=UTC),
    "soir": datetime(2024, 3, 10, 22, 59, 59, 999999, tzinfo=UTC),
    "lendemain": datetime(2024, 3, 10, 23, 0, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("days", "names"),
    [
        ("2024-03-10,2024-03-10", {"minuit", "midi", "soir"}),
        ("2024-03-09,2024-03-09", {"veille"}),
        ("2024-03-09,2024-03-10", {"veille", "minuit", "midi", "soir"}),
        ("2024-03-10,2024-03-11", {"minuit", "midi", "soir", "lendemain"}),
        ("2024-03-12,2024-03-12", set()),
    ],
)
async def test_a_range_of_days_includes_both_ends_in_the_local_time(
    company: Company, owner: Any, days: str, names: set[str]
) -> None:
    for name, instant in INSTANTS.items():
        await owner.execute(
            "insert into audit_entry (id, action, method, path, object_type, object_id, ip_address, user_agent,"
            " status_code, organisation_id, created_at)"
            " values (gen_random_uuid(), 'CREATE', 'POST', '/', 'Essai', $1, '', '', 201, $2, $3)",
            name,
            UUID(company.id),
            instant,
        )
    answer = await company.owner.get("/api/logs/", params={"date_range": days, "object_type": "Essai"})
    assert answer.status_code == 200, answer.text
    assert {row["object_id"] for row in answer.json()["results"]} == names


@pytest.mark.parametrize(
    "days", ["2024-03-10", "2024-03-10,", ",2024-03-10", "2024-13-01,2024-13-02", "10/03/2024,11/03/2024", "a,b"]
)
async def test_a_range_that_cannot_be_read_is_400(company: Company, days: str) -> None:
    answer = await company.owner.get("/api/logs/", params={"date_range": days})
    assert answer.status_code == 400
    assert answer.json() == {"date_range": ["Deux dates AAAA-MM-JJ séparées par une virgule sont attendues."]}


async def test_filters_narrow_together(company: Company) -> None:
    seller = await company.join("VENTES")
    await company.produit()
    made = await seller.post("/api/produits/", json={"nom": "N", "categorie": "C", "prix": "1", "quantite": 1})
    await seller.delete(f"/api/produits/{made.json()['id']}/")
    me = (await seller.get("/api/auth/me/")).json()["id"]

    async def count(**query: str) -> int:
        found: int = (await company.owner.get("/api/logs/", params=query)).json()["count"]
        return found

    assert await count(object_type="Produit") == 3
    assert await count(object_type="Produit", user=me) == 2
    assert await count(object_type="Produit", user=me, action="DELETE") == 1
    assert await count(object_type="Produit", action="LOGIN") == 0
    assert await count(action="UPDATE", object_type="Produit") == 0
