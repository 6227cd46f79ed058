"""People of the journeys: an account with its password, and what it does over HTTP."""

from typing import Any

import httpx

from tests.installation import PASSWORD, Api, Company, Installed, unique


class Person:
    """A member of a company, who signs in and out."""

    def __init__(self, installed: Installed, answer: dict[str, Any], password: str) -> None:
        self.installed = installed
        self.id: str = answer["user"]["id"]
        self.email: str = answer["user"]["email"]
        self.password = password
        self.access: str = answer["access"]
        self.refresh: str = answer["refresh"]

    @property
    def api(self) -> Api:
        """A client with the access token of the registration."""
        return self.installed.api(self.access)

    async def sign_in(self, password: str | None = None, identifier: str | None = None) -> httpx.Response:
        """Try to sign in, without cookies of before."""
        body = {"email": identifier or self.email, "password": password or self.password}
        return await self.installed.api().post("/api/auth/login/", json=body)

    async def signed_in(self) -> dict[str, Any]:
        """Sign in; the tokens."""
        answer = await self.sign_in()
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


async def join(company: Company, role: str = "VENTES") -> Person:
    """Register a new member of a company."""
    body = {
        "email": f"{unique('personne')}@example.com",
        "password": PASSWORD,
        "password2": PASSWORD,
        "role": role,
        "entreprise": company.id,
    }
    answer = await company.installed.api().post("/api/auth/register/", json=body)
    assert answer.status_code == 201, answer.text
    return Person(company.installed, answer.json(), PASSWORD)


async def me(installed: Installed, access: str) -> int:
    """The status that an access token gets."""
    return (await installed.api(access).get("/api/auth/me/")).status_code


async def refreshed(installed: Installed, refresh: str) -> int:
    """The status that a refresh token in the body gets."""
    return (await installed.api().post("/api/auth/refresh/", json={"refresh": refresh})).status_code
