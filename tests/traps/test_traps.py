"""One test for each trap that was met in the stack (docs: reference of measured facts), which would have caught it.

Others stand where their subject is: synchronous guards and handlers in `tests/architecture/test_operations.py`, jobs
that survive a kill in `tests/adapters/queue/test_kill.py`, tenants whose policies bind in
`tests/adapters/db/test_tenancy.py`.
"""

import gc
import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Controller

from adapters.db.database import Database
from adapters.db.statement import Statement
from adapters.db.work import PgWorks
from adapters.http.application import Mounted
from adapters.http.operations import operation
from adapters.http.request import StrictRequest
from core.access.principal import SYSTEM, Caller, Membership, Principal
from core.access.rules import Anyone
from core.primitives.ids import new_id
from core.primitives.locale import Text
from plugins.ekigega.wire import DIALECT
from socle.composition import _refuse_conflicts
from socle.refusal import Refused
from tests.architecture.operations import composed, declared, served_editions
from tests.architecture.rules import sources
from tests.cluster import DatabaseUrls
from tests.installation import Company, Installed, unique

DOOMED = "Échoue au moment du commit"


@pytest.fixture
async def doomed_commits(owner: Any) -> AsyncIterator[None]:
    """A trigger that lets the insert of one product name through and raises when the transaction commits."""
    await owner.execute(
        f"""
        create function fail_at_commit() returns trigger language plpgsql as
        $$ begin raise exception 'late' using errcode = tg_argv[0]; end $$;
        create constraint trigger doomed after insert on produit deferrable initially deferred
        for each row when (new.nom = '{DOOMED}') execute function fail_at_commit('23505')
        """
    )
    yield
    await owner.execute("drop trigger doomed on produit; drop function fail_at_commit()")


async def test_a_commit_that_fails_is_never_answered_with_201(
    company: Company, owner: Any, doomed_commits: None
) -> None:
    """Advanced-Alchemy's "autocommit" answered 201 and wrote nothing."""
    body = {"nom": DOOMED, "categorie": "x", "prix": "1.00", "quantite": 1}
    refused = await company.owner.post("/api/produits/", json=body)
    assert refused.status_code == 400, refused.text
    assert await owner.fetchval("select count(*) from produit where nom = $1", DOOMED) == 0
    audited = "select count(*) from audit_entry where organisation_id = $1 and object_type = 'Produit'"
    assert await owner.fetchval(audited, UUID(company.id)) == 0
    assert (await company.owner.post("/api/produits/", json={**body, "nom": "Passe"})).status_code == 201


async def test_a_transaction_that_failed_is_never_committed_in_silence(works: PgWorks) -> None:
    """PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, and no error."""
    for asks in (False, True):
        async with works.everywhere(SYSTEM) as work:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await work.connection.execute("select 1 / 0")
            if asks:
                work.ask("nothing")
            with pytest.raises(asyncpg.InFailedSQLTransactionError):
                await work.commit()
            assert not work.committed
    async with works.everywhere(SYSTEM) as work:
        await work.commit()
        assert work.committed


async def test_json_columns_come_back_as_they_went(installed: Installed) -> None:
    """Advanced-Alchemy's `JsonB` dies on SQLAlchemy 2.1; asyncpg alone hands JSON over as text."""
    api = installed.api()
    permissions = {"products": ["create", "read"], "sales": ["read"]}
    made = await api.post("/api/roles/", json={"nom": unique("Rôle"), "permissions": permissions})
    assert made.status_code == 201, made.text
    read = (await api.get(f"/api/roles/{made.json()['id']}/")).json()
    assert read["permissions"] == permissions == made.json()["permissions"]
    assert (await api.get("/api/roles/", params={"search": read["nom"]})).json()["results"] == [read]


def member_of(organisation: UUID) -> Caller:
    """A caller who acts in an organisation."""
    place = Membership(new_id(), organisation, 1, "VENTES", frozenset())
    return Caller(Principal(new_id(), 1, new_id(), "membre@example.com", membership=place))


