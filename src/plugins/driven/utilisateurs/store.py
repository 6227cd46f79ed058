"""Rows of utilisateurs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.base import Row, search_index
from adapters.db.work import pg
from core.primitives import messages
from core.primitives.errors import Kind, Message
from core.resources import ResourceId
from core.work import Work
from plugins.driven.entites.store import EntiteRow
from plugins.driven.rows import DrivenStore, Tracked, naive
from plugins.driven.utilisateurs.domain import Held
from plugins.driven.utilisateurs.roles_store import assigned_roles, roles_table
from plugins.driven.utilisateurs.service import EMAIL_USED, FILTERS, LISTING, LOGIN_USED

W = TypeVar("W")


class UtilisateurRow(Row, Tracked):
    """A person of the portal, linked to the account whose integer id it has. Login and email are unique; its own email
    is not the account's. `accepte_a` is when the account's holder accepted the link."""

    __tablename__ = "driven_utilisateur"
    __table_args__ = (
        CheckConstraint("statut in ('Actif', 'Inactif', 'Suspendu', 'En attente')", name="statut"),
        Index("uq_driven_utilisateur_login", text("lower(login)"), unique=True),
        Index("uq_driven_utilisateur_email", "email", unique=True),
        Index("ix_driven_utilisateur_id_entite", "id_entite"),
        search_index("driven_utilisateur"),
    )

    id_utilisateur: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("account.number"), primary_key=True, autoincrement=False
    )
    nom: Mapped[str]
    prenom: Mapped[str]
    login: Mapped[str]
    email: Mapped[str]
    statut: Mapped[str] = mapped_column(server_default="Actif")
    date_expiration: Mapped[datetime | None]
    profil: Mapped[str | None]
    id_entite: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("driven_entite.id"))
    accepte_a: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(
        Computed(r"socle_fold(nom || E'\n' || prenom || E'\n' || login || E'\n' || email)", persisted=True)
    )


_DECIDING = """
select u.id_utilisateur, u.login, u.email, u.statut, u.date_expiration, u.accepte_a is not null, a.email
from driven_utilisateur u join account a on a.number = u.id_utilisateur
where u.id_utilisateur = $1
"""
_HOLD = f"{_DECIDING} for no key update of u"

_TAKEN = """
select exists (select from driven_utilisateur where lower(login) = lower($1) and id_utilisateur <> $4)
       or exists (select from account where lower(username) = lower($1) and lower(email) <> lower($3)),
       exists (select from driven_utilisateur where email = $2 and id_utilisateur <> $4)
       or exists (select from account a join driven_utilisateur u on u.id_utilisateur = a.number
                  where lower(a.email) = lower($3) and a.number <> $4)
"""
_HOLD_PORTAL = "select app_id from driven_application where protege for no key update"
_ADMINS = """
select u.id_utilisateur
from driven_role r
join driven_utilisateur_role ur on ur.role_id = r.role_id
join driven_utilisateur u on u.id_utilisateur = ur.id_utilisateur
join account a on a.number = u.id_utilisateur
where r.protege and a.is_active and u.statut = 'Actif' and u.accepte_a is not null
      and (u.date_expiration is null or u.date_expiration > now())
