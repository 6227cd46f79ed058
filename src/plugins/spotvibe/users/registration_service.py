"""Signing up, and proving the address that one has signed up with."""

import hashlib
import secrets
from datetime import timedelta
from urllib.parse import quote

from core.access.principal import Caller
from core.accounts.entities import Account
from core.accounts.people import AccountFields, Candidate, People
from core.accounts.social import EmailProofs
from core.notifications.service import Notifications
from core.notifications.templates import template
from core.primitives.clock import Clock
from core.primitives.errors import invalid, invalid_field, invalid_request, message
from core.work import Work, Works
from plugins.spotvibe.users.events import UserRegistered
from plugins.spotvibe.users.profile_service import OBJECT_TYPE, ProfileStore

VERIFY_EMAIL = template(
    "spotvibe.verify_email",
    subject_fr="Vérifiez votre adresse e-mail",
    subject_en="Verify your email address",
    body_fr="Bienvenue sur SpotVibe, {username}.\n\nPour vérifier votre adresse, ouvrez ce lien dans les {days} jours :"
    "\n\n{link}\n\nSi vous ne vous êtes pas inscrit, n'ouvrez pas ce lien et ignorez ce message.\n",
    body_en="Welcome to SpotVibe, {username}.\n\nTo verify your address, open this link within {days} days:"
    "\n\n{link}\n\nIf you have not signed up, do not open this link and ignore this message.\n",
)
LINK_INVALID = message(
    "spotvibe_email_link_invalid",
    fr="Ce lien de vérification est invalide, expiré ou déjà utilisé.",
    en="This verification link is invalid, expired or already used.",
)
VERIFIED_ALREADY = message(
    "spotvibe_email_verified_already",
    fr="Votre adresse e-mail est déjà vérifiée.",
    en="Your email address is already verified.",
)
FIELDS = AccountFields(phone="telephone")


class Registrations:
    """Makes accounts with their profile, and sends the link that proves their address."""

    def __init__(
        self,
        works: Works,
        store: ProfileStore,
        people: People,
        proofs: EmailProofs,
        notifications: Notifications,
        clock: Clock,
        *,
        lifetime: timedelta,
        link_base: str,
    ) -> None:
        self._works = works
        self._store = store
        self._people = people
        self._proofs = proofs
        self._notifications = notifications
        self._clock = clock
        self._lifetime = lifetime
        self._link_base = link_base
        notifications.register(VERIFY_EMAIL)

    async def register(self, caller: Caller, candidate: Candidate) -> Account:
        """Make an account and its profile, and send the link. Raises `DomainError` of kind invalid with every failing
        field."""
        async with self._works.everywhere(caller) as work:
            problems = await self._people.problems(work, candidate, FIELDS)
        if problems:
            raise invalid(*problems)
        new = await self._people.prepare(candidate)
        async with self._works.everywhere(caller) as work:
            account = await self._people.insert(work, new, FIELDS)
            await self.enter(work, account)
            await work.commit()
        return account

    async def enter(self, work: Work, account: Account) -> None:
        """Make the profile of an account where it has none, in the unit of work of whoever knows that its holder wants
        it. An address that was never verified is sent the link."""
        if not await self._store.ensure(work, account.number):
            return
        work.audit("CREATE", OBJECT_TYPE, account.number, account=account.id)
        work.publish(UserRegistered(user=account.number))
        if account.email_verified_at is None:
            await self._send_link(work, account)

    async def verify_email(self, caller: Caller, token: str) -> None:
        """Prove an address by the token of the link, which is used up. Raises `DomainError` of kind invalid on
        `token`."""
        async with self._works.everywhere(caller) as work:
            account = await self._store.take_link(work, _hash_of(token), self._clock.now())
            if account is None:
                raise invalid_field("token", LINK_INVALID)
            await self._proofs.verify(work, account)
            work.audit("UPDATE", "Utilisateur", account, account=account, details={"email_verified": True})
            await work.commit()

    async def resend(self, caller: Caller) -> None:
        """Send the caller a new link; the one before is good no more. Raises `DomainError` of kind invalid where his
        address is verified."""
        profile = await self._people.profile(caller)
        async with self._works.within(caller) as work:
            if profile.account.email_verified_at is not None:
                raise invalid_request(VERIFIED_ALREADY)
            await self._store.ensure(work, profile.account.number)
            await self._send_link(work, profile.account)
            await work.commit()

    async def _send_link(self, work: Work, account: Account) -> None:
        token = secrets.token_urlsafe(32)
        expires_at = self._clock.now() + self._lifetime
        await self._store.put_link(work, account.number, account.email, _hash_of(token), expires_at)
        params: dict[str, str | int] = {
            "username": account.username,
            "days": max(1, self._lifetime.days),
            "link": f"{self._link_base}/verify-email?token={quote(token)}",
        }
        self._notifications.ask_email(work, VERIFY_EMAIL, account.email, account.locale, params, account.id)


def _hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