async def test_every_unit_of_work_is_bound_to_its_own_tenant(database_urls: DatabaseUrls) -> None:
    """A session-class event that Advanced-Alchemy drops never set the tenant, and nothing said so. Here one connection
    serves tenants in turn, after commits, roll-backs, errors and work for the whole installation."""
    alone = Database(database_urls.app, max_size=1, name="socle-trap")
    await alone.open()
    works = PgWorks(alone, {})
    setting = "select coalesce(current_setting('app.tenant', true), '') || ' ' || current_user"
    try:
        for number in range(12):
            organisation = new_id()
            async with works.within(member_of(organisation)) as work:
                assert await work.connection.fetchval(setting) == f"{organisation} socle_app"
                if number % 3 == 0:
                    await work.commit()
                elif number % 3 == 1:
                    with pytest.raises(asyncpg.DivisionByZeroError):
                        await work.connection.execute("select 1 / 0")
            async with works.everywhere(SYSTEM) as work:
                assert await work.connection.fetchval(setting) == " socle_global"
            async with works.within(Caller()) as work:
                assert await work.connection.fetchval(setting) == " socle_app"
            async with alone.lending.lent() as connection:
                assert await connection.fetchval(setting) == " socle_app"
    finally:
        await alone.close()


WINDOW = re.compile(r"\bover\s*\(", re.IGNORECASE)


async def test_no_statement_counts_over_a_window(company: Company) -> None:
    """`count(*) over ()` made lists three times as slow."""
    await company.vente()
    lists = ("produits", "partners", "ventes", "membres", "logs", "roles", "tenants")
    for path in lists:
        for query in ({}, {"search": "a"}, {"ordering": "-created_at", "page_size": "5"}):
            assert (await company.owner.get(f"/api/{path}/", params=query)).status_code == 200
    compiled = [found.sql for found in gc.get_objects() if isinstance(found, Statement)]
    assert len(compiled) > 20
    assert [sql for sql in compiled if "count(" in sql.lower()]
    assert [sql for sql in compiled if WINDOW.search(sql)] == []
    assert WINDOW.search("select id, count(*) OVER () from produit")
    assert [source.path for source in sources() if re.search(r"count\(\*\)\s+over", source.text, re.IGNORECASE)] == []


def shape(path: str) -> str:
    """A path with its parameters' names and types taken out."""
    return re.sub(r"\{[^}]*\}", "{}", path)


@pytest.mark.parametrize("edition", served_editions())
def test_no_route_shadows_another(edition: str) -> None:
    """`/a/{id:int}` and `/a/{id:uuid}` start without a word, and one of them answers 404."""
    counted = Counter((each.method, shape(each.path)) for each in declared(edition))
    assert [route for route, count in counted.items() if count > 1] == []


def test_routes_of_two_plugins_that_differ_in_the_type_of_an_id_are_refused() -> None:
    def controller(parameter: str) -> type[Controller]:
        class Things(Controller):
            path = "/api/things"

            @operation("GET", parameter, name="read_thing", rule=Anyone(), summary=Text(fr="Lire", en="Read"))
            async def read(self, request: StrictRequest) -> None: ...

        return Things

    def mounted(plugin: str, parameter: str) -> Mounted:
        title = Text(fr="Choses", en="Things")
        return Mounted(plugin, title, "ekigega", "/", DIALECT, (controller(parameter),), ())

    registry = composed("full").registry
    _refuse_conflicts((mounted("first", "/{key:str}"), mounted("second", "/static")), registry)
    with pytest.raises(Refused, match=r'"first" and "second" both claim GET /api/things/\{\}'):
        _refuse_conflicts((mounted("first", "/{key:uuid}"), mounted("second", "/{number:int}")), registry)


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", ""])
async def test_json_under_another_name_is_refused(company: Company, media: str) -> None:
    """Litestar decodes JSON whatever its Content-Type, which opens cookie sessions to other sites' forms."""
    body = b'{"nom":"Caf\\u00e9","categorie":"x","prix":"1.00","quantite":1}'
    headers = {"content-type": media} if media else {}
    refused = await company.owner.post("/api/produits/", content=body, headers=headers)
    assert refused.status_code == 415, refused.text
    assert (await company.owner.get("/api/produits/")).json()["count"] == 0
    named = await company.owner.post("/api/produits/", content=body, headers={"content-type": "application/json"})
    assert named.status_code == 201
