"""The requests."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload, undefer

from benchmarks.peers import rules
from benchmarks.peers.fastapi_sqlalchemy.access import Database, allowed
from benchmarks.peers.fastapi_sqlalchemy.models import Depense, Produit, SessionAccess, Vente, VenteItem
from benchmarks.peers.fastapi_sqlalchemy.selling import sell
from benchmarks.peers.fastapi_sqlalchemy.shapes import CashflowShape, PageShape, ProduitShape, VenteBody, VenteShape

app = FastAPI(openapi_url=None)

PageSize = Annotated[int, Query(ge=1)]


@app.exception_handler(RequestValidationError)
async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:  # noqa: ARG001
    """Answer to a request that cannot be read."""
    return JSONResponse({"detail": str(error)}, 400)


async def _page(
    database: Any, request: Request, rows: Select[Any], terms: list[str], model: Any, page: int, size: int
) -> dict[str, Any]:
    size = min(size, rules.MAX_PAGE_SIZE)
    count = await database.scalar(rows.with_only_columns(func.count()))
    if page < 1 or (page > 1 and (page - 1) * size >= count):
        raise HTTPException(404)
    columns = [getattr(model, term.removeprefix("-")) for term in terms]
    order = [
        column.desc() if term.startswith("-") else column.asc() for column, term in zip(columns, terms, strict=True)
    ]
    found = await database.scalars(rows.order_by(*order).limit(size).offset((page - 1) * size))
    return {
        "count": count,
        "next": str(request.url.include_query_params(page=page + 1)) if page * size < count else None,
        "previous": str(request.url.include_query_params(page=page - 1)) if page > 1 else None,
        "results": found.all(),
    }


@app.get("/api/produits/")
async def list_produits(
    request: Request,
    database: Database,
    holder: Annotated[SessionAccess, allowed("products", "read")],
    page: int = 1,
    page_size: PageSize = rules.PAGE_SIZE,
    categorie: str = "",
    search: str = "",
    ordering: str = "",
) -> PageShape[ProduitShape]:
    """A page of products."""
    rows = select(Produit).where(Produit.entreprise == holder.organisation_id, Produit.archived_at.is_(None))
    if categorie:
        rows = rows.where(func.lower(Produit.categorie) == func.lower(categorie))
    if search:
        # folded once, not for each row that the index finds
        folded = select(func.socle_fold(search)).scalar_subquery()
        rows = rows.where(Produit.search_text.contains(folded, autoescape=False))
    terms = rules.ordering_terms(ordering, rules.PRODUCT_ORDERING)
    found: Any = await _page(database, request, rows, terms, Produit, page, page_size)
    return found


@app.get("/api/produits/{key}/")
async def get_produit(
    key: UUID, response: Response, database: Database, holder: Annotated[SessionAccess, allowed("products", "read")]
) -> ProduitShape:
    """A product."""
    found: Any = await database.scalar(
        select(Produit)
        .where(Produit.id == key, Produit.entreprise == holder.organisation_id, Produit.archived_at.is_(None))
        .options(undefer(Produit.version))
    )
    if found is None:
        raise HTTPException(404)
    response.headers["etag"] = f'"{found.version}"'
    return found


@app.get("/api/ventes/")
async def list_ventes(
    request: Request,
    database: Database,
    holder: Annotated[SessionAccess, allowed("sales", "read")],
    page: int = 1,
    page_size: PageSize = rules.PAGE_SIZE,
    statut: str = "",
    ordering: str = "",
) -> PageShape[VenteShape]:
    """A page of sales with their lines."""
    rows = select(Vente).where(Vente.entreprise == holder.organisation_id).options(selectinload(Vente.items))
    if statut:
        rows = rows.where(Vente.statut == statut)
    terms = rules.ordering_terms(ordering, rules.SALE_ORDERING)
    found: Any = await _page(database, request, rows, terms, Vente, page, page_size)
    return found


@app.post("/api/ventes/")
async def create_vente(
    request: Request,
    database: Database,
    holder: Annotated[SessionAccess, allowed("sales", "create")],
    asked: VenteBody,
) -> Response:
    """Make a sale."""
    status, answer = await sell(database, request, holder, await request.body(), asked)
    return Response(answer, status, media_type="application/json")


@app.get("/api/analytics/cashflow/")
async def cashflow(database: Database, holder: Annotated[SessionAccess, allowed("analytics", "read")]) -> CashflowShape:
    """The cash flow: one aggregate over lines, one over expenses."""
    paid = (Vente.entreprise == holder.organisation_id, Vente.statut == "payee")
    if rules.SUM_TOTALS:
        revenue = await database.execute(_sums(Vente.total, Vente.created_at).where(*paid))
    else:
        amount = VenteItem.quantite * VenteItem.prix_unitaire
        lines = _sums(amount, Vente.created_at).join_from(VenteItem, Vente, VenteItem.vente == Vente.id)
        revenue = await database.execute(lines.where(*paid))
    expenses = await database.execute(
        _sums(Depense.montant, Depense.created_at).where(Depense.entreprise == holder.organisation_id)
    )
    return CashflowShape.model_validate(rules.cashflow(revenue.one().tuple(), expenses.one().tuple()))


def _sums(amount: Any, moment: Any) -> Select[tuple[Decimal, Decimal, Decimal]]:
    this, before = rules.months()
    return select(
        func.coalesce(func.sum(amount), 0),
        func.coalesce(func.sum(amount).filter(moment >= this), 0),
        func.coalesce(func.sum(amount).filter(moment >= before, moment < this), 0),
    )
