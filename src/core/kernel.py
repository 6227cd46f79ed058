"""The kernel as plugins see it: the ports and services that the composition root hands to every `wire` function."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from core.access.gate import GatedOperations
from core.access.usage import Usage
from core.accounts.service import Accounts
from core.documents.charts import Charts
from core.documents.renderer import Documents
from core.files.public import PublicFiles
from core.files.service import Files
from core.notifications.service import Notifications
from core.numbers import Numbers
from core.organisations.service import Organisations
from core.payments.callbacks import Callbacks
from core.payments.service import Payments
from core.primitives.clock import Clock
from core.primitives.secret import Secret
from core.vitals import Vitals
from core.work import Works

S = TypeVar("S", bound=msgspec.Struct)


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of an installation that features may depend on."""

    production: bool
    public_url: str
    time_zone: ZoneInfo
    currency: str
    region: str
    """ISO 3166 code of the country whose phone numbers are written without a country code."""
    link_base: str = ""
    """Where the links in letters lead: the public address, in development the server's own."""
    languages: tuple[str, ...] = ("fr", "en")


class Kernel(msgspec.Struct, kw_only=True):
    """What a plugin is wired with. `settings` are the plugin's own, `secrets` those that its manifest names and that
    are given; `apis` are those of the plugins that it requires, and of those that it comes after where they are here;
    `operations` are known once all plugins are wired. `derive_key` gives the 32-byte key of a use, derived from the
    installation's own: the plugin's name stands in front of the use."""

    installation: Installation
    works: Works
    clock: Clock
    accounts: Accounts
    organisations: Organisations
    notifications: Notifications
    files: Files
    public_files: PublicFiles
    numbers: Numbers
    payments: Payments
    callbacks: Callbacks
    usage: Usage
    documents: Documents
    charts: Charts
    derive_key: Callable[[str], bytes]
    operations: GatedOperations
    vitals: Vitals
    settings: Any = None
    secrets: Mapping[str, Secret] = {}
    apis: dict[str, Any] = {}

    def settings_as(self, kind: type[S]) -> S:
        """Return the plugin's settings, typed."""
        if not isinstance(self.settings, kind):
            raise TypeError(f"settings are {type(self.settings).__name__}, not {kind.__name__}")
        return self.settings
