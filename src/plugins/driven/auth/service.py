"""The portal's door (contracts/driven.md, "Authentification"; DECISIONS.md section 3, "Login")."""

from datetime import timedelta
from typing import Generic, TypeVar

import msgspec

from core.access.principal import Caller
from core.accounts.entities import Account, ChallengeAsked, SignedIn, Tokens
from core.accounts.ports import AccountStore, PasswordSource
from core.accounts.sign_in import SignIn
from core.accounts.throttle import kept_identifier
from core.primitives.clock import Clock
from core.primitives.errors import forbidden, message, unauthenticated
from core.work import Work, Works
from plugins.driven.auth.invitations import Invitations
from plugins.driven.utilisateurs.api import UtilisateursApi

W = TypeVar("W")

USER_UNKNOWN = message("driven_user_unknown", fr="Utilisateur non trouvé", en="User not found")
CLOSED = message(
    "driven_account_closed", fr="Compte utilisateur inactif ou expiré", en="Account is inactive or expired"
)
NOT_ACCEPTED = message(
    "driven_link_not_accepted",
    fr="Le titulaire du compte doit d'abord accepter par le lien envoyé à son adresse e-mail",
    en="The holder of the account must first accept by the link sent to his email address",
)


class Entered(msgspec.Struct, Generic[W], frozen=True):
    """Somebody who has come in: tokens, and the utilisateur as the portal shows it."""

    tokens: Tokens
    utilisateur: W


class PortalDoor:
    """The portal's terms: an utilisateur, active, not expired, whose account's holder has accepted. With `invitations`
    he accepts by a link; without, by coming in: that takes his account's own password."""

    def __init__(
        self,
        utilisateurs: UtilisateursApi[W],
        clock: Clock,
        lifetime: timedelta,
        invitations: Invitations | None,
    ) -> None:
        self._utilisateurs = utilisateurs
        self._clock = clock
        self._lifetime = lifetime
        self._invitations = invitations

    @property
    def lifetime(self) -> timedelta:
        """How long the session and its access token last."""
        return self._lifetime

    async def admit(self, work: Work, account: Account, *, entering: bool) -> None:
        """Return for an utilisateur who may come in. Raises `DomainError` of kind unauthenticated for a stranger, of
        kind forbidden for one that is closed or has not accepted (who is sent another link where none is good)."""
        held = await self._utilisateurs.held(work, account.number)
        if held is None:
            raise unauthenticated(USER_UNKNOWN)
        if held.closed(self._clock.now()) is not None:
            raise forbidden(CLOSED)
        if held.accepted:
            return
        if self._invitations is not None:
            await self._invitations.remind(work, account.number)
            raise forbidden(NOT_ACCEPTED)
        if entering:
            await self._utilisateurs.accept(work, account.number)
            work.audit("UPDATE", "Utilisateur", account.number, account=account.id, details={"accepte": True})


class Entrance(Generic[W]):
    """The use cases of coming in."""

    def __init__(
        self,
        works: Works,
        utilisateurs: UtilisateursApi[W],
        accounts: AccountStore,
        sign_in: SignIn,
        source: PasswordSource,
        door: PortalDoor,
    ) -> None:
        self._works = works
        self._utilisateurs = utilisateurs
        self._accounts = accounts
        self._sign_in = sign_in
        self._source = source
        self._door = door

    async def log_in(self, caller: Caller, login: str, password: str) -> Entered[W] | ChallengeAsked:
        """Sign in by login and password. Raises what the source and the door raise."""
        async with self._works.everywhere(caller) as work:
            linked = await self._utilisateurs.account_of(work, kept_identifier(login))
            found = await self._accounts.get(work, linked) if linked is not None else None
        account = found.account if found is not None else None
        answer = await self._source.sign_in(caller, login.strip(), password, account, self._door)
        return answer if isinstance(answer, ChallengeAsked) else await self._entered(caller, answer)

    async def complete(self, caller: Caller, challenge: str, code: str) -> Entered[W]:
        """Complete a sign-in by the second factor's code."""
        return await self._entered(caller, await self._sign_in.by_code(caller, challenge, code, door=self._door))

    async def _entered(self, caller: Caller, signed_in: SignedIn) -> Entered[W]:
        async with self._works.everywhere(caller) as work:
            shown = await self._utilisateurs.shown(work, signed_in.account.number)
        if shown is None:
            # deleted in this very moment: the token opens nothing
            raise unauthenticated(USER_UNKNOWN)
        return Entered(signed_in.tokens, shown.value)
