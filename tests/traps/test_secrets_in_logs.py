"""No log line holds what a request carried: StructlogPlugin's defaults logged bodies and headers."""

from pathlib import Path

import httpx
import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.server import serving

MARK = "s3cr3t"
PRODUCTION = {
    "SOCLE_ENVIRONMENT": "production",
    "SOCLE_PUBLIC_URL": "http://127.0.0.1",
    "SOCLE_SECRET_KEY": f"{MARK}-clef-de-plus-de-trente-deux-caracteres",
    "SOCLE_SMTP_HOST": "127.0.0.1",
    "SOCLE_SMTP_PORT": "9",
}


@pytest.mark.parametrize("environment", ["development", "production"])
def test_nothing_of_a_request_is_logged(cluster: TestCluster, tmp_path: Path, environment: str) -> None:
    given = PRODUCTION if environment == "production" else {}
    urls = cluster.clone(unique("logged"))
    with serving(tmp_path / "home", urls, worker=True, SOCLE_LOG_LEVEL="debug", **given) as server:
        with httpx.Client(base_url=server.base_url, timeout=20) as api:
            tenant = {"nom": f"{MARK} tenant", "secteur": MARK, "type": "SARL", "adresse": MARK, "taille": 1}
            key = api.post("/api/tenants/", json=tenant).json()["id"]
            passwords = {"password": f"{MARK}-Saison-42", "password2": f"{MARK}-Saison-42"}
            email = f"{MARK}.{unique('x')}@example.com"
            account = {"email": email, "role": "ADMIN", "entreprise": key, **passwords}
            registered = api.post("/api/auth/register/", json=account)
            assert registered.status_code == 201, registered.text
            tokens = [registered.json()["access"], registered.json()["refresh"]]
            api.headers.update({"authorization": f"Bearer {tokens[0]}", "x-api-key": MARK, "user-agent": MARK})
            api.cookies.set("own", MARK)
            assert api.get("/api/produits/", params={"search": MARK, "token": MARK}).status_code == 200
            assert api.get(f"/api/produits/{MARK}/").status_code == 404
            assert api.post("/api/produits/", json={"nom": MARK, "prix": MARK}).status_code == 400
            malformed = {"content-type": "application/json"}
            assert api.post("/api/produits/", content=f'{{"{MARK}":', headers=malformed).status_code == 400
            assert api.post("/api/produits/", content=MARK, headers={"content-type": "text/plain"}).status_code == 415
            api.post("/api/auth/refresh/", json={"refresh": tokens[1]})
            wrong = {"email": email, "password": f"{MARK}-wrong"}
            assert api.post("/api/auth/login/", json=wrong, headers={"authorization": ""}).status_code == 401
            api.post("/api/auth/password-reset/", json={"email": email})
            forged = {"authorization": f"Bearer {MARK}.{MARK}.{MARK}"}
            assert api.get("/api/auth/me/", headers=forged).status_code == 401
        log = server.log
    assert log.count("/api/produits") >= 4
    assert MARK not in log
    for token in tokens:
        assert token not in log
        assert token.rpartition(".")[2] not in log
