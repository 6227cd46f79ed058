"""Utilisateurs, applications and roles for the tests of the portal."""

from typing import Any

from core.access.principal import SYSTEM
from core.accounts.people import Candidate
from tests.installation import PASSWORD, unique
from tests.portal import Portal

DAY = 86_400


def body(**fields: Any) -> dict[str, Any]:
    """An utilisateur as a client writes it, with a login and email of its own."""
    login = unique("jdupont")
    return {"nom": "Dupont", "prenom": "Jean", "login": login, "email": f"{login}@example.com", **fields}


async def make(portal: Portal, **fields: Any) -> dict[str, Any]:
    """Create an utilisateur as an administrator does; what the answer shows."""
    made = await portal.admin.client.post("/api/utilisateurs", json=body(**fields))
    assert made.status_code == 201, made.text
    shown: dict[str, Any] = made.json()["data"]
    return shown


async def account(portal: Portal, **fields: Any) -> dict[str, Any]:
    """An account that is no utilisateur, with a password."""
    name = unique("compte")
    given = {"email": f"{name}@example.com", "username": name, "password": PASSWORD, **fields}
    joining = portal.installed.composition.kernel.organisations.joining
    made = await joining.create_account(SYSTEM, Candidate(**given))
    return {"id": made.id, "number": made.number, "email": made.email, "username": made.username}


async def set_password(portal: Portal, login: str, password: str = PASSWORD) -> None:
    """Set the password of an utilisateur's account, as the command line does."""
    accounts = portal.installed.composition.kernel.accounts
    found = await accounts.people.find(SYSTEM, login)
    assert found is not None
    await accounts.passwords.set(SYSTEM, found.id, password)


async def application(portal: Portal, roles: int = 2) -> tuple[int, list[int]]:
    """An application with roles: its id and theirs."""
    app_id: int = await portal.owner.fetchval(
        "insert into driven_application (nom, description) values ($1, '') returning app_id", unique("Application")
    )
    made = [
        await portal.owner.fetchval(
            "insert into driven_role (nom, description, app_id) values ($1, 'Éditeur de contenu', $2)"
            " returning role_id",
            unique("role"),
            app_id,
        )
        for _ in range(roles)
    ]
    return app_id, made


async def log_in(portal: Portal, login: str, password: str = PASSWORD) -> Any:
    """Sign in to the portal, as anybody."""
    return await portal.api().post("/api/auth/login", json={"login": login, "password": password})
