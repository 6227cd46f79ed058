"""Tasks: their states and priorities, whose they are, and what they belong to (contracts/crm.md, "Tâche"; DECISIONS.md
section 5, "Tasks" and "Scope")."""

from datetime import datetime
from enum import StrEnum

from core.access.principal import Caller
from core.primitives.errors import message


class Statut(StrEnum):
    """The state of a task."""

    A_FAIRE = "À faire"
    EN_COURS = "En cours"
    TERMINEE = "Terminée"


class Priorite(StrEnum):
    """How much a task presses, from the least."""

    BASSE = "Basse"
    MOYENNE = "Moyenne"
    HAUTE = "Haute"
    URGENTE = "Urgente"


CLIENT_OR_PROJECT = message(
    "crm_tache_client_or_project",
    fr="Précisez un client ou un projet.",
    en="Name a client or a project.",
)
OTHER_CLIENT = message(
    "crm_tache_other_client",
    fr="Le projet est celui d'un autre client.",
    en="The project is another client's.",
)
NOT_MEMBER = message(
    "crm_tache_not_member",
    fr="Cette personne n'est pas un membre actif de l'organisation.",
    en="This person is no active member of the organisation.",
)


def sees_all(caller: Caller) -> bool:
    """Whether a caller sees every task of its organisation: administrators do (DECISIONS.md section 5, "Scope")."""
    return caller.principal is not None and caller.principal.administers


def is_seen(caller: Caller, cree_par: int | None, assigne_a: int | None) -> bool:
    """Whether a caller sees a task: who created it, who does it, and administrators."""
    number = caller.principal.number if caller.principal else None
    return sees_all(caller) or (number is not None and number in (cree_par, assigne_a))


def finished_at(statut: str, before: datetime | None, now: datetime) -> datetime | None:
    """When a task of this state was finished: the first time that it was said; None while it is not."""
    return (before or now) if statut == Statut.TERMINEE else None
