"""Companies, their brands and users: what the lists answer to, and what is said of wrong requests."""

from enum import StrEnum
from typing import Final

import msgspec

from core.access.principal import ADMIN
from core.primitives.errors import message
from core.primitives.page import Filter, FilterKind, Listing

BRANDS: Final = "megahub_brands"
"""The counted feature of brands. Its subjects are the numbers of companies."""

COMPANIES = Listing(
    filters=(Filter("is_active", FilterKind.BOOLEAN), Filter("admin", FilterKind.ID)),
    search=("name", "billing_email", "admin__username"),
    ordering=("id", "name", "billing_email", "admin", "is_active", "created_at", "updated_at"),
)
BRAND_LIST = Listing(
    filters=(Filter("is_active", FilterKind.BOOLEAN),),
    search=("name",),
    ordering=("id", "company", "name", "is_active", "created_at"),
)


class UserType(StrEnum):
    """What a company's user may do: an ADMIN or VENTES is a brand_admin, any other role a brand_member (DECISIONS.md
    section 4). The owner is the company's `admin`, and none of its users."""

    BRAND_ADMIN = "brand_admin"
    BRAND_MEMBER = "brand_member"


ROLE_OF: Final = {UserType.BRAND_ADMIN: "VENTES", UserType.BRAND_MEMBER: "LECTURE"}
"""The role that a new user of a type gets."""

BRAND_ADMINS: Final = (ADMIN, ROLE_OF[UserType.BRAND_ADMIN])
"""The roles of who is shown as a brand_admin."""

USER_LIST = Listing(
    filters=(Filter("user_type", choices=tuple(UserType)), Filter("is_active", FilterKind.BOOLEAN)),
    search=("username", "email"),
    ordering=("id", "username", "email", "user_type", "is_active"),
    default_ordering=("id",),
)


class CompanyOpening(msgspec.Struct, frozen=True, kw_only=True):
    """What a company is made of: its own fields, and its administrator's account."""

    name: str
    billing_email: str
    admin_username: str
    admin_email: str
    admin_password: str


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """What a company's user is made of."""

    username: str
    email: str
    password: str
    user_type: UserType


COMPANY_NAME_TAKEN = message(
    "megahub_company_name_taken",
    fr="Une entreprise avec ce nom existe déjà",
    en="A company with this name already exists",
)
COMPANY_STATE = message(
    "megahub_company_state",
    fr="Seuls les administrateurs de la plateforme peuvent activer ou désactiver une entreprise",
    en="Only administrators of the platform can switch a company on or off",
)
BRANDS_FULL = message(
    "megahub_brands_full", fr="Limite de marques atteinte ({used}/{limit})", en="Brand limit reached ({used}/{limit})"
)
