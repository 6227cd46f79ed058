"""A portal from its first administrator to a suspended user, by commands and HTTP alone."""

import time
from pathlib import Path
from typing import Any

import httpx

from tests.cluster import TestCluster
from tests.installation import PASSWORD, unique
from tests.server import database_environment, serving, socle


class Caller:
    """Somebody who speaks to the portal, signed in or not."""

    def __init__(self, base_url: str, token: str = "") -> None:
        self._base_url = base_url
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, status: int, body: Any = None, *, within: float = 0) -> Any:
        """Ask and return the answer's body. Its status must be the one given, after some seconds at most."""
        until = time.monotonic() + within
        while True:
            url = f"{self._base_url}/api{path}"
            answer = httpx.request(method, url, json=body, headers=self._headers, timeout=10)
            if answer.status_code == status or time.monotonic() > until:
                break
            time.sleep(0.05)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def made(self, path: str, body: Any) -> Any:
        """Create something and return it."""
        return self.ask("POST", path, 201, body)["data"]


def test_a_portal_is_opened_and_a_user_comes_and_goes(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("portail"))
    home = tmp_path / "home"
    environment = {**database_environment(urls), "SOCLE_EDITION": "driven"}
    named = ("--email", "chef@example.com", "--username", "chef")
    made = socle(home, "account", "create", *named, "--password", PASSWORD, "--portal-admin", environment=environment)
    assert made.returncode == 0, made.stderr
    with serving(home, urls, SOCLE_EDITION="driven") as server:
        stranger = Caller(server.base_url)

        def sign_in(login: str) -> Caller:
            body = {"login": login, "password": PASSWORD}
            return Caller(server.base_url, stranger.ask("POST", "/auth/login", 200, body)["data"]["access_token"])

        chief = sign_in("chef")
        portal = next(each for each in chief.ask("GET", "/applications", 200)["data"] if each["nom"] == "Portail")
        entite = chief.made("/entites", {"nom": "Siège", "code": "SIEGE", "email": "siege@example.com"})
        stocks = chief.made("/applications", {"nom": "Stocks", "description": "Gestion des stocks"})
        keeper = chief.made(
            "/roles", {"nom": "Magasinier", "description": "Tient les stocks", "app_id": stocks["app_id"]}
        )
        user = chief.made(
            "/utilisateurs",
            {
                "nom": "Dupont",
                "prenom": "Jean",
                "login": "jdupont",
                "email": "jean.dupont@example.com",
                "id_entite": entite["id"],
            },
        )
        path = f"/utilisateurs/{user['id_utilisateur']}"
        chief.made(f"{path}/roles", {"role_id": keeper["role_id"], "app_id": stocks["app_id"]})
        judged = chief.ask("GET", f"{path}/eligibilite?app_id={stocks['app_id']}", 200)["data"]
        assert judged == {"eligible": True, "raison": None}

        # nobody has told his password yet
        stranger.ask("POST", "/auth/login", 401, {"login": "jdupont", "password": PASSWORD})
        told = socle(
            home, "account", "set-password", "--username", "jdupont", "--password", PASSWORD, environment=environment
        )
        assert told.returncode == 0, told.stderr
        jean = sign_in("jdupont")
        assert jean.ask("GET", "/utilisateurs/login/jdupont", 200)["data"]["entite"]["code"] == "SIEGE"

        # a function that no permission is tied to is the administrators' to write
        new = {"nom": "Agence de Parakou", "code": "PARAKOU"}
        refused = jean.ask("POST", "/entites", 403, new)
        assert "create_entite" in refused["message"]["en"]
        permission = next(each for each in chief.ask("GET", "/permissions", 200)["data"] if each["nom"] == "CREATE")
        function = chief.made(
            "/fonctions_api", {"nom_fonction": "create_entite", "description": "", "app_id": portal["app_id"]}
        )
        ids = {"permission_ids": [permission["permission_id"]]}
        chief.ask("POST", f"/fonctions_api/{function['fonction_id']}/permissions", 200, ids)
        role = chief.made("/roles", {"nom": "Créateur", "description": "", "app_id": portal["app_id"]})
        chief.ask("POST", f"/roles/{role['role_id']}/permissions", 200, ids)
        chief.made(f"{path}/roles", {"role_id": role["role_id"], "app_id": portal["app_id"]})
        assert jean.ask("POST", "/entites", 201, new, within=2)["data"]["creer_par"] == user["id_utilisateur"]

        chief.ask("PUT", f"{path}/statut", 200, {"statut": "Suspendu"})
        over = jean.ask("GET", "/entites", 401, within=2)
        assert over["message"] == {"en": "Token has been revoked", "fr": "Token révoqué"}
        closed = stranger.ask("POST", "/auth/login", 403, {"login": "jdupont", "password": PASSWORD})
        assert closed["message"]["fr"] == "Compte utilisateur inactif ou expiré"

        # the one who opened it cannot close it behind himself
        assert chief.ask("GET", "/utilisateurs/login/chef", 200)["data"]["prenom"] == ""
        number = chief.ask("GET", "/utilisateurs/login/chef", 200)["data"]["id_utilisateur"]
        chief.ask("DELETE", f"/utilisateurs/{number}", 409)
        chief.ask("POST", "/auth/logout", 200)
        chief.ask("GET", "/entites", 401)
