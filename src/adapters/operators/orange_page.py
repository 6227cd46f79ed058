"""Orange's page, on which a payer enters number and one-time code, or leaves."""

from html import escape

from adapters.operators.answers import Answer, html
from adapters.operators.orange_wire import status_of
from adapters.operators.transactions import Transaction
from core.primitives.locale import Locale, Text

STYLE = "/_handsets/handsets.css"
# The form's answer goes to the merchant's site, whatever its origin: the policy of a form holds for redirects too.
POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self' http: https:; base-uri 'none'; frame-ancestors 'none'"
)

TITLE = Text(fr="Paiement Orange Money (simulateur)", en="Orange Money payment (simulator)")
NUMBER = Text(fr="Numéro de téléphone, avec l’indicatif", en="Phone number with its country code")
CODE = Text(fr="Code à usage unique (4 à 8 chiffres)", en="One-time code (4 to 8 digits)")
PAY = Text(fr="Payer", en="Pay")
CANCEL = Text(fr="Annuler", en="Cancel")
ABANDON = Text(fr="Abandonner la page", en="Abandon the page")
REFUSED = Text(fr="Numéro ou code invalide.", en="Invalid number or code.")
UNKNOWN = Text(fr="Ce paiement est inconnu.", en="This payment is unknown.")
ENDED = Text(fr="Vous pouvez fermer cette page. État : {status}.", en="You may close this page. Status: {status}.")

_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{style}">
</head>
<body>
<main class="page">
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""

_FORM = """{notice}<p class="amount">{amount} {currency}</p>
<p>{merchant}</p>
<form method="post">
<label>{number}<input name="msisdn" inputmode="tel" autocomplete="off" value="225"></label>
<label>{code}<input name="code" inputmode="numeric" autocomplete="off"></label>
<button class="confirm" name="action" value="pay">{pay}</button>
<button class="decline" name="action" value="cancel">{cancel}</button>
<button name="action" value="abandon">{abandon}</button>
</form>"""


def payment_page(transaction: Transaction, locale: Locale, *, refused: bool = False) -> Answer:
    """The form; `refused` after an entry that cannot be."""
    content = _FORM.format(
        notice=f'<p class="notice" role="alert">{REFUSED.in_(locale)}</p>' if refused else "",
        amount=f"{transaction.amount:,.0f}".replace(",", " "),
        currency=escape(transaction.currency),
        merchant=escape(transaction.words["reference"] or transaction.reference),
        number=NUMBER.in_(locale),
        code=CODE.in_(locale),
        pay=PAY.in_(locale),
        cancel=CANCEL.in_(locale),
        abandon=ABANDON.in_(locale),
    )
    return _page(422 if refused else 200, content, locale)


def ended_page(transaction: Transaction, locale: Locale) -> Answer:
    """The page after the payer's part."""
    return _page(200, f"<p>{ENDED.in_(locale).format(status=status_of(transaction))}</p>", locale)


def unknown_page(locale: Locale) -> Answer:
    """The page of a token that does not exist."""
    return _page(404, f"<p>{UNKNOWN.in_(locale)}</p>", locale)


def _page(status: int, content: str, locale: Locale) -> Answer:
    page = _PAGE.format(lang=locale, title=TITLE.in_(locale), style=STYLE, content=content)
    return html(status, page, {"content-security-policy": POLICY, "cache-control": "no-store"})
