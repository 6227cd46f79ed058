"""Actions on the product as a whole (contracts/spotvibe.md section 8.4)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from core.access.principal import Caller
from core.primitives.errors import Message, invalid_field, message
from plugins.spotvibe.admin.domain import UNKNOWN_ACTION
from plugins.spotvibe.core.api import CoreApi

TOGGLE_MAINTENANCE: Final = "toggle_maintenance_mode"

CLOSED = message("spotvibe_maintenance_on", fr="Mode maintenance activé.", en="Maintenance mode is on.")
OPENED = message("spotvibe_maintenance_off", fr="Mode maintenance désactivé.", en="Maintenance mode is off.")


class QuickActions:
    """Quick actions by their names."""

    def __init__(self, core: CoreApi) -> None:
        self._core = core
        self._actions: Mapping[str, Callable[[Caller, bool | None, str], Awaitable[Message]]] = {
            TOGGLE_MAINTENANCE: self._toggle_maintenance,
        }

    async def run(self, caller: Caller, name: str, value: bool | None, announcement: str) -> Message:
        """Do it and return what was done. Raises `DomainError` of kind invalid on `action_name` for an unknown one."""
        action = self._actions.get(name)
        if action is None:
            raise invalid_field("action_name", UNKNOWN_ACTION, value=name)
        return await action(caller, value, announcement)

    async def _toggle_maintenance(self, caller: Caller, value: bool | None, announcement: str) -> Message:
        """Close the product or open it; without a value, do the other of what is. The announcement of before goes."""
        state = await self._core.set_maintenance(caller, value, announcement)
        return CLOSED if state.active else OPENED
