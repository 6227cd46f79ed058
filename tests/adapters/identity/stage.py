"""The accounts and organisations areas over a real database, with cheap hashing and a clock that tests move."""

import itertools
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from adapters.db.access import PgPrincipals
from adapters.db.organisations import MembershipRow, OrganisationRow, RoleRow
from adapters.db.store import Store
from adapters.db.stores.usage import PgUsage
from adapters.db.work import PgWorks
from adapters.identity.composition import IdentitySettings, compose_identity
from adapters.identity.passwords import HashingSettings
from adapters.notify.log import PgMessageLog
from core.access.principal import Caller, Principal, RequestContext
from core.access.roles import ROLE_REFUSALS
from core.access.usage import Usage
from core.accounts.entities import ChallengeAsked, SignedIn
from core.accounts.password_change import SEND_RESET
from core.accounts.people import Candidate
from core.notifications.service import SEND_MESSAGE, Notifications
from core.organisations.joining import Registered
from core.primitives.ids import new_id
from core.primitives.page import Filter, FilterKind, Listing
from core.testkit.channels import FakeChannel
from core.testkit.clock import FakeClock
from core.work import Delivery

KEY = b"k" * 32
PASSWORD = "Grande-Saison-42"
CHEAP = HashingSettings(memory_kib=8, passes=1, queue=1_000)
ZONE = ZoneInfo("Africa/Porto-Novo")
_numbers = itertools.count()


class RoleWire(msgspec.Struct):
    """A role as ekigega writes it."""

    id: UUID
    nom: str
    description: str
    permissions: dict[str, list[str]]


class CompanyWire(msgspec.Struct):
    """An organisation as ekigega writes it."""

    id: UUID
    nom: str
    secteur: str
    taille: int


class MemberWire(msgspec.Struct):
    """A membership, bare."""

    id: UUID
    account_id: UUID
    role_id: UUID
    status: str
    owner: bool


def unique(prefix: str) -> str:
    """A text that no other test uses."""
    return f"{prefix}-{next(_numbers)}-{new_id().hex[-6:]}"


class Stage:
    """The areas put together, and short ways to arrange."""

    def __init__(
        self,
        works: PgWorks,
        *,
        production: bool = False,
        settings: IdentitySettings | None = None,
        channels: tuple[str, ...] = ("email",),
        clock: FakeClock | None = None,
    ) -> None:
        self.works = works
        self.clock = clock or FakeClock(datetime.now(UTC))
        self.channels = {name: FakeChannel(name) for name in channels}
        self.forgotten = 0
        self.notifications = Notifications(works, PgMessageLog(), self.channels.values())
        identity = compose_identity(
            works,
            self.notifications,
            self.clock,
            Usage(PgUsage()),
            installation_key=KEY,
            public_url="https://exemple.bj",
            production=production,
            settings=settings or IdentitySettings(hashing=CHEAP),
            rights_changed=self._forget,
        )
        self.accounts = identity.accounts
        self.organisations = identity.organisations
        self.signer = identity.signer
        self.hasher = identity.hasher
        self.sessions = PgPrincipals(works.database)
        ordering = ("nom", "created_at")
        self.roles = self.organisations.roles(
            Store(
                RoleRow,
                RoleWire,
                listing=Listing(search=("nom",), ordering=ordering),
                time_zone=ZONE,
                columns={"nom": "name"},
                refusals=ROLE_REFUSALS,
            )
        )
        self.companies = self.organisations.companies(
            Store(
                OrganisationRow,
                CompanyWire,
                listing=Listing(filters=(Filter("id", FilterKind.ID),), search=("nom",), ordering=ordering),
                time_zone=ZONE,
                columns={
                    "nom": "name",
                    "secteur": "sector",
                    "type": "kind",
                    "adresse": "address",
                    "taille": "size",
                },
                hidden="archived_at",
            )
        )
        self.members = self.organisations.members(Store(MembershipRow, MemberWire, listing=Listing(), time_zone=ZONE))

    def _forget(self) -> None:
        self.forgotten += 1

    async def organisation(self, name: str = "Société") -> UUID:
        """An organisation without members."""
        made = await self.companies.create(
            Caller(), {"nom": name, "secteur": "Commerce", "type": "SARL", "adresse": "Cotonou", "taille": 3}
        )
        return made.value.id

    async def join(
        self, organisation: UUID, role: str = "VENTES", *, email: str | None = None, password: str = PASSWORD
    ) -> Registered:
        """A registration."""
        candidate = Candidate(email=email or f"{unique('personne')}@exemple.bj", password=password)
        return await self.organisations.joining.register(anonymous(), candidate, organisation, role)

    async def member(self, organisation: UUID, role: str = "VENTES") -> tuple[Registered, Caller]:
        """A registration, and the caller behind its session."""
        registered = await self.join(organisation, role)
        assert registered.signed_in is not None
        return registered, await self.caller(registered.signed_in)

    async def sign_in(self, identifier: str, password: str = PASSWORD) -> SignedIn:
        """A sign-in that asks for nothing more."""
        answer = await self.accounts.sign_in.by_password(anonymous(), identifier, password)
        assert isinstance(answer, SignedIn)
        return answer

    async def challenged(self, identifier: str, password: str = PASSWORD) -> ChallengeAsked:
        """A sign-in that asks for a code."""
        answer = await self.accounts.sign_in.by_password(anonymous(), identifier, password)
        assert isinstance(answer, ChallengeAsked)
        return answer

    async def principal(self, signed_in: SignedIn) -> Principal | None:
        """Who is behind a session now, as the edge reads it."""
        return await self.sessions.principal(signed_in.session.id)

    async def caller(self, signed_in: SignedIn) -> Caller:
        """The caller behind a session."""
        principal = await self.principal(signed_in)
        assert principal is not None
        return Caller(principal=principal, request=RequestContext("POST", "/", 200, "192.0.2.1", "test"))

    async def superuser(self) -> Caller:
        """A superuser's caller."""
        await self.organisations.seed("Installation")
        name = unique("root")
        candidate = Candidate(email=f"{name}@exemple.bj", username=name, password=PASSWORD, superuser=True)
        await self.organisations.joining.create_account(Caller(), candidate)
        return await self.caller(await self.sign_in(name))

    async def deliver(self, owner: Any) -> None:
        """Run what waits in the outbox, as the queue would, until nothing waits."""
        handlers = {SEND_MESSAGE: self.notifications.send, **self.accounts.jobs}
        while rows := await owner.fetch(
            "select id, topic, subscriber, payload::text from outbox"
            " where done_at is null and subscriber = any($1) order by id",
            [SEND_MESSAGE, SEND_RESET],
        ):
            for row in rows:
                payload = msgspec.json.decode(row["payload"])
                await handlers[row["subscriber"]](Delivery(row["id"], row["topic"], row["subscriber"], payload))

    async def mail_to(self, owner: Any, recipient: str, channel: str = "email") -> str:
        """The body of the last message to a recipient."""
        await self.deliver(owner)
        return [each.body for each in self.channels[channel].sent if each.recipient == recipient][-1]


def anonymous(address: str = "192.0.2.1") -> Caller:
    """An anonymous caller."""
    return Caller(request=RequestContext("POST", "/api/auth/login/", 200, address, "test"))
