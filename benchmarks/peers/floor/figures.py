"""Counts and totals: the one place to change where Socle keeps them and does not count.

Each function returns a scalar or row expression whose only parameter, `$1`, is the organisation.
"""


def count_of(table: str) -> str:
    """How many rows of a table an organisation has, exactly."""
    visible = " and archived_at is null" if table == "produit" else ""
    return f"(select count(*) from {table} where entreprise = $1{visible})"


def cashflow_of() -> str:
    """A statement of six sums: all, since `$2` (this month), from `$3` to `$2` (the month before), of revenue and of
    expenses."""
    return """
    select * from (
        select coalesce(sum(i.quantite * i.prix_unitaire), 0),
               coalesce(sum(i.quantite * i.prix_unitaire) filter (where v.created_at >= $2), 0),
               coalesce(sum(i.quantite * i.prix_unitaire) filter (where v.created_at >= $3 and v.created_at < $2), 0)
        from vente v join vente_item i on i.vente = v.id
        where v.entreprise = $1 and v.statut = 'payee'
    ) revenue, (
        select coalesce(sum(montant), 0),
               coalesce(sum(montant) filter (where created_at >= $2), 0),
               coalesce(sum(montant) filter (where created_at >= $3 and created_at < $2), 0)
        from depense where entreprise = $1
    ) expenses
    """
