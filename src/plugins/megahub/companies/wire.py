"""Companies, brands and users on the wire."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.scalars import Email, Name, Password
from plugins.megahub.companies.domain import UserType


class Company(msgspec.Struct):
    """A company. `admin` is the number of its administrator's account, null until an owner has registered."""

    id: int
    name: str
    billing_email: str | None
    admin: int | None
    is_active: bool
    created_at: datetime
    updated_at: datetime


class AdminDetails(msgspec.Struct):
    """The administrator of a company."""

    id: int
    username: str
    email: str
    first_name: str | None
    last_name: str | None
    is_active: bool


class ExpandedCompany(Company):
    """A company with what `expand` asked for."""

    admin_details: AdminDetails | None | UnsetType = UNSET
    slots_info: Any = UNSET
    subscription_info: Any = UNSET


class CompanyCreation(msgspec.Struct):
    """A new company, and its administrator's account."""

    name: Name
    billing_email: Email
    admin_username: Name
    admin_email: Email
    admin_password: Password


class CompanyBody(msgspec.Struct):
    """What can be changed about a company; `is_active` by a superuser."""

    name: Name
    billing_email: Email
    is_active: bool | UnsetType = UNSET


class Brand(msgspec.Struct):
    """A brand of a company."""

    id: int
    company: int
    name: str
    is_active: bool
    created_at: datetime


class BrandBody(msgspec.Struct):
    """A brand as a client writes it."""

    name: Name
    is_active: bool | UnsetType = UNSET


class CompanyUser(msgspec.Struct):
    """A user of a company. `id` is the number of its account."""

    id: int
    username: str
    email: str
    user_type: str
    is_active: bool


class CompanyUserBody(msgspec.Struct):
    """A new user, who signs in with the email."""

    username: Name
    email: Email
    password: Password
    user_type: UserType
