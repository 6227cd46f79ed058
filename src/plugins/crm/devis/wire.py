"""Quotes on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec

from adapters.http.scalars import LongText, Rejected, check_amount, check_free_text
from core.primitives import messages
from plugins.crm.wire import Reference

Statut = Literal["Brouillon", "Envoyé", "Consulté", "Accepté", "Refusé"]
_SMALLEST: Final = Decimal("0.01")


def _check_positive(value: Decimal) -> Decimal:
    amount = check_amount(value)
    if amount < _SMALLEST:
        raise Rejected(messages.TOO_SMALL, minimum=_SMALLEST)
    return amount


PositiveAmount = Annotated[
    Decimal,
    msgspec.Meta(
        extra={"check": _check_positive},
        extra_json_schema={"type": "string", "format": "decimal", "examples": ["1500.00"]},
    ),
]
"""An amount above nothing, of two decimals, at most 12 integer digits; a string or a number."""

Content = Annotated[str, msgspec.Meta(max_length=20_000, extra={"check": check_free_text})]
"""The lines of a quote."""


class Devis(msgspec.Struct):
    """A version of a quote. `date_envoi`, `date_consultation` and `date_reponse` are when it was sent, first read by
    its client, and answered; `motif_refus` is what the client said; `lien_expire` is until when the link that was
    mailed opens it, null where there is none."""

    id: int
    opportunite: int
    montant: Decimal
    date_creation: datetime
    statut: Statut
    version: int
    contenu: str
    date_modification: datetime
    date_envoi: datetime | None
    date_consultation: datetime | None
    date_reponse: datetime | None
    motif_refus: str
    lien_expire: datetime | None
    cree_par: int | None


class DevisBody(msgspec.Struct):
    """A draft as a client writes it. `contenu` has a line for each thing that is offered."""

    opportunite: Reference
    montant: PositiveAmount
    contenu: Content = ""


class VersionBody(msgspec.Struct):
    """A new version is a copy: there is nothing to say of it. (What reads a body honours `Idempotency-Key`.)"""


class RefusBody(msgspec.Struct):
    """Why a quote is declined."""

    motif: LongText = ""


class Reponse(msgspec.Struct):
    """What a quote's page learns: its state."""

    statut: Statut
