"""What a simulator is started with. What changes while it runs is in `switches`."""

from decimal import Decimal

import msgspec

from adapters.operators.credentials import MoovCredentials, MtnCredentials, OrangeCredentials
from adapters.operators.demo import DEMO_MOOV, DEMO_MTN, DEMO_ORANGE


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    """Durations in seconds. All but `hang` and `callback_timeout` are of the simulated clock.

    - `confirm_after`: a payer's answer; `refund_after`: the execution of a refund or transfer.
    - `mtn_window`, `moov_window`: how long a prompt lives; `orange_window`: the page's token (2.5, 4A.4, 3A.3).
    - `created_for`: how long MTN's number 46733123454 shows CREATED (section 2.10).
    - `hang`: how long an answer is held back before the connection is cut.
    """

    confirm_after: float = 2.0
    refund_after: float = 1.0
    mtn_window: float = 300.0
    orange_window: float = 600.0
    moov_window: float = 300.0
    created_for: float = 30.0
    mtn_token: float = 3600.0
    hang: float = 120.0
    callback_timeout: float = 5.0


class OperatorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the operators are.

    - `strict` enforces the operators' own rules about callback URLs and the `+` of Moov's numbers. Otherwise loopback
      callbacks over http are accepted.
    - `target_environment` is MTN's: "sandbox" takes EUR alone, all others XOF.
    - `orange_country` is the path segment of Orange's production offer, beside which "dev" is always there.
    - `opening_balance` is what each merchant wallet holds at first, in its currency.
    """

    strict: bool = False
    mtn: MtnCredentials = DEMO_MTN
    orange: OrangeCredentials = DEMO_ORANGE
    moov: MoovCredentials = DEMO_MOOV
    target_environment: str = "mtnbenin"
    orange_country: str = "ci"
    opening_balance: Decimal = Decimal(100_000_000)
    timings: Timings = Timings()
