"""Rows of events: what is read of one, and every write of one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, CheckConstraint, Computed, Double, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Timestamps, Version, search_index
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives import messages
from core.primitives.errors import invalid_field
from core.work import Work
from plugins.spotvibe.events.domain import Evenement, Statut, TypeAcces
from plugins.spotvibe.events.event_service import Held

_STATUTS = "'BROUILLON', 'EN_ATTENTE', 'VALIDE', 'REJETE', 'ANNULE', 'TERMINE'"


class EvenementRow(NumberedRow, Timestamps, Version):
    """An event. `archived_at` hides one that was deleted; its tickets keep what they were of.

    A view or a seat changes no indexed column but once in a while `tendance` (`list_store`), so that the new version
    of the row stands on the old one's page and no index is touched (heap-only tuples; pages are filled to 90 %).
    """

    __tablename__ = "spotvibe_evenement"
    __table_args__ = (
        CheckConstraint(f"statut in ({_STATUTS})", name="statut"),
        CheckConstraint("type_acces in ('GRATUIT', 'PAYANT', 'INVITATION')", name="type_acces"),
        CheckConstraint("prix >= 0 and prix < 1e12 and (type_acces = 'PAYANT') = (prix > 0)", name="prix"),
        CheckConstraint("date_fin > date_debut", name="date_fin"),
        CheckConstraint(
            "(latitude is null) = (longitude is null)"
            " and latitude between -90 and 90 and longitude between -180 and 180",
            name="position",
        ),
        CheckConstraint("capacite > 0", name="capacite"),
        CheckConstraint("places_prises >= 0 and places_prises <= capacite", name="places_prises"),
        CheckConstraint("nombre_vues >= 0", name="nombre_vues"),
        CheckConstraint("nombre_partages >= 0", name="nombre_partages"),
        CheckConstraint("archived_at is null or statut = 'ANNULE'", name="archived_at"),
        Index("ix_spotvibe_evenement_createur_id", "createur_id", "id"),
        Index("ix_spotvibe_evenement_categorie_id", "categorie_id", "id"),
        Index("ix_spotvibe_evenement_categorie_id_statut", "categorie_id", "statut", "id"),
        Index("ix_spotvibe_evenement_statut", "statut", "id"),
        Index("uq_spotvibe_evenement_image_couverture", "image_couverture", unique=True),
        search_index("spotvibe_evenement"),
        Index("ix_spotvibe_evenement_created_at", "created_at"),
        Index("ix_spotvibe_evenement_date_debut", "date_debut", "id"),
        Index("ix_spotvibe_evenement_titre", "titre", "id"),
        Index("ix_spotvibe_evenement_lieu", "lieu", "id"),
        Index("ix_spotvibe_evenement_date_fin", "date_fin", postgresql_where=text("statut = 'VALIDE'")),
        Index("ix_spotvibe_evenement_to_come", "date_debut", postgresql_where=text("statut = 'VALIDE'")),
        Index("ix_spotvibe_evenement_tendance", "tendance", "id", postgresql_where=text("statut = 'VALIDE'")),
        {
            "postgresql_with": {"fillfactor": 90},
            "info": {
                "tallied": {
                    "tally": "spotvibe_evenement_tally",
                    "by": ("statut", "categorie_id"),
                    "hidden": "archived_at",
                }
            },
        },
    )

    createur_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    categorie_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_categorie.id"))
    titre: Mapped[str]
    description: Mapped[str]
    description_courte: Mapped[str]
    date_debut: Mapped[datetime]
    date_fin: Mapped[datetime]
    lieu: Mapped[str]
    adresse: Mapped[str] = mapped_column(server_default="")
    latitude: Mapped[float | None] = mapped_column(Double())
    longitude: Mapped[float | None] = mapped_column(Double())
    type_acces: Mapped[str]
    prix: Mapped[Decimal] = mapped_column(server_default=text("0"))
    capacite: Mapped[int | None]
    places_prises: Mapped[int] = mapped_column(server_default=text("0"))
    image_couverture: Mapped[str | None] = mapped_column(ForeignKey("public_file.path"))
    statut: Mapped[str] = mapped_column(server_default="EN_ATTENTE")
    nombre_vues: Mapped[int] = mapped_column(BigInteger(), server_default=text("0"))
    nombre_partages: Mapped[int] = mapped_column(BigInteger(), server_default=text("0"))
    archived_at: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(
        Computed("socle_fold(titre || E'\\n' || description)", persisted=True), sort_order=93
    )
    tendance: Mapped[int] = mapped_column(
        Computed(
            "floor(8 * (ln(greatest(1, 1 + nombre_vues + 5 * nombre_partages + 10 * places_prises)::double precision)"
            " / ln(2::double precision)"
            " + extract(epoch from created_at - timestamptz '2020-01-01 00:00:00+00')::double precision / 604800"
            "))::integer",
            persisted=True,
        ),
        sort_order=94,
    )


class EvenementTallyRow(NumberedRow):
    """A number of events that were added to, or taken from, those of a statut and a category (ADR 0011)."""

    __tablename__ = "spotvibe_evenement_tally"
    __table_args__ = (
        Index("ix_spotvibe_evenement_tally_statut", "statut", "categorie_id", postgresql_include=["amount"]),
    )

    statut: Mapped[str]
    categorie_id: Mapped[int] = mapped_column(BigInteger())
    amount: Mapped[int] = mapped_column(BigInteger())


_SEEN = """id, createur_id, titre, lieu, adresse, date_debut, date_fin, type_acces, prix, capacite, places_prises,
statut"""
_ONE = f"select {_SEEN} from spotvibe_evenement where id = cast(:key as bigint) and archived_at is null"  # noqa: S608
_GET = sql(_ONE)
_LOCK = sql(f"{_ONE} for no key update")
_TAKE = f"""
update spotvibe_evenement set places_prises = places_prises + $2
where id = $1 and statut = 'VALIDE' and date_fin > $3 and (capacite is null or places_prises + $2 <= capacite)
returning {_SEEN}
"""  # noqa: S608 - constants
_FREE = "update spotvibe_evenement set places_prises = greatest(places_prises - $2, 0) where id = $1"
_DECIDE = """
update spotvibe_evenement set statut = $2, updated_at = now(), version = version + 1
where id = $1 and statut = 'EN_ATTENTE' and archived_at is null returning titre, createur_id
"""
_CANCEL = """
update spotvibe_evenement set statut = 'ANNULE', updated_at = now(), version = version + 1
where id = $1 and statut not in ('ANNULE', 'TERMINE') and archived_at is null returning id
"""
_END = """
with past as (
    select id from spotvibe_evenement where statut = 'VALIDE' and date_fin <= $1
    order by date_fin limit $2 for no key update skip locked
)
update spotvibe_evenement e set statut = 'TERMINE', updated_at = now(), version = version + 1
from past where e.id = past.id returning e.id
"""
_HOLD = f"""
select {_SEEN}, categorie_id, description, description_courte, latitude, longitude, image_couverture, version
from spotvibe_evenement where id = $1 and archived_at is null for no key update
"""  # noqa: S608 - constants
_ARCHIVE = """
update spotvibe_evenement set statut = 'ANNULE', image_couverture = null, archived_at = now(), updated_at = now(),
                              version = version + 1
