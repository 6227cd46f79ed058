"""Payments on the wire (contracts/spotvibe.md section 6.1)."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from core.access.rules import SignedIn
from core.primitives.errors import message, missing
from core.primitives.ids import parse_uuid
from core.primitives.locale import Text
from plugins.spotvibe.arrays import LISTED, respond_array
from plugins.spotvibe.payments.domain import PAYMENT_NOT_FOUND, Means, Statut
from plugins.spotvibe.payments.payment_service import OwnPayments, Started
from plugins.spotvibe.payments.wire import (
    Initiation,
    Paiement,
    PaiementDetail,
    PaymentNamed,
    PaymentStarted,
    Retry,
    Verified,
)
from plugins.spotvibe.wire import Done

A_UUID = "01980000-0000-7000-8000-000000000000"
NAMED = Facts(errors=(400, 415), request_example={"payment_uuid": A_UUID})

STARTED = message(
    "spotvibe_payment_started",
    fr="Paiement initié. Veuillez confirmer sur votre téléphone.",
    en="The payment has begun. Please confirm it on your phone.",
)
RETRIED = message(
    "spotvibe_payment_retried", fr="Retentative de paiement initiée.", en="The payment is being tried again."
)
CANCELLED = message(
    "spotvibe_payment_cancelled", fr="Paiement annulé avec succès.", en="The payment has been cancelled."
)
SAID = {
    Statut.EN_ATTENTE: message(
        "spotvibe_payment_waits",
        fr="Paiement en attente de confirmation.",
        en="The payment awaits its confirmation.",
    ),
    Statut.REUSSI: message(
        "spotvibe_payment_succeeded", fr="Paiement confirmé avec succès.", en="The payment has been confirmed."
    ),
    Statut.ECHEC: message("spotvibe_payment_is_failed", fr="Le paiement a échoué.", en="The payment has failed."),
    Statut.ANNULE: message(
        "spotvibe_payment_is_cancelled", fr="Le paiement a été annulé.", en="The payment was cancelled."
    ),
    Statut.EXPIRE: message("spotvibe_payment_is_expired", fr="Le paiement a expiré.", en="The payment has expired."),
    Statut.REMBOURSE: message(
        "spotvibe_payment_is_refunded", fr="Le paiement a été remboursé.", en="The payment was refunded."
    ),
    Statut.PARTIELLEMENT_REMBOURSE: message(
        "spotvibe_payment_is_partially_refunded",
        fr="Le paiement a été partiellement remboursé.",
        en="The payment was refunded in part.",
    ),
}


def payment_of(text: str) -> UUID:
    """Read a payment's UUID of a path. Raises `DomainError` of kind missing for a malformed one."""
    key = parse_uuid(text)
    if key is None:
        raise missing(PAYMENT_NOT_FOUND)
    return key


def _started(request: StrictRequest, started: Started) -> PaymentStarted:
    return PaymentStarted(STARTED.say(request.caller.locale), started.payment, started.action)


def _encode(request: StrictRequest, started: Any) -> tuple[bytes, dict[str, str]]:
    return msgspec.json.encode(_started(request, started)), {}


def payment_controller(payments: OwnPayments) -> type[Controller]:
    """The controller of payments."""

    class PaymentController(Controller):
        path = "/api/payments"
        tags = ["payments"]

        @operation(
            "GET",
            "/",
            name="list_payments",
            rule=SignedIn(),
            summary=Text(fr="Lister ses paiements", en="List one's payments"),
            facts=LISTED,
        )
        async def listed(self, request: StrictRequest) -> Response[list[Paiement]]:
            """List the caller's payments, newest first."""
            return await respond_array(request, payments.page)

        @operation(
            "POST",
            "/initiate",
            name="initiate_payment",
            rule=SignedIn(),
            creates=_encode,
            summary=Text(fr="Initier un paiement", en="Begin a payment"),
            facts=Facts(
                errors=(400, 409, 415),
                request_example={
                    "type_paiement": "ABONNEMENT",
                    "montant": 10000,
                    "methode_paiement": "MOMO_MTN",
                    "telephone_paiement": "+22997000000",
                    "subscription_id": 1,
                },
            ),
        )
        async def initiate(self, request: StrictRequest, data: JSONBody[Initiation]) -> PaymentStarted:
            """Begin the payment of a plan, or try that of tickets again."""
            ticket, plan = data.event_ticket_id, data.subscription_id
            means = Means(data.methode_paiement, data.telephone_paiement or None, data.otp)
            started = await payments.initiate(
                request.caller, data.type_paiement, ticket=ticket, plan=plan, montant=data.montant, means=means
            )
            return _started(request, started)

        @operation(
            "GET",
            "/{key:str}",
            name="get_payment",
            rule=SignedIn(),
            summary=Text(fr="Lire un paiement", en="Read a payment"),
            facts=Facts(errors=(404,), key="uuid", text_key=True),
        )
        async def get(self, request: StrictRequest, key: FromPath[str]) -> PaiementDetail:
            """Read a payment of the caller's; staff read any."""
            found: PaiementDetail = await payments.detail(request.caller, payment_of(key))
            return found

        @operation(
            "POST",
            "/verify",
            name="verify_payment",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Vérifier un paiement auprès de l'opérateur", en="Verify a payment with its operator"),
            facts=NAMED,
        )
        async def verify(self, request: StrictRequest, data: JSONBody[PaymentNamed]) -> Verified:
            """Ask the operator how a payment stands."""
            statut = await payments.verify(request.caller, data.payment_uuid)
            return Verified(data.payment_uuid, statut.value, SAID[statut].say(request.caller.locale))

        @operation(
            "POST",
            "/cancel",
            name="cancel_payment",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Annuler un paiement en attente", en="Cancel a pending payment"),
            facts=NAMED,
        )
        async def cancel(self, request: StrictRequest, data: JSONBody[PaymentNamed]) -> Done:
            """Cancel a pending payment."""
            await payments.cancel(request.caller, data.payment_uuid)
            return Done(CANCELLED.say(request.caller.locale))

        @operation(
            "POST",
            "/retry",
            name="retry_payment",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Retenter un paiement", en="Try a payment again"),
            facts=Facts(
                errors=(400, 415), request_example={"payment_uuid": A_UUID, "telephone_paiement": "+22997000000"}
            ),
        )
        async def retry(self, request: StrictRequest, data: JSONBody[Retry]) -> PaymentStarted:
            """Try a payment again that failed or expired, by another method or number where they are given."""
            started = await payments.retry(
                request.caller,
                data.payment_uuid,
                methode=None if data.methode_paiement is UNSET else data.methode_paiement,
                telephone=None if data.telephone_paiement is UNSET else data.telephone_paiement,
                otp=data.otp,
            )
            return PaymentStarted(RETRIED.say(request.caller.locale), started.payment, started.action)

    return PaymentController
