"""Administrators' actions in words."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from core.primitives.errors import Message, message
from core.primitives.locale import Locale, Text


class Recorded(msgspec.Struct, frozen=True):
    """An entry of the audit trail. `label` is what its object is called, where it is called something."""

    action: str
    object_type: str
    object_id: str
    details: Mapping[str, Any]
    label: str | None


APPROVE, REJECT = "APPROVE", "REJECT"
_VERDICTS: Final = {"APPROUVE": APPROVE, "REJETE": REJECT}

_SENTENCES: Final[Mapping[tuple[str, str], Message]] = {
    (APPROVE, "Evenement"): message(
        "spotvibe_did_approve_event", fr="Approbation de l'événement '{label}'", en="Approved the event '{label}'"
    ),
    (REJECT, "Evenement"): message(
        "spotvibe_did_reject_event", fr="Rejet de l'événement '{label}'", en="Rejected the event '{label}'"
    ),
    ("CANCEL", "Evenement"): message(
        "spotvibe_did_cancel_event", fr="Annulation de l'événement '{label}'", en="Cancelled the event '{label}'"
    ),
    (APPROVE, "Verification"): message(
        "spotvibe_did_approve_identity",
        fr="Approbation de l'identité de '{label}'",
        en="Approved the identity of '{label}'",
    ),
    (REJECT, "Verification"): message(
        "spotvibe_did_reject_identity", fr="Rejet de l'identité de '{label}'", en="Rejected the identity of '{label}'"
    ),
    (APPROVE, "Refund"): message(
        "spotvibe_did_approve_refund",
        fr="Approbation du remboursement n° {label}",
        en="Approved refund no. {label}",
    ),
    (REJECT, "Refund"): message(
        "spotvibe_did_reject_refund", fr="Rejet du remboursement n° {label}", en="Rejected refund no. {label}"
    ),
    ("PAY", "Refund"): message(
        "spotvibe_did_pay_refund",
        fr="Remboursement n° {label} versé par le personnel",
        en="Refund no. {label} paid by staff",
    ),
    ("SUSPEND", "Utilisateur"): message(
        "spotvibe_did_suspend_user", fr="Suspension de l'utilisateur '{label}'", en="Suspended the user '{label}'"
    ),
    ("RESTORE", "Utilisateur"): message(
        "spotvibe_did_restore_user",
        fr="Réactivation de l'utilisateur '{label}'",
        en="Let the user '{label}' in again",
    ),
}
_CLOSED = message("spotvibe_did_close", fr="Mode maintenance activé", en="Switched maintenance mode on")
_OPENED = message("spotvibe_did_open", fr="Mode maintenance désactivé", en="Switched maintenance mode off")
_MADE = message("spotvibe_did_create", fr="Création : {kind} '{label}'", en="Created: {kind} '{label}'")
_CHANGED = message("spotvibe_did_update", fr="Modification : {kind} '{label}'", en="Changed: {kind} '{label}'")
_REMOVED = message("spotvibe_did_delete", fr="Suppression : {kind} '{label}'", en="Deleted: {kind} '{label}'")
_OTHER = message("spotvibe_did_other", fr="{action} : {kind} '{label}'", en="{action}: {kind} '{label}'")
_WRITTEN: Final[Mapping[str, Message]] = {"CREATE": _MADE, "UPDATE": _CHANGED, "DELETE": _REMOVED}

_KINDS: Final[Mapping[str, Text]] = {
    "Abonnement": Text(fr="abonnement", en="subscription"),
    "BulkSend": Text(fr="envoi en masse", en="bulk send"),
    "Categorie": Text(fr="catégorie", en="category"),
    "Contact": Text(fr="message de contact", en="contact message"),
    "Evenement": Text(fr="événement", en="event"),
    "Faq": Text(fr="question fréquente", en="frequent question"),
    "NotificationTemplate": Text(fr="modèle de notification", en="notification template"),
    "Parametre": Text(fr="paramètre", en="setting"),
    "Plan": Text(fr="plan d'abonnement", en="subscription plan"),
    "Refund": Text(fr="remboursement", en="refund"),
    "Signalement": Text(fr="signalement", en="report"),
    "Utilisateur": Text(fr="utilisateur", en="user"),
    "Verification": Text(fr="vérification d'identité", en="identity verification"),
}


def action_of(entry: Recorded) -> str:
    """The word for what was done: a verification that was decided is an approval or a rejection."""
    if entry.object_type == "Verification":
        return _VERDICTS.get(str(entry.details.get("statut")), entry.action)
    return entry.action


def describe(entry: Recorded, locale: Locale) -> str:
    """What was done, in one sentence."""
    if entry.object_type == "Maintenance":
        return (_CLOSED if entry.details.get("active") else _OPENED).say(locale)
    label = entry.label or entry.object_id
    action = action_of(entry)
    sentence = _SENTENCES.get((action, entry.object_type))
    if sentence is not None:
        return sentence.say(locale, {"label": label})
    kind = _KINDS.get(entry.object_type)
    said = kind.in_(locale) if kind is not None else entry.object_type
    return _WRITTEN.get(action, _OTHER).say(locale, {"kind": said, "label": label, "action": action})
