"""A tenant's search has keys of its own (docs/adr/0020).

Revision ID: 0027
Revises: 0026
"""

from alembic import op

from adapters.db.ddl import create_search_keys, drop_search_keys

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# hashes are those of PostgreSQL's hash partitioning, which stay the same from version to version
KEYS = """
create function socle_search_keys(tenant uuid, content text) returns bigint[]
    language sql immutable strict parallel safe
    return array_append(
        (
            select coalesce(
                array_agg(distinct hashtextextended(substr(content, place, 3), uuid_hash_extended(tenant, 0))), '{}'
            )
            from generate_series(1, length(content) - 2) place
        ),
        uuid_hash_extended(tenant, 0)
    )
"""
"""The keys of a row: each three letters in a row of its folded text, hashed together with its tenant; the tenant."""

QUERY_KEYS = """
create function socle_query_keys(tenant uuid, content text) returns bigint[]
    language sql immutable strict parallel safe
    return (
        select coalesce(
            array_agg(distinct hashtextextended(substr(content, place, 3), uuid_hash_extended(tenant, 0))),
            array[uuid_hash_extended(tenant, 0)]
        )
        from generate_series(1, length(content) - 2) place
    )
"""
"""The keys that a row which holds a folded text has; of a shorter one than three letters, the tenant's."""

SEARCHED = {
    "produit": "entreprise",
    "partner": "entreprise",
    "depense": "entreprise",
    "abonnement": "entreprise",
    "crm_client": "entreprise",
    "crm_projet": "entreprise",
    "crm_opportunite": "entreprise",
    "crm_devis": "entreprise",
    "crm_tache": "entreprise",
    "megahub_brand": "organisation_id",
}


def upgrade() -> None:
    """Apply."""
    op.execute(KEYS)
    op.execute(QUERY_KEYS)
    for table, tenant in SEARCHED.items():
        create_search_keys(op, table, tenant)


def downgrade() -> None:
    """Undo."""
    for table in reversed(SEARCHED):
        drop_search_keys(op, table)
    op.execute("drop function socle_query_keys(uuid, text)")
    op.execute("drop function socle_search_keys(uuid, text)")
