"""Reading in a tenant's scope in one round trip: the statement binds the tenant itself."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from adapters.db.roles import TENANT_SETTING

BOUND = (
    sa.select(
        sa.cast(
            sa.func.set_config(
                sa.literal_column(f"'{TENANT_SETTING}'"),
                sa.cast(sa.bindparam("scope_organisation", type_=sa.Uuid()), sa.Text()),
                sa.literal_column("true"),
            ),
            sa.Uuid(),
        ).label("tenant")
    )
    .cte("bound")
    .prefix_with("materialized")
)
"""Binds the tenant in the statement that reads: one round trip where a transaction takes three. What reads refers to
`BOUND.c.tenant` from inside of a LATERAL with a limit or an aggregate, so that it can only run once the tenant is
bound; run before, row-level security would show it nothing (ADR 0012)."""


def bound(select: Any) -> Any:
    """A select whose tenant is the bound one."""

    def replace(element: Any, **_: Any) -> Any:
        if isinstance(element, sa.BindParameter) and element.key == "scope_organisation":
            return BOUND.c.tenant
        return None

    return visitors.replacement_traverse(select, {}, replace)


def bound_text(sql: str) -> str:
    """A select in words whose tenant is the bound one: it names it `bound.tenant`, and groups or adds up."""
    tenant = f"set_config('{TENANT_SETTING}', cast(cast(:scope_organisation as uuid) as text), true)::uuid as tenant"
    return f"with bound as materialized (select {tenant}) select found.* from bound, lateral ({sql}) found"  # noqa: S608
