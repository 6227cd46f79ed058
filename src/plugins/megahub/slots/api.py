"""What other plugins of the suite may call of slots."""

import msgspec

from plugins.megahub.slots.slot_service import Slots


class SlotsApi(msgspec.Struct, frozen=True):
    """`slots.raise_by` adds slots within a unit of work that answers for it."""

    slots: Slots
