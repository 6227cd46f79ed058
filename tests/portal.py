"""A running portal: utilisateurs with roles, signed in, for the tests of driven."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from core.access.principal import SYSTEM
from core.accounts.people import Candidate
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, Api, unique
from tests.running import Running, database_of_worker, running_on


class Person:
    """An utilisateur and its signed-in client. `id` is its `id_utilisateur`."""

    def __init__(self, number: int, login: str, email: str, client: Api) -> None:
        self.id = number
        self.login = login
        self.email = email
        self.client = client


class Portal(Running):
    """An installation of driven alone."""

    admin: Person

    async def person(self, *permissions: str, admin: bool = False, **fields: Any) -> Person:
        """A new utilisateur who holds these permissions through a role of the application "Portail", signed in."""
        login = unique("personne")
        email = f"{login}@example.com"
        await self.kernel.organisations.joining.create_account(
            SYSTEM, Candidate(email=email, username=login, password=PASSWORD)
        )
        number: int = await self.owner.fetchval("select number from account where email = $1", email)
        await self._insert(
            "driven_utilisateur",
            {"id_utilisateur": number, "nom": "Dupont", "prenom": "Jean", "login": login, "email": email, **fields},
        )
        await self.owner.execute("update driven_utilisateur set accepte_a = now() where id_utilisateur = $1", number)
        if admin:
            await self._assign(number, await self.owner.fetchval("select role_id from driven_role where protege"))
        elif permissions:
            await self._assign(number, await self.role(*permissions))
        return Person(number, login, email, self.api(await self.token(email)))

    async def invitation(self, number: int) -> str:
        """The token of a new invitation of an utilisateur, as a directory's portal mails it."""
        token = unique("invitation")
        await self.owner.execute(
            "insert into driven_invitation (id_utilisateur, token_hash, expires_at)"
            " values ($1, $2, now() + interval '1 day')",
            number,
            hashlib.sha256(token.encode()).digest(),
        )
        return token

    async def role(self, *permissions: str) -> int:
        """A new role of the portal with these permissions; returns its id."""
        role: int = await self.owner.fetchval(
            "insert into driven_role (nom, description, app_id) select $1, '', app_id from driven_application"
            " where protege returning role_id",
            unique("role"),
        )
        await self.owner.execute(
            "insert into driven_role_permission (role_id, permission_id)"
            " select $1, permission_id from driven_permission where nom = any($2::text[])",
            role,
            list(permissions),
        )
        return role

    async def tie(self, function: str, *permissions: str) -> int:
        """Tie a function of the portal to permissions; returns its id. Tests share a portal: tie one that is yours."""
        key: int = await self.owner.fetchval(
            "insert into driven_fonction_api (nom_fonction, description, app_id) select $1, '', app_id"
            " from driven_application where protege returning fonction_id",
            function,
        )
        await self.owner.execute(
            "insert into driven_fonction_permission (fonction_id, permission_id)"
            " select $1, permission_id from driven_permission where nom = any($2::text[])",
            key,
            list(permissions),
        )
        return key

    async def _assign(self, number: int, role: int) -> None:
        await self.owner.execute(
            "insert into driven_utilisateur_role (id_utilisateur, role_id, app_id)"
            " select $1, role_id, app_id from driven_role where role_id = $2",
            number,
            role,
        )

    async def _insert(self, table: str, values: Mapping[str, Any]) -> None:
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        sql = f"insert into {table} ({', '.join(values)}) values ({places})"
        await self.owner.execute(sql, *values.values())


@asynccontextmanager
async def portal_of_worker(
    cluster: TestCluster, folders: pytest.TempPathFactory, name: str = "portal"
) -> AsyncIterator[Portal]:
    """Run a portal on a database of this worker's own."""
    urls, home = database_of_worker(cluster, folders, name)
    async with portal_on(urls, home) as running:
        yield running


@asynccontextmanager
async def portal_on(urls: DatabaseUrls, home: Path, **settings: Any) -> AsyncIterator[Portal]:
    """Run a portal on a database, with an administrator."""
    async with running_on(Portal, urls, home, **{"edition": "driven", **settings}) as portal:
        portal.admin = await portal.person(admin=True)
        yield portal
