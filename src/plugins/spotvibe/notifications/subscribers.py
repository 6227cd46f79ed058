"""Whom the events of spotvibe tell of what. Publishers are not imported: an event is known by its name, its fields are
those that its publisher documents; `user` and the like are account numbers."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from core.payments.gateway import Reason
from core.primitives.locale import Text
from core.work import Delivery, Work, Works
from plugins.spotvibe.notifications import types
from plugins.spotvibe.notifications.bulk_service import Envois
from plugins.spotvibe.notifications.domain import Annonce
from plugins.spotvibe.notifications.notify_service import Notifier

NOT_TOLD: Final = Text(fr="non précisé", en="not stated")
OBJECTS: Final = {"BILLET": Text(fr="billet", en="ticket"), "ABONNEMENT": Text(fr="abonnement", en="subscription")}
REASONS: Final = {
    Reason.INSUFFICIENT_FUNDS: Text(fr="solde insuffisant", en="insufficient funds"),
    Reason.PAYER_NOT_FOUND: Text(fr="numéro inconnu de l'opérateur", en="number unknown to the operator"),
    Reason.DECLINED_BY_PAYER: Text(fr="paiement refusé sur votre téléphone", en="payment declined on your phone"),
    Reason.TIMEOUT: Text(fr="délai de confirmation dépassé", en="not confirmed in time"),
    Reason.LIMIT_REACHED: Text(fr="plafond de votre compte atteint", en="limit of your account reached"),
    Reason.OPERATOR_UNAVAILABLE: Text(fr="opérateur indisponible", en="operator unavailable"),
}
"""What a payer is told of why his payment failed; of other reasons he could make nothing."""

Payload = Mapping[str, Any]


class Subscribers:
    """Handles the events of spotvibe. Each delivery tells its people in the transaction that closes it, so that one
    that comes twice tells once."""

    def __init__(self, works: Works, notifier: Notifier, envois: Envois, currency: str) -> None:
        self._works = works
        self._notifier = notifier
        self._envois = envois
        self._currency = currency
        self._told: dict[str, Callable[[Work, Payload], Awaitable[None]]] = {
            "spotvibe.user_registered": self._welcome,
            "spotvibe.user_followed": self._followed,
            "spotvibe.verification_decided": self._verification,
            "spotvibe.event_decided": self._decided,
            "spotvibe.event_cancelled": self._cancelled,
            "spotvibe.event_reminder": self._reminder,
            "spotvibe.invited": self._invited,
            "spotvibe.tickets_paid": self._paid,
            "spotvibe.payment_failed": self._payment_failed,
            "spotvibe.refund_decided": self._refund_decided,
            "spotvibe.refund_done": self._refund_done,
            "spotvibe.subscription_activated": self._activated,
            "spotvibe.subscription_expiring": self._expiring,
            "spotvibe.subscription_expired": self._expired,
            "spotvibe.renewal_link": self._renewal,
        }

    async def tell(self, delivery: Delivery) -> None:
        """Tell whom an event concerns."""
        async with self._works.delivering(delivery) as work:
            await self._told[delivery.topic](work, delivery.payload)
            await work.commit()

    async def _welcome(self, work: Work, fact: Payload) -> None:
        await self._one(work, types.WELCOME, fact["user"], lien="/events")

    async def _followed(self, work: Work, fact: Payload) -> None:
        follower = fact["follower"]
        values = {"abonne": await self._notifier.store.username(work, follower)}
        await self._one(work, types.NEW_FOLLOWER, fact["followed"], values, f"/users/{follower}", {"user_id": follower})

    async def _verification(self, work: Work, fact: Payload) -> None:
        kind = types.VERIFICATION_APPROVED if fact["statut"] == "APPROUVE" else types.VERIFICATION_REJECTED
        await self._one(work, kind, fact["user"], {"commentaire": fact["commentaire"] or NOT_TOLD}, "/profile")

    async def _decided(self, work: Work, fact: Payload) -> None:
        approved = fact["statut"] == "VALIDE"
        values = {"evenement": fact["titre"], "motif": fact["motif"] or NOT_TOLD}
        kind = types.EVENT_APPROVED if approved else types.EVENT_REJECTED
        await self._one(work, kind, fact["createur"], values, **_of_event(fact))
        if approved:
            organiser = await self._notifier.store.username(work, fact["createur"])
            news = Annonce(
                type_notification=types.NEW_EVENT,
                values={"evenement": fact["titre"], "organisateur": organiser},
                **_of_event(fact),
            )
            # a content change has an event approved again: its followers have heard of it
            key = f"{types.NEW_EVENT}:{fact['evenement']}"
            await self._envois.tell_followers(work, news, fact["createur"], key)

    async def _cancelled(self, work: Work, fact: Payload) -> None:
        # whoever has a ticket and takes part is named twice
        key = f"{types.EVENT_CANCELLED}:{fact['evenement']}"
        values = {"evenement": fact["titre"]}
        await self._one(work, types.EVENT_CANCELLED, fact["user"], values, **_of_event(fact), cle=key)

    async def _reminder(self, work: Work, fact: Payload) -> None:
        begins = _moment(fact["date_debut"])
        key = f"{types.EVENT_REMINDER}:{fact['evenement']}:{begins.isoformat()}"
        values = {"evenement": fact["titre"], "date_debut": begins}
        await self._one(work, types.EVENT_REMINDER, fact["user"], values, **_of_event(fact), cle=key)

    async def _invited(self, work: Work, fact: Payload) -> None:
        values = {"evenement": fact["titre"], "organisateur": await self._notifier.store.username(work, fact["par"])}
        await self._one(work, types.INVITATION, fact["user"], values, **_of_event(fact))

    async def _paid(self, work: Work, fact: Payload) -> None:
        values = {"evenement": fact["titre"], "quantite": fact["quantity"]}
        about = _of_event(fact)
        about["donnees"] |= {"payment_uuid": fact["payment"]}
        await self._one(work, types.TICKET_PURCHASED, fact["user"], values, **about)

    async def _payment_failed(self, work: Work, fact: Payload) -> None:
        payment = fact["payment"]
        values = {
            "objet": OBJECTS.get(fact["type_paiement"], fact["type_paiement"]),
            "motif": REASONS.get(fact["motif"], NOT_TOLD),
        }
        await self._one(
            work, types.PAYMENT_FAILED, fact["user"], values, f"/payments/{payment}", {"payment_uuid": payment}
        )

    async def _refund_decided(self, work: Work, fact: Payload) -> None:
        kind = types.REFUND_APPROVED if fact["statut"] == "APPROUVE" else types.REFUND_REJECTED
        await self._refund(work, kind, fact)

    async def _refund_done(self, work: Work, fact: Payload) -> None:
        await self._refund(work, types.REFUND_DONE, fact)

    async def _refund(self, work: Work, kind: str, fact: Payload) -> None:
        values = {"montant": amount(fact["montant"], self._currency)}
        refund = fact["refund"]
        await self._one(work, kind, fact["user"], values, f"/payments/refunds/{refund}", {"refund_id": refund})

    async def _activated(self, work: Work, fact: Payload) -> None:
        values = {"plan": fact["plan"], "date_fin": _moment(fact["date_fin"])}
        await self._one(work, types.SUBSCRIPTION_ACTIVATED, fact["user"], values, "/subscriptions")

    async def _expiring(self, work: Work, fact: Payload) -> None:
        values = {"plan": fact["plan"], "date_fin": _moment(fact["date_fin"])}
        await self._one(work, types.SUBSCRIPTION_EXPIRING, fact["user"], values, "/subscriptions")

    async def _expired(self, work: Work, fact: Payload) -> None:
        await self._one(work, types.SUBSCRIPTION_EXPIRED, fact["user"], {"plan": fact["plan"]}, "/subscriptions")

    async def _renewal(self, work: Work, fact: Payload) -> None:
        values = {"plan": fact["plan"], "url": fact["url"]}
        await self._one(work, types.RENEWAL_LINK, fact["user"], values, fact["url"])

    async def _one(
        self,
        work: Work,
        kind: str,
        user: int,
        values: Mapping[str, Any] | None = None,
        lien: str | None = None,
        donnees: Mapping[str, Any] | None = None,
        cle: str = "",
    ) -> None:
        annonce = Annonce(type_notification=kind, values=values or {}, lien=lien, donnees=donnees or {}, cle=cle)
        await self._notifier.tell(work, annonce, [user])


def _of_event(fact: Payload) -> dict[str, Any]:
    return {"lien": f"/events/{fact['evenement']}", "donnees": {"event_id": fact["evenement"]}}


def _moment(text: str) -> datetime:
    """Read a moment of a payload; a day alone is its midnight in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def amount(text: str | float, currency: str) -> str:
    """Write an amount as people do: "10 000 XOF", "1 250.50 XOF"."""
    value = Decimal(str(text))
    whole = value == value.to_integral_value()
    return f"{value:,.0f}".replace(",", " ") + f" {currency}" if whole else f"{value:,.2f} {currency}".replace(",", " ")
