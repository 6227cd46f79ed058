"""Tasks as crm writes and reads them (DECISIONS.md section 5, "Wire names", "Values")."""

from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.scalars import LongText, Name
from plugins.crm.wire import Reference

StatutValue = Literal["À faire", "En cours", "Terminée"]
PrioriteValue = Literal["Basse", "Moyenne", "Haute", "Urgente"]
FrequenceValue = Literal["IMMEDIATE", "QUOTIDIEN", "JAMAIS"]


class Tache(msgspec.Struct):
    """A task. `assigne_a` is who does it, null while nobody is named; `en_retard` says that `date_echeance` is over and
    the task is not finished; `terminee_le` is when it was; `cree_par` is the account that created it."""

    id: int
    titre: str
    description: str
    assigne_a: int | None
    client_associe: int
    projet_associe: int | None
    priorite: PrioriteValue
    date_echeance: date
    statut: StatutValue
    en_retard: bool
    terminee_le: datetime | None
    cree_par: int | None
    date_creation: datetime
    date_modification: datetime


class TacheBody(msgspec.Struct):
    """A task as somebody writes it. Its client is the project's where a project is named; a new one is to do, and its
    creator's unless somebody else is named."""

    titre: Name
    priorite: PrioriteValue
    date_echeance: date
    description: LongText = ""
    assigne_a: Reference | None | UnsetType = UNSET
    client_associe: Reference | UnsetType = UNSET
    projet_associe: Reference | None = None
    statut: StatutValue | UnsetType = UNSET


class Rappels(msgspec.Struct):
    """How somebody is reminded of tasks: each in a letter of its own (IMMEDIATE), one letter a day (QUOTIDIEN), or not
    at all (JAMAIS)."""

    frequence: FrequenceValue
