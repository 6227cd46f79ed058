"""Projects as crm writes and reads them (DECISIONS.md section 5, "Wire names", "Values")."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from adapters.http.scalars import Amount, LongText, Name
from plugins.crm.wire import Reference

StatutValue = Literal["À faire", "En cours", "Terminé"]


class Projet(msgspec.Struct):
    """A project. `duree` are the days from `date_debut` to `date_fin`, null where one is not known; `en_retard` says
    that `date_fin` is over and the project is not finished; `cree_par` is the account that created it."""

    id: int
    client: int
    titre: str
    description: str
    statut: StatutValue
    date_debut: date | None
    date_fin: date | None
    budget: Decimal
    devis_associe: int | None
    duree: int | None
    en_retard: bool
    cree_par: int | None
    date_creation: datetime
    date_modification: datetime


class ProjetBody(msgspec.Struct):
    """A project as somebody writes it."""

    titre: Name
    client: Reference
    description: LongText = ""
    statut: StatutValue = "À faire"
    date_debut: date | None = None
    date_fin: date | None = None
    budget: Amount = Decimal("0.00")
    devis_associe: Reference | None = None
