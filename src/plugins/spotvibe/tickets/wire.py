"""Tickets as spotvibe shows them (contracts/spotvibe.md sections 4.5 and 4.6)."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

from adapters.http.scalars import check_text
from plugins.spotvibe.payments.wire import Methode, Otp, Telephone
from plugins.spotvibe.tickets.domain import MAX_QUANTITY
from plugins.spotvibe.wire import Reference

Quantity = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=500, extra={"check": check_text})]


class Achat(msgspec.Struct):
    """Tickets to be bought. `otp` is a code of the operator, where its one-step contract is configured."""

    event_id: Reference
    quantity: Quantity
    payment_method: Methode
    phone_number: Telephone | None = None
    otp: Otp = ""


class BilletListe(msgspec.Struct):
    """A ticket of the list. `code_qr_url` is a signed path of its QR that expires, null while it is not paid."""

    id: int
    uuid: UUID
    evenement_id: int
    evenement_titre: str
    date_debut: datetime
    date_fin: datetime
    lieu: str
    prix: Decimal
    statut: str
    utilise_le: datetime | None
    created_at: datetime
    payment_uuid: UUID | None
    code_qr_url: str | None = None


class Scan(msgspec.Struct):
    """What a scanner has read; `event_id` is the event at whose door it is, where it says so."""

    code: Code
    event_id: Reference | None = None


class Porteur(msgspec.Struct):
    """Who holds a ticket."""

    id: int
    nom: str


class BilletScanne(msgspec.Struct):
    """A ticket that was scanned just now."""

    id: int
    uuid: UUID
    numero: str
    evenement_id: int
    evenement_titre: str
    prix: Decimal
    statut: str
    utilise_le: datetime | None
    porteur: Porteur


class Scanned(msgspec.Struct):
    """A holder who may come in."""

    message: str
    billet: BilletScanne


class ScannedBefore(msgspec.Struct):
    """A ticket that was scanned before, at `utilise_le`."""

    error: str
    code: str
    utilise_le: datetime


class CodeFormat(msgspec.Struct):
    """How the code of a ticket is read: base64url without padding, after `prefixe`."""

    prefixe: str
    encodage: str
    billet_uuid: str
    evenement_id: str
    signature: str
    contexte: str


class PublicKey(msgspec.Struct):
    """What a scanner verifies codes with, without the server. `cle_publique` is base64 of the 32 bytes of the key."""

    algorithme: str
    cle_publique: str
    cle_publique_pem: str
    format: CodeFormat


class Cancelled(msgspec.Struct):
    """An event that was cancelled. `achats_a_rembourser` counts the purchases that are settled now."""

    message: str
    achats_a_rembourser: int
