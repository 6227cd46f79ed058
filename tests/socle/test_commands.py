"""The `socle` command, as processes of their own."""

import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, unique
from tests.server import READY_SECONDS, Server, clean_environment, database_environment, serving, socle

NEW_PASSWORD = "Nouvelle-Saison-44"


@pytest.fixture(scope="module")
def commanded(cluster: TestCluster) -> DatabaseUrls:
    """A migrated database for the commands of this module."""
    return cluster.clone(unique("commands"))


@pytest.fixture
def empty(cluster: TestCluster) -> Any:
    """An empty database."""
    name = unique("empty")
    yield cluster.create(name)
    cluster.drop(name)


def test_migrate_brings_an_empty_database_to_the_present(empty: DatabaseUrls, tmp_path: Path) -> None:
    environment = database_environment(empty)
    only_app = {"SOCLE_DATABASE_URL": empty.app}
    refused = socle(tmp_path, "serve", environment=only_app)
    assert refused.returncode == 1
    assert refused.stderr.startswith("socle: ")
    assert "socle migrate" in refused.stderr
    assert "Traceback" not in refused.stderr

    first = socle(tmp_path, "migrate", environment=environment)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("Applied: ")
    again = socle(tmp_path, "migrate", environment=environment)
    assert again.stdout == "The database is up to date.\n"
    without = socle(tmp_path, "migrate", environment=only_app)
    assert without.returncode == 1
    assert "SOCLE_DATABASE_OWNER_URL is missing" in without.stderr


def test_a_server_that_prepares_nothing_waits_for_what_migrates(empty: DatabaseUrls, tmp_path: Path) -> None:
    server = Server(tmp_path / "home", database_environment(empty))
    server.launch("--no-prepare")

    def answer(path: str) -> httpx.Response | None:
        with suppress(httpx.TransportError):
            return api.get(path)
        return None

    try:
        with httpx.Client(base_url=server.base_url, timeout=10) as api:
            deadline = time.monotonic() + READY_SECONDS
            while answer("/healthz") is None:
                assert time.monotonic() < deadline, server.log
                time.sleep(0.05)
            missing = api.get("/readyz")
            assert missing.status_code == 503
            assert "missing migrations" in missing.text
            migrated = socle(tmp_path / "home", "migrate", environment=database_environment(empty))
            assert migrated.returncode == 0, migrated.stderr
            assert api.get("/readyz").status_code == 200
    finally:
        server.stop()


def test_the_server_serves_as_a_role_that_is_neither_owner_nor_superuser(
    cluster: TestCluster, commanded: DatabaseUrls, tmp_path: Path
) -> None:
    name = commanded.app.partition("@/")[2].partition("?")[0]
    superuser = cluster.cluster.url(name, "postgres")
    for environment, said in (
        ({"SOCLE_DATABASE_URL": commanded.owner, "SOCLE_DATABASE_OWNER_URL": commanded.owner}, "a database role of"),
        ({"SOCLE_DATABASE_URL": commanded.owner}, "own"),
        ({"SOCLE_DATABASE_URL": superuser}, "superuser"),
        ({"SOCLE_DATABASE_URL": "postgresql://socle_app@127.0.0.1:1/x"}, "The database cannot be prepared: "),
    ):
        refused = socle(tmp_path, "serve", environment=environment)
        assert refused.returncode == 1, said
        assert "Traceback" not in refused.stderr, refused.stderr
        assert said in refused.stderr


def test_doctor_is_content_with_a_good_installation(commanded: DatabaseUrls, tmp_path: Path) -> None:
    done = socle(tmp_path, "doctor", environment=database_environment(commanded))
    assert (done.returncode, done.stdout) == (0, "All is well.\n"), done.stderr


def test_doctor_says_what_to_change(commanded: DatabaseUrls, empty: DatabaseUrls, tmp_path: Path) -> None:
    environment = database_environment(commanded)

    def said(text: str, **environ: str) -> str:
        (tmp_path / "socle.toml").write_text(text, encoding="utf-8")
        done = socle(tmp_path, "doctor", environment={**environment, **environ})
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stdout

    assert 'names the plugin "gateway_gone", which is not installed' in said('[plugins]\noff = ["gateway_gone"]\n')
    assert "is not valid TOML" in said("edition =")
    assert len(said('environment = "production"\n').splitlines()) == 3
    assert "has no settings" in said("[settings.ekigega_ventes]\nx = 1\n")
    assert "run `socle migrate`" in said("", **database_environment(empty))
    assert "The database cannot be served" in said("", SOCLE_DATABASE_URL="postgresql://socle_app@/x?host=/nowhere")


def test_plugins_lists_states_and_mounts(tmp_path: Path) -> None:
    (tmp_path / "socle.toml").write_text(
        '[mounts]\nekigega = "/gestion"\n[plugins]\noff = ["ekigega_produits"]\nretired = ["gone"]\n', encoding="utf-8"
    )
    done = socle(tmp_path, "plugins")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert lines["ekigega_partners"].split()[1:] == ["enabled", "/gestion", "Partenaires"]
    assert "switched off by plugins.off" in lines["ekigega_produits"]
    assert 'requires "ekigega_produits", which is off' in lines["ekigega_ventes"]
    assert lines["gone"].split()[1] == "absent"


def test_openapi_needs_no_database(tmp_path: Path) -> None:
    done = socle(tmp_path, "openapi", "--edition", "ekigega")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["openapi"].startswith("3.1")
    assert "/api/ventes/{id}/" in document["paths"]
    assert not (tmp_path / "postgres").exists()


