"""Coming in by a real OpenLDAP server."""

from pathlib import Path

import pytest

from tests.cluster import TestCluster
from tests.conformance.slapd_peer import PEOPLE, SEARCH_DN, SEARCH_PASSWORD, SlapdPeer
from tests.installation import unique
from tests.plugins.driven.people import log_in, make
from tests.portal import portal_on

SECRET = "Le-secret-de-l-annuaire"


@pytest.mark.peers
async def test_on_a_real_directory(cluster: TestCluster, tmp_path: Path) -> None:
    login = unique("jdupont")
    slapd = SlapdPeer(tmp_path / "slapd", {login: SECRET})
    secret_file = tmp_path / "secret"
    secret_file.write_text(f"{SEARCH_PASSWORD}\n", encoding="utf-8")
    ldap = {
        "host": "127.0.0.1",
        "port": slapd.port,
        "ca_file": str(slapd.ca_file),
        "search_base": PEOPLE,
        "search_dn": SEARCH_DN,
    }
    settings = {"driven_auth": {"source": "ldap", "ldap": ldap}}
    environ = {"SOCLE_LDAP_PASSWORD_FILE": str(secret_file)}
    try:
        urls = cluster.clone(unique("slapd"))
        async with portal_on(urls, tmp_path / "home", environ=environ, settings=settings) as portal:
            await make(portal, login=login)
            assert (await log_in(portal, login, SECRET)).status_code == 200
            assert (await log_in(portal, login, "faux")).status_code == 401
            assert (await log_in(portal, "*", SECRET)).status_code == 401
            slapd.stop()
            assert (await log_in(portal, login, SECRET)).status_code == 503
    finally:
        slapd.stop()
