"""The portal's gate: who may call which function (DECISIONS.md section 3, "Authorisation"). What it decides by is
`plugins.driven.rights`."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

import sqlalchemy as sa

from adapters.db.statement import Statement
from adapters.db.work import pg
from adapters.http.auth import TOKEN_REVOKED
from core.access.principal import SYSTEM, Caller
from core.kernel import Kernel
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, forbidden, message, unauthenticated
from core.work import Work, Works
from plugins.driven.rights import READING, Named, Raison, Rights, decide

REMEMBERED_SECONDS = 0.5
"""How long rights are remembered: a change takes effect within a second on every process."""
MAX_REMEMBERED = 10_000

NOT_IN_PORTAL = message(
    "driven_not_in_portal", fr="Ce compte n'a pas accès au portail", en="This account has no access to the portal"
)
FUNCTION_REFUSED = message(
    "driven_function_refused",
    fr="Vous n'avez pas la permission d'appeler la fonction {fonction}",
    en="You do not have permission to call the function {fonction}",
)

_RIGHTS = Statement(
    sa.text("""
select u.statut, u.date_expiration, u.accepte_a is not null, coalesce(r.protege, false), r.role_id, r.nom,
       coalesce(array_agg(p.permission_id order by p.permission_id) filter (where p.permission_id is not null), '{}'),
       coalesce(array_agg(p.nom order by p.permission_id) filter (where p.permission_id is not null), '{}')
from driven_utilisateur u
left join driven_application a on a.protege
left join driven_utilisateur_role ur on ur.id_utilisateur = u.id_utilisateur and ur.app_id = a.app_id
left join driven_role r on r.role_id = ur.role_id
left join driven_role_permission rp on rp.role_id = r.role_id
left join driven_permission p on p.permission_id = rp.permission_id
where u.id_utilisateur = :number
group by u.id_utilisateur, r.role_id
""").bindparams(sa.bindparam("number", type_=sa.BigInteger()))
)
_FUNCTIONS = Statement(
    sa.text("""
select f.nom_fonction, array_agg(p.permission_id order by p.permission_id), array_agg(p.nom order by p.permission_id)
from driven_fonction_api f
join driven_application a on a.app_id = f.app_id and a.protege
join driven_fonction_permission fp on fp.fonction_id = f.fonction_id
join driven_permission p on p.permission_id = fp.permission_id
group by f.nom_fonction
""")
)


class PortalGate:
    """Admits utilisateurs by function. Rights and functions are remembered for half a second."""

    def __init__(self, works: Works, clock: Clock) -> None:
        self._works = works
        self._clock = clock
        self._rights: dict[int, tuple[float, Rights | None]] = {}
        self._functions: tuple[float, Mapping[str, Named]] = (0.0, {})

    async def admit(self, caller: Caller, operation: str) -> None:
        """Return for a superuser, and for an utilisateur who may call the function. Raises `DomainError` of kind
        unauthenticated for one that is inactive or expired, forbidden for a stranger and where permissions lack."""
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        raison = decide(
            operation,
            reads=caller.request.method in READING,
            superuser=principal.superuser,
            rights=None if principal.superuser else await self._rights_of(principal.number),
            needed={} if principal.superuser else await self._tied(),
            now=self._clock.now(),
        )
        if not raison.admits:
            raise _refusal(raison, operation)

    async def _rights_of(self, number: int) -> Rights | None:
        now = monotonic()
        known = self._rights.get(number)
        if known is not None and known[0] > now:
            return known[1]
        async with self._works.reading(SYSTEM) as work:
            found = await read_rights(work, number)
        if len(self._rights) >= MAX_REMEMBERED:
            self._rights.clear()
        self._rights[number] = (now + REMEMBERED_SECONDS, found)
        return found

    async def _tied(self) -> Mapping[str, Named]:
        now = monotonic()
        if self._functions[0] <= now:
            async with self._works.reading(SYSTEM) as work:
                self._functions = (now + REMEMBERED_SECONDS, await read_functions(work))
        return self._functions[1]


def _refusal(raison: Raison, operation: str) -> DomainError:
    if raison is Raison.HORS_PORTAIL:
        return forbidden(NOT_IN_PORTAL)
    if raison.closes:
        return unauthenticated(TOKEN_REVOKED)
    return forbidden(FUNCTION_REFUSED, fonction=operation)


async def read_rights(work: Work, number: int) -> Rights | None:
    """What an utilisateur holds in the portal; None where there is none of this number."""
    record: Any = await pg(work).one(_RIGHTS, number=number)
    if record is None:
        return None
    statut, expires, accepted, admin, role_id, role, ids, names = record
    return Rights(statut, expires, accepted, admin, role_id, role, dict(zip(ids, names, strict=True)))


async def read_functions(work: Work) -> Mapping[str, Named]:
    """The permissions tied to each function of the portal that has any."""
    records = await pg(work).all(_FUNCTIONS)
    return {name: dict(zip(ids, names, strict=True)) for name, ids, names in records}


def portal_gate(kernel: Kernel) -> PortalGate:
    """The gate of an installation."""
    return PortalGate(kernel.works, kernel.clock)
