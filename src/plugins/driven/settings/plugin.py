"""The manifest of settings."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.settings.http import Setting, settings_controller
    from plugins.driven.settings.service import SETTING_NOT_FOUND, Settings
    from plugins.driven.settings.store import SettingStore

    store = SettingStore(Setting, time_zone=kernel.installation.time_zone)
    service = Settings(kernel.works, store, object_type="Setting", key="id_set", absent=SETTING_NOT_FOUND)
    return Wired(controllers=[settings_controller(service)])


PLUGIN = Plugin(
    name="driven_settings",
    title=Text(fr="Paramètres", en="Settings"),
    suites=("driven",),
    requires=("driven_codifications", "driven_utilisateurs"),
    claims=("/api/settings",),
    wire=_wire,
)
