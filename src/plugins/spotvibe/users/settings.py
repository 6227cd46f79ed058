"""What an installation may set about users."""

from datetime import timedelta
from typing import Annotated

import msgspec

Megabytes = Annotated[int, msgspec.Meta(ge=1, le=50)]


class UsersSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`email_seconds` is how long the link is good by which somebody proves his address; `max_photo` and `max_document`
    are sizes in megabytes; a verification that nobody reviews for `review_days` expires."""

    email_seconds: Annotated[int, msgspec.Meta(ge=3_600, le=31_536_000)] = 3 * 86_400
    max_photo: Megabytes = 5
    max_document: Megabytes = 5
    review_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 30

    @property
    def email_lifetime(self) -> timedelta:
        """How long the link is good."""
        return timedelta(seconds=self.email_seconds)

    @property
    def review_lifetime(self) -> timedelta:
        """How long a verification may await its review."""
        return timedelta(days=self.review_days)
