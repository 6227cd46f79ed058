"""Hostile values in every field of the plain resources: never a 500, every refusal in driven's envelope naming its
field, and nothing changed by what is refused."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.hostile.bodies import FREE_VALUES, NUMERIC_TEXTS, TOKENS, VALUES, raw_bodies, with_duplicate_key
from tests.installation import unique
from tests.portal import Portal

MARK = "@@hostile@@"
JSON = {"content-type": "application/json"}
RESOURCES: Mapping[str, Mapping[str, Any]] = {
    "entites": {"nom": "Siège", "code": "{unique}", "email": "siege@example.com"},
    "traces": {
        "action": "LOGIN",
        "date": "2024-05-15T12:00:00",
        "detail": "d",
        "code": "c",
        "param": "p",
        "code_sql": "select 1",
        "end_point": "/api",
        "id_utilisateur": "{admin}",
    },
    "objectifs": {
        "titre": "Objectif",
        "id_utilisateur": "{admin}",
        "type": "marge",
        "description": "d",
        "periode": "2024.01",
        "date_debut": "2024-01-01T00:00:00",
        "date_fin": "2024-01-31T00:00:00",
        "statut": "En cours",
        "progression": 0.5,
        "valeur": 30,
    },
    "codifications": {"libelle": "Langue", "param": "{unique}", "description": "d"},
    "settings": {"id_utilisateur": "{admin}", "id_codification": "{codification}"},
}
NUMBERS = frozenset({"progression", "valeur", "id_utilisateur", "id_codification"})
TABLES = tuple(f"driven_{name.removesuffix('s')}" for name in RESOURCES)


async def accepted(portal: Portal, name: str) -> dict[str, Any]:
    """A body that the resource accepts."""
    codification = {"libelle": "Langue", "param": unique("HOSTILE")}
    known = {"{unique}": unique("H"), "{admin}": portal.admin.id}
    if name == "settings":
        made = await portal.admin.client.post("/api/codifications", json=codification)
        known["{codification}"] = made.json()["data"]["id"]
    return {
        field: known.get(value, value) if isinstance(value, str) else value for field, value in RESOURCES[name].items()
    }


async def rows(portal: Portal) -> list[Any]:
    """What the resources' tables hold, in short."""
    return [
        await portal.owner.fetchval(f"select md5(string_agg(t::text, '|' order by t::text)) from {table} t")
        for table in TABLES
    ]


def in_envelope(answer: Any, where: str) -> dict[str, Any]:
    """The failure that an answer holds."""
    assert 400 <= answer.status_code < 500, f"{where}: {answer.status_code} {answer.text[:300]}"
    failure: dict[str, Any] = answer.json()
    assert set(failure) == {"error", "message", "details", "code"}, where
    assert set(failure["message"]) == {"en", "fr"}, where
    return failure


@pytest.mark.parametrize("name", RESOURCES)
async def test_values_of_every_field(portal: Portal, name: str) -> None:
    admin = portal.admin.client
    valid = await accepted(portal, name)
    kept = (await admin.post(f"/api/{name}", json=valid)).json()["data"]
    key = kept.get("id") or kept["id_set"]
    requests = (("POST", f"/api/{name}"), ("PUT", f"/api/{name}/{key}"))
    for field in valid:
        refused = [*VALUES, *(NUMERIC_TEXTS if field in NUMBERS else ())]
        for case in [*TOKENS, *refused]:
            marked = json.dumps({**valid, field: MARK}).encode()
            content = marked.replace(f'"{MARK}"'.encode(), case.data)
            for method, path in requests:
                where = f"{method} {path} {field} {case.name}"
                before = await rows(portal)
                answer = await admin.request(method, path, content=content, headers=JSON)
                failure = in_envelope(answer, where)
                assert answer.status_code == 400, where
                # a number that no decoder holds spoils the whole body
                assert set(failure["details"]) in ({field}, {"non_field_errors"}), where
                assert await rows(portal) == before, where
        for case in FREE_VALUES:
            marked = json.dumps({**await accepted(portal, name), field: MARK}).encode()
            content = marked.replace(f'"{MARK}"'.encode(), case.data)
            for method, path in requests:
                answer = await admin.request(method, path, content=content, headers=JSON)
                assert answer.status_code < 500, f"{method} {path} {field} {case.name}: {answer.text[:300]}"


@pytest.mark.parametrize("name", RESOURCES)
async def test_bodies(portal: Portal, name: str) -> None:
    admin = portal.admin.client
    valid = json.dumps(await accepted(portal, name)).encode()
    before = await rows(portal)
    for case in raw_bodies(valid):
        in_envelope(await admin.post(f"/api/{name}", content=case.data, headers=JSON), case.name)
    assert await rows(portal) == before
    assert (await admin.post(f"/api/{name}", content=with_duplicate_key(valid), headers=JSON)).status_code < 500


@pytest.mark.parametrize("name", RESOURCES)
@pytest.mark.parametrize(
    "key",
    ["0", "-1", "1.0", "١", "9223372036854775808", "1e3", "0x1", "null", "'; drop table account; --", "%F0%9F%98%80"],
)
async def test_ids_that_are_none(portal: Portal, name: str, key: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = await portal.admin.client.request(method, f"/api/{name}/{key}", json={})
        assert in_envelope(answer, f"{method} {key}")["error"] is True
        assert answer.status_code in (400, 404, 405), key


@pytest.mark.parametrize(
    "path",
    [
        "/api/traces/action/",
        "/api/traces/utilisateur/",
        "/api/objectifs/type/",
        "/api/objectifs/periode/",
        "/api/codifications/param/",
        "/api/entites/code/",
        "/api/settings/utilisateur/",
    ],
)
async def test_texts_of_paths(portal: Portal, path: str) -> None:
    for text in ("x" * 201, "%25", "_", "%5C", "'", "%E2%80%AE", "{0}", "%FF", "%F0%9F%98%80", ""):
        answer = await portal.admin.client.get(path + text)
        assert answer.status_code in (200, 400, 404), f"{path}{text}: {answer.status_code} {answer.text[:300]}"
        if answer.status_code >= 400:
            in_envelope(answer, path + text)


async def test_queries(portal: Portal) -> None:
    lists = ["/api/entites", "/api/traces", "/api/objectifs", "/api/codifications", "/api/settings"]
    lists += ["/api/codifications/search", "/api/traces/date-range"]
    for path in lists:
        for query in (
            "page=-1&per_page=1.5",
            "page=9999999999",
            "page=%D9%A1",
            "per_page=999999999",
            "ordering=--id,id;drop,nom,%F0%9F%98%80," + "id," * 500,
            "q=" + "%25" * 100,
            "q=%FF%FE&start_date=%FF&end_date=%FF",
            "start_date=0001-01-01&end_date=9999-12-31",
            "start_date=2024-01-01&start_date=x&end_date=2024-01-02",
            "&&&===&%zz",
        ):
            answer = await portal.admin.client.get(f"{path}?{query}")
            assert answer.status_code in (200, 400), f"{path}?{query[:60]}: {answer.status_code} {answer.text[:300]}"
            if answer.status_code == 400:
                in_envelope(answer, query[:60])
