"""Directories: the fake answers as a real OpenLDAP server does."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest

from adapters.identity.ldap import LdapDirectory
from core.accounts.ldap_settings import LdapSettings
from core.accounts.ports import Directory
from core.primitives.errors import DomainError, Kind
from core.primitives.secret import Secret
from core.testkit.directories import FakeDirectory
from tests.conformance.slapd_peer import PEOPLE, SEARCH_DN, SEARCH_PASSWORD, SlapdPeer

PASSWORDS = {"jdupont": "Grande-Saison-42", "amensah": "Ñandù élève ☂", "sans": ""}


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlapdPeer]:
    """The server."""
    peer = SlapdPeer(tmp_path_factory.mktemp("slapd"), PASSWORDS)
    yield peer
    peer.stop()


def directory(slapd: SlapdPeer, secret: str = SEARCH_PASSWORD, **fields: Any) -> LdapDirectory:
    """A directory on the server: found by search, over StartTLS, unless told otherwise."""
    given = {
        "host": "127.0.0.1",
        "port": slapd.tls_port if fields.get("security") == "tls" else slapd.port,
        "ca_file": str(slapd.ca_file),
        "search_base": PEOPLE,
        "search_dn": SEARCH_DN,
        "timeout": 3,
        **fields,
    }
    return LdapDirectory(msgspec.convert(given, LdapSettings), Secret(secret))


BY_DN = {"user_dn": f"uid={{login}},{PEOPLE}", "search_base": "", "search_dn": ""}
WAYS: dict[str, dict[str, Any]] = {
    "search over StartTLS": {},
    "search over TLS": {"security": "tls"},
    "DN over StartTLS": BY_DN,
    "DN over TLS": {**BY_DN, "security": "tls"},
    "DN without TLS": {**BY_DN, "security": "none"},
}


@pytest.fixture(params=["fake", *(pytest.param(way, marks=pytest.mark.peers) for way in WAYS)])
async def any_directory(request: pytest.FixtureRequest) -> AsyncIterator[Directory]:
    """Every implementation."""
    if request.param == "fake":
        yield FakeDirectory({uid: password for uid, password in PASSWORDS.items() if password})
    else:
        yield directory(request.getfixturevalue("slapd"), **WAYS[request.param])


async def test_the_holder_is_accepted(any_directory: Directory) -> None:
    for uid in ("jdupont", "amensah"):
        assert await any_directory.accepts(uid, PASSWORDS[uid])
    assert await any_directory.accepts("JDupont", PASSWORDS["jdupont"])


async def test_a_wrong_password_is_not(any_directory: Directory) -> None:
    for wrong in ("Grande-Saison-43", "grande-saison-42", PASSWORDS["amensah"], "x" * 1024, " "):
        assert not await any_directory.accepts("jdupont", wrong)


async def test_an_empty_password_never_is(any_directory: Directory) -> None:
    for login in ("jdupont", "sans", "personne", ""):
        assert not await any_directory.accepts(login, "")


async def test_an_unknown_login_is_not(any_directory: Directory) -> None:
    for login in ("personne", "jdupont2", "jdup", "sans", "", "é" * 300):
        assert not await any_directory.accepts(login, PASSWORDS["jdupont"])


@pytest.mark.parametrize(
    "login",
    [
        "*",
        "jdup*",
        "jdupont)(uid=*",
        "*)(objectClass=*",
        "jdupont))(|(uid=jdupont",
        "(jdupont",
        "jdupont\\",
        "\\2a",
        "jdupont,ou=people,dc=example,dc=com",
        "jdupont+cn=jdupont",
        "x,uid=jdupont",
        '"jdupont"',
        "jdupont;",
        "#jdupont",
        "<jdupont>",
        "=jdupont",
        "jdupont\x00",
        "jdupont\n",
        "{login}",
        "\ud800",
    ],
)
async def test_signs_of_filters_and_names_mean_themselves(any_directory: Directory, login: str) -> None:
    assert not await any_directory.accepts(login, PASSWORDS["jdupont"])


async def test_many_at_once(any_directory: Directory) -> None:
    asked = [("jdupont", PASSWORDS["jdupont"]) if number % 2 else ("jdupont", "faux") for number in range(16)]
    answers = await asyncio.gather(*(any_directory.accepts(*each) for each in asked))
    assert answers == [bool(number % 2) for number in range(16)]


async def unavailable(asked: Directory) -> bool:
    """Whether a directory says that it cannot tell."""
    with pytest.raises(DomainError) as refused:
        await asked.accepts("jdupont", PASSWORDS["jdupont"])
    return refused.value.kind is Kind.UNAVAILABLE and refused.value.retry_after is not None


async def test_a_fake_that_is_down_cannot_tell() -> None:
    fake = FakeDirectory(PASSWORDS)
    fake.down = True
    assert await unavailable(fake)


@pytest.mark.peers
@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("way", [{}, BY_DN], ids=["search", "DN"])
async def test_a_certificate_of_a_stranger_is_refused(slapd: SlapdPeer, security: str, way: dict[str, Any]) -> None:
    stranger = str(slapd.other_ca_file)
    assert await unavailable(directory(slapd, security=security, ca_file=stranger, **way))
    assert await unavailable(directory(slapd, security=security, ca_file="", **way)), "the system does not trust it"
    # the certificate is of 127.0.0.1
    assert await unavailable(directory(slapd, security=security, host="localhost", **way))
    unchecked = directory(slapd, security=security, ca_file=stranger, verify_certificate=False, **way)
    assert await unchecked.accepts("jdupont", PASSWORDS["jdupont"])


@pytest.mark.peers
async def test_nothing_is_told_apart_from_the_password(slapd: SlapdPeer) -> None:
    assert await unavailable(directory(slapd, secret="faux")), "the search account's password is wrong"
    assert await unavailable(directory(slapd, search_base="dc=ailleurs,dc=com")), "there is no such base"
    assert await unavailable(directory(slapd, search_filter="(uid={login}")), "this is no filter"
    assert await unavailable(directory(slapd, host="annuaire.invalid"))
    ambiguous = directory(slapd, search_filter="(|(uid={login})(employeeNumber=7))")
    for uid in ("jdupont", "amensah"):
        assert not await ambiguous.accepts(uid, PASSWORDS[uid]), "two entries are nobody"


@pytest.mark.peers
async def test_a_server_that_is_down_or_silent(slapd: SlapdPeer) -> None:
    asked = directory(slapd)
    assert await asked.accepts("jdupont", PASSWORDS["jdupont"])
    slapd.stop()
    try:
        assert await unavailable(asked)
        assert await unavailable(directory(slapd, security="tls"))
    finally:
        slapd.start()
    assert await asked.accepts("jdupont", PASSWORDS["jdupont"])

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent:
        for security in ("none", "starttls", "tls"):
            began = asyncio.get_running_loop().time()
            assert await unavailable(directory(slapd, port=port, security=security, timeout=1, **BY_DN))
            assert asyncio.get_running_loop().time() - began < 4


@pytest.mark.parametrize(
    "fields",
    [
        {"host": "h"},
        {"host": "h", "user_dn": "uid={login},x", "search_base": "x"},
        {"host": "h", "user_dn": "uid=login,x"},
        {"host": "h", "user_dn": "uid={login},{base}"},
        {"host": "h", "search_base": "x", "search_filter": "(uid=x)"},
        {"host": "h", "search_base": "x", "ca_file": "/nowhere/ca.pem"},
        {"host": "h", "search_base": "x", "ca_file": __file__},
        {"host": "h", "search_base": "x", "security": "ssl"},
        {"host": "h", "search_base": "x", "timeout": 0},
        {"host": "h", "search_base": "x", "password": "secret"},
    ],
)
def test_settings_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, LdapSettings)
