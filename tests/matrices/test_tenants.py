"""No operation shows or changes another tenant's rows, with the application's own filter and without it.

The matrix is read from the route table; an operation that it does not know fails the build.
"""

import importlib
import os
import pkgutil
import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import asyncpg
import pytest
import sqlalchemy as sa

import plugins.ekigega
from adapters.db import building
from adapters.db.stores import places
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import Api, Company, Installed, installation
from tests.matrices.footprint import Footprint, tenant_footprint
from tests.matrices.route_table import Operation, operation_named, route_table
from tests.matrices.samples import RESOURCES, sample, vente_body

OWNED = ("produit", "partner", "vente", "membre", "log", "depense", "abonnement", "video")
"""Resources whose objects belong to a tenant: another tenant's is 404 (DECISIONS.md section 1)."""

COMPANY = {"get_tenant": 200, "replace_tenant": 403, "update_tenant": 403, "delete_tenant": 403}
"""A company is shown to all in development, and changed by who administers it alone."""

SHARED = frozenset(
    {
        "list_organisation_roles",
        "create_organisation_role",
        "get_organisation_role",
        "replace_organisation_role",
        "update_organisation_role",
        "delete_organisation_role",
    }
)
"""Roles belong to no tenant."""

OWN_ACCOUNT = frozenset(
    {
        "change_password",
        "confirm_password_reset",
        "disable_second_factor",
        "get_me",
        "get_user",
        "sign_in",
        "sign_out",
        "refresh_token",
        "register",
        "replace_password",
        "request_password_reset",
        "send_second_factor_code",
        "set_up_second_factor",
        "update_me",
        "verify_second_factor",
    }
)
"""Operations on the account behind a token or a credential: they name no object of a tenant."""

FIGURES = frozenset({"get_dashboard", "get_cashflow"})
"""Figures of the caller's own company: they name no object (`test_analytics` keeps tenants apart)."""

OPEN = frozenset({"get_health", "list_tenants", "create_tenant"})

KEYED = [operation for operation in route_table() if operation.keyed and operation.name.partition("_")[2] in OWNED]
LISTS = [operation for operation in route_table() if operation.name in {f"list_{RESOURCES[name][0]}" for name in OWNED}]
CREATES = [operation for operation in route_table() if operation.name in {f"create_{name}" for name in OWNED}]


class Neighbours(NamedTuple):
    """Two tenants of one installation: who tries, and whose rows must stay as they are."""

    mine: Company
    theirs: Company
    owner: Any

    async def footprints(self) -> list[Footprint]:
        """What stands in the database of both."""
        return [await tenant_footprint(self.owner, company.id) for company in (self.mine, self.theirs)]


def _without_tenant_filter(sql: str) -> str:
    """SQL text without its comparison of a tenant column; the parameter keeps its place and type."""
    sql = re.sub(r"\b(?:\w+\.)?(?:entreprise|organisation_id) = (\$\d+)", r"(\1::uuid is not null or true)", sql)
    return re.sub(r"membership\.organisation_id = cast\((\S+) as uuid\)", r"(cast(\1 as uuid) is null or true)", sql)


def _texts_with_tenant_filter(module: Any) -> dict[str, str]:
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, str) and _without_tenant_filter(value) != value
    }


def _remove_filters(patch: pytest.MonkeyPatch) -> set[str]:
    """Remove the application's own tenant filter everywhere; return the names of the SQL texts that had one."""
    patch.setattr(building, "tenant_predicate", lambda column: sa.true())
    removed: set[str] = set()
    for found in pkgutil.walk_packages(plugins.ekigega.__path__, "plugins.ekigega."):
        if not found.name.endswith(".store"):
            continue
        module = importlib.import_module(found.name)
        for name, text in _texts_with_tenant_filter(module).items():
            patch.setattr(module, name, _without_tenant_filter(text))
            removed.add(f"{found.name}.{name}")
    lock: Any = places._LOCK
    opened = _without_tenant_filter(lock.sql)
    assert opened != lock.sql
    patch.setattr(lock, "sql", opened)
    return removed


async def _disable_policies(owner: Any) -> None:
    for (name,) in await owner.fetch("select relname::text from pg_class where relrowsecurity"):
        await owner.execute(f'alter table "{name}" disable row level security')


@pytest.fixture(scope="module", params=["filter and policies", "policies alone", "filter alone"])
async def neighbours(
    request: pytest.FixtureRequest,
    cluster: TestCluster,
    database_urls: DatabaseUrls,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Neighbours]:
    """Two tenants: in an installation as it is, in one whose statements carry no tenant filter at all, and on a
    database without policies. Each of the two locks must hold by itself."""
    unlocked = f"socle_unlocked_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    urls = cluster.clone(unlocked) if request.param == "filter alone" else database_urls
    owner = await asyncpg.connect(urls.owner)
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "policies alone":
            assert _remove_filters(patch) >= {
                "plugins.ekigega.produits.store._TAKE",
                "plugins.ekigega.produits.store._AVAILABLE",
                "plugins.ekigega.partners.store._IS_CLIENT",
                "plugins.ekigega.ventes.store._HOLD",
                "plugins.ekigega.depenses.store._RECEIPT_OF",
            }
        if request.param == "filter alone":
            await _disable_policies(owner)
        async with installation(urls, tmp_path_factory.mktemp("tenants")) as running:
            yield Neighbours(await running.company("Nous"), await running.company("Eux"), owner)
    await owner.close()
    if urls != database_urls:
        cluster.drop(unlocked)


