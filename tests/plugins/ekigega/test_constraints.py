"""What the database itself refuses, whoever writes: the invariants of ekigega's tables, and of the files' table."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.installation import Company, Installed
from tests.plugins.ekigega.receipts import PDF

TABLES = ("abonnement", "depense", "partner", "produit", "stored_file", "vente", "vente_item", "video")
IMPOSSIBLE = (
    ("abonnement", "date_fin = date_debut - 1", "dates"),
    ("abonnement", "date_debut = date_fin + 1", "dates"),
    ("abonnement", "prix = -0.01", "prix"),
    ("abonnement", "prix = 'NaN'", "prix"),
    ("abonnement", "status = 'fini'", "status"),
    ("depense", "montant = -0.01", "montant"),
    ("depense", "montant = 'NaN'", "montant"),
    ("partner", "type = 'ami'", "type"),
    ("produit", "prix = -0.01", "prix"),
    ("produit", "prix = 'NaN'", "prix"),
    ("produit", "quantite = -1", "quantite"),
    ("stored_file", "size = 0", "size"),
    ("stored_file", "state = 'perdu'", "state"),
    ("vente", "statut = 'vendue'", "statut"),
    ("vente", "total = -0.01", "total"),
    ("vente", "total = 'NaN'", "total"),
    ("vente_item", "quantite = 0", "quantite"),
    ("vente_item", "prix_unitaire = -0.01", "prix_unitaire"),
    ("vente_item", "prix_unitaire = 'NaN'", "prix_unitaire"),
    ("video", "duree = -1", "duree"),
    ("video", "status = 'fini'", "status"),
)
"""NaN is greater than every number: only an upper bound refuses it."""


@pytest.fixture
async def full(company: Company) -> Company:
    """A company with a row in every table."""
    await company.vente()
    await company.depense(PDF)
    for path, body in (
        ("abonnements", {"type": "S", "date_debut": "2026-01-01", "date_fin": "2026-12-31", "prix": "10"}),
        ("videos", {"titre": "V", "url": "https://example.com/v", "duree": 60}),
    ):
        made = await company.owner.post(f"/api/{path}/", json=body)
        assert made.status_code == 201, made.text
    return company


def tenant_column(table: str) -> str:
    """The column that names the tenant."""
    return "organisation_id" if table == "stored_file" else "entreprise"


async def test_no_row_can_be_what_it_must_not_be(full: Company, owner: Any) -> None:
    for table, assignment, constraint in IMPOSSIBLE:
        of = f"where {tenant_column(table)} = $1"
        assert await owner.fetchval(f"select count(*) from {table} {of}", UUID(full.id)), table
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await owner.execute(f"update {table} set {assignment} {of}", UUID(full.id))
        assert refused.value.constraint_name == f"ck_{table}_{constraint}", assignment


async def test_every_check_has_been_tried(owner: Any) -> None:
    declared = await owner.fetch(
        "select conname::text from pg_constraint where contype = 'c' and conrelid = any($1::text[]::regclass[])",
        list(TABLES),
    )
    assert {name for (name,) in declared} == {f"ck_{table}_{constraint}" for table, _, constraint in IMPOSSIBLE}


async def test_a_receipt_is_there_as_long_as_its_expense_names_it(full: Company, owner: Any) -> None:
    for sql in (
        "update depense set justificatif = gen_random_uuid() where entreprise = $1",
        "delete from stored_file where organisation_id = $1",
    ):
        with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
            await owner.execute(sql, UUID(full.id))
        assert refused.value.constraint_name == "fk_depense_justificatif"


async def test_a_sale_names_clients_and_products_of_its_own_company(
    full: Company, installed: Installed, owner: Any
) -> None:
    other = await installed.company()
    foreign = {"client": (await other.client())["id"], "produit": (await other.produit())["id"]}
    for table, column in (("vente", "client"), ("vente_item", "produit")):
        with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
            await owner.execute(
                f"update {table} set {column} = $2 where entreprise = $1", UUID(full.id), UUID(foreign[column])
            )
        assert refused.value.constraint_name == f"fk_{table}_{column}_entreprise"
