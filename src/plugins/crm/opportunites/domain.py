"""What an opportunity is: its stages, its outcome, and what they mean for each other (contracts/crm.md, "Opportunité";
DECISIONS.md section 5, "Opportunities" and "Outcome")."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from core.primitives.errors import FieldProblem, invalid, message


class Etape(StrEnum):
    """The stages, in their order."""

    PROSPECT = "prospect"
    QUALIFICATION = "qualification"
    PROPOSITION = "proposition"
    NEGOCIATION = "négociation"
    CONCLUSION = "conclusion"


class Resultat(StrEnum):
    """How an opportunity ended."""

    GAGNEE = "gagnee"
    PERDUE = "perdue"


ETAPES: Final = tuple(Etape)

AT_THE_END: Final = message(
    "crm_opportunite_at_the_end",
    fr="L'opportunité est déjà à la dernière étape.",
    en="The opportunity is at its last stage already.",
)
OUTCOME_NEEDS_CONCLUSION: Final = message(
    "crm_opportunite_outcome_stage",
    fr="Une opportunité qui a un résultat est à l'étape « conclusion ».",
    en="An opportunity that has an outcome is at the stage “conclusion”.",
)
REASON_NEEDS_LOSS: Final = message(
    "crm_opportunite_reason",
    fr="Seule une opportunité perdue a un motif de perte.",
    en="Only a lost opportunity has a reason for its loss.",
)


class Outcome(msgspec.Struct, frozen=True):
    """Where an opportunity stands: its stage, how it ended, why it was lost, and when the outcome was set."""

    etape: str = Etape.PROSPECT
    resultat: str | None = None
    motif_perte: str = ""
    date_cloture: datetime | None = None


def next_stage(etape: str) -> Etape:
    """The stage after this one. Raises `DomainError` of kind invalid on `etape` at the last one."""
    place = ETAPES.index(Etape(etape))
    if place + 1 == len(ETAPES):
        raise invalid(FieldProblem(("etape",), AT_THE_END))
    return ETAPES[place + 1]


def decided(present: Outcome, given: Mapping[str, Any], now: datetime) -> Outcome:
    """Where an opportunity stands once `given` (some of `etape`, `resultat`, `motif_perte`) is written.

    An outcome concludes; a stage before "conclusion" opens the opportunity again and takes its outcome away; the
    moment of an outcome stays while the outcome does. Raises `DomainError` of kind invalid where stage and outcome, or
    outcome and reason, contradict each other.
    """
    problems = []
    etape = given.get("etape", present.etape)
    resultat = given.get("resultat", present.resultat if etape == Etape.CONCLUSION else None)
    if resultat is not None:
        if given.get("etape", Etape.CONCLUSION) != Etape.CONCLUSION:
            problems.append(FieldProblem(("etape",), OUTCOME_NEEDS_CONCLUSION))
        etape = Etape.CONCLUSION
    lost = resultat == Resultat.PERDUE
    if given.get("motif_perte") and not lost:
        problems.append(FieldProblem(("motif_perte",), REASON_NEEDS_LOSS))
    if problems:
        raise invalid(*problems)
    return Outcome(
        etape=str(etape),
        resultat=resultat,
        motif_perte=given.get("motif_perte", present.motif_perte) if lost else "",
        date_cloture=None if resultat is None else present.date_cloture if resultat == present.resultat else now,
    )
