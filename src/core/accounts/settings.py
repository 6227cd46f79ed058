"""What an installation may set about accounts."""

from datetime import timedelta

import msgspec


class AccountSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Durations are in seconds. The defaults are those of DECISIONS.md section 0 (Tokens, Rate limits, Second factor).

    With `refresh_rotation` a refresh token sent in a body is rotated too. `code_key` keys the hashes of codes.
    """

    public_url: str
    code_key: bytes
    access_seconds: int = 900
    refresh_seconds: int = 7 * 86_400
    refresh_rotation: bool = False
    failed_sign_ins: int = 10
    failed_window_seconds: int = 900
    reset_seconds: int = 3_600
    resets_per_hour: int = 10
    challenge_seconds: int = 600
    wrong_codes: int = 5
    codes_sent: int = 5
    recovery_codes: int = 10
    issuer: str = "Socle"

    def __repr__(self) -> str:
        return f"AccountSettings(public_url={self.public_url!r})"

    @property
    def access_lifetime(self) -> timedelta:
        """How long an access token is good."""
        return timedelta(seconds=self.access_seconds)

    @property
    def refresh_lifetime(self) -> timedelta:
        """How long a refresh token is good."""
        return timedelta(seconds=self.refresh_seconds)

    @property
    def failed_window(self) -> timedelta:
        """The time in which failed sign-ins count together."""
        return timedelta(seconds=self.failed_window_seconds)
