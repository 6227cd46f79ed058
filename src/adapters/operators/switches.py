"""What the control API changes while the simulator runs."""

from typing import Any, Literal

import msgspec

from adapters.operators.payers import Operator

Down = Literal["", "500", "503", "502", "html", "garbage", "hang", "cut"]


class OperatorSwitches(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Switches that every operator has.

    - `down`: nothing is executed, and every call is answered so: a JSON error (500, 503), an HTML error page (502),
      an HTML page with status 200, bytes that are no document, no answer at all, a cut connection.
    - `slow`: seconds before every answer. `fail_every`: every n-th call is a 500 or a 503, in turn; 0 for never.
    - `lose_next`: how many of the next initiations are executed without an answer; `lost` says how it is lost.
    - `refuse_address`: the caller's address is not on the operator's list.
    - `callbacks` replaces the number of callbacks of every transaction; None leaves it.
    - `automatic`: payers answer by themselves. Otherwise prompts wait for a person.
    - `old_numbers`: Benin numbers of 8 digits are taken.
    """

    down: Down = ""
    slow: float = 0.0
    fail_every: int = 0
    lose_next: int = 0
    lost: Literal["cut", "hang"] = "cut"
    refuse_address: bool = False
    callbacks: int | None = None
    automatic: bool = True
    old_numbers: bool = False


class MtnSwitches(OperatorSwitches, kw_only=True):
    """MTN's own: the shape of `reason`, the method of callbacks, the answer to a wrong user and key, whether the
    merchant has the disbursement product, and the target environment ("" for the setting's)."""

    reason: Literal["string", "object"] = "string"
    callback_method: Literal["POST", "PUT"] = "POST"
    wrong_pair: Literal[401, 500] = 401
    disbursement: bool = True
    target_environment: str = ""


class OrangeSwitches(OperatorSwitches, kw_only=True):
    """Orange's own: a token's lifetime in seconds and whether it is written as text, whether the merchant has a payout
    contract, and whether notifications carry a wrong token."""

    expires_in: int = 3600
    expires_in_text: bool = False
    payout: bool = True
    wrong_notif_token: bool = False


class MoovSwitches(OperatorSwitches, kw_only=True):
    """Moov's own: how answers are written (section 4A.3) and what a waiting push is called.

    `inner` is the name of the element with the fields, "" for the documented one of each operation; `prefix` and
    `namespace` are those of the response element, which `qualified` extends to what is in it; `utf16` writes answers in
    UTF-16.
    """

    inner: Literal["", "result", "return", "response"] = ""
    prefix: Literal["", "ns2"] = "ns2"
    namespace: Literal["merchant", "tlc"] = "merchant"
    qualified: bool = False
    utf16: bool = False
    pending: Literal["100", "95"] = "100"


class Switches(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """All switches."""

    mtn: MtnSwitches = msgspec.field(default_factory=MtnSwitches)
    orange: OrangeSwitches = msgspec.field(default_factory=OrangeSwitches)
    moov: MoovSwitches = msgspec.field(default_factory=MoovSwitches)

    def of(self, operator: Operator) -> OperatorSwitches:
        """The switches of one operator."""
        found: OperatorSwitches = getattr(self, operator.value)
        return found

    def set(self, change: dict[str, Any]) -> None:
        """Set some switches: `{"mtn": {"down": "503"}}`. Nothing is set where one of them is wrong.

        Raises `msgspec.ValidationError` naming what is unknown or wrong.
        """
        now = msgspec.to_builtins(self)
        for operator, values in change.items():
            if isinstance(values, dict) and isinstance(now.get(operator), dict):
                now[operator] |= values
            else:
                now[operator] = values
        self._take(msgspec.convert(now, Switches))

    def clear(self) -> None:
        """Return every switch to its default."""
        self._take(Switches())

    def _take(self, other: "Switches") -> None:
        self.mtn, self.orange, self.moov = other.mtn, other.orange, other.moov
