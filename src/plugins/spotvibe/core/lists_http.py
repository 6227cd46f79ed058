"""What staff keep and read: FAQ, messages, feedback, reports (contracts/spotvibe.md sections 3.4 and 3.5; DECISIONS.md
section 2, "core/contact")."""

from typing import Any

from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from core.access.rules import Anyone
from core.primitives.locale import Text
from core.resources import Resource
from plugins.spotvibe.core.lists import CONTACTS, FAQS, FEEDBACKS, REPORTS
from plugins.spotvibe.core.wire import Contact, Faq, FaqBody, Feedback, Signalement, StatutBody
from plugins.spotvibe.rules import StaffOnly
from plugins.spotvibe.wire import ARRAY, DIALECT

STAFF = {action: StaffOnly() for action in ("list", "create", "update", "delete")}


def lists_controllers(
    faqs: Resource[Faq], contacts: Resource[Contact], feedbacks: Resource[Feedback], reports: Resource[Signalement]
) -> list[type[Controller]]:
    """The controllers of the lists."""
    faq: ResourceSpec[Any] = ResourceSpec(
        dialect=DIALECT,
        path="/api/core/faq",
        singular="faq",
        plural="faqs",
        one=Text(fr="une question fréquente", en="a frequent question"),
        many=Text(fr="les questions fréquentes", en="frequent questions"),
        service=faqs,
        out=Faq,
        body=FaqBody,
        listing=FAQS,
        pagination=ARRAY,
        rules={**STAFF, "list": Anyone()},
        actions=("list", "create", "update", "delete"),
        example={
            "question": "Comment réinitialiser mon mot de passe?",
            "reponse": "En cliquant sur 'Mot de passe oublié' sur la page de connexion.",
            "categorie": "COMPTE",
        },
    )
    contact: ResourceSpec[Any] = ResourceSpec(
        dialect=DIALECT,
        path="/api/core/contact",
        singular="contact_message",
        plural="contact_messages",
        one=Text(fr="un message de contact", en="a contact message"),
        many=Text(fr="les messages de contact", en="contact messages"),
        service=contacts,
        out=Contact,
        body=StatutBody,
        listing=CONTACTS,
        pagination=ARRAY,
        rules=STAFF,
        actions=("list", "update", "delete"),
        example={"statut": "TRAITE"},
    )
    feedback: ResourceSpec[Any] = ResourceSpec(
        dialect=DIALECT,
        path="/api/core/feedback",
        singular="feedback",
        plural="feedbacks",
        one=Text(fr="un commentaire", en="feedback"),
        many=Text(fr="les commentaires et suggestions", en="feedback"),
        service=feedbacks,
        out=Feedback,
        listing=FEEDBACKS,
        pagination=ARRAY,
        rules=STAFF,
        actions=("list",),
    )
    report: ResourceSpec[Any] = ResourceSpec(
        dialect=DIALECT,
        path="/api/core/report",
        singular="report",
        plural="reports",
        one=Text(fr="un signalement", en="a report"),
        many=Text(fr="les signalements", en="reports"),
        service=reports,
        out=Signalement,
        body=StatutBody,
        listing=REPORTS,
        pagination=ARRAY,
        rules=STAFF,
        actions=("list", "update"),
        example={"statut": "TRAITE"},
    )
    return [resource_controller(spec) for spec in (faq, contact, feedback, report)]