where id = $1
"""
_SEE = """
with seen as (
    select given.id, given.views from unnest($1::bigint[], $2::bigint[]) as given (id, views)
), held as (
    select e.id from spotvibe_evenement e where e.id = any($1::bigint[]) order by e.id for no key update skip locked
)
update spotvibe_evenement e set nombre_vues = e.nombre_vues + seen.views
from seen, held where e.id = seen.id and held.id = seen.id
returning e.id
"""
_SEE_ALL = _SEE.replace(" skip locked", "")
_WRITTEN = frozenset(
    [
        "createur_id",
        "categorie_id",
        "titre",
        "description",
        "description_courte",
        "date_debut",
        "date_fin",
        "lieu",
        "adresse",
        "latitude",
        "longitude",
        "type_acces",
        "prix",
        "capacite",
        "image_couverture",
        "statut",
    ]
)


def _seen(record: Any) -> Evenement:
    return Evenement(
        id=record["id"],
        createur=record["createur_id"],
        titre=record["titre"],
        lieu=record["lieu"],
        adresse=record["adresse"],
        date_debut=record["date_debut"],
        date_fin=record["date_fin"],
        type_acces=TypeAcces(record["type_acces"]),
        prix=record["prix"],
        capacite=record["capacite"],
        places_prises=record["places_prises"],
        statut=Statut(record["statut"]),
    )


@lru_cache(maxsize=256)
def _insert(names: tuple[str, ...]) -> str:
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    return f"insert into spotvibe_evenement ({', '.join(_known(names))}) values ({places}) returning id"  # noqa: S608


@lru_cache(maxsize=256)
def _update(names: tuple[str, ...]) -> str:
    changes = "".join(f"{name} = ${place}, " for place, name in enumerate(_known(names), 2))
    return (
        f"update spotvibe_evenement set {changes}updated_at = now(), version = version + 1 "  # noqa: S608 - known names
        "where id = $1"
    )


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    if not _WRITTEN.issuperset(names):
        raise ValueError(f"an event has no such fields: {names}")
    return names


class EventStore:
    """Events in PostgreSQL."""

    async def get(self, work: Work, key: int) -> Evenement | None:
        """Return an event, whatever its statut."""
        record = await pg(work).one(_GET, key=key)
        return None if record is None else _seen(record)

    async def lock(self, work: Work, key: int) -> Evenement | None:
        """Return an event and hold it until the transaction ends."""
        record = await pg(work).one(_LOCK, key=key)
        return None if record is None else _seen(record)

    async def take_seats(self, work: Work, key: int, number: int, now: datetime) -> Evenement | None:
        """Take seats in one conditional update; None where the event is not VALIDE, has ended, or has too few."""
        record = await pg(work).connection.fetchrow(_TAKE, key, number, now)
        return None if record is None else _seen(record)

    async def free_seats(self, work: Work, key: int, number: int) -> None:
        """Give seats back."""
        await pg(work).connection.execute(_FREE, key, number)

    async def decide(self, work: Work, key: int, statut: str) -> tuple[str, int] | None:
        """Decide an event that awaits it and return its titre and its organiser; None where there is none to
        decide."""
        record = await pg(work).connection.fetchrow(_DECIDE, key, statut)
        return None if record is None else (record[0], record[1])

    async def cancel(self, work: Work, key: int) -> bool:
        """Make an event ANNULE; False where there is none that is not over."""
        return await pg(work).connection.fetchval(_CANCEL, key) is not None

    async def end(self, work: Work, now: datetime, limit: int) -> int:
        """Make events TERMINE that ended, at most `limit` of them, and return how many."""
        return len(await pg(work).connection.fetch(_END, now, limit))

    async def hold(self, work: Work, key: int) -> Held | None:
        """Return what may be changed of an event, and hold it until the transaction ends."""
        record = await pg(work).connection.fetchrow(_HOLD, key)
        if record is None:
            return None
        return Held(
            evenement=_seen(record),
            version=record["version"],
            values={name: record[name] for name in _WRITTEN},
        )

    async def insert(self, work: Work, values: Mapping[str, Any]) -> int:
        """Insert an event and return its id. Raises `DomainError` of kind invalid for an unknown category."""
        made: int = await self._write(work, _insert(tuple(values)), *values.values())
        return made

    async def update(self, work: Work, key: int, values: Mapping[str, Any]) -> None:
        """Change fields of an event that is held. Raises as `insert`."""
        await self._write(work, _update(tuple(values)), key, *values.values())

    async def _write(self, work: Work, statement: str, *arguments: Any) -> Any:
        try:
            return await pg(work).connection.fetchval(statement, *arguments)
        except asyncpg.ForeignKeyViolationError as error:
            if error.constraint_name != "fk_spotvibe_evenement_categorie_id":
                raise
            raise invalid_field("categorie", messages.NOT_REFERENCE) from error

    async def archive(self, work: Work, key: int) -> None:
        """Delete an event that is held, for all but its tickets."""
        await pg(work).connection.execute(_ARCHIVE, key)

    async def add_views(self, work: Work, views: Mapping[int, int], *, waiting: bool) -> Sequence[int]:
        """Add views to events and return those that took theirs: without `waiting`, events that somebody holds are
        passed over."""
        keys = sorted(views)
        records = await pg(work).connection.fetch(_SEE_ALL if waiting else _SEE, keys, [views[key] for key in keys])
        return [record[0] for record in records]
