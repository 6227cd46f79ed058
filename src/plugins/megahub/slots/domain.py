"""Slots: what a company may have and has, what is said of wrong requests (contracts/megahub.md, "Company slots")."""

from typing import Final

import msgspec

from core.access.usage import Allowance
from core.primitives.errors import message
from core.primitives.page import Filter, FilterKind, Listing
from plugins.megahub.companies.alerts_service import percentage

MAX_SLOTS: Final = 2**31 - 1

SLOTS = Listing(
    filters=(Filter("company", FilterKind.ID),),
    search=("company__name",),
    ordering=(
        "id",
        "company",
        "company_name",
        "brands_slots",
        "users_slots",
        "current_brands_count",
        "current_users_count",
        "brands_usage_percentage",
        "users_usage_percentage",
        "available_brands_slots",
        "available_users_slots",
        "is_brands_limit_reached",
        "is_users_limit_reached",
        "created_at",
    ),
    default_ordering=("-id",),
)


class SlotFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a company may have, and has. `id` is its number."""

    id: int
    company_name: str
    brands_slots: int
    users_slots: int
    brands_used: int
    users_used: int

    @property
    def brands(self) -> Allowance:
        """Brands."""
        return Allowance(self.brands_slots, self.brands_used)

    @property
    def users(self) -> Allowance:
        """Users."""
        return Allowance(self.users_slots, self.users_used)

    @property
    def nearest(self) -> float:
        """The higher of both percentages."""
        return max(percentage(self.brands_used, self.brands_slots), percentage(self.users_used, self.users_slots))


class HeldSlots(msgspec.Struct, frozen=True):
    """The slots of a company, locked."""

    brands_slots: int
    users_slots: int
    version: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The slots of all companies together."""

    companies: int
    brands_slots: int
    users_slots: int
    brands_used: int
    users_used: int


BRANDS_BELOW_USED = message(
    "megahub_brands_below_used",
    fr="Impossible de réduire à {slots} slots, {used} brands utilisées",
    en="Cannot reduce to {slots} slots: {used} brands are used",
)
USERS_BELOW_USED = message(
    "megahub_users_below_used",
    fr="Impossible de réduire à {slots} slots, {used} users utilisés",
    en="Cannot reduce to {slots} slots: {used} users are used",
)
NO_INCREMENT = message(
    "megahub_no_increment",
    fr="Indiquez brands_increment ou users_increment, au moins 1.",
    en="Give brands_increment or users_increment, at least 1.",
)
NO_SLOTS = message(
    "megahub_no_slots", fr="Indiquez brands_slots ou users_slots.", en="Give brands_slots or users_slots."
)
SLOTS_BY_PLATFORM = message(
    "megahub_slots_by_platform",
    fr="Seuls les administrateurs de la plateforme peuvent modifier les slots",
    en="Only administrators of the platform can change slots",
)
SLOTS_ARE_SOLD = message(
    "megahub_slots_are_sold",
    fr="Les slots supplémentaires s'achètent : POST /companies/slots/<id>/purchase/",
    en="Additional slots are bought: POST /companies/slots/<id>/purchase/",
)
SLOTS_UPDATED = message(
    "megahub_slots_updated", fr="Slots mis à jour avec succès", en="The slots were updated successfully"
)
SLOTS_INCREASED = message(
    "megahub_slots_increased", fr="Slots augmentés avec succès", en="The slots were increased successfully"
)
COUNTS_REFRESHED = message(
    "megahub_counts_refreshed", fr="Compteurs mis à jour avec succès", en="The counters were updated successfully"
)
