"""What other plugins may call."""

from core.access.principal import Caller
from core.work import Work
from plugins.spotvibe.closure import Maintenance
from plugins.spotvibe.core.domain import Setting
from plugins.spotvibe.core.maintenance_service import MaintenanceMode
from plugins.spotvibe.core.setting_service import Settings


class CoreApi:
    """The application as other slices see it: the maintenance mode, and the settings."""

    def __init__(self, maintenance: MaintenanceMode, settings: Settings) -> None:
        self._maintenance = maintenance
        self._settings = settings

    async def maintenance(self) -> Maintenance:
        """Return whether the product is closed, as this process has known for half a second at most."""
        return await self._maintenance.state()

    async def set_maintenance(self, caller: Caller, active: bool | None, message: str) -> Maintenance:
        """Close the product, open it, or (None) do the other of what is, in a unit of work of its own, and return how
        it is then. Call it for staff alone."""
        return await self._maintenance.switch(caller, active, message)

    async def setting(self, work: Work, cle: str) -> Setting | None:
        """Return a setting by its key, whatever its case, inside the caller's unit of work; None where there is
        none."""
        return await self._settings.get(work, cle)
