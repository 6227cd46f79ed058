"""What a quote is: its states, its versions, and what may be done with it when (contracts/crm.md, "Devis"; DECISIONS.md
section 5, "Quotes")."""

import hashlib
import secrets
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from core.primitives.errors import DomainError, Kind, Message, invalid_request, message


class Statut(StrEnum):
    """The states of a quote."""

    BROUILLON = "Brouillon"
    ENVOYE = "Envoyé"
    CONSULTE = "Consulté"
    ACCEPTE = "Accepté"
    REFUSE = "Refusé"


ANSWERED: Final = frozenset({Statut.ACCEPTE, Statut.REFUSE})
OPEN: Final = frozenset({Statut.BROUILLON, Statut.ENVOYE, Statut.CONSULTE})

SENT_ALREADY: Final = message(
    "crm_devis_sent",
    fr="Ce devis a déjà été envoyé : faites-en une nouvelle version.",
    en="This quote has been sent already: make a new version of it.",
)
FROZEN: Final = message(
    "crm_devis_frozen",
    fr="Un devis envoyé n'est plus modifiable : faites-en une nouvelle version.",
    en="A quote that was sent can no longer be changed: make a new version of it.",
)
REPLACED: Final = message(
    "crm_devis_replaced",
    fr="Une version plus récente de ce devis existe.",
    en="There is a newer version of this quote.",
)
ACCEPTED_ALREADY: Final = message(
    "crm_devis_accepted", fr="Ce devis a déjà été accepté.", en="This quote has been accepted already."
)
REFUSED_ALREADY: Final = message(
    "crm_devis_refused", fr="Ce devis a déjà été refusé.", en="This quote has been declined already."
)
VERSION_ACCEPTED: Final = message(
    "crm_devis_version_accepted",
    fr="Une version de ce devis a été acceptée : il n'en faut pas de nouvelle.",
    en="A version of this quote was accepted: there is no need of a new one.",
)
CLIENT_WITHOUT_EMAIL: Final = message(
    "crm_devis_client_without_email",
    fr="Le client n'a pas d'adresse e-mail : le devis ne peut lui être envoyé.",
    en="The client has no email address: the quote cannot be sent.",
)
OTHER_VERSIONS: Final = message(
    "crm_devis_other_versions",
    fr="Un devis qui a plusieurs versions ne change pas d'opportunité.",
    en="A quote with several versions stays with its opportunity.",
)
ACCEPTED_STAYS: Final = message(
    "crm_devis_accepted_stays",
    fr="Un devis accepté ne peut être supprimé.",
    en="A quote that was accepted cannot be deleted.",
)
HAS_NO_LINK: Final = message(
    "crm_devis_not_sent", fr="Ce devis n'attend pas de réponse.", en="This quote does not wait for an answer."
)
CHANGED_MEANWHILE: Final = message(
    "crm_devis_changed_meanwhile",
    fr="Le devis a changé pendant son envoi. Réessayez.",
    en="The quote changed while it was being sent. Try again.",
)


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """A quote with all that is printed, mailed and shown of it. `newest` is whether no later version is there;
    `accepted` whether a version was accepted, `siblings` how many other versions there are."""

    id: int
    entreprise: UUID
    opportunite: int
    lignee: UUID
    numero_version: int
    montant: Decimal
    contenu: str
    statut: Statut
    date_creation: datetime
    date_envoi: datetime | None
    date_reponse: datetime | None
    fichier: UUID | None
    lien_hash: bytes | None
    lien_expire: datetime | None
    newest: bool
    accepted: bool
    siblings: int
    titre: str
    client: int
    client_nom: str
    client_societe: str
    client_email: str | None
    client_telephone: str
    organisation_nom: str
    organisation_adresse: str
    organisation_email: str | None
    auteur: str | None
    auteur_email: str | None

    @property
    def answerable(self) -> bool:
        """Whether its client is asked for an answer: sent, not answered, and not replaced."""
        return self.newest and self.statut in (Statut.ENVOYE, Statut.CONSULTE)


def check_sendable(devis: Dossier) -> None:
    """Raise `DomainError` of kind invalid where a quote cannot be sent: it was, it is replaced or answered, or its
    client has no email address."""
    if devis.statut in ANSWERED:
        raise invalid_request(_answered(devis))
    if devis.statut is not Statut.BROUILLON:
        raise invalid_request(SENT_ALREADY)
    _check_newest(devis)
    _check_reachable(devis)


def check_relinkable(devis: Dossier) -> None:
    """Raise `DomainError` of kind invalid where a quote gets no new link: it does not wait for an answer, is replaced,
    or its client has no email address."""
    if devis.statut not in (Statut.ENVOYE, Statut.CONSULTE):
        raise invalid_request(HAS_NO_LINK)
    _check_newest(devis)
    _check_reachable(devis)


def check_acceptable(devis: Dossier) -> None:
    """Raise `DomainError` of kind invalid where a quote cannot be accepted: it was answered, or is replaced."""
    if devis.statut in ANSWERED:
        raise invalid_request(_answered(devis))
    _check_newest(devis)


def check_refusable(devis: Dossier) -> None:
    """Raise `DomainError` of kind invalid where a quote cannot be declined: it was answered."""
    if devis.statut in ANSWERED:
        raise invalid_request(_answered(devis))


def check_renewable(devis: Dossier) -> None:
    """Raise `DomainError` of kind invalid where a quote gets no new version: one was accepted."""
    if devis.accepted:
        raise invalid_request(VERSION_ACCEPTED)


def check_editable(devis: Dossier) -> None:
    """Raise `DomainError` of kind invalid where a quote is no draft any more."""
    if devis.statut is not Statut.BROUILLON:
        raise invalid_request(FROZEN)


def changed_meanwhile() -> DomainError:
    """A quote that was changed again and again while it was printed."""
    return DomainError(CHANGED_MEANWHILE, Kind.CONFLICT, retry_after=1)


def _check_newest(devis: Dossier) -> None:
    if not devis.newest:
        raise invalid_request(REPLACED)


def _check_reachable(devis: Dossier) -> None:
    if not devis.client_email:
        raise invalid_request(CLIENT_WITHOUT_EMAIL)


def _answered(devis: Dossier) -> Message:
    return ACCEPTED_ALREADY if devis.statut is Statut.ACCEPTE else REFUSED_ALREADY


def new_token() -> str:
    """A token of 256 random bits, for an address."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    """What is kept of a token: who reads the database cannot open a link."""
    return hashlib.sha256(token.encode()).digest()
