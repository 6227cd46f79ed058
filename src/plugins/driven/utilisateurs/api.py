"""What other plugins and the command line may call: entering the portal, and what decides about it."""

from typing import Any, Generic, TypeVar
from uuid import UUID

from core.accounts.entities import Account
from core.primitives.clock import Clock
from core.primitives.page import Versioned
from core.work import Work
from plugins.driven.utilisateurs.domain import Held, Statut
from plugins.driven.utilisateurs.service import Invitations, Utilisateurs, UtilisateurStore, conflict

W = TypeVar("W")


class UtilisateursApi(Generic[W]):
    """Utilisateurs as others see them. All but `invite_by` work inside the unit of work of their caller."""

    def __init__(self, service: Utilisateurs[W], store: UtilisateurStore[W], clock: Clock) -> None:
        self._service = service
        self._store = store
        self._clock = clock

    def invite_by(self, invitations: Invitations) -> None:
        """From now on the holder of an account that is linked accepts by an invitation, not by signing in: a directory
        holds the passwords. For wiring."""
        self._service.invitations = invitations

    async def enrol(self, work: Work, account: Account, *, admin: bool) -> None:
        """Make the utilisateur of an account of the command line, accepted; with `admin` an administrator of the
        portal. Raises `DomainError` of kind conflict where its username is somebody's login already."""
        taken = await self._store.taken(work, account.username, account.email, account.email, None)
        if taken:
            raise conflict(taken)
        values: dict[str, Any] = {
            "id_utilisateur": account.number,
            "nom": account.last_name or account.username,
            "prenom": account.first_name or "",
            "login": account.username,
            "email": account.email,
            "statut": Statut.ACTIF,
            "accepte_a": self._clock.now(),
        }
        made = await self._store.insert(work, values)
        self._service.record(work, "CREATE", made)
        if admin:
            await self._store.make_admin(work, account.number)

    async def account_of(self, work: Work, login: str) -> UUID | None:
        """Return the account that is linked under a login, without regard to case."""
        return await self._store.find_by_login(work, login)

    async def held(self, work: Work, number: int) -> Held | None:
        """Return what decides about the entry of an account, by its integer id."""
        return await self._store.find_held(work, number)

    async def accept(self, work: Work, number: int) -> None:
        """Record that the holder of an account accepts the link."""
        await self._store.accept(work, number, self._clock.now())

    async def shown(self, work: Work, number: int) -> Versioned[W] | None:
        """Return an utilisateur as the portal shows it."""
        return await self._store.get(work, number)
