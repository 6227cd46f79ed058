"""The plugin registry: discover, validate, order, wire, freeze.

First-party plugins and those of others come through the same entry-point groups, `socle.suites` and `socle.plugins`.
Reading manifests imports no framework. Every refusal is one sentence that says what to change.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from core.plugin import Plugin, Suite, Wired
from socle.editions import EDITIONS
from socle.installation import Settings
from socle.refusal import Refused


class State(StrEnum):
    """How a plugin stands in this installation."""

    ENABLED = "enabled"
    RETIRED = "retired"
    OFF = "off"
    ABSENT = "absent"

    @property
    def runs(self) -> bool:
        """Whether the plugin is wired: enabled, or retired and settling what is outstanding."""
        return self in (State.ENABLED, State.RETIRED)


class Entry(msgspec.Struct, frozen=True):
    """A plugin of the registry: its manifest (None where absent), its state, and why."""

    name: str
    state: State
    reason: str = ""
    plugin: Plugin | None = None
    mounts: tuple[str, ...] = ()


class Discovered(msgspec.Struct, frozen=True):
    """What is installed: suites and plugins by name."""

    suites: Mapping[str, Suite]
    plugins: Mapping[str, Plugin]


class Registry(msgspec.Struct, frozen=True):
    """The frozen outcome: suites that are enabled in the edition's order, and every plugin in wiring order."""

    suites: tuple[Suite, ...]
    entries: tuple[Entry, ...]
    mounts: Mapping[str, str]

    def having(self, *states: State) -> Iterable[Entry]:
        """The entries in one of these states, in wiring order."""
        return (entry for entry in self.entries if entry.state in states)

    @property
    def wired(self) -> Iterable[tuple[Entry, Plugin]]:
        """The entries that are wired (enabled and retired), in wiring order."""
        for entry in self.having(State.ENABLED, State.RETIRED):
            if entry.plugin is not None:
                yield entry, entry.plugin

    @property
    def installed(self) -> Iterable[Plugin]:
        """The manifests of everything installed, whatever its state."""
        return (entry.plugin for entry in self.entries if entry.plugin is not None)

    def subscribers(self) -> dict[str, tuple[str, ...]]:
        """Handler names ("plugin.handler") by event name, of enabled plugins."""
        found: dict[str, list[str]] = {}
        for entry, plugin in self.wired:
            if entry.state is State.ENABLED:
                for event, handler in plugin.subscribes.items():
                    found.setdefault(event, []).append(f"{plugin.name}.{handler}")
        return {event: tuple(names) for event, names in found.items()}


def discover() -> Discovered:
    """Load the manifests of everything installed. Raises `Refused` for two of one name or what is no manifest."""
    suites: dict[str, Suite] = {}
    plugins: dict[str, Plugin] = {}
    faults: list[str] = []
    groups: tuple[tuple[str, type[Any], dict[str, Any]], ...] = (
        ("socle.suites", Suite, suites),
        ("socle.plugins", Plugin, plugins),
    )
    for group, kind, found in groups:
        for point in entry_points(group=group):
            try:
                manifest = point.load()
            except Exception as error:  # noqa: BLE001 - another's package may fail in any way, and must be named
                faults.append(f'The entry point "{point.name}" of {group} cannot be loaded: {error!r}.')
                continue
            if not isinstance(manifest, kind):
                faults.append(f'The entry point "{point.name}" of {group} is no {kind.__name__}: {point.value}.')
            elif manifest.name in found and found[manifest.name] is not manifest:
                faults.append(f'Two packages bring a {kind.__name__.lower()} named "{manifest.name}": remove one.')
            else:
                found[manifest.name] = manifest
    if faults:
        raise Refused(*faults)
    return Discovered(suites, plugins)


