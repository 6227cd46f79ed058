"""`socle gateway provision-mtn` against the simulator's sandbox, and what `socle doctor` says of operators."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adapters.operators.demo import DEMO_MTN
from tests.adapters.operators.simulator_process import simulator
from tests.cluster import TestCluster
from tests.installation import unique
from tests.server import clean_environment, database_environment, socle


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """The address of a simulator whose MTN is the sandbox."""
    with simulator() as origin:
        switched = httpx.patch(f"{origin}/_control/switches", json={"mtn": {"target_environment": "sandbox"}})
        assert switched.status_code == 200, switched.text
        yield origin


def provision(url: str, key: str, host: str = "api.example.com") -> tuple[int, str]:
    """Run the command; exit status and what it says."""
    command = [sys.executable, "-m", "socle", "gateway", "provision-mtn", "--callback-host", host]
    done = subprocess.run(
        [*command, "--base-url", f"{url}/mtn"],
        env=clean_environment(SOCLE_GATEWAY_MTN_SUBSCRIPTION_KEY=key),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout or done.stderr


def test_an_api_user_is_made_and_shown(sandbox: str) -> None:
    status, said = provision(sandbox, DEMO_MTN.collection_key)
    assert status == 0, said
    lines = said.splitlines()
    user, key = lines[0].removeprefix("API user: "), lines[1].removeprefix("API key: ")
    assert len(key) == 32
    headers = {"Ocp-Apim-Subscription-Key": DEMO_MTN.collection_key}
    token = httpx.post(f"{sandbox}/mtn/collection/token/", auth=(user, key), headers=headers)
    assert token.status_code == 200, token.text
    assert "api.example.com" in lines[2]


def test_a_wrong_key_and_a_wrong_address_are_refused_in_a_sentence(sandbox: str) -> None:
    for url, key in ((sandbox, "0" * 32), ("http://127.0.0.1:9", DEMO_MTN.collection_key), ("ftp:/", "x")):
        status, said = provision(url, key)
        assert status == 1
        assert said.startswith("socle: ")
        assert key not in said or key == "x"


def test_the_doctor_names_operators_that_do_not_answer(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("doctor"))
    environment = {**database_environment(urls), "SOCLE_OPERATORS_URL": "http://127.0.0.1:9"}
    done = socle(tmp_path / "home", "doctor", environment=environment)
    assert done.returncode == 1
    assert [title for title in ("MTN MoMo", "Orange Money", "Moov Money") if title not in done.stdout] == []
    with simulator() as origin:
        well = socle(tmp_path / "home", "doctor", environment={**environment, "SOCLE_OPERATORS_URL": origin})
        assert well.returncode == 0, well.stdout + well.stderr
