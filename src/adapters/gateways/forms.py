"""The forms in which operators take texts, numbers and amounts."""

import re
import unicodedata

import phonenumbers

from adapters.gateways.settings import NumberForm
from core.payments.gateway import Capabilities, Collection, Outcome, Reason, RefundOrder, Submission
from core.primitives.money import Money

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .-]+")
_E164 = re.compile(r"\+[1-9][0-9]{5,14}\Z")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O"})
UNTITLED = "Payment"


def plain_text(text: str, longest: int) -> str:
    """Return a text in ASCII letters, digits, space, dot and hyphen, cut to `longest` characters, never empty: accents
    fall away, everything else becomes a space (mobile-money.md section 2.4)."""
    bare = unicodedata.normalize("NFKD", text[: 8 * longest].translate(_LIGATURES))
    letters = "".join(each for each in bare if not unicodedata.combining(each))
    return " ".join(_NOT_PLAIN.sub(" ", letters).split())[:longest].strip() or UNTITLED[:longest]


def wire_number(number: str, form: NumberForm) -> str:
    """Write an E.164 number in an operator's form (mobile-money.md section 6)."""
    if form == "e164":
        return number
    digits = number.removeprefix("+")
    if form == "national":
        try:
            return phonenumbers.national_significant_number(phonenumbers.parse(number))
        except phonenumbers.NumberParseException:
            return digits
    if form == "old_digits" and digits.startswith("22901") and len(digits) == 13:
        return "229" + digits.removeprefix("22901")
    return digits


def wire_amount(amount: Money) -> str:
    """Write an amount as a decimal number with the currency's decimals: "500" XOF, "12.50" EUR."""
    return format(amount.rounded().amount, "f")


def refuse_collection(capabilities: Capabilities, collection: Collection) -> Submission | None:
    """Refuse what the operator has no form for, before anything is sent: a currency that it does not take, a fraction
    of the currency's smallest unit, a number that is none. None where there is nothing to say against it."""
    if not _takes(capabilities, collection.amount):
        return rejected(Reason.INVALID_AMOUNT, "amount not sent")
    if capabilities.needs_payer and not _is_number(collection.payer):
        return rejected(Reason.PAYER_NOT_FOUND, "no number")
    return None


def refuse_refund(capabilities: Capabilities, order: RefundOrder) -> Submission | None:
    """Refuse what the operator has no form for, and more than was captured: no operator knows better than we do."""
    if not _takes(capabilities, order.amount):
        return rejected(Reason.INVALID_AMOUNT, "amount not sent")
    if order.amount.currency != order.captured.currency or order.amount.amount > order.captured.amount:
        return rejected(Reason.INVALID_AMOUNT, "more than was captured")
    if capabilities.payee_needed and not _is_number(order.payee):
        return rejected(Reason.PAYER_NOT_FOUND, "no number")
    return None


def _takes(capabilities: Capabilities, amount: Money) -> bool:
    return amount.currency in capabilities.currencies and amount.payable


def _is_number(number: str | None) -> bool:
    return number is not None and _E164.match(number) is not None


def rejected(reason: Reason, code: str) -> Submission:
    """A command that made no transaction."""
    return Submission(outcome=Outcome.REJECTED, reason=reason, code=code)


def unknown(reason: Reason, code: str) -> Submission:
    """A command that may have made one."""
    return Submission(outcome=Outcome.UNKNOWN, reason=reason, code=code)