def resolve(discovered: Discovered, settings: Settings) -> Registry:
    """Decide which plugins run, where they are mounted, and in which order they are wired."""
    faults: list[str] = []
    suites = _enabled_suites(discovered, settings, faults)
    mounts = _mounts(suites, settings, faults)
    states = _states(discovered, settings, {suite.name for suite in suites}, faults)
    _switch_off_dependants(discovered, states)
    faults += _manifest_faults(discovered, states)
    order = _order(discovered, faults)
    if faults:
        raise Refused(*faults)
    entries = [
        Entry(
            name,
            states[name][0],
            states[name][1],
            discovered.plugins.get(name),
            _mounts_of(discovered.plugins.get(name), mounts),
        )
        for name in [*order, *sorted(set(states) - set(order))]
    ]
    return Registry(tuple(suites), tuple(entries), mounts)


def _enabled_suites(discovered: Discovered, settings: Settings, faults: list[str]) -> list[Suite]:
    if settings.edition not in EDITIONS:
        faults.append(f'edition "{settings.edition}" is unknown: choose one of {", ".join(EDITIONS)}.')
        return []
    suites = [discovered.suites[name] for name in EDITIONS[settings.edition] if name in discovered.suites]
    if not suites:
        faults.append(
            f'edition "{settings.edition}" holds no installed product: install its package or choose another.'
        )
    return suites


def _mounts(suites: Sequence[Suite], settings: Settings, faults: list[str]) -> dict[str, str]:
    for name in settings.mounts:
        if name not in EDITIONS["full"] and name not in {suite.name for suite in suites}:
            faults.append(f'mounts names "{name}", which is no product: products are {", ".join(EDITIONS["full"])}.')
    alone = len(suites) == 1
    return {suite.name: settings.mounts.get(suite.name, "/" if alone else suite.mount) for suite in suites}


def _mounts_of(plugin: Plugin | None, mounts: Mapping[str, str]) -> tuple[str, ...]:
    if plugin is None:
        return ()
    if not plugin.suites:
        return ("/",)
    return tuple(dict.fromkeys(mounts[suite] for suite in plugin.suites if suite in mounts))


def _states(
    discovered: Discovered, settings: Settings, suites: set[str], faults: list[str]
) -> dict[str, tuple[State, str]]:
    choice = settings.plugins
    states: dict[str, tuple[State, str]] = {}
    for name, plugin in discovered.plugins.items():
        if choice.only and name not in choice.only:
            states[name] = State.OFF, "not named by plugins.only"
        elif plugin.suites and not suites.intersection(plugin.suites):
            states[name] = State.OFF, f"the edition {settings.edition} does not hold its product"
        elif name in choice.off:
            states[name] = State.OFF, "switched off by plugins.off"
        elif name in choice.retired:
            states[name] = State.RETIRED, "retired by plugins.retired"
        else:
            states[name] = State.ENABLED, ""
    for name in {*choice.only, *choice.off, *choice.retired, *settings.settings} - set(discovered.plugins):
        states[name] = State.ABSENT, "named by the installation file, not installed"
    for name in set(choice.off) & set(choice.retired):
        faults.append(f'plugins.off and plugins.retired both name "{name}": keep one.')
    return states


def _switch_off_dependants(discovered: Discovered, states: dict[str, tuple[State, str]]) -> None:
    changed = True
    while changed:
        changed = False
        for name, plugin in discovered.plugins.items():
            if states[name][0] is State.OFF:
                continue
            for needed in plugin.requires:
                state = states.get(needed, (State.ABSENT, ""))[0]
                if state in (State.OFF, State.ABSENT):
                    states[name] = State.OFF, f'requires "{needed}", which is {state.value}'
                    changed = True
                elif state is State.RETIRED and states[name][0] is State.ENABLED:
                    states[name] = State.RETIRED, f'requires "{needed}", which is retired'
                    changed = True


