"""Requests made from the OpenAPI document itself, right ones and wrong ones, for every operation: never a 500, and no
answer that the document does not know."""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case

from tests.cluster import TestCluster
from tests.installation import PASSWORD, unique
from tests.server import Server, serving

pytestmark = pytest.mark.proof

EDGE = {400, 401, 403, 404, 405, 408, 413, 414, 415, 429, 431}
EXAMPLES = 20 if os.environ.get("SOCLE_PROOF") else 5


@pytest.fixture(scope="module")
def server(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server on a database of its own: fuzzing may do anything to it."""
    urls = cluster.clone("schema_fuzz")
    with serving(tmp_path_factory.mktemp("fuzz") / "home", urls) as running:
        yield running
    cluster.drop("schema_fuzz")


def owner_token(api: httpx.Client) -> str:
    """The access token of a new company's owner."""
    company = api.post("/api/tenants/", json={"nom": unique("Fuzz")}).json()
    answer = api.post(
        "/api/auth/register/",
        json={
            "email": f"{unique('fuzz')}@example.com",
            "password": PASSWORD,
            "password2": PASSWORD,
            "role": "ADMIN",
            "entreprise": company["id"],
        },
    )
    token: str = answer.json()["access"]
    return token


def probe(server: Server, operation: Any, token: str, session: requests.Session) -> int:
    """Send an operation what its schema suggests; return how often. The session's connection serves them all, and
    nobody's cookies are kept."""
    known = {int(status) for status in operation.definition.raw["responses"]}
    tried = 0

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Case) -> None:
        nonlocal tried
        tried += 1
        session.cookies.clear()
        headers = {"Authorization": f"Bearer {token}"}
        answer = case.call(base_url=server.base_url, session=session, headers=headers)
        where = f"{case.method} {case.formatted_path}"
        assert answer.status_code < 500, f"{where}: {answer.text}"
        # beside what the edge may answer to any request, only what the operation declares
        assert answer.status_code in known | EDGE, f"{where}: {answer.status_code}"

    send()
    return tried


def test_no_operation_fails_on_what_its_schema_suggests(server: Server) -> None:
    # each client reads the certificate authorities anew, for 40 ms
    with httpx.Client(base_url=server.base_url, timeout=60) as api, requests.Session() as session:
        # neither proxies nor passwords of this machine's user are looked up for each request
        session.trust_env = False
        schema = schemathesis.openapi.from_dict(api.get("/swagger.json").json())
        token, tried = owner_token(api), 0
        for found in schema.get_all_operations():
            tried += probe(server, found.ok(), token, session)
            # signing out and archiving the company are among the operations
            me = api.get("/api/auth/me/", headers={"Authorization": f"Bearer {token}"})
            token = token if me.status_code == 200 else owner_token(api)
            api.cookies.clear()
    assert tried >= 500
    assert "unhandled exception" not in server.log
