"""An installation inside of the test process: composed as `socle serve` composes it, spoken to over ASGI."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from asgi_lifespan import LifespanManager

from adapters.queue.outbox import Outbox
from core.primitives.ids import new_id
from socle import web
from socle.composition import Composition, compose
from socle.databases import DatabaseUrls
from socle.installation import load
from socle.seeding import seed
from tests.cluster import DatabaseUrls as ClusterUrls

PASSWORD = "Grande-Saison-42"
LEASE = timedelta(minutes=5)
CHEAP_HASHING = {"argon2_memory": 64, "argon2_time": 1}
GENEROUS = {"per_minute": 100_000}
"""All tests of a run come from one address."""
ROOMY = {"megahub_slots": {"users_slots": 1_000}}
"""Companies of the full edition may have as many members as a test makes. What a company has by default is tested where
megahub stands alone, and by the journeys."""
_numbers = count()


def unique(prefix: str) -> str:
    """A text that no other test uses."""
    return f"{prefix}-{next(_numbers)}-{new_id().hex[-8:]}"


class Api(httpx.AsyncClient):
    """A client of an installation. `token` signs its requests."""

    def __init__(self, app: Any, token: str | None = None, **options: Any) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        super().__init__(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=True),
            base_url="http://testserver",
            headers=headers,
            **options,
        )
        self.token = token


class Installed:
    """A running installation. Requests are made with the clients that `api` and `company` give."""

    def __init__(self, composition: Composition, app: Any) -> None:
        self.composition = composition
        self.app = app

    def api(self, token: str | None = None, **options: Any) -> Api:
        """A client, signed in where a token is given."""
        return Api(self.app, token, **options)

    async def company(self, name: str = "Boutique") -> "Company":
        """A new company with its owner signed in."""
        api = self.api()
        made = await api.post(
            "/api/tenants/",
            json={"nom": unique(name), "secteur": "Commerce", "type": "SARL", "adresse": "Cotonou", "taille": 5},
        )
        assert made.status_code == 201, made.text
        company = Company(self, made.json()["id"])
        company.owner = await company.join("ADMIN")
        return company

    async def superuser(self) -> Api:
        """A new superuser, signed in."""
        from core.access.principal import SYSTEM
        from core.accounts.people import Candidate

        email = f"{unique('super')}@example.com"
        await self.composition.kernel.organisations.joining.create_account(
            SYSTEM, Candidate(email=email, username=email, password=PASSWORD, superuser=True)
        )
        signed_in = await self.api().post("/api/auth/login/", json={"email": email, "password": PASSWORD})
        assert signed_in.status_code == 200, signed_in.text
        return self.api(signed_in.json()["access"])

    async def drain(self) -> None:
        """Run every open delivery, and what comes of it, until nothing is left."""
        outbox = Outbox(self.composition.works)
        while leases := await outbox.lease(self.composition.handlers, 100, LEASE):
            for lease in leases:
                begun = await outbox.begin(lease.id, lease.attempts, LEASE)
                if begun is not None:
                    await self.composition.handlers[begun.subscriber](begun)
                    await outbox.close(begun)

    async def mail_to(self, address: str) -> list[dict[str, Any]]:
        """What the development mailbox holds for an address, newest first, once all jobs have run."""
        await self.drain()
        answer = await self.api().get("/_dev/outbox", params={"to": address})
        messages: list[dict[str, Any]] = answer.json()
        return messages


class Company:
    """A tenant and its members' clients."""

    owner: Api

    def __init__(self, installed: Installed, key: str) -> None:
        self.installed = installed
        self.id = key

    async def join(self, role: str) -> Api:
        """Register a new member in a role; returns its client. An ADMIN after the owner is made through VENTES. In
        production the owner activates it first."""
        email = f"{unique('membre')}@example.com"
        asked = "VENTES" if role == "ADMIN" and hasattr(self, "owner") else role
        answer = await self.installed.api().post(
            "/api/auth/register/",
            json={
                "email": email,
                "password": PASSWORD,
                "password2": PASSWORD,
                "role": asked,
                "entreprise": self.id,
            },
        )
        assert answer.status_code == 201, answer.text
        access = answer.json()["access"]
        if asked != role or access is None:
            member = answer.json()["user"]["id"]
            changed = await self.owner.patch(f"/api/membres/{member}/", json={"role": role, "status": "actif"})
            assert changed.status_code == 200, changed.text
        if access is None:
            signed_in = await self.installed.api().post("/api/auth/login/", json={"email": email, "password": PASSWORD})
            access = signed_in.json()["access"]
        client = self.installed.api(access)
        client.email = email  # type: ignore[attr-defined]
        return client

    async def produit(self, **fields: Any) -> dict[str, Any]:
        """Create a product."""
        body = {"nom": unique("Produit"), "categorie": "Divers", "prix": "100.00", "quantite": 10, **fields}
        return await self._made("/api/produits/", body)

    async def client(self, **fields: Any) -> dict[str, Any]:
        """Create a partner of type client."""
        return await self._made("/api/partners/", {"type": "client", "nom": unique("Client"), **fields})

    async def vente(self, *items: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Create a sale; without items, of one new product."""
        lines = list(items) or [{"produit": (await self.produit())["id"], "quantite": 1}]
        client = fields.pop("client", None) or (await self.client())["id"]
        return await self._made("/api/ventes/", {"client": client, "statut": "en_attente", "items": lines, **fields})

    async def depense(self, receipt: bytes | None = None, name: str = "facture.pdf", **fields: Any) -> dict[str, Any]:
        """Create an expense; with a receipt, by a form."""
        body = {"categorie": "Transport", "montant": "75.00", "type": "Taxi", "description": "Homonyme", **fields}
        if receipt is None:
            return await self._made("/api/depenses/", body)
        answer = await self.owner.post("/api/depenses/", data=body, files={"justificatif": (name, receipt)})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def _made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.owner.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@asynccontextmanager
async def installation(
    urls: ClusterUrls, home: Path, environ: Mapping[str, str] | None = None, **settings: Any
) -> AsyncIterator[Installed]:
    """Compose an installation on a database and run it. `settings` are those of the installation file."""
    settings.setdefault("accounts", CHEAP_HASHING)
    settings.setdefault("limits", GENEROUS)
    if "edition" not in settings and "plugins" not in settings:
        settings["settings"] = {**ROOMY, **settings.get("settings", {})}
    loaded = load(home, environ or {}, **settings)
    composition = compose(loaded, DatabaseUrls(urls.app, urls.owner, embedded=False))
    app = web.web_application(composition)
    async with LifespanManager(app):
        await seed(composition)
        yield Installed(composition, app)
