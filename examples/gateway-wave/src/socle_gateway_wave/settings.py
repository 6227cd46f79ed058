"""What an installation may set: `[settings.gateway_wave]` in socle.toml."""

import msgspec


class WaveSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where Wave is and how long it may take.

    - `url` is Wave's address. `deadline_seconds` is the longest that one call may take.
    - `window_minutes` is how long a payer may pay; Wave tells each session's end in `when_expires`.
    - `callback_age_seconds` is how old a signed callback may be.
    """

    url: str = "https://api.wave.com"
    deadline_seconds: float = 20
    window_minutes: int = 30
    callback_age_seconds: int = 300
