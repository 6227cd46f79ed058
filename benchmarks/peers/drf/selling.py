"""Making a sale in one transaction."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer

from benchmarks.peers.drf.models import AuditEntry, IdempotentAnswer, Partner, Produit, Vente, VenteItem
from benchmarks.peers.drf.serializers import VenteSerializer
from benchmarks.peers.rules import IDEMPOTENCY_SECONDS, fingerprint, lock_number, new_id

ROUTE = "POST /api/ventes"


class Conflict(APIException):
    """The `Idempotency-Key` belongs to another body, or its first request still runs."""

    status_code = 409
    default_code = "idempotency_key"


def sell(request: Any, body: bytes, values: dict[str, Any]) -> tuple[int, bytes]:
    """Make a sale, or give the first answer of its key again: status and body."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    with transaction.atomic():
        if key:
            before = _recall(request.user.account_id, key, body)
            if before is not None:
                return before.status, bytes(before.body)
        vente = _make(request.user, values)
        answer = JSONRenderer().render(VenteSerializer(vente).data)
        AuditEntry.objects.create(
            id=new_id(),
            action="CREATE",
            method="POST",
            path=request.path,
            object_type="Vente",
            object_id=str(vente.id),
            ip_address=request.META.get("REMOTE_ADDR", ""),
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
            status_code=201,
            account_id=request.user.account_id,
            organisation_id=request.user.organisation_id,
        )
        if key:
            IdempotentAnswer.objects.create(
                account_id=request.user.account_id,
                route=ROUTE,
                key=key,
                fingerprint=fingerprint(body),
                status=201,
                body=answer,
                headers={},
            )
    return 201, answer


def _recall(account: Any, key: str, body: bytes) -> IdempotentAnswer | None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [lock_number(account, ROUTE, key)])
        if not cursor.fetchone()[0]:
            raise Conflict
    since = Now() - timedelta(seconds=IDEMPOTENCY_SECONDS)
    found = IdempotentAnswer.objects.filter(account_id=account, route=ROUTE, key=key, created_at__gt=since).first()
    if found is not None and bytes(found.fingerprint) != fingerprint(body):
        raise Conflict
    return found


def _make(holder: Any, values: dict[str, Any]) -> Vente:
    organisation = holder.organisation_id
    clients = Partner.objects.filter(
        id=values["client_id"], entreprise=organisation, type="client", archived_at__isnull=True
    )
    if not clients.exists():
        raise ValidationError({"client": ["Client inconnu."]})
    asked = Counter[Any]()
    for item in values["items"]:
        asked[item["produit_id"]] += 0 if values["statut"] in ("annulee", "rembourse") else item["quantite"]
    rows = Produit.objects.filter(entreprise=organisation, archived_at__isnull=True, id__in=asked)
    products = {row.id: row for row in rows.only("id", "prix", "quantite").order_by("id").select_for_update()}
    if len(products) < len(asked) or any(products[key].quantite < number for key, number in asked.items()):
        raise ValidationError({"items": ["Stock insuffisant ou produit inconnu."]})
    taken = Case(*[When(id=key, then=Value(number)) for key, number in asked.items()])
    Produit.objects.filter(id__in=asked).update(
        quantite=F("quantite") - taken, version=F("version") + 1, updated_at=Now()
    )
    lines = [(each, each.get("prix_unitaire", products[each["produit_id"]].prix)) for each in values["items"]]
    vente = Vente.objects.create(
        id=new_id(),
        entreprise=organisation,
        client_id=values["client_id"],
        statut=values["statut"],
        total=sum((each["quantite"] * price for each, price in lines), Decimal("0.00")),
    )
    items = VenteItem.objects.bulk_create(
        VenteItem(
            vente_id=vente.id,
            position=position,
            entreprise=organisation,
            produit_id=each["produit_id"],
            quantite=each["quantite"],
            prix_unitaire=price,
        )
        for position, (each, price) in enumerate(lines, 1)
    )
    vente._prefetched_objects_cache = {"items": items}  # noqa: SLF001
    return vente
