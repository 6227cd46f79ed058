"""Passwords held in an LDAP directory (RFC 4511), checked by a simple bind as their holder (RFC 4513 section 5.1.3).

ldap3 speaks LDAP, in threads of its own. The socket is wrapped here: ldap3 would compare names by a function that newer
Pythons lack, after the handshake; the interpreter does it within.
"""

import asyncio
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import ldap3
import structlog
from ldap3.core.exceptions import LDAPException
from ldap3.core.results import (
    RESULT_CONSTRAINT_VIOLATION,
    RESULT_INAPPROPRIATE_AUTHENTICATION,
    RESULT_INSUFFICIENT_ACCESS_RIGHTS,
    RESULT_INVALID_CREDENTIALS,
    RESULT_INVALID_DN_SYNTAX,
    RESULT_NO_SUCH_OBJECT,
    RESULT_SIZE_LIMIT_EXCEEDED,
    RESULT_SUCCESS,
    RESULT_UNWILLING_TO_PERFORM,
)
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn

from core.accounts.errors import BUSY, DIRECTORY_DOWN
from core.accounts.ldap_settings import LOGIN, LdapSettings
from core.primitives.errors import DomainError, Kind
from core.primitives.secret import Secret

MAX_WAITING = 64
"""Sign-ins that may wait for a connection; more are turned away at once."""
MAX_LOGIN = 254

_REFUSED = frozenset(
    {
        RESULT_INVALID_CREDENTIALS,
        RESULT_NO_SUCH_OBJECT,
        RESULT_INVALID_DN_SYNTAX,
        RESULT_INAPPROPRIATE_AUTHENTICATION,
        RESULT_CONSTRAINT_VIOLATION,
        RESULT_UNWILLING_TO_PERFORM,
        RESULT_INSUFFICIENT_ACCESS_RIGHTS,
    }
)
"""What a directory answers to a bind that it does not accept: a wrong password, no such entry, an entry without a
password or locked. Anything else is a trouble of the directory."""

_log = structlog.get_logger("socle.directory")


class _Trouble(Exception):
    """The directory answered something that tells nothing about the password."""


class _Tls(ldap3.Tls):  # type: ignore[misc]
    """Wraps sockets by a context of ours."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=context.verify_mode)
        self._context = context

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: ARG002
        """Begin TLS on a connection's socket, and check the certificate and its names."""
        connection.socket = self._context.wrap_socket(connection.socket, server_hostname=connection.server.host)


class LdapDirectory:
    """A directory that binds people by their passwords. `password` is that of the search account."""

    def __init__(self, settings: LdapSettings, password: Secret | None = None) -> None:
        self._settings = settings
        self._password = password
        self._tls = _Tls(settings.tls())
        self._threads = ThreadPoolExecutor(settings.connections, thread_name_prefix="ldap")
        self._waiting = 0

    async def accepts(self, login: str, password: str) -> bool:
        """Whether the password is the login's. Raises `DomainError` of kind unavailable where the directory does not
        tell."""
        # a bind without password succeeds as nobody (RFC 4513 section 5.1.2)
        if not password or not login or len(login) > MAX_LOGIN or not login.isprintable():
            return False
        if self._waiting >= MAX_WAITING:
            raise DomainError(BUSY, Kind.UNAVAILABLE, retry_after=2)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._threads, self._accepts, login, password.encode("utf-8", "surrogatepass")
            )
        except (LDAPException, OSError, _Trouble) as error:
            _log.warning("directory_unavailable", error=type(error).__name__, reason=str(error)[:300])
            raise DomainError(DIRECTORY_DOWN, Kind.UNAVAILABLE, retry_after=5) from error
        finally:
            self._waiting -= 1

    def _bind(self, connection: Any) -> int:
        """Bind and return the result code."""
        # ldap3 would open a connection that was lost again, and bind on it without StartTLS
        if connection.closed or (self._settings.security == "starttls" and not connection.tls_started):
            raise _Trouble("the connection was lost")
        connection.bind(read_server_info=False)
        code: int = connection.result["result"]
        return code

    def _accepts(self, login: str, password: bytes) -> bool:
        entry = self._entry(login)
        if entry is None:
            return False
        with self._connected(entry, password) as connection:
            code = self._bind(connection)
        if code in _REFUSED:
            return False
        if code != RESULT_SUCCESS:
            raise _Trouble(f"bind answered {connection.result['description']}")
        return True

    def _entry(self, login: str) -> str | None:
        """The name of a login's entry; None where there is not exactly one."""
        settings = self._settings
        if settings.user_dn:
            return settings.user_dn.replace(LOGIN, escape_rdn(login))
        secret = self._password.reveal().encode() if self._password is not None else None
        with self._connected(settings.search_dn or None, secret if settings.search_dn else None) as connection:
            if settings.search_dn and self._bind(connection) != RESULT_SUCCESS:
                raise _Trouble(f"the search account's bind answered {connection.result['description']}")
            connection.search(
                settings.search_base,
                settings.search_filter.replace(LOGIN, escape_filter_chars(login)),
                attributes=[ldap3.NO_ATTRIBUTES],
                size_limit=2,
                time_limit=settings.timeout,
            )
            code = connection.result["result"]
            found = [each["dn"] for each in connection.response or () if each["type"] == "searchResEntry"]
        if code not in (RESULT_SUCCESS, RESULT_SIZE_LIMIT_EXCEEDED):
            raise _Trouble(f"the search answered {connection.result['description']}")
        return found[0] if len(found) == 1 else None

    @contextmanager
    def _connected(self, user: str | None, password: bytes | None) -> Iterator[Any]:
        """A connection that is open, and protected as the settings want it, before anything secret is sent."""
        settings = self._settings
        server = ldap3.Server(
            settings.host,
            port=settings.served_port,
            use_ssl=settings.security == "tls",
            tls=self._tls,
            get_info=ldap3.NONE,
            connect_timeout=settings.timeout,
        )
        connection = ldap3.Connection(
            server,
            user=user,
            password=password,
            receive_timeout=settings.timeout,
            # credentials go nowhere but to the directory that was named
            auto_referrals=False,
            check_names=False,
            read_only=True,
        )
        try:
            connection.open(read_server_info=False)
            if settings.security == "starttls" and not connection.start_tls(read_server_info=False):
                raise _Trouble("StartTLS did not begin")
            yield connection
        finally:
            if not connection.closed:
                # the verdict is in: what becomes of a connection on its way out changes nothing
                with suppress(LDAPException, OSError):
                    connection.unbind()
            if connection.socket is not None:
                connection.socket.close()
