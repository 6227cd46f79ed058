"""Permissions of roles: resource x action, as `{"products": ["create", "read"]}` on the wire."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.access.principal import Action
from core.primitives import messages
from core.primitives.errors import FieldProblem, message

KERNEL_RESOURCES = (
    "accounts",
    "tenants",
    "products",
    "sales",
    "expenses",
    "partners",
    "subscriptions",
    "videos",
    "logs",
    "analytics",
)
"""The resource names of DECISIONS.md section 1; the manifests of enabled plugins may add others."""

ACTIONS = tuple(action.value for action in Action)
GUARDED_RESOURCES = frozenset({"accounts", "tenants"})
"""A custom role that holds a permission on one of these cannot be asked for at registration (DECISIONS.md
section 1)."""

UNKNOWN_RESOURCE = message(
    "permission_resource_unknown",
    fr="Ressource inconnue : {resource}. Valeurs possibles : {known}.",
    en="Unknown resource: {resource}. Possible values: {known}.",
)
UNKNOWN_ACTION = message(
    "permission_action_unknown",
    fr="Action inconnue pour {resource} : {action}. Valeurs possibles : create, read, update, delete.",
    en="Unknown action for {resource}: {action}. Possible values: create, read, update, delete.",
)
ACTIONS_NOT_A_LIST = message(
    "permission_actions_not_a_list",
    fr="Les actions de {resource} doivent être une liste.",
    en="The actions of {resource} must be a list.",
)

Permissions = frozenset[tuple[str, str]]


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role: what its holders may do in their organisation. Seeded ones are neither deleted nor renamed."""

    id: UUID
    name: str
    description: str
    permissions: dict[str, list[str]]
    seeded: bool
    created_at: datetime
    updated_at: datetime

    @property
    def pairs(self) -> Permissions:
        """The permissions as (resource, action) pairs."""
        return permission_pairs(self.permissions)


def permission_pairs(permissions: Mapping[str, Collection[str]]) -> Permissions:
    """Flatten `{resource: [actions]}` into (resource, action) pairs."""
    return frozenset((resource, action) for resource, actions in permissions.items() for action in actions)


def check_permissions(
    value: Any, resources: Collection[str], field: str = "permissions"
) -> tuple[dict[str, list[str]], list[FieldProblem]]:
    """Return permissions in their canonical form (known actions in the order create, read, update, delete; each once)
    and every problem found, all of them on `field`."""
    if not isinstance(value, Mapping):
        return {}, [FieldProblem((field,), messages.NOT_OBJECT)]
    problems: list[FieldProblem] = []
    canonical: dict[str, list[str]] = {}
    for resource, actions in value.items():
        name = str(resource)[:100]
        if resource not in resources:
            known = ", ".join(resources)
            problems.append(FieldProblem((field,), UNKNOWN_RESOURCE, {"resource": name, "known": known}))
        elif not isinstance(actions, list | tuple):
            problems.append(FieldProblem((field,), ACTIONS_NOT_A_LIST, {"resource": name}))
        else:
            unknown = [action for action in actions if action not in ACTIONS]
            problems += [
                FieldProblem((field,), UNKNOWN_ACTION, {"resource": name, "action": str(action)[:50]})
                for action in unknown
            ]
            canonical[resource] = [action for action in ACTIONS if action in actions]
    return canonical, problems