def test_every_operation_is_in_the_matrix() -> None:
    known = {operation.name for operation in [*KEYED, *LISTS, *CREATES]} | {
        *COMPANY,
        *SHARED,
        *OWN_ACCOUNT,
        *FIGURES,
        *OPEN,
    }
    unknown = {operation.name for operation in route_table()} - known
    assert not unknown, f"say in tests/matrices/test_tenants.py to whom the objects of {sorted(unknown)} belong"


async def _send(api: Api, operation: Operation, key: str, body: Any) -> Any:
    options = {} if body is None else {"json": body}
    return await api.request(operation.method, operation.at(key), **options)


@pytest.mark.parametrize("operation", KEYED, ids=lambda operation: operation.name)
async def test_anothers_object_is_404_and_stays(operation: Operation, neighbours: Neighbours) -> None:
    mine = await sample(operation, neighbours.mine)
    theirs = await sample(operation, neighbours.theirs)
    before = await neighbours.footprints()
    answer = await _send(neighbours.mine.owner, operation, theirs.key, mine.body)
    assert answer.status_code == 404, answer.text
    assert await neighbours.footprints() == before
    own = await _send(neighbours.mine.owner, operation, mine.key, mine.body)
    assert own.status_code == operation.status, own.text


@pytest.mark.parametrize("name", COMPANY)
async def test_anothers_company_stays(name: str, neighbours: Neighbours) -> None:
    operation = operation_named(name)
    mine = await sample(operation, neighbours.mine)
    before = await neighbours.footprints()
    answer = await _send(neighbours.mine.owner, operation, neighbours.theirs.id, mine.body)
    assert answer.status_code == COMPANY[name], answer.text
    assert await neighbours.footprints() == before


@pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.name)
async def test_lists_show_own_rows_alone(operation: Operation, neighbours: Neighbours) -> None:
    singular = next(name for name in OWNED if operation.name == f"list_{RESOURCES[name][0]}")
    keys = {}
    for company in (neighbours.mine, neighbours.theirs):
        await company.vente(client=(await company.client(nom="Homonyme"))["id"])
        keys[company] = await RESOURCES[singular][1](company)
    for query in ({}, {"ordering": "id"}, {"ordering": "-id"}, {"search": "o"}, {"search": "homonyme"}):
        shown: set[str] = set()
        page, count = 1, 0
        while True:
            answer = await neighbours.mine.owner.get(operation.at(), params={**query, "page": page, "page_size": 100})
            assert answer.status_code == 200, answer.text
            shown |= {row["id"] for row in answer.json()["results"]}
            count = answer.json()["count"]
            if answer.json()["next"] is None:
                break
            page += 1
        assert keys[neighbours.theirs] not in shown
        assert "search" in query or keys[neighbours.mine] in shown
        assert count == len(shown), "a count tells of rows that the list does not show"


@pytest.mark.parametrize("field", ["client", "produit"])
@pytest.mark.parametrize("name", ["create_vente", "replace_vente", "update_vente"])
async def test_anothers_ids_in_a_body_are_refused(name: str, field: str, neighbours: Neighbours) -> None:
    operation = operation_named(name)
    mine, theirs, _ = neighbours
    sale = await sample(operation, mine)
    foreign = await vente_body(theirs)
    if field == "client":
        sale.body["client"] = foreign["client"]
    else:
        sale.body["items"].append({"produit": foreign["items"][0]["produit"], "quantite": 1})
    before = await neighbours.footprints()
    answer = await _send(mine.owner, operation, sale.key, sale.body)
    assert answer.status_code == 400, answer.text
    expected = {"client"} if field == "client" else {"items"}
    assert set(answer.json()) == expected
    assert await neighbours.footprints() == before


async def test_a_narrowed_superuser_sees_one_tenant(installed: Installed) -> None:
    root = await installed.superuser()
    mine, theirs = await installed.company(), await installed.company()
    product = (await theirs.produit())["id"]
    path = f"/api/produits/{product}/"
    assert (await root.get(path)).status_code == 200
    assert (await root.get(path, headers={"x-organisation": theirs.id})).status_code == 200
    assert (await root.get(path, headers={"x-organisation": mine.id})).status_code == 404
    assert (await root.delete(path, headers={"x-organisation": mine.id})).status_code == 404
    assert (await root.get(path, headers={"x-organisation": "nobody"})).status_code == 404


async def test_a_member_cannot_choose_another_organisation(installed: Installed) -> None:
    mine, theirs = await installed.company(), await installed.company()
    product = (await theirs.produit())["id"]
    answer = await mine.owner.get(f"/api/produits/{product}/", headers={"x-organisation": theirs.id})
    assert answer.status_code == 404
    made = await mine.owner.post(
        "/api/produits/",
        json={"nom": "Sac", "categorie": "Divers", "prix": 1, "quantite": 1, "entreprise": theirs.id},
        headers={"x-organisation": theirs.id},
    )
    assert made.json()["entreprise"] == mine.id
