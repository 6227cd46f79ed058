"""Counts and totals, read where Socle keeps them (`adapters.db.tallies`): the one place to change when that changes.

`$1` is the organisation.
"""


def count_of(table: str) -> str:
    """A scalar expression: how many rows of a table an organisation has, exactly."""
    return f"(select coalesce(sum(amount), 0)::bigint from row_tally where organisation_id = $1 and name = '{table}')"


def cashflow_of() -> str:
    """A statement of six sums: all, of the month that begins on `$2`, of the one that begins on `$3`; of revenue, then
    of expenses."""
    sums = ", ".join(
        f"coalesce(sum(amount) filter (where name = '{name}'{month}), 0)"
        for name in ("vente", "depense")
        for month in ("", " and month = $2", " and month = $3")
    )
    return f"select {sums} from amount_tally where organisation_id = $1 and name in ('vente', 'depense')"
