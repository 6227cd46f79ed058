"""What a user may call, told by the decision that the gate takes (`plugins.driven.rights`)."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from core.access.gate import GatedOperation
from core.access.principal import Caller
from core.primitives.clock import Clock
from core.primitives.errors import message, missing
from core.work import Work, Works
from plugins.driven.rights import READING, Named, Raison, Rights, decide

UTILISATEUR_UNKNOWN = message("driven_droits_not_found", fr="Utilisateur non trouvé", en="User not found")


class RoleHeld(msgspec.Struct):
    """The role that a right comes through."""

    role_id: int
    nom: str


class PermissionNamed(msgspec.Struct):
    """A permission by its name."""

    permission_id: int
    nom: str


class Droit(msgspec.Struct):
    """Whether a user may call a function, and why. `roles` and `permissions` are those through which, where it is
    through any; `permissions_requises` are tied to the function: one of them is enough."""

    fonction: str
    autorise: bool
    raison: Raison
    roles: list[RoleHeld]
    permissions: list[PermissionNamed]
    permissions_requises: list[PermissionNamed]


class Standing(NamedTuple):
    """What decides about a user: its rights in the portal, and what its account is."""

    rights: Rights
    active: bool
    superuser: bool


class DroitStore(Protocol):
    """What rights need of their store."""

    async def standing_of(self, work: Work, number: int) -> Standing | None:
        """Return how a user stands; None where there is none of this number."""
        ...

    async def needed(self, work: Work) -> Mapping[str, Named]:
        """Return the permissions tied to each function of the portal that has any."""
        ...


class Droits:
    """Tells who may call what. `served` are the operations of the installation."""

    def __init__(
        self, works: Works, store: DroitStore, clock: Clock, served: Callable[[], Sequence[GatedOperation]]
    ) -> None:
        self._works = works
        self._store = store
        self._clock = clock
        self._served = served

    async def of(self, caller: Caller, number: int) -> list[Droit]:
        """Return every function that is served, by name. Raises `DomainError` of kind missing for no user."""
        async with self._works.within(caller) as work:
            standing = await self._store.standing_of(work, number)
            if standing is None:
                raise missing(UTILISATEUR_UNKNOWN)
            needed = await self._store.needed(work)
        return [self._droit(each, standing, needed) for each in self._served()]

    def _droit(self, operation: GatedOperation, standing: Standing, needed: Mapping[str, Named]) -> Droit:
        raison = self._raison(operation, standing, needed)
        rights = standing.rights
        required = needed.get(operation.name, {})
        through = raison in (Raison.PERMISSION, Raison.ADMINISTRATEUR) and rights.role_id is not None
        held = {key: name for key, name in required.items() if key in rights.permissions}
        return Droit(
            fonction=operation.name,
            autorise=raison.admits,
            raison=raison,
            roles=[RoleHeld(rights.role_id, rights.role or "")] if through and rights.role_id is not None else [],
            permissions=_named(held) if raison is Raison.PERMISSION else [],
            permissions_requises=_named(required),
        )

    def _raison(self, operation: GatedOperation, standing: Standing, needed: Mapping[str, Named]) -> Raison:
        if operation.open:
            return Raison.OUVERTE
        if not standing.active:
            # nobody signs in with such an account: its sessions end before the gate is asked
            return Raison.INACTIF
        return decide(
            operation.name,
            reads=operation.method in READING,
            superuser=standing.superuser,
            rights=standing.rights,
            needed=needed,
            now=self._clock.now(),
        )


def _named(permissions: Named) -> list[PermissionNamed]:
    return [PermissionNamed(key, name) for key, name in permissions.items()]
