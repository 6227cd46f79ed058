"""Invitations: one-time links by which the holder of an account accepts that an utilisateur is linked to it. They are
needed where a directory holds the passwords: knowing one of these proves nothing about the account."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote
from uuid import UUID

from core.access.principal import Caller
from core.accounts.ports import AccountStore
from core.notifications.service import Notifications
from core.notifications.templates import template
from core.primitives.clock import Clock
from core.primitives.errors import invalid_field, message
from core.work import Work, Works
from plugins.driven.utilisateurs.api import UtilisateursApi

INVITATION = template(
    "driven.invitation",
    subject_fr="Accepter votre accès au portail",
    subject_en="Accept your access to the portal",
    body_fr="Un administrateur du portail a lié votre compte au login {login} de l'annuaire.\n\n"
    "Si c'est bien le vôtre, acceptez par ce lien dans les {days} jours :\n\n{link}\n\n"
    "Sinon, ignorez ce message : personne n'entre au portail avec votre compte.\n",
    body_en="An administrator of the portal has linked your account to the directory's login {login}.\n\n"
    "If it is yours, accept by this link within {days} days:\n\n{link}\n\n"
    "If not, ignore this message: nobody enters the portal with your account.\n",
)
INVITATION_INVALID = message(
    "driven_invitation_invalid",
    fr="Ce lien est invalide, expiré ou déjà utilisé",
    en="This link is invalid, expired or already used",
)


class InvitationStore(Protocol):
    """What invitations need of their store."""

    async def account_of(self, work: Work, id_utilisateur: int) -> tuple[UUID, str]:
        """Return the account that an utilisateur is linked to, and its login. Raises `LookupError`."""
        ...

    async def is_open(self, work: Work, id_utilisateur: int, now: datetime) -> bool:
        """Whether an utilisateur has an invitation that is still good."""
        ...

    async def put(self, work: Work, id_utilisateur: int, token_hash: bytes, expires_at: datetime) -> None:
        """Write an invitation over an earlier one of the same utilisateur."""
        ...

    async def take(self, work: Work, token_hash: bytes, now: datetime) -> int | None:
        """Use an invitation up and return whose it was; None where it is unknown, used or expired."""
        ...


class Invitations:
    """Sends invitations and takes them back. Only the SHA-256 of a token is kept."""

    def __init__(
        self,
        works: Works,
        store: InvitationStore,
        utilisateurs: UtilisateursApi[object],
        accounts: AccountStore,
        notifications: Notifications,
        clock: Clock,
        *,
        lifetime: timedelta,
        link_base: str,
    ) -> None:
        self._works = works
        self._store = store
        self._utilisateurs = utilisateurs
        self._accounts = accounts
        self._notifications = notifications
        self._clock = clock
        self._lifetime = lifetime
        self._link_base = link_base
        notifications.register(INVITATION)

    async def invite(self, work: Work, id_utilisateur: int) -> None:
        """Send the holder of an utilisateur's account a link; an earlier one is void."""
        account, login = await self._store.account_of(work, id_utilisateur)
        found = await self._accounts.get(work, account)
        if found is None:
            raise LookupError(f"no account {account}")
        token = secrets.token_urlsafe(32)
        await self._store.put(work, id_utilisateur, _hash_of(token), self._clock.now() + self._lifetime)
        holder = found.account
        self._notifications.ask_email(
            work,
            INVITATION,
            holder.email,
            holder.locale,
            {
                "login": login,
                "days": max(1, self._lifetime.days),
                "link": f"{self._link_base}/accept?token={quote(token)}",
            },
            holder.id,
        )

    async def remind(self, work: Work, id_utilisateur: int) -> None:
        """Send another link where none is good any more."""
        if not await self._store.is_open(work, id_utilisateur, self._clock.now()):
            await self.invite(work, id_utilisateur)

    async def accept(self, caller: Caller, token: str) -> None:
        """Accept by the token of a link, which is used up. Raises `DomainError` of kind invalid on `token`."""
        async with self._works.everywhere(caller) as work:
            number = await self._store.take(work, _hash_of(token), self._clock.now())
            if number is None:
                raise invalid_field("token", INVITATION_INVALID)
            await self._utilisateurs.accept(work, number)
            account, _ = await self._store.account_of(work, number)
            work.audit("UPDATE", "Utilisateur", number, account=account, details={"accepte": True})
            await work.commit()


def _hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