def _manifest_faults(discovered: Discovered, states: Mapping[str, tuple[State, str]]) -> list[str]:
    faults = []
    for name, plugin in discovered.plugins.items():
        if not name.replace("_", "").isalnum() or name != name.lower():
            faults.append(f'Plugin "{name}": a name has lower-case letters, digits and underscores only.')
        for suite in plugin.suites:
            if suite not in discovered.suites and suite not in EDITIONS["full"]:
                faults.append(f'Plugin "{name}" serves the suite "{suite}", which no installed package declares.')
        for schedule in plugin.schedules:
            if schedule.job not in plugin.jobs:
                faults.append(f'Plugin "{name}" schedules "{schedule.job}", which its manifest does not list in jobs.')
        for prefix in plugin.claims:
            if not prefix.startswith("/"):
                faults.append(f'Plugin "{name}" claims "{prefix}": a claim starts with a slash.')
    published: dict[str, str] = {}
    for name, plugin in discovered.plugins.items():
        for event in plugin.publishes:
            if event in published:
                faults.append(f'Plugins "{published[event]}" and "{name}" both publish "{event}": rename one event.')
            published[event] = name
    for name, (state, _) in states.items():
        plugin_or_none = discovered.plugins.get(name)
        if state is State.ENABLED and plugin_or_none is not None:
            for event in plugin_or_none.subscribes:
                area = event.partition(".")[0]
                if event not in published and area not in KERNEL_AREAS:
                    faults.append(f'Plugin "{name}" subscribes to "{event}", which no installed plugin publishes.')
    return faults


KERNEL_AREAS = frozenset({"accounts", "organisations", "payments", "notifications", "files"})
"""Areas of the kernel whose events any plugin may subscribe to."""


def _order(discovered: Discovered, faults: list[str]) -> list[str]:
    graph = {
        name: {other for other in (*plugin.requires, *plugin.after) if other in discovered.plugins}
        for name, plugin in sorted(discovered.plugins.items())
    }
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " → ".join(error.args[1])
        faults.append(f"Plugins require each other in a circle ({circle}): remove one of these requirements.")
        return []


def settings_of(plugin: Plugin, given: Mapping[str, Any]) -> msgspec.Struct | None:
    """Read a plugin's own settings. Raises `Refused`."""
    if plugin.settings is None:
        if given:
            raise Refused(f'[settings.{plugin.name}] is given, but the plugin "{plugin.name}" has no settings.')
        return None
    try:
        return msgspec.convert(given, plugin.settings)
    except msgspec.ValidationError as error:
        raise Refused(f"[settings.{plugin.name}] is wrong: {error}.") from error


def check_wired(plugin: Plugin, wired: Wired) -> list[str]:
    """Compare what a plugin wired with what its manifest promises; return the faults as sentences."""
    faults = []
    for kind, promised, given in (
        ("handler", set(plugin.subscribes.values()), set(wired.handlers)),
        ("job", set(plugin.jobs), set(wired.jobs)),
    ):
        faults += [f'Plugin "{plugin.name}" promises the {kind} "{n}" and wires none.' for n in promised - given]
        faults += [f'Plugin "{plugin.name}" wires the {kind} "{n}" that its manifest lacks.' for n in given - promised]
    return faults


def route_conflicts(routes: Iterable[tuple[str, str, str, str]], mount_of: Callable[[str], str]) -> list[str]:
    """Find routes claimed twice. `routes` are (plugin, suite, method, path template without parameter names);
    each sentence names both plugins, the route, and the mount setting that resolves it."""
    owners: dict[tuple[str, str], tuple[str, str]] = {}
    faults = []
    for plugin, suite, method, path in routes:
        first = owners.setdefault((method, path), (plugin, suite))
        if first[0] != plugin:
            faults.append(
                f'Plugins "{first[0]}" and "{plugin}" both claim {method} {path}: mount one product elsewhere, for '
                f'example with mounts.{suite} = "{mount_of(suite).rstrip("/")}/{suite}".'
            )
    return faults


def migration_folders(plugins: Iterable[Plugin]) -> tuple[Path, ...]:
    """The folders of the Alembic branches that plugins bring, enabled or not: what was applied once stays known.

    Raises `Refused` for a package that is missing.
    """
    folders = []
    for plugin in plugins:
        if not plugin.migrations:
            continue
        spec = find_spec(plugin.migrations)
        if spec is None or not spec.submodule_search_locations:
            raise Refused(f'Plugin "{plugin.name}" keeps its migrations in "{plugin.migrations}", which is no package.')
        folders.append(Path(spec.submodule_search_locations[0]))
    return tuple(folders)


def load_attribute(reference: str) -> Any:
    """Load "package.module:NAME"."""
    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)
