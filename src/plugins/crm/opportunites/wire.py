"""Opportunities on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.scalars import Amount, LongText, Name, OptionalText
from plugins.crm.wire import Reference

Etape = Literal["prospect", "qualification", "proposition", "négociation", "conclusion"]
Resultat = Literal["gagnee", "perdue"]
Probability = Annotated[int, msgspec.Meta(ge=0, le=100)]
"""Per cent."""


class Opportunite(msgspec.Struct):
    """A sale that may come about. `valeur_ponderee` is the amount x the probability; `date_cloture` is when the outcome
    was set; `cree_par` is the account that made it."""

    id: int
    nom: str
    client: int
    montant: Decimal
    probabilite: int
    etape: Etape
    date_creation: datetime
    date_conclusion_estimee: date | None
    notes: str
    date_modification: datetime
    valeur_ponderee: Decimal
    resultat: Resultat | None
    motif_perte: str
    date_cloture: datetime | None
    cree_par: int | None


class OpportuniteBody(msgspec.Struct):
    """An opportunity as a client writes it. A new one is at "prospect"; stage, outcome and reason that are not given
    stay as they are."""

    nom: Name
    client: Reference
    montant: Amount = Decimal(0)
    probabilite: Probability = 0
    etape: Etape | UnsetType = UNSET
    date_conclusion_estimee: date | None = None
    notes: LongText = ""
    resultat: Resultat | None | UnsetType = UNSET
    motif_perte: OptionalText | UnsetType = UNSET
