"""The SQL of the floor."""

from functools import lru_cache

from benchmarks.peers import rules
from benchmarks.peers.floor.figures import count_of

PRODUCT = "p.id, p.nom, p.categorie, p.prix, p.quantite, p.entreprise, p.created_at, p.updated_at"
SALE = """v.id, v.client, v.statut,
    array(select row(i.produit, i.quantite, i.prix_unitaire)
          from vente_item i where i.vente = v.id order by i.position),
    v.total, v.created_at, v.updated_at"""

HOLDER = """
select account_id, organisation_id, owner, permissions from session_access
where session_id = $1 and expires_at > now()
"""
PRODUCT_DETAIL = f"""
select {PRODUCT}, p.version from produit p where p.id = $2 and p.entreprise = $1 and p.archived_at is null
"""
LOCK = """
select pg_try_advisory_xact_lock($1) as locked, now() as moment, a.fingerprint, a.status, a.body
from (values (1)) one left join idempotent_answer a
     on a.account_id = $2 and a.route = $3 and a.key = $4 and a.created_at > now() - interval '1 day'
"""
TAKE = """
with client as (
    select 1 from partner where id = $4 and entreprise = $3 and type = 'client' and archived_at is null
), asked as (select unnest((select $1::uuid[])) as id, unnest((select $2::bigint[])) as delta),
held as (
    select p.id, asked.delta from produit p join asked using (id)
    where p.entreprise = $3 and p.archived_at is null order by p.id for update of p
)
update produit p
set quantite = p.quantite - held.delta, version = p.version + (held.delta <> 0)::int, updated_at = now()
from held, client where p.id = held.id and p.quantite >= held.delta
returning p.id, p.prix
"""
SELL = """
with sale as (
    insert into vente (id, entreprise, client, statut, total) values ($1, $2, $6, $7, $8)
), audited as (
    insert into audit_entry (id, action, method, path, object_type, object_id, ip_address, user_agent, status_code,
                             account_id, organisation_id)
    values ($9, 'CREATE', 'POST', '/api/ventes/', 'Vente', ($1::uuid)::text, $10, $11, 201, $12, $2)
), answered as (
    insert into idempotent_answer (account_id, route, key, fingerprint, status, body, headers)
    select $12, $13, $14::text, $15, 201, $16, '{}' where $14::text is not null
    on conflict (account_id, route, key) do update set fingerprint = excluded.fingerprint, body = excluded.body,
        created_at = excluded.created_at
)
insert into vente_item (vente, position, entreprise, produit, quantite, prix_unitaire)
select $1, position, $2, produit, quantite, prix_unitaire
from unnest($3::uuid[], $4::int[], $5::numeric[]) with ordinality as line (produit, quantite, prix_unitaire, position)
"""


def _order(terms: tuple[str, ...], table: str) -> str:
    return ", ".join(f"{table}.{term.removeprefix('-')} {'desc' if term.startswith('-') else 'asc'}" for term in terms)


@lru_cache(512)
def product_page(ordering: str, category: bool, search: bool) -> str:
    """Count and page in one statement: organisation, limit, offset, then category and search where they are asked.
    Without rows on the page there is one row whose product is null."""
    number = iter(range(4, 9))
    # as Socle: by keys of the tenant, but for a search beside a filter (docs/adr/0020)
    keyed = search and not category
    condition = f"{'(p.entreprise = $1) is true' if keyed else 'p.entreprise = $1'} and p.archived_at is null"
    if category:
        condition += f" and lower(p.categorie) = lower(${next(number)})"
    if search:
        folded = f"socle_fold(${next(number)})"
        if keyed:
            condition += (
                f" and socle_search_keys(p.entreprise, p.search_text) @> (select socle_query_keys($1, {folded}))"
            )
            condition += f" and strpos(p.search_text, (select {folded})) > 0"
        else:
            condition += f" and p.search_text like (select '%' || {folded} || '%')"
    count = count_of("produit")
    if category or search:
        count = f"(select count(*) from produit p where {condition})"
    order = _order(tuple(rules.ordering_terms(ordering, rules.PRODUCT_ORDERING)), "p")
    return f"""
    select c.n, p.* from (select {count} as n) c left join lateral (
        select {PRODUCT} from produit p where {condition} order by {order} limit $2 offset $3
    ) p on true
    """


@lru_cache(512)
def sale_page(ordering: str) -> str:
    """Count and page in one statement: organisation, limit, offset."""
    order = _order(tuple(rules.ordering_terms(ordering, rules.SALE_ORDERING)), "v")
    return f"""
    select c.n, v.* from (select {count_of("vente")} as n) c left join lateral (
        select {SALE} from vente v where v.entreprise = $1 order by {order} limit $2 offset $3
    ) v on true
    """
