"""Putting the accounts and organisations areas together over PostgreSQL."""

from collections.abc import Callable, Collection

import msgspec

from adapters.db.stores.accounts import PgAccounts
from adapters.db.stores.attempts import PgAttempts
from adapters.db.stores.organisations import PgOrganisations, PgRoles
from adapters.db.stores.places import PgPlaces
from adapters.db.stores.resets import PgResets
from adapters.db.stores.second_factors import PgChallenges, PgFactors
from adapters.db.stores.sessions import PgSessions
from adapters.identity.common_passwords import common_passwords
from adapters.identity.keys import derive_key
from adapters.identity.one_time_codes import TotpAuthenticator
from adapters.identity.passwords import Argon2Passwords, HashingSettings
from adapters.identity.tokens import JwtSigner
from adapters.identity.vault import AesVault
from core.access.permissions import KERNEL_RESOURCES
from core.access.usage import Usage
from core.accounts.service import Accounts, AccountStores, IdentityPorts
from core.accounts.settings import AccountSettings
from core.notifications.service import Notifications
from core.organisations.service import Organisations, OrganisationStores
from core.primitives.clock import Clock
from core.work import Works


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation may set about identity: see `AccountSettings` and `HashingSettings`."""

    access_seconds: int = 900
    refresh_seconds: int = 7 * 86_400
    refresh_rotation: bool = False
    failed_sign_ins: int = 10
    failed_window_seconds: int = 900
    reset_seconds: int = 3_600
    challenge_seconds: int = 600
    issuer: str = "Socle"
    hashing: HashingSettings = HashingSettings()


DEFAULT_SETTINGS = IdentitySettings()


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The areas put together. `signer` reads access tokens for the edge; `hasher` is closed when the server stops."""

    accounts: Accounts
    organisations: Organisations
    signer: JwtSigner
    hasher: Argon2Passwords


def compose_identity(
    works: Works,
    notifications: Notifications,
    clock: Clock,
    usage: Usage,
    *,
    installation_key: bytes,
    public_url: str,
    production: bool,
    region: str = "BJ",
    settings: IdentitySettings = DEFAULT_SETTINGS,
    resources: Collection[str] = KERNEL_RESOURCES,
    rights_changed: Callable[[], None] = lambda: None,
) -> Identity:
    """Put the accounts and organisations areas together. `usage` counts members.

    `installation_key` has at least 32 bytes; `resources` are the kernel's and those of enabled plugins' manifests;
    `rights_changed` is the edge's `AccessCache.forget`.
    """
    signer = JwtSigner(derive_key(installation_key, "tokens"), clock)
    hasher = Argon2Passwords(settings.hashing)
    memberships = PgPlaces()
    accounts = Accounts(
        works,
        AccountStores(
            accounts=PgAccounts(),
            places=memberships,
            sessions=PgSessions(),
            attempts=PgAttempts(),
            resets=PgResets(),
            factors=PgFactors(),
            challenges=PgChallenges(),
        ),
        IdentityPorts(
            hasher=hasher,
            signer=signer,
            authenticator=TotpAuthenticator(settings.issuer),
            vault=AesVault(derive_key(installation_key, "second factors")),
            common_passwords=common_passwords(),
        ),
        notifications,
        clock,
        AccountSettings(
            public_url=public_url,
            code_key=derive_key(installation_key, "codes"),
            access_seconds=settings.access_seconds,
            refresh_seconds=settings.refresh_seconds,
            refresh_rotation=settings.refresh_rotation,
            failed_sign_ins=settings.failed_sign_ins,
            failed_window_seconds=settings.failed_window_seconds,
            reset_seconds=settings.reset_seconds,
            challenge_seconds=settings.challenge_seconds,
            issuer=settings.issuer,
        ),
        region=region,
        rights_changed=rights_changed,
    )
    organisations = Organisations(
        works,
        OrganisationStores(organisations=PgOrganisations(), memberships=memberships, roles=PgRoles()),
        accounts,
        clock,
        usage,
        production=production,
        resources=resources,
    )
    return Identity(accounts=accounts, organisations=organisations, signer=signer, hasher=hasher)
