"""The page behind a quote's link: HTML for a telephone first, in French and English, that loads nothing.

Its style and its one script stand in the page and are named to the browser by their digests (CSP level 2, hash
sources): nothing else runs, whatever stands in a quote. The script tells the server that the page is looked at (`POST
{link}/vu`), which a mail scanner that follows the link does not; answers are plain forms, and need no script.
"""

import hashlib
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

from core.primitives.errors import Message, message
from core.primitives.locale import Locale
from plugins.crm.devis.domain import Dossier, Statut
from plugins.crm.devis.printing import LABELS, Printed, content_lines

_FOLDER: Final = Path(__file__).parent
_STYLE: Final = (_FOLDER / "page.css").read_text(encoding="utf-8")
_SCRIPT: Final = (_FOLDER / "page.js").read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY: Final = (
    f"default-src 'none'; style-src {_digest(_STYLE)}; script-src {_digest(_SCRIPT)}; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "cache-control": "private, no-store",
    "x-robots-tag": "noindex, nofollow",
    "vary": "accept-language",
}

SENT_BY = message("crm_devis_page_sent_by", fr="vous adresse ce devis", en="sends you this quote")
DOWNLOAD = message("crm_devis_page_download", fr="Télécharger le PDF", en="Download the PDF")
ACCEPT = message("crm_devis_page_accept", fr="Accepter le devis", en="Accept the quote")
AGREE = message(
    "crm_devis_page_agree",
    fr="J'ai lu ce devis et je l'accepte pour un montant de {montant}.",
    en="I have read this quote and accept it for an amount of {montant}.",
)
REFUSE = message("crm_devis_page_refuse", fr="Refuser le devis", en="Decline the quote")
REASON = message("crm_devis_page_reason", fr="Pourquoi ? (facultatif)", en="Why? (optional)")
CONFIRM_REFUSAL = message("crm_devis_page_confirm", fr="Confirmer le refus", en="Confirm that you decline")
IS_ACCEPTED = message(
    "crm_devis_page_is_accepted",
    fr="Vous avez accepté ce devis. Merci !",
    en="You have accepted this quote. Thank you!",
)
IS_REFUSED = message("crm_devis_page_is_refused", fr="Ce devis a été refusé.", en="This quote was declined.")
IS_REPLACED = message(
    "crm_devis_page_is_replaced",
    fr="Ce devis a été remplacé par une version plus récente, qui vous parviendra.",
    en="This quote was replaced by a newer version, which will reach you.",
)
WAITS = message(
    "crm_devis_page_waits",
    fr="Ce devis attend votre réponse.",
    en="This quote waits for your answer.",
)
CLOSED = message("crm_devis_page_closed", fr="Lien non valable", en="Link not valid")
ASK_AGAIN = message(
    "crm_devis_page_ask_again",
    fr="Ce lien n'ouvre aucun devis, ou n'est plus valable. Demandez-en un nouveau à votre interlocuteur.",
    en="This link opens no quote, or is no longer good. Ask your contact for a new one.",
)
LINK_GOOD_UNTIL = message(
    "crm_devis_page_good_until",
    fr="Cette page vous est personnelle ; son lien est valable jusqu'au {jour}.",
    en="This page is for you alone; its link is good until {jour}.",
)

_PAGE: Final = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{content}
</main>
{script}</body>
</html>
"""
_FORMS: Final = """<section class="carte">
<form class="oui" method="post" action="{path}/accepter">
<label><input type="checkbox" required><span>{agree}</span></label>
<button>{accept}</button>
</form>
<details class="non">
<summary>{refuse}</summary>
<form method="post" action="{path}/refuser">
<label for="motif">{reason}</label>
<textarea id="motif" name="motif" rows="3" maxlength="2000"></textarea>
<button>{confirm}</button>
</form>
</details>
</section>
"""


def quote_page(devis: Dossier, locale: Locale, printed: Printed, path: str, alert: str = "") -> bytes:
    """The page of a quote. `path` is that of its link, `alert` says why an answer was not taken."""
    words = {name: label.say(locale) for name, label in LABELS.items()}
    montant = printed.amount(devis.montant, locale)
    issued = devis.date_envoi or devis.date_creation
    facts = [(words["client"], devis.client_societe or devis.client_nom), (words["date"], printed.day(issued, locale))]
    if devis.auteur or devis.auteur_email:
        facts.append((words["emetteur"], devis.auteur or devis.auteur_email or ""))
    lines = [line for line in content_lines(devis.contenu) if line] or [words["vide"]]
    link = escape(quote(path))
    content = [
        f"<header><strong>{escape(devis.organisation_nom)}</strong><span>{SENT_BY.say(locale)}</span></header>",
        f'<p class="etat avis" role="alert">{escape(alert)}</p>' if alert else "",
        _state(devis, locale),
        f'<section class="carte"><h1>{escape(devis.titre)}</h1>',
        f'<p class="ref">{words["numero"]} {devis.id} · {words["version"]} {devis.numero_version}</p><dl>',
        *(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts),
        "</dl><ul>",
        *(f"<li>{escape(line)}</li>" for line in lines),
        f'</ul><div class="total"><span>{words["total"]}</span><b>{escape(montant)}</b></div></section>',
    ]
    if devis.answerable:
        content.append(
            _FORMS.format(
                path=link,
                agree=escape(AGREE.say(locale, {"montant": montant})),
                accept=ACCEPT.say(locale),
                refuse=REFUSE.say(locale),
                reason=REASON.say(locale),
                confirm=CONFIRM_REFUSAL.say(locale),
            )
        )
    content.append(f'<p><a class="bouton" href="{link}/pdf">{DOWNLOAD.say(locale)}</a></p>')
    if devis.lien_expire is not None:
        until = LINK_GOOD_UNTIL.say(locale, {"jour": printed.day(devis.lien_expire, locale)})
        content.append(f"<footer>{escape(until)}</footer>")
    title = f"{words['numero']} {devis.id} · {devis.organisation_nom}"
    script = f"<script>{_SCRIPT}</script>\n" if devis.statut is Statut.ENVOYE else ""
    return _page(locale, title, "\n".join(part for part in content if part), script)


def closed_page(locale: Locale) -> bytes:
    """The page of a link that opens nothing."""
    title = CLOSED.say(locale)
    return _page(
        locale, title, f'<section class="carte"><h1>{title}</h1><p>{escape(ASK_AGAIN.say(locale))}</p></section>'
    )


def _state(devis: Dossier, locale: Locale) -> str:
    said: tuple[str, Message]
    if devis.statut is Statut.ACCEPTE:
        said = ("etat oui", IS_ACCEPTED)
    elif not devis.newest:
        said = ("etat avis", IS_REPLACED)
    elif devis.statut is Statut.REFUSE:
        said = ("etat non", IS_REFUSED)
    else:
        said = ("etat", WAITS)
    return f'<p class="{said[0]}" role="status">{escape(said[1].say(locale))}</p>'


def _page(locale: Locale, title: str, content: str, script: str = "") -> bytes:
    return _PAGE.format(lang=locale.value, title=escape(title), style=_STYLE, content=content, script=script).encode()
