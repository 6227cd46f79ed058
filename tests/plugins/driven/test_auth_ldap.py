"""Coming in where a directory holds the passwords (DECISIONS.md section 3, "Login")."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.testkit.directories import FakeDirectory
from socle.composition import compose_unconnected
from socle.installation import load
from socle.refusal import Refused
from tests.cluster import TestCluster
from tests.installation import PASSWORD, unique
from tests.plugins.driven.people import account, application, log_in, make
from tests.plugins.driven.test_auth import audited
from tests.portal import Portal, portal_on

BASE = "ou=people,dc=example,dc=com"
SECRET = "Le-secret-de-l-annuaire"


class Directed:
    """A portal whose passwords a directory holds."""

    def __init__(self, portal: Portal, directory: FakeDirectory) -> None:
        self.portal = portal
        self.directory = directory

    async def welcome(self, **fields: Any) -> dict[str, Any]:
        """An utilisateur whom the directory knows."""
        shown = await make(self.portal, **fields)
        self.directory.passwords[shown["login"]] = SECRET
        return shown

    async def log_in(self, login: str, password: str = SECRET) -> Any:
        """Sign in."""
        return await log_in(self.portal, login, password)

    async def links(self, address: str) -> list[str]:
        """The tokens of the links that an address was sent, newest first."""
        mails = await self.portal.installed.mail_to(address)
        return [found[1] for mail in mails if (found := re.search(r"/accept\?token=(\S+)", mail["body"]))]

    async def accept(self, token: str) -> int:
        """Accept by a link."""
        return (await self.portal.api().post("/api/auth/accept", json={"token": token})).status_code


@pytest.fixture(scope="module")
async def directed(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Directed]:
    """A portal on a directory of the testkit, which stands for the outside."""
    directory = FakeDirectory({})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("adapters.identity.ldap.LdapDirectory", lambda *_: directory)
        settings = {"driven_auth": {"source": "ldap", "ldap": {"host": "annuaire", "search_base": BASE}}}
        urls = cluster.clone(unique("directed"))
        async with portal_on(urls, tmp_path_factory.mktemp("directed"), settings=settings) as portal:
            yield Directed(portal, directory)


async def test_the_directory_decides(directed: Directed) -> None:
    shown = await directed.welcome()
    entered = await directed.log_in(shown["login"].upper())
    assert entered.status_code == 200, entered.text
    assert entered.json()["data"]["utilisateur"] == shown
    client = directed.portal.api(entered.json()["data"]["access_token"])
    assert (await client.get("/api/entites")).status_code == 200
    for password in ("faux", ""):
        refused = await directed.log_in(shown["login"], password)
        assert (refused.status_code, refused.json()["message"]["en"]) == (401, "Invalid credentials")
    assert await audited(directed.portal, shown["id_utilisateur"]) == [
        ("LOGIN", 200),
        ("LOGIN_FAILED", 401),
        ("LOGIN_FAILED", 401),
    ]


async def test_the_accounts_own_password_opens_nothing(directed: Directed) -> None:
    there = await account(directed.portal)
    shown = await make(directed.portal, email=there["email"])
    assert (await directed.log_in(shown["login"], PASSWORD)).status_code == 401
    assert (await directed.log_in(there["email"], PASSWORD)).status_code == 401


async def test_whom_the_portal_does_not_know(directed: Directed) -> None:
    login = unique("inconnu")
    directed.directory.passwords[login] = SECRET
    for _ in range(12):
        refused = await directed.log_in(login)
        assert refused.status_code == 401
        assert refused.json()["message"] == {"en": "User not found", "fr": "Utilisateur non trouvé"}


async def test_a_closed_account_is_told_after_the_password(directed: Directed) -> None:
    shown = await directed.welcome(statut="Suspendu")
    assert (await directed.log_in(shown["login"], "faux")).status_code == 401
    refused = await directed.log_in(shown["login"])
    assert (refused.status_code, refused.json()["message"]["en"]) == (403, "Account is inactive or expired")


async def test_ten_failures_close_the_door_and_spare_the_directory(directed: Directed) -> None:
    shown = await directed.welcome()
    answers = await asyncio.gather(*(directed.log_in(shown["login"], "faux") for _ in range(15)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 5
    assert (await directed.log_in(shown["login"])).status_code == 429
    assert directed.directory.asked.count(shown["login"]) == 10
    for name in (unique("personne"),):
        statuses = [(await directed.log_in(name, "faux")).status_code for _ in range(11)]
        assert statuses == [401] * 10 + [429]


async def test_a_directory_that_is_down_is_nobodys_failure(directed: Directed) -> None:
    shown = await directed.welcome()
    directed.directory.down = True
    try:
        for _ in range(12):
            refused = await directed.log_in(shown["login"])
            assert refused.status_code == 503
            assert refused.json()["error"] is True
            assert refused.headers["retry-after"]
    finally:
        directed.directory.down = False
    assert (await directed.log_in(shown["login"])).status_code == 200


async def test_the_second_factor_is_asked_for(directed: Directed) -> None:
    shown = await directed.welcome()
    await directed.portal.protect(shown["login"])
    asked = await directed.log_in(shown["login"])
    assert asked.json()["data"]["2fa_required"] is True


async def test_the_holder_of_an_account_accepts_by_a_link(directed: Directed) -> None:
    there = await account(directed.portal, language="en")
    shown = await directed.welcome(email=there["email"])
    for _ in range(2):
        refused = await directed.log_in(shown["login"])
        assert refused.status_code == 403
        assert refused.json()["message"]["en"].startswith("The holder of the account must first accept")
    (mail,) = await directed.portal.installed.mail_to(there["email"])
    assert mail["subject"] == "Accept your access to the portal"
    assert shown["login"] in mail["body"]
    (token,) = await directed.links(there["email"])
    assert (
        await directed.portal.owner.fetchval(
            "select count(*) from driven_invitation where token_hash = $1", token.encode()
        )
        == 0
    )
    answers = await asyncio.gather(*(directed.accept(token) for _ in range(4)))
    assert sorted(answers) == [200, 400, 400, 400]
    entered = await directed.log_in(shown["login"])
    assert entered.status_code == 200
    assert entered.json()["data"]["utilisateur"]["accepte_a"] is not None


async def test_a_link_ends_and_another_comes(directed: Directed) -> None:
    there = await account(directed.portal)
    shown = await directed.welcome(email=there["email"])
    (first,) = await directed.links(there["email"])
    await directed.portal.owner.execute(
        "update driven_invitation set expires_at = now() - interval '1 second' where id_utilisateur = $1",
        there["number"],
    )
    assert await directed.accept(first) == 400
    assert (await directed.log_in(shown["login"])).status_code == 403
    second, _ = await directed.links(there["email"])
    assert second != first
    assert await directed.accept(second) == 200
    assert (await directed.portal.installed.mail_to(there["email"]))[0]["subject"] == "Accepter votre accès au portail"


async def test_another_login_must_be_accepted_anew(directed: Directed) -> None:
    shown = await directed.welcome()
    client = directed.portal.api((await directed.log_in(shown["login"])).json()["data"]["access_token"])
    path = f"/api/utilisateurs/{shown['id_utilisateur']}"
    same = await directed.portal.admin.client.put(path, json={"login": shown["login"].upper()})
    assert same.json()["data"]["accepte_a"] is not None
    intruder = unique("intrus")
    directed.directory.passwords[intruder] = SECRET
    changed = await directed.portal.admin.client.put(path, json={"login": intruder})
    assert changed.status_code == 200, changed.text
    assert changed.json()["data"]["accepte_a"] is None
    assert (await directed.log_in(intruder)).status_code == 403, "somebody else's password"
    await asyncio.sleep(0.6)
    assert (await client.get("/api/entites")).status_code == 401
    (token,) = await directed.links(shown["email"])
    assert await directed.accept(token) == 200
    assert (await directed.log_in(intruder)).status_code == 200


async def test_the_last_administrators_login_stays(directed: Directed) -> None:
    path = f"/api/utilisateurs/{directed.portal.admin.id}"
    refused = await directed.portal.admin.client.put(path, json={"login": unique("chef")})
    assert refused.status_code == 409
    kept = (await directed.portal.admin.client.get(path)).json()["data"]
    assert (kept["login"], kept["accepte_a"] is not None) == (directed.portal.admin.login, True)
    assert (await directed.portal.admin.client.put(path, json={"login": kept["login"]})).status_code == 200


async def test_a_deleted_utilisateurs_link_is_void(directed: Directed) -> None:
    there = await account(directed.portal)
    shown = await directed.welcome(email=there["email"])
    app_id, (role, _) = await application(directed.portal)
    path = f"/api/utilisateurs/{shown['id_utilisateur']}"
    await directed.portal.admin.client.post(f"{path}/roles", json={"role_id": role, "app_id": app_id})
    (token,) = await directed.links(there["email"])
    assert (await directed.portal.admin.client.delete(path)).status_code == 200
    assert await directed.accept(token) == 400
    assert (await directed.log_in(shown["login"])).json()["message"]["en"] == "User not found"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"source": "ldap"}, "needs ldap.host"),
        ({"source": "ldap", "ldap": {"host": "h"}}, "either user_dn or search_base"),
        ({"source": "oracle"}, "oracle"),
        ({"source": "ldap", "ldap": {"host": "h", "search_base": BASE, "search_dn": "cn=x"}}, "SOCLE_LDAP_PASSWORD"),
        ({"source": "ldap", "ldap": {"host": "h", "search_base": BASE, "search_password": "x"}}, "search_password"),
    ],
)
def test_settings_that_make_no_sense_are_told_in_a_sentence(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    loaded = load(tmp_path, {}, edition="driven", settings={"driven_auth": given})
    with pytest.raises(Refused) as refused:
        compose_unconnected(loaded)
    (sentence,) = refused.value.sentences
    assert said in sentence
    assert "driven_auth" in sentence
