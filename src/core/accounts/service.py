"""The accounts service: what the kernel hands to plugins."""

from collections.abc import Callable, Mapping

import msgspec

from core.accounts.challenges import Challenges, new_code
from core.accounts.letters import SecurityLetters
from core.accounts.password_change import SEND_RESET, PasswordChanges
from core.accounts.passwords import PasswordRules
from core.accounts.people import People
from core.accounts.ports import (
    AccountStore,
    AttemptStore,
    Authenticator,
    ChallengeStore,
    FactorStore,
    PasswordHasher,
    PlaceStore,
    ResetStore,
    SessionStore,
    TokenSigner,
    Vault,
)
from core.accounts.second_factor import SecondFactors
from core.accounts.sessions import Sessions
from core.accounts.settings import AccountSettings
from core.accounts.sign_in import SignIn
from core.accounts.social import EmailProofs
from core.accounts.throttle import Throttle
from core.notifications.service import Notifications
from core.plugin import Handler
from core.primitives.clock import Clock
from core.work import Works


class AccountStores(msgspec.Struct, frozen=True, kw_only=True):
    """The stores of the accounts area."""

    accounts: AccountStore
    places: PlaceStore
    sessions: SessionStore
    attempts: AttemptStore
    resets: ResetStore
    factors: FactorStore
    challenges: ChallengeStore


class IdentityPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What the accounts area needs of cryptography. `common_passwords` are refused as new ones, in lower case."""

    hasher: PasswordHasher
    signer: TokenSigner
    authenticator: Authenticator
    vault: Vault
    common_passwords: frozenset[str]


def _nothing() -> None:
    """The default of `rights_changed`: nothing is remembered that would have to be forgotten."""


class Accounts:
    """Accounts, by what one wants to do with them: `sign_in`, `sessions`, `passwords`, `second_factor`, `people`,
    `email_proofs`.

    `jobs` are the kernel jobs of this area by name; `throttle` is for doors of other areas that verify passwords.
    `rights_changed` is called after commits that take rights or sessions away. `region` (ISO 3166) reads phone numbers
    without a country code.
    """

    def __init__(
        self,
        works: Works,
        stores: AccountStores,
        ports: IdentityPorts,
        notifications: Notifications,
        clock: Clock,
        settings: AccountSettings,
        *,
        region: str = "BJ",
        rights_changed: Callable[[], None] = _nothing,
        codes: Callable[[], str] = new_code,
    ) -> None:
        letters = SecurityLetters(notifications)
        rules = PasswordRules(ports.common_passwords)
        self.stores = stores
        self.throttle = Throttle(works, stores.attempts, clock, settings)
        self.sessions = Sessions(works, stores.sessions, stores.accounts, ports.signer, clock, settings, rights_changed)
        challenges = Challenges(
            stores.challenges,
            stores.factors,
            ports.authenticator,
            ports.vault,
            letters,
            clock,
            settings,
            codes=codes,
        )
        self.sign_in = SignIn(
            works,
            stores.accounts,
            stores.places,
            stores.factors,
            ports.hasher,
            ports.signer,
            clock,
            self.sessions,
            self.throttle,
            challenges,
        )
        self.passwords = PasswordChanges(
            works,
            stores.accounts,
            stores.resets,
            ports.hasher,
            rules,
            letters,
            clock,
            settings,
            self.sessions,
            self.throttle,
        )
        self.second_factor = SecondFactors(
            works,
            stores.accounts,
            stores.factors,
            ports.authenticator,
            ports.vault,
            letters,
            clock,
            settings,
            self.throttle,
            challenges,
        )
        self.email_proofs = EmailProofs(
            stores.accounts, stores.factors, stores.resets, challenges, self.sessions, clock
        )
        self.people = People(works, stores.accounts, stores.places, ports.hasher, rules, self.sessions, region)

    @property
    def jobs(self) -> Mapping[str, Handler]:
        """The jobs of this area: the composition root registers them with the queue."""
        return {SEND_RESET: self.passwords.send_reset}
