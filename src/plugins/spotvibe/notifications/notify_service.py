"""Telling people: each of them in his language, through the channels that the template has and that he wants."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from core.notifications.service import EMAIL, PUSH, SMS, Notifications
from core.work import Work
from plugins.spotvibe.notifications.domain import Annonce, Canal, Destinataire, Frequence, Modele, said


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A notification that is kept to be read in the application."""

    number: int
    titre: str
    message: str
    type_notification: str
    lien: str | None
    donnees: Mapping[str, Any]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A notification that waits for its reader's next summary."""

    number: int
    canal: Canal
    frequence: Frequence
    titre: str
    message: str


class NotifyStore(Protocol):
    """What telling needs of its store."""

    async def template(self, work: Work, type_notification: str) -> Modele | None:
        """Return the template of a type."""
        ...

    async def addressees(self, work: Work, numbers: Sequence[int], type_notification: str) -> list[Destinataire]:
        """Return those of these users whose account is open, in the order of their numbers."""
        ...

    async def claim(self, work: Work, cle: str, numbers: Sequence[int]) -> list[int]:
        """Return those of these users who were not told of this before; they are now."""
        ...

    async def keep(self, work: Work, rows: Sequence[Kept]) -> dict[int, int]:
        """Keep notifications, at most one for each user; returns their ids by the user's number."""
        ...

    async def queue(self, work: Work, lines: Sequence[Line]) -> None:
        """Queue lines of summaries."""
        ...

    async def username(self, work: Work, number: int) -> str:
        """Return a user's name; "" where there is none."""
        ...


class _Sending(msgspec.Struct, frozen=True):
    person: Destinataire
    canal: Canal
    frequence: Frequence
    titre: str
    message: str

    @property
    def number(self) -> int:
        return self.person.number


class Notifier:
    """Tells people inside the unit of work of whoever knows. Nothing leaves the house before its commit: emails, SMS
    and push notifications are the kernel's deliveries, each logged and retried by itself.

    Codes and password resets are the kernel's own letters (`core.accounts.letters`), which know no preferences
    (DECISIONS.md section 2, "Security messages")."""

    def __init__(self, store: NotifyStore, notifications: Notifications, zone: ZoneInfo, link_base: str) -> None:
        self.store = store
        self._notifications = notifications
        self._zone = zone
        self._link_base = link_base

    async def tell(self, work: Work, annonce: Annonce, numbers: Iterable[int]) -> set[int]:
        """Tell users of something by the template of its type; returns whom it reaches, at once or by a summary.
        Raises `LookupError` for a type without a template: those of the product are seeded, and nobody deletes them.
        """
        return await self.send(work, await self.template(work, annonce.type_notification), annonce, numbers)

    async def template(self, work: Work, type_notification: str) -> Modele:
        """Return the template of a type. Raises `LookupError` where there is none."""
        modele = await self.store.template(work, type_notification)
        if modele is None:
            raise LookupError(f'there is no template of type "{type_notification}"')
        return modele

    async def send(
        self, work: Work, modele: Modele, annonce: Annonce, numbers: Iterable[int], *, always: Canal | None = None
    ) -> set[int]:
        """Tell users of something by a template; returns whom it reaches. One channel may be used `always`, whether
        the template has it and its reader wants it or not."""
        chosen = sorted(set(numbers))
        if annonce.cle:
            chosen = await self.store.claim(work, annonce.cle, chosen)
        canaux = dict.fromkeys((*modele.canaux_actifs, *((always,) if always else ())))
        if not chosen or not canaux:
            return set()
        sendings = [
            _Sending(person, canal, Frequence.IMMEDIATE if canal is always else person.frequence(canal), *texts)
            for person in await self.store.addressees(work, chosen, annonce.type_notification)
            for texts in (self._texts(modele, annonce, person),)
            for canal in canaux
        ]
        now = [each for each in sendings if each.frequence is Frequence.IMMEDIATE]
        kept = await self.store.keep(work, [_kept(annonce, each) for each in now if each.canal is Canal.IN_APP])
        for each in now:
            self.hand_over(work, each.canal, annonce, each.person, each.titre, each.message, kept.get(each.number))
        later = [each for each in sendings if each.frequence in (Frequence.QUOTIDIEN, Frequence.HEBDOMADAIRE)]
        if later:
            await self.store.queue(work, [_line(each) for each in later])
        return {each.number for each in (*now, *later)}

    def hand_over(
        self,
        work: Work,
        canal: Canal,
        annonce: Annonce,
        person: Destinataire,
        titre: str,
        message: str,
        notification: int | None,
    ) -> None:
        """Ask the kernel to send a text to one person by one channel; to each of his devices where it is push. What is
        read in the application needs nothing sent."""
        code = f"spotvibe.{annonce.type_notification.lower()}"
        ask = self._notifications.ask_text
        if canal is Canal.EMAIL:
            ask(work, EMAIL, code, person.email, titre, self._letter(message, annonce.lien), person.account)
        elif canal is Canal.SMS and person.phone:
            ask(work, SMS, code, person.phone, titre, message, person.account)
        elif canal is Canal.PUSH:
            data = _data(annonce, notification)
            for token in person.appareils:
                ask(work, PUSH, code, token, titre, message, person.account, data)

    def _texts(self, modele: Modele, annonce: Annonce, person: Destinataire) -> tuple[str, str]:
        locale = person.locale
        values = {name: said(value, locale, self._zone) for name, value in annonce.values.items()}
        return modele.say(locale, {**values, "username": person.username, "prenom": person.prenom})

    def _letter(self, message: str, lien: str | None) -> str:
        if lien is None:
            return f"{message}\n"
        return f"{message}\n\n{self._link_base if lien.startswith('/') else ''}{lien}\n"


def _kept(annonce: Annonce, sending: _Sending) -> Kept:
    return Kept(
        number=sending.number,
        titre=sending.titre,
        message=sending.message,
        type_notification=annonce.type_notification,
        lien=annonce.lien,
        donnees=annonce.donnees,
    )


def _line(sending: _Sending) -> Line:
    return Line(
        number=sending.number,
        canal=sending.canal,
        frequence=sending.frequence,
        titre=sending.titre,
        message=sending.message,
    )


def _data(annonce: Annonce, notification: int | None) -> dict[str, str]:
    """What an application gets beside the text: texts alone (FCM's `data`)."""
    found: dict[str, Any] = {**annonce.donnees, "type_notification": annonce.type_notification}
    if annonce.lien is not None:
        found["lien_action"] = annonce.lien
    if notification is not None:
        found["notification_id"] = notification
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in found.items()
    }
