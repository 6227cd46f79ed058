"""Making a sale in one transaction."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import HTTPException, Request
from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.peers.fastapi_sqlalchemy.models import (
    AuditEntry,
    IdempotentAnswer,
    Partner,
    Produit,
    SessionAccess,
    Vente,
    VenteItem,
)
from benchmarks.peers.fastapi_sqlalchemy.shapes import VenteBody, VenteShape
from benchmarks.peers.rules import IDEMPOTENCY_SECONDS, fingerprint, lock_number, new_id

ROUTE = "POST /api/ventes"


async def sell(
    database: AsyncSession, request: Request, holder: SessionAccess, body: bytes, asked: VenteBody
) -> tuple[int, bytes]:
    """Make a sale, or give the first answer of its key again: status and body."""
    key = request.headers.get("idempotency-key")
    if key:
        before = await _recall(database, holder.account_id, key, body)
        if before is not None:
            return before.status, before.body
    vente = await _make(database, holder.organisation_id, asked)
    database.add(vente)
    database.add(
        AuditEntry(
            id=new_id(),
            action="CREATE",
            method="POST",
            path=request.url.path,
            object_type="Vente",
            object_id=str(vente.id),
            ip_address=request.client.host if request.client else "",
            user_agent=request.headers.get("user-agent", ""),
            status_code=201,
            account_id=holder.account_id,
            organisation_id=holder.organisation_id,
        )
    )
    await database.flush()
    answer = VenteShape.model_validate(vente).model_dump_json().encode()
    if key:
        database.add(
            IdempotentAnswer(
                account_id=holder.account_id,
                route=ROUTE,
                key=key,
                fingerprint=fingerprint(body),
                status=201,
                body=answer,
                headers={},
            )
        )
    await database.commit()
    return 201, answer


async def _recall(database: AsyncSession, account: UUID, key: str, body: bytes) -> IdempotentAnswer | None:
    if not await database.scalar(select(func.pg_try_advisory_xact_lock(lock_number(account, ROUTE, key)))):
        raise HTTPException(409)
    found = await database.scalar(
        select(IdempotentAnswer).where(
            IdempotentAnswer.account_id == account,
            IdempotentAnswer.route == ROUTE,
            IdempotentAnswer.key == key,
            IdempotentAnswer.created_at > func.now() - timedelta(seconds=IDEMPOTENCY_SECONDS),
        )
    )
    if found is not None and found.fingerprint != fingerprint(body):
        raise HTTPException(409)
    return found


async def _make(database: AsyncSession, organisation: Any, asked: VenteBody) -> Vente:
    client = await database.scalar(
        select(Partner.id).where(
            Partner.id == asked.client,
            Partner.entreprise == organisation,
            Partner.type == "client",
            Partner.archived_at.is_(None),
        )
    )
    if client is None:
        raise HTTPException(400, {"client": ["Client inconnu."]})
    taken = Counter[UUID]()
    for item in asked.items:
        taken[item.produit] += 0 if asked.statut in ("annulee", "rembourse") else item.quantite
    rows = await database.scalars(
        select(Produit)
        .where(Produit.id.in_(taken), Produit.entreprise == organisation, Produit.archived_at.is_(None))
        .order_by(Produit.id)
        .with_for_update()
    )
    products = {row.id: row for row in rows}
    if len(products) < len(taken) or any(products[key].quantite < number for key, number in taken.items()):
        raise HTTPException(400, {"items": ["Stock insuffisant ou produit inconnu."]})
    prices = {key: product.prix for key, product in products.items()}
    await database.execute(
        update(Produit)
        .where(Produit.id.in_(taken))
        .values(
            quantite=Produit.quantite - case(dict(taken), value=Produit.id),
            version=Produit.version + 1,
            updated_at=func.now(),
        ),
        execution_options={"synchronize_session": False},
    )
    items = [
        VenteItem(
            position=position,
            entreprise=organisation,
            produit=item.produit,
            quantite=item.quantite,
            prix_unitaire=prices[item.produit] if item.prix_unitaire is None else item.prix_unitaire,
        )
        for position, item in enumerate(asked.items, 1)
    ]
    return Vente(
        id=new_id(),
        entreprise=organisation,
        client=asked.client,
        statut=asked.statut,
        items=items,
        total=sum((item.quantite * item.prix_unitaire for item in items), Decimal("0.00")),
    )
