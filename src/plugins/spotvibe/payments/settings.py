"""What an installation may set about spotvibe's payments."""

from typing import Annotated

import msgspec

Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
Address = Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s/]+\S*)?$", max_length=500)]

WEST_AFRICA = ("BF", "BJ", "CI", "GH", "GN", "GW", "ML", "NE", "NG", "SN", "TG")


class PaymentsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`countries` (ISO 3166) are those whose phone numbers may pay, the installation's own always among them
    (DECISIONS.md section 2, "Numbers"). `return_url` and `cancel_url` are where an operator's page sends the payer's
    browser afterwards; where they are empty, the installation's own address."""

    countries: tuple[Country, ...] = WEST_AFRICA
    return_url: Address = ""
    cancel_url: Address = ""
