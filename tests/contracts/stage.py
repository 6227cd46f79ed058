"""What a file of cases plays on: a company of its own, its actors, and what was saved from earlier answers."""

import re
from typing import Any

import pyotp

from tests.installation import PASSWORD, Api, Installed, unique

ROLES = {"owner": "ADMIN", "ventes": "VENTES", "finance": "FINANCE", "lecture": "LECTURE"}
"""The members of the file's company by name, with the role that they register in."""

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+(?:\.[a-zA-Z0-9_]+)*)\}")


class Stage:
    """A company, and its actors as they are first named: `owner`, `admin`, `ventes`, `finance`, `lecture` are its
    members, `autre` owns another company, `superuser` is in none."""

    def __init__(self, installed: Installed) -> None:
        self.installed = installed
        self.saved: dict[str, Any] = {"unique": unique("u"), "mot_de_passe": PASSWORD}
        self._clients: dict[str, Api] = {}

    async def open(self) -> None:
        """Make the company and its owner."""
        self.saved["entreprise"] = await self._company()
        await self.actor("owner")

    async def actor(self, name: str) -> Api:
        """The client of an actor, or of a saved answer that holds an access token."""
        if name in self.saved and "access" in self.saved[name]:
            return self.installed.api(self.saved[name]["access"])
        if name not in self._clients:
            self._clients[name] = await self._enter(name)
        return self._clients[name]

    async def _enter(self, name: str) -> Api:
        if name == "anonymous":
            return self.installed.api()
        if name == "superuser":
            return await self.installed.superuser()
        if name == "autre":
            self.saved["autre_entreprise"] = await self._company()
            return await self._register(name, "ADMIN", self.saved["autre_entreprise"]["id"])
        client = await self._register(name, ROLES.get(name, "VENTES"), self.saved["entreprise"]["id"])
        if name == "admin":
            owner = await self.actor("owner")
            promoted = await owner.patch(f"/api/membres/{self.saved[name]['id']}/", json={"role": "ADMIN"})
            assert promoted.status_code == 200, promoted.text
        return client

    async def _company(self) -> dict[str, Any]:
        body = {"nom": unique("Boutique"), "secteur": "Commerce", "type": "SARL", "adresse": "Cotonou", "taille": 5}
        made = await self.installed.api().post("/api/tenants/", json=body)
        assert made.status_code == 201, made.text
        company: dict[str, Any] = made.json()
        return company

    async def _register(self, name: str, role: str, company: str) -> Api:
        body = {
            "email": f"{unique(name)}@example.com",
            "password": PASSWORD,
            "password2": PASSWORD,
            "role": role,
            "entreprise": company,
        }
        made = await self.installed.api().post("/api/auth/register/", json=body)
        assert made.status_code == 201, made.text
        answer = made.json()
        self.saved[name] = {**answer["user"], "refresh": answer["refresh"], "access": answer["access"]}
        return self.installed.api(answer["access"])

    async def fill(self, value: Any) -> Any:
        """Put saved values in place of placeholders, anywhere in a value. A text that is one placeholder becomes the
        value itself."""
        if isinstance(value, dict):
            return {await self.fill(key): await self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [await self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        whole = _PLACEHOLDER.fullmatch(value)
        if whole:
            return await self._value(whole[1])
        filled = value
        for found in _PLACEHOLDER.finditer(value):
            filled = filled.replace(found[0], str(await self._value(found[1])))
        return filled

    async def _value(self, path: str) -> Any:
        first, *rest = path.split(".")
        if first == "totp":
            return pyotp.TOTP(self.saved[rest[0]]["secret_key"]).now()
        if first == "mailed":
            return await self._mailed(*rest)
        if first not in self.saved:
            await self.actor(first)
        value = self.saved[first]
        for step in rest:
            value = value[int(step)] if isinstance(value, list) else value[step]
        return value

    async def _mailed(self, what: str, name: str) -> str:
        account = self.saved[name].get("user", self.saved[name])
        wanted = r"\b\d{6}\b" if what == "code" else r"(?<=token=)[\w-]+"
        bodies = [mail["body"] for mail in await self.installed.mail_to(account["email"])]
        found = [match[0] for body in bodies if (match := re.search(wanted, body))]
        assert found, bodies
        return found[0]