def test_accounts_from_the_command_line_while_the_server_runs(commanded: DatabaseUrls, tmp_path: Path) -> None:
    environment = database_environment(commanded)
    home = tmp_path / "home"
    username = unique("admin")
    named = ("--email", f"{username}@example.com", "--username", username)
    with serving(home, commanded) as server:

        def signs_in(password: str) -> httpx.Response:
            body = {"email": f"{username}@example.com", "password": password}
            return httpx.post(f"{server.base_url}/api/auth/login/", json=body, timeout=10)

        weak = socle(home, "account", "create", *named, "--password", "12345678", environment=environment)
        assert weak.returncode == 1
        assert weak.stderr.count("socle: password") >= 1
        assert "12345678" not in weak.stderr
        assert signs_in(PASSWORD).status_code == 401

        create = ("account", "create", *named, "--password", PASSWORD, "--superuser")
        made = socle(home, *create, environment=environment)
        assert made.returncode == 0, made.stderr
        assert PASSWORD not in made.stdout
        signed_in = signs_in(PASSWORD)
        assert signed_in.status_code == 200, signed_in.text
        headers = {"authorization": f"Bearer {signed_in.json()['access']}"}
        assert httpx.get(f"{server.base_url}/api/logs/", headers=headers, timeout=10).status_code == 200
        again = socle(home, *create, environment=environment)
        assert again.returncode == 1
        assert "Traceback" not in again.stderr

        change = ("account", "set-password", "--username", username, "--password", NEW_PASSWORD)
        changed = socle(home, *change, environment=environment)
        assert changed.returncode == 0, changed.stderr
        assert signs_in(PASSWORD).status_code == 401
        assert signs_in(NEW_PASSWORD).status_code == 200
        assert httpx.get(f"{server.base_url}/api/auth/me/", headers=headers, timeout=10).status_code == 401
        nobody = ("account", "set-password", "--username", "personne", "--password", NEW_PASSWORD)
        unknown = socle(home, *nobody, environment=environment)
        assert unknown.returncode == 1
        assert 'socle: No account has the username or email "personne".' in unknown.stderr


def test_an_administrator_of_the_portal_from_the_command_line(commanded: DatabaseUrls, tmp_path: Path) -> None:
    environment = database_environment(commanded)
    home = tmp_path / "home"
    chief, clerk = unique("chef"), unique("agent")
    with serving(home, commanded) as server:

        def signs_in(login: str, password: str = PASSWORD) -> httpx.Response:
            body = {"login": login, "password": password}
            return httpx.post(f"{server.base_url}/driven/api/auth/login", json=body, timeout=10)

        def create(username: str, *options: str) -> Any:
            named = ("--email", f"{username}@example.com", "--username", username, "--password", PASSWORD)
            return socle(home, "account", "create", *named, *options, environment=environment)

        for username, options, role in ((chief, ("--portal-admin",), ["Admin"]), (clerk, (), [])):
            made = create(username, *options)
            assert made.returncode == 0, made.stderr
            entered = signs_in(username)
            assert entered.status_code == 200, entered.text
            utilisateur = entered.json()["data"]["utilisateur"]
            assert [each["role"]["nom"] for each in utilisateur["utilisateur_roles"]] == role
            assert (utilisateur["statut"], utilisateur["login"]) == ("Actif", username)
        changed = socle(
            home, "account", "set-password", "--username", clerk, "--password", NEW_PASSWORD, environment=environment
        )
        assert changed.returncode == 0, changed.stderr
        assert signs_in(clerk).status_code == 401
        assert signs_in(clerk, NEW_PASSWORD).status_code == 200

        # somebody else's login in the portal: nothing is made
        headers = {"authorization": f"Bearer {signs_in(chief).json()['data']['access_token']}"}
        login = unique("pris")
        linked = httpx.put(
            f"{server.base_url}/driven/api/utilisateurs/{entered.json()['data']['utilisateur']['id_utilisateur']}",
            json={"login": login},
            headers=headers,
            timeout=10,
        )
        assert linked.status_code == 200, linked.text
        refused = create(login)
        assert refused.returncode == 1
        assert "socle: login: A user with this login already exists" in refused.stderr
        assert signs_in(login, NEW_PASSWORD).status_code == 200
    (home / "socle.toml").write_text('[plugins]\noff = ["driven_utilisateurs"]\n', encoding="utf-8")
    without = create(unique("chef"), "--portal-admin")
    assert without.returncode == 1
    assert without.stderr == "socle: --portal-admin needs the portal: enable the plugins of driven.\n"


def test_a_port_in_use_is_told_in_a_sentence_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = socle(tmp_path / "home", "serve", "--port", str(port))
    assert refused.returncode == 1
    (sentence,) = refused.stderr.splitlines()
    assert f"127.0.0.1:{port} cannot be used" in sentence
    assert "--port" in sentence
    assert not (tmp_path / "home" / "postgres").exists()


def test_production_does_not_serve_with_what_is_for_development(commanded: DatabaseUrls, tmp_path: Path) -> None:
    refused = socle(tmp_path, "serve", "--environment", "production", environment=database_environment(commanded))
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 3
    assert all(line.startswith("socle: production needs ") for line in refused.stderr.splitlines())


def test_the_tests_own_variables_reach_no_command() -> None:
    assert not [name for name in clean_environment() if name.startswith("SOCLE_")]
