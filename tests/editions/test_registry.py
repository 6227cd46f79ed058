"""What the registry makes of manifests and the installation file."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Suite, Wired
from core.primitives.locale import Text
from socle.installation import PluginChoice, Settings
from socle.refusal import Refused
from socle.registry import Discovered, Registry, State, check_wired, discover, resolve, route_conflicts, settings_of

TITLE = Text(fr="Essai", en="Trial")


def wire(kernel: Kernel) -> Wired:
    """Wire nothing."""
    return Wired()


def plugin(name: str, **facts: Any) -> Plugin:
    """A manifest."""
    facts.setdefault("suites", ("ekigega",))
    return Plugin(name=name, title=TITLE, wire=wire, **facts)


SUITES = {
    "ekigega": Suite(name="ekigega", title=TITLE, dialect="a:B"),
    "driven": Suite(name="driven", title=TITLE, dialect="a:B", mount="/driven"),
}


def resolved(*plugins: Plugin, suites: Mapping[str, Suite] = SUITES, **settings: Any) -> Registry:
    """The registry over some plugins."""
    return resolve(Discovered(suites, {each.name: each for each in plugins}), msgspec.convert(settings, Settings))


def refusal(*plugins: Plugin, **settings: Any) -> str:
    """The sentences with which the registry refuses."""
    with pytest.raises(Refused) as caught:
        resolved(*plugins, **settings)
    return str(caught.value)


def states(registry: Registry) -> dict[str, str]:
    """The states by name."""
    return {entry.name: entry.state.value for entry in registry.entries}


def reasons(registry: Registry) -> dict[str, str]:
    """The reasons by name."""
    return {entry.name: entry.reason for entry in registry.entries}


def test_an_unknown_edition_is_refused_with_the_known_ones() -> None:
    said = refusal(plugin("a"), edition="gold")
    assert '"gold"' in said
    assert "full, ekigega, spotvibe, driven, megahub, crm" in said


def test_a_mount_of_no_product_is_refused() -> None:
    assert 'mounts names "shop"' in refusal(plugin("a"), mounts={"shop": "/shop"})


def test_mounts_follow_suite_edition_and_file() -> None:
    two = plugin("b", suites=("driven",))
    assert resolved(plugin("a"), two).mounts == {"ekigega": "/", "driven": "/driven"}
    assert resolved(plugin("a"), two, edition="driven").mounts == {"driven": "/"}
    assert resolved(plugin("a"), two, mounts={"ekigega": "/gestion"}).mounts["ekigega"] == "/gestion"


def test_a_plugin_is_mounted_once_for_each_distinct_mount() -> None:
    shared = plugin("a", suites=("ekigega", "driven"))
    (entry,) = resolved(shared).entries
    assert entry.mounts == ("/", "/driven")
    (entry,) = resolved(shared, mounts={"driven": "/"}).entries
    assert entry.mounts == ("/",)
    (entry,) = resolved(plugin("a", suites=())).entries
    assert entry.mounts == ("/",)


def test_what_requires_a_plugin_that_is_off_is_off_with_a_reason() -> None:
    plugins = plugin("a"), plugin("b", requires=("a",)), plugin("c", requires=("b",)), plugin("d", after=("a",))
    registry = resolved(*plugins, plugins={"off": ["a"]})
    assert states(registry) == {"a": "off", "b": "off", "c": "off", "d": "enabled"}
    assert reasons(registry)["a"] == "switched off by plugins.off"
    assert reasons(registry)["b"] == 'requires "a", which is off'
    assert reasons(registry)["c"] == 'requires "b", which is off'
    assert not list(resolved(*plugins, plugins={"off": ["a", "d"]}).wired)


def test_what_requires_an_absent_plugin_is_off() -> None:
    registry = resolved(plugin("b", requires=("a",)))
    assert states(registry) == {"b": "off"}
    assert reasons(registry) == {"b": 'requires "a", which is absent'}


def test_what_requires_a_retired_plugin_is_retired() -> None:
    registry = resolved(plugin("a"), plugin("b", requires=("a",)), plugins={"retired": ["a"]})
    assert states(registry) == {"a": "retired", "b": "retired"}


def test_retired_plugins_are_wired_and_told_of_no_new_event() -> None:
    teller = plugin("a", publishes=("a.told",))
    hearer = plugin("b", subscribes={"a.told": "hear"})
    assert resolved(teller, hearer).subscribers() == {"a.told": ("b.hear",)}
    registry = resolved(teller, hearer, plugins={"retired": ["b"]})
    assert registry.subscribers() == {}
    assert [each.name for _, each in registry.wired] == ["a", "b"]


def test_only_replaces_the_editions_list() -> None:
    registry = resolved(plugin("a"), plugin("b"), plugins={"only": ["b"]})
    assert states(registry) == {"a": "off", "b": "enabled"}


def test_products_outside_of_the_edition_are_off() -> None:
    registry = resolved(plugin("a"), plugin("b", suites=("driven",)), edition="ekigega")
    assert states(registry) == {"a": "enabled", "b": "off"}
    assert "the edition ekigega does not hold its product" in reasons(registry)["b"]


@pytest.mark.parametrize("settings", [{"plugins": {"off": ["gone"]}}, {"settings": {"gone": {"a": 1}}}])
def test_a_named_plugin_that_is_not_installed_is_absent(settings: dict[str, Any]) -> None:
    registry = resolved(plugin("a"), **settings)
    assert [entry.name for entry in registry.having(State.ABSENT)] == ["gone"]
    assert states(registry)["a"] == "enabled"


def test_off_and_retired_at_once_is_refused() -> None:
    said = refusal(plugin("a"), plugins=msgspec.to_builtins(PluginChoice(off=("a",), retired=("a",))))
    assert "plugins.off and plugins.retired" in said
    assert '"a"' in said


def test_a_circle_is_refused_with_its_members() -> None:
    said = refusal(plugin("a", requires=("b",)), plugin("b", requires=("c",)), plugin("c", requires=("a",)))
    assert "in a circle" in said
    assert all(f"{name} → " in said or f"→ {name}" in said for name in "abc")


def test_wiring_follows_requirements_and_after() -> None:
    registry = resolved(plugin("a", after=("c",)), plugin("b", requires=("a",)), plugin("c"))
    assert [each.name for _, each in registry.wired] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"name": "Shop-Sales"}, "a name has lower-case letters"),
        ({"suites": ("shop",)}, 'serves the suite "shop"'),
        ({"schedules": (Schedule("tidy", "0 3 * * *"),)}, 'schedules "tidy"'),
        ({"claims": ("api",)}, "a claim starts with a slash"),
        ({"subscribes": {"shop.closed": "hear"}}, 'subscribes to "shop.closed", which no installed plugin publishes'),
    ],
)
def test_a_faulty_manifest_is_refused_with_the_plugins_name(manifest: dict[str, Any], said: str) -> None:
    name = manifest.pop("name", "a")
    sentence = refusal(plugin(name, **manifest))
    assert said in sentence
    assert f'"{name}"' in sentence


def test_an_event_of_two_publishers_is_refused() -> None:
    said = refusal(plugin("a", publishes=("x.done",)), plugin("b", publishes=("x.done",)))
    assert 'Plugins "a" and "b" both publish "x.done"' in said


def test_all_faults_are_told_at_once() -> None:
    said = refusal(plugin("a", claims=("x",)), plugin("b", claims=("y",)), mounts={"shop": "/s"})
    assert len(said.splitlines()) == 3


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a plugin."""

    days: int = 7


