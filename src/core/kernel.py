"""The kernel as plugins see it: the ports and services that the composition root hands to every `wire` function."""

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from core.accounts.service import Accounts
from core.files.service import Files
from core.notifications.service import Notifications
from core.organisations.service import Organisations
from core.primitives.clock import Clock
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
    languages: tuple[str, ...] = ("fr", "en")


class Kernel(msgspec.Struct, kw_only=True):
    """What a plugin is wired with. `settings` are the plugin's own; `apis` are those of the plugins it requires."""

    installation: Installation
    works: Works
    clock: Clock
    accounts: Accounts
    organisations: Organisations
    notifications: Notifications
    files: Files
    settings: Any = None
    apis: dict[str, Any] = {}

    def settings_as(self, kind: type[S]) -> S:
        """Return the plugin's settings, typed."""
        if not isinstance(self.settings, kind):
            raise TypeError(f"settings are {type(self.settings).__name__}, not {kind.__name__}")
        return self.settings
