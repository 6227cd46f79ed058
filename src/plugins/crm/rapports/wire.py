"""Reports on the wire (DECISIONS.md section 5, "Reports")."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

R = TypeVar("R")
L = TypeVar("L")

RapportNom = Literal["clients", "projets", "opportunites", "pipeline", "performances"]
FormatNom = Literal["csv", "xlsx", "pdf"]
Statut = Literal["En attente", "En cours", "Terminé", "Échoué"]


class RapportLu(msgspec.Struct, Generic[R, L]):
    """A report: when it was made, the filters that were understood, its figures over all rows that match, and its first
    1,000 lines."""

    rapport: RapportNom
    genere_le: datetime
    filtres: dict[str, Any]
    resume: R
    lignes: Annotated[
        list[L],
        Meta(description="Au plus 1 000 lignes ; le résumé les compte toutes · At most 1,000 lines; resume counts all"),
    ]


class ExportBody(msgspec.Struct):
    """What is to be exported. `filtres` are those of the report's query string, `search` and `ordering` among them."""

    rapport: RapportNom
    format: FormatNom
    filtres: dict[str, Any] | None = None


class ExportVu(msgspec.Struct):
    """An export that a job makes. `progression` is in per cent; `lignes` counts its rows. `url`: in the answer that
    accepts it, where it tells its progress; later the file, at a signed address that expires (each reading gives a
    fresh one), null while there is none. `erreur` says so where it has failed."""

    id: int
    rapport: RapportNom
    format: FormatNom
    statut: Statut
    progression: Annotated[int, Meta(ge=0, le=100)]
    lignes: int
    url: str | None
    erreur: str | None
    date_creation: datetime
    expire_le: datetime