def test_a_plugins_settings_are_read_and_refused() -> None:
    with_settings = plugin("a", settings=Chosen)
    assert settings_of(with_settings, {}) == Chosen(7)
    assert settings_of(with_settings, {"days": 3}) == Chosen(3)
    with pytest.raises(Refused, match=r"\[settings\.a\] is wrong: Expected `int`, got `str` - at `\$\.days`"):
        settings_of(with_settings, {"days": "x"})
    with pytest.raises(Refused, match="has no settings"):
        settings_of(plugin("a"), {"days": 3})


async def handler(delivery: Any) -> None:
    """Handle nothing."""


def test_a_manifest_and_what_is_wired_must_agree() -> None:
    promising = plugin("a", subscribes={"accounts.x": "hear"}, jobs=("tidy",))
    assert check_wired(promising, Wired(handlers={"hear": handler}, jobs={"tidy": handler})) == []
    lacking = check_wired(promising, Wired())
    assert lacking == [
        'Plugin "a" promises the handler "hear" and wires none.',
        'Plugin "a" promises the job "tidy" and wires none.',
    ]
    assert check_wired(plugin("a"), Wired(jobs={"tidy": handler})) == [
        'Plugin "a" wires the job "tidy" that its manifest lacks.'
    ]


def test_a_route_claimed_twice_names_both_plugins_the_route_and_the_setting() -> None:
    routes = [
        ("a", "ekigega", "GET", "/api/roles"),
        ("a", "ekigega", "GET", "/api/roles/{}"),
        ("b", "driven", "POST", "/api/roles"),
        ("b", "driven", "GET", "/api/roles/{}"),
    ]
    assert route_conflicts(routes, lambda suite: "/") == [
        (
            'Plugins "a" and "b" both claim GET /api/roles/{}: mount one product elsewhere, for example with '
            'mounts.driven = "/driven".'
        )
    ]


def test_what_is_installed_resolves_in_the_full_edition() -> None:
    found = discover()
    registry = resolve(found, Settings())
    assert {"accounts", "ekigega_ventes"} <= {each.name for _, each in registry.wired}
    assert {entry.state for entry in registry.entries} == {State.ENABLED}
    order = [each.name for _, each in registry.wired]
    for each in found.plugins.values():
        assert all(order.index(needed) < order.index(each.name) for needed in each.requires)
