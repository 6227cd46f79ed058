"""Where a session opens, and permissions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from core.access.permissions import KERNEL_RESOURCES, Role, check_permissions
from core.access.roles import SEEDED_ROLES
from core.accounts.people import is_username
from core.organisations.entities import MemberStatus, Place, preferred_place
from core.primitives.ids import new_id

NOW = datetime(2026, 3, 15, tzinfo=UTC)
ROLE = Role(id=new_id(), name="VENTES", description="", permissions={}, seeded=True, created_at=NOW, updated_at=NOW)


def _place(**changes: Any) -> Place:
    place = Place(
        id=new_id(),
        account=new_id(),
        organisation=new_id(),
        organisation_number=1,
        organisation_open=True,
        role=ROLE,
        status=MemberStatus.ACTIVE,
        owner=False,
        created_at=NOW,
        updated_at=NOW,
    )
    return msgspec.structs.replace(place, **changes)


def test_no_usable_place() -> None:
    assert preferred_place([]) is None
    assert preferred_place([_place(status=MemberStatus.INACTIVE), _place(organisation_open=False)]) is None


def test_the_oldest_then_the_last_used() -> None:
    old, new = _place(created_at=NOW - timedelta(days=1)), _place()
    assert preferred_place([new, old]) == old
    used = _place(created_at=NOW + timedelta(days=1), last_used=NOW)
    earlier = _place(last_used=NOW - timedelta(hours=1))
    assert preferred_place([new, earlier, used, old]) == used


def test_seeded_permissions() -> None:
    """DECISIONS.md section 1, word by word."""
    granted = {role.name: role.permissions for role in SEEDED_ROLES}
    everything = ["create", "read", "update", "delete"]

    def grant(actions: list[str], *resources: str) -> dict[str, list[str]]:
        return dict.fromkeys(resources, actions)

    assert granted["SUPER_ADMIN"] == granted["ADMIN"] == grant(everything, *KERNEL_RESOURCES)
    assert granted["LECTURE"] == grant(["read"], *KERNEL_RESOURCES)
    assert granted["VENTES"] == {
        **grant(everything, "products", "sales", "partners"),
        **grant(["read"], "expenses", "subscriptions", "videos", "analytics"),
    }
    assert granted["FINANCE"] == {
        **grant(everything, "expenses", "subscriptions"),
        **grant(["read"], "products", "sales", "partners", "analytics", "logs"),
    }


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_permissions_are_an_object(value: object) -> None:
    assert len(check_permissions(value, KERNEL_RESOURCES)[1]) == 1


def test_every_problem_of_permissions_is_named() -> None:
    _, problems = check_permissions({"planes": [], "sales": ["fly", 1], "products": None}, KERNEL_RESOURCES)
    assert [problem.message.code for problem in problems] == [
        "permission_resource_unknown",
        "permission_action_unknown",
        "permission_action_unknown",
        "permission_actions_not_a_list",
    ]


def test_usernames() -> None:
    assert is_username("awa.k+1_x-y", None)
    assert is_username("Awa@exemple.bj", "awa@exemple.bj")
    for bad in ("", "a b", "other@exemple.bj", "x" * 151, "a\n", "a/b"):
        assert not is_username(bad, "awa@exemple.bj")
