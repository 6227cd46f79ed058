"""Editions, mounts, and plugins that are switched off: routes, document, dialect and data."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.http.application import Mounted
from socle.composition import Composition, compose_unconnected
from socle.installation import load
from socle.refusal import Refused
from socle.registry import State, discover
from socle.web import schema_of
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import Installed, installation, unique

OWN = sorted(name for name, plugin in discover().plugins.items() if "ekigega" in plugin.suites)


@pytest.fixture(scope="module")
def editions_urls(cluster: TestCluster) -> DatabaseUrls:
    """A database that the installations of this module share, one after the other."""
    return cluster.clone(unique("editions"))


@pytest.fixture
def running(editions_urls: DatabaseUrls, tmp_path: Path) -> Any:
    """Runs an installation with the settings given."""

    def run(**settings: Any) -> AbstractAsyncContextManager[Installed]:
        return installation(editions_urls, tmp_path, **settings)

    return run


def composed(home: Path, **settings: Any) -> Composition:
    """An installation that is wired and not connected."""
    return compose_unconnected(load(home, {}, **settings))


def paths(composition: Composition) -> set[str]:
    """The paths of the OpenAPI document."""
    return set(msgspec.json.decode(schema_of(composition)())["paths"])


def claims(mounted: Iterable[Mounted]) -> tuple[str, ...]:
    """The path prefixes that plugins claim."""
    return tuple(claim for each in mounted for claim in each.claims)


def below(found: Iterable[str], prefixes: tuple[str, ...]) -> set[str]:
    """The paths below one of some prefixes."""
    return {path for path in found if path.startswith(prefixes)}


async def test_an_edition_alone_serves_its_own_routes_only(running: Any) -> None:
    async with running(edition="ekigega") as installed:
        assert {each.suite for each in installed.composition.mounted} == {"ekigega"}
        company = await installed.company()
        assert (await company.owner.get("/api/produits/")).status_code == 200
        for path in ("/driven/api/auth/login/", "/api/events/", "/companies/", "/api/clients/"):
            assert (await company.owner.get(path)).status_code == 404
        document = (await installed.api().get("/swagger.json")).json()
        assert document["paths"].keys() - {"/"} == below(document["paths"], claims(installed.composition.mounted))


async def test_a_product_under_another_prefix(running: Any) -> None:
    async with running(edition="ekigega", mounts={"ekigega": "/gestion"}) as installed:
        assert (await installed.api().get("/api/produits/")).status_code == 404
        api = installed.api()
        tenant = {"nom": unique("Gestion"), "secteur": "x", "type": "SARL", "adresse": "Cotonou", "taille": 1}
        made = await api.post("/gestion/api/tenants/", json=tenant)
        assert made.status_code == 201, made.text
        listed = (await api.get("/gestion/api/tenants/", params={"page_size": 1})).json()
        if listed["count"] > 1:
            assert listed["next"].startswith("http://testserver/gestion/api/tenants/?")
            following = await api.get(listed["next"])
            assert following.status_code == 200
            assert following.json()["previous"].startswith("http://testserver/gestion/api/tenants/")
        unrouted = await api.get("/gestion/api/tenants/x/y/z/")
        assert unrouted.status_code == 404
        assert list(unrouted.json()) == ["detail", "code"]
        refused = await api.put("/gestion/api/auth/login/")
        assert (refused.status_code, "POST" in refused.headers["allow"]) == (405, True)
        document = (await api.get("/swagger.json")).json()
        assert document["paths"]
        assert all(path.startswith("/gestion/") for path in document["paths"])
        assert (await api.get("/swagger/")).status_code == 200


@pytest.mark.parametrize("name", OWN)
def test_each_plugin_can_be_off(tmp_path: Path, name: str) -> None:
    whole = composed(tmp_path, edition="ekigega")
    without = composed(tmp_path, edition="ekigega", plugins={"off": [name]})
    off = {entry.name for entry in without.registry.having(State.OFF)}
    assert name in off
    assert not off & {each.plugin for each in without.mounted}
    gone = paths(whole) - paths(without)
    assert gone
    assert gone - {"/"} == below(gone, claims(each for each in whole.mounted if each.plugin in off))
    assert paths(without) - {"/"} == below(paths(without), claims(without.mounted))
    assert not [job for job in without.handlers if job.partition(".")[0] in off]
    assert not [schedule for schedule in without.schedules if schedule.job.partition(".")[0] in off]


async def test_a_plugin_switched_off_and_on_again_finds_its_data(running: Any) -> None:
    async with running(edition="ekigega") as installed:
        company = await installed.company()
        vente = await company.vente()
        token = company.owner.token
    async with running(edition="ekigega", plugins={"off": ["ekigega_ventes"]}) as installed:
        owner = installed.api(token)
        assert (await owner.get(f"/api/ventes/{vente['id']}/")).status_code == 404
        assert (await owner.get("/api/ventes/")).json() == {"detail": "Ressource non trouvée.", "code": "not_found"}
        assert (await owner.get("/api/produits/")).json()["count"] == 1
        assert not [path for path in (await owner.get("/swagger.json")).json()["paths"] if "ventes" in path]
        assert (await owner.get("/readyz")).status_code == 200
    async with running(edition="ekigega") as installed:
        found = await installed.api(token).get(f"/api/ventes/{vente['id']}/")
        assert (found.status_code, found.json()) == (200, vente)


async def test_a_retired_plugin_has_no_routes(running: Any) -> None:
    async with running(edition="ekigega", plugins={"retired": ["ekigega_produits"]}) as installed:
        states = {entry.name: entry.state for entry in installed.composition.registry.entries}
        assert states["ekigega_produits"] is State.RETIRED
        assert states["ekigega_ventes"] is State.RETIRED
        assert {"ekigega_produits", "ekigega_ventes"} <= installed.composition.wired.keys()
        company = await installed.company()
        assert (await company.owner.get("/api/produits/")).status_code == 404
        assert (await company.owner.get("/api/partners/")).status_code == 200


async def test_an_absent_plugin_does_not_keep_the_server_from_starting(running: Any) -> None:
    settings = {"plugins": {"retired": ["gateway_gone"]}, "settings": {"gateway_gone": {"key": "x"}}}
    async with running(edition="ekigega", **settings) as installed:
        assert [entry.name for entry in installed.composition.registry.having(State.ABSENT)] == ["gateway_gone"]
        assert (await installed.api().get("/readyz")).status_code == 200


def test_settings_of_a_plugin_without_settings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"\[settings\.ekigega_ventes\] is given"):
        composed(tmp_path, settings={"ekigega_ventes": {"x": 1}})


@pytest.mark.parametrize("edition", ["spotvibe", "driven", "megahub", "crm"])
def test_an_edition_whose_product_is_not_installed_is_refused_in_a_sentence(tmp_path: Path, edition: str) -> None:
    if edition in discover().suites:
        assert composed(tmp_path, edition=edition).mounted
        return
    with pytest.raises(Refused, match=edition):
        composed(tmp_path, edition=edition)