order by u.id_utilisateur
"""
_MAKE_ADMIN = """
insert into driven_utilisateur_role (id_utilisateur, role_id, app_id)
select $1, role_id, app_id from driven_role where protege
"""
_HAS_ROLE = "select exists (select from driven_utilisateur_role where id_utilisateur = $1 and app_id = $2)"
_BY_LOGIN = """
select a.id from driven_utilisateur u join account a on a.number = u.id_utilisateur where lower(u.login) = lower($1)
"""
_ACCEPT = "update driven_utilisateur set accepte_a = $2 where id_utilisateur = $1 and accepte_a is null"
NOBODY = 0
"""No account has this number: the database gives them from 1."""


async def hold_admins(work: Work) -> list[int]:
    """Return the active administrators of the portal. Until the transaction ends nobody else gets an answer."""
    run = pg(work).connection
    await run.fetchval(_HOLD_PORTAL)
    # a statement of its own: it sees what was committed while the first waited for the lock
    return [record[0] for record in await run.fetch(_ADMINS)]


def _entite(source: Any) -> Any:
    entite = EntiteRow.__table__
    one = (
        sa.select(sa.func.row(*(naive(entite.c[name]) for name in ENTITE_FIELDS)))
        .where(entite.c.id == source.c.id_entite)
        .correlate(source)
        .scalar_subquery()
    )
    return one.label("entite")


ENTITE_FIELDS = ("id", "nom", "code", "email", "creer_par", "modifier_par", "creer_a", "modifier_a")


class UtilisateurStore(DrivenStore[W]):
    """Utilisateurs with their entity and roles. `entite` makes the struct of an entity of its fields in their order,
    `role` that of an assigned role."""

    def __init__(
        self,
        struct: type[W],
        *,
        entite: Callable[..., Any],
        role: Callable[..., Any],
        time_zone: ZoneInfo,
    ) -> None:
        refusals: dict[str, tuple[str, Message] | tuple[str, Message, Kind]] = {
            "uq_driven_utilisateur_login": ("login", LOGIN_USED, Kind.CONFLICT),
            "uq_driven_utilisateur_email": ("email", EMAIL_USED, Kind.CONFLICT),
            "pk_driven_utilisateur": ("email", EMAIL_USED, Kind.CONFLICT),
            "fk_driven_utilisateur_id_entite": ("id_entite", messages.NOT_REFERENCE),
        }
        super().__init__(
            UtilisateurRow,
            struct,
            listing=msgspec.structs.replace(LISTING, filters=FILTERS),
            time_zone=time_zone,
            computed={"entite": _entite, "utilisateur_roles": assigned_roles},
            refusals=refusals,
        )
        self._entite = entite
        self._role = role
        self._places = (self._fields.index("entite"), self._fields.index("utilisateur_roles"))

    def read(self, record: Any) -> W:
        """Build the wire struct of an utilisateur."""
        values = list(record)
        entite, roles = self._places
        values[entite] = None if values[entite] is None else self._entite(*values[entite])
        values[roles] = [self._role(*each) for each in values[roles]]
        return self.struct(*values)

    def filter_condition(self, name: str, source: Any) -> ColumnElement[bool]:
        """What a filter means."""
        if name != "role_id":
            return super().filter_condition(name, source)
        assigned = roles_table()
        asked: Any = sa.bindparam("filter_role_id", type_=BigInteger())
        holders = sa.select(assigned.c.id_utilisateur).where(assigned.c.role_id == asked)
        found: ColumnElement[bool] = source.c.id_utilisateur.in_(holders)
        return found

    def _build_find(self, everything: bool, name: str) -> Any:
        if name != "login":
            return super()._build_find(everything, name)
        column = sa.func.lower(self.table.c.login)
        return (
            sa.select(*self.columns(self.table), *self._versions(self.table))
            .where(column == sa.func.lower(sa.bindparam("value", type_=sa.Text())))
            .limit(sa.literal_column("1"))
        )

    async def hold(self, work: Work, key: ResourceId) -> Held | None:
        """Return what decides about an utilisateur, and hold it until the transaction ends."""
        return _held(await pg(work).connection.fetchrow(_HOLD, key))

    async def find_held(self, work: Work, key: ResourceId) -> Held | None:
        """Return what decides about an utilisateur."""
        return _held(await pg(work).connection.fetchrow(_DECIDING, key))

    async def taken(self, work: Work, login: str, email: str, account_email: str, key: int | None) -> set[str]:
        """Return which of "login" and "email" somebody else has."""
        found = await pg(work).connection.fetchrow(_TAKEN, login, email, account_email, key or NOBODY)
        return {name for name, taken in zip(("login", "email"), found, strict=True) if taken}

    async def hold_admins(self, work: Work) -> list[int]:
        """Return the active administrators of the portal. Until the transaction ends nobody else gets an answer."""
        return await hold_admins(work)

    async def has_role_in(self, work: Work, key: ResourceId, app_id: int) -> bool:
        """Whether an utilisateur has a role in an application."""
        found: bool = await pg(work).connection.fetchval(_HAS_ROLE, key, app_id)
        return found

    async def find_by_login(self, work: Work, login: str) -> UUID | None:
        """Return the account that is linked under a login."""
        account: UUID | None = await pg(work).connection.fetchval(_BY_LOGIN, login)
        return account

    async def accept(self, work: Work, key: int, at: datetime) -> None:
        """Record that the holder of the account accepts the link."""
        await pg(work).connection.execute(_ACCEPT, key, at)

    async def make_admin(self, work: Work, key: int) -> None:
        """Give an utilisateur the role of the portal's administrators."""
        await pg(work).connection.execute(_MAKE_ADMIN, key)


def _held(record: Any) -> Held | None:
    return None if record is None else Held(*record)
