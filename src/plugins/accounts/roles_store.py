"""Roles as the roles API reads them."""

from typing import TypeVar
from zoneinfo import ZoneInfo

from adapters.db.organisations import RoleRow
from adapters.db.store import Store
from core.access.roles import ROLE_REFUSALS
from plugins.accounts.roles_service import LISTING

W = TypeVar("W")


def role_store(struct: type[W], time_zone: ZoneInfo) -> Store[W]:
    """The store of roles over a wire struct with the fields id, nom, description, permissions, …"""
    return Store(RoleRow, struct, listing=LISTING, time_zone=time_zone, columns={"nom": "name"}, refusals=ROLE_REFUSALS)
