"""What a payer or payee does, by the last two digits of the number (DESIGN.md section 7), unless the control API has
planned something else."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from adapters.operators.msisdn import digits_of


class Operator(StrEnum):
    """The simulated operators."""

    MTN = "mtn"
    ORANGE = "orange"
    MOOV = "moov"


class Outcome(StrEnum):
    """How a transaction ends. `silent`: nobody answers, and it expires by the clock. `fail`: with a reason of the
    operator's choice. `refuse`: the operator makes no transaction at all."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    INSUFFICIENT = "insufficient"
    SILENT = "silent"
    NOT_FOUND = "not_found"
    FAIL = "fail"
    REFUSE = "refuse"


class Course(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a transaction goes.

    - `delay` in seconds until the outcome; None for the operator's usual one, 0 for at once.
    - `callbacks`: how many are sent; `callback_first` sends it before the initiation is answered.
    - `failures`: how many answers are a 500 first: of MTN's initiation, of Moov's and Orange's status read.
    - `lose_answer`: the initiation is executed and its answer lost.
    - `reason`: the operator's code instead of the usual one.
    """

    outcome: Outcome = Outcome.CONFIRM
    delay: float | None = None
    callbacks: int = 1
    callback_first: bool = False
    failures: int = 0
    lose_answer: bool = False
    reason: str = ""


PAYER_RULES: Mapping[str, Course] = {
    "01": Course(outcome=Outcome.DECLINE),
    "02": Course(outcome=Outcome.INSUFFICIENT),
    "03": Course(outcome=Outcome.SILENT),
    "04": Course(callbacks=0),
    "05": Course(callbacks=3),
    "06": Course(callback_first=True),
    "07": Course(failures=2),
    "08": Course(lose_answer=True),
    "09": Course(outcome=Outcome.NOT_FOUND),
}
PAYEE_RULES: Mapping[str, Course] = {
    "02": Course(outcome=Outcome.INSUFFICIENT),
    "07": Course(failures=2),
    "08": Course(lose_answer=True),
    "09": Course(outcome=Outcome.NOT_FOUND),
}
USUAL = Course()

PAYER_REASONS: Mapping[Operator, Mapping[Outcome, str]] = {
    Operator.MTN: {
        Outcome.DECLINE: "APPROVAL_REJECTED",
        Outcome.INSUFFICIENT: "NOT_ENOUGH_FUNDS",
        Outcome.SILENT: "EXPIRED",
        Outcome.NOT_FOUND: "PAYER_NOT_FOUND",
        Outcome.FAIL: "INTERNAL_PROCESSING_ERROR",
        Outcome.REFUSE: "INTERNAL_PROCESSING_ERROR",
    },
    Operator.ORANGE: {
        Outcome.DECLINE: "declined",
        Outcome.INSUFFICIENT: "60019",
        Outcome.SILENT: "expired",
        Outcome.NOT_FOUND: "0066111",
        Outcome.FAIL: "failed",
        Outcome.REFUSE: "5",
    },
    Operator.MOOV: {
        Outcome.DECLINE: "92",
        Outcome.INSUFFICIENT: "10",
        Outcome.SILENT: "92",
        Outcome.NOT_FOUND: "555",
        Outcome.FAIL: "95",
        Outcome.REFUSE: "99",
    },
}
"""Orange tells no reason of a payment: its words are for the control API and the payout contract alone."""

PAYEE_REASONS = {Operator.MTN: {Outcome.NOT_FOUND: "PAYEE_NOT_FOUND"}}


def reason_of(operator: Operator, course: Course, *, payee: bool = False) -> str:
    """The operator's code for a course that moves no money."""
    special = PAYEE_REASONS.get(operator, {}) if payee else {}
    return course.reason or special.get(course.outcome) or PAYER_REASONS[operator].get(course.outcome, "")


class Plans:
    """Courses that the control API has set, for a reference or a number of an operator. A reference comes first."""

    def __init__(self) -> None:
        self._by_reference: dict[tuple[Operator, str], Course] = {}
        self._by_number: dict[tuple[Operator, str], Course] = {}

    def set(self, operator: Operator, course: Course, *, reference: str = "", number: str = "") -> None:
        """Plan a course for a reference, or for all transactions of a number."""
        if reference:
            self._by_reference[operator, reference] = course
        else:
            self._by_number[operator, digits_of(number)] = course

    def find(self, operator: Operator, reference: str, number: str) -> Course | None:
        """The course that is planned, or None."""
        planned = self._by_reference.get((operator, reference))
        return planned or self._by_number.get((operator, digits_of(number)))

    def all(self) -> list[dict[str, object]]:
        """Every plan."""
        shown: list[dict[str, object]] = []
        for key, plans in (("reference", self._by_reference), ("number", self._by_number)):
            shown += [
                {"operator": who, key: what, **msgspec.structs.asdict(plan)} for (who, what), plan in plans.items()
            ]
        return shown

    def clear(self) -> None:
        """Forget every plan."""
        self._by_reference.clear()
        self._by_number.clear()


def course_by_number(number: str, *, payee: bool = False) -> Course:
    """The course that a number's last two digits ask for."""
    return (PAYEE_RULES if payee else PAYER_RULES).get(digits_of(number)[-2:], USUAL)
