"""What an installation may set about slots: `[settings.megahub_slots]`."""

import msgspec


class SlotSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`brands_slots` and `users_slots` are what a company has to begin with. With `self_service` its administrator may
    change them; without, a superuser alone. `brand_slot_price` and `user_slot_price` are what one slot more costs, in
    whole units of the installation's currency; 0 is not sold. While one is set, raising slots without paying is a
    superuser's alone."""

    brands_slots: int = 5
    users_slots: int = 10
    self_service: bool = True
    brand_slot_price: int = 0
    user_slot_price: int = 0

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is below 0")

    @property
    def sold(self) -> bool:
        """Whether slots are sold."""
        return bool(self.brand_slot_price or self.user_slot_price)
