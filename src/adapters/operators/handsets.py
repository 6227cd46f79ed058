"""`GET /`: the page of simulated handsets. Prompts that wait are shown; a person confirms or declines them."""

import hashlib
from html import escape
from pathlib import Path
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from adapters.operators.answers import Answer, AnyRequest, Denied, html, json_answer
from adapters.operators.simulation import Simulation
from adapters.operators.transactions import Kind, Standing, Transaction
from core.primitives.locale import Text, negotiate

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
LATEST = 20
_FOLDER = Path(__file__).parent / "assets"
_MEDIA_TYPES = {"handsets.js": "text/javascript; charset=utf-8", "handsets.css": "text/css; charset=utf-8"}

TITLE = Text(fr="Téléphones simulés", en="Simulated handsets")
INTRODUCTION = Text(
    fr="Les demandes de paiement qui attendent une réponse. Sans réponse d’ici, chaque numéro suit sa règle.",
    en="Payment requests that wait for an answer. Without one from here, each number follows its rule.",
)
LABELS = {
    "confirm": Text(fr="Confirmer", en="Confirm"),
    "decline": Text(fr="Refuser", en="Decline"),
    "open": Text(fr="Ouvrir la page de paiement", en="Open the payment page"),
    "empty": Text(fr="Aucune demande n’attend.", en="No request is waiting."),
    "lost": Text(fr="Le simulateur ne répond pas.", en="The simulator does not answer."),
    "manual": Text(fr="Répondre à la main", en="Answer by hand"),
    "latest": Text(fr="Dernières opérations", en="Latest transactions"),
    "initiated": Text(fr="créée", en="created"),
    "created": Text(fr="en cours", en="under way"),
    "pending": Text(fr="en attente", en="waiting"),
    "succeeded": Text(fr="payée", en="paid"),
    "failed": Text(fr="échouée", en="failed"),
    "expired": Text(fr="expirée", en="expired"),
}

_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/_handsets/handsets.css?v={style}">
<script src="/_handsets/handsets.js?v={script}" defer></script>
</head>
<body>
<main id="handsets" {labels}>
<h1>{title}</h1>
<p>{introduction}</p>
<label class="manual"><input type="checkbox" id="manual"> {manual}</label>
<p class="notice" id="notice" role="status"></p>
<section id="prompts" aria-live="polite"></section>
<h2>{latest}</h2>
<ul id="latest"></ul>
</main>
</body>
</html>
"""


class Handsets:
    """The page, what its script reads, and the two answers that a person can give."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._assets = {name: (_FOLDER / name).read_bytes() for name in _MEDIA_TYPES}

    def handlers(self) -> list[Any]:
        """The route handlers."""
        return [
            get("/")(self.show_page),
            get("/_handsets/state")(self.show_state),
            post("/_handsets/manual/{choice:str}")(self.switch),
            post("/_handsets/{number:int}/{action:str}")(self.act),
            get([f"/_handsets/{name}" for name in self._assets])(self.show_asset),
        ]

    async def show_page(self, request: AnyRequest) -> Answer:
        """Show the page, in the reader's language."""
        locale = negotiate(request.headers.get("accept-language", ""))
        page = _PAGE.format(
            lang=locale,
            title=TITLE.in_(locale),
            introduction=INTRODUCTION.in_(locale),
            manual=LABELS["manual"].in_(locale),
            latest=LABELS["latest"].in_(locale),
            labels=" ".join(f'data-{name}="{escape(text.in_(locale))}"' for name, text in LABELS.items()),
            style=self._digest("handsets.css"),
            script=self._digest("handsets.js"),
        )
        return html(200, page, {"content-security-policy": POLICY, "cache-control": "no-cache"})

    async def show_asset(self, request: AnyRequest) -> Answer:
        """Show the script or the style sheet."""
        name = request.url.path.rpartition("/")[2]
        headers = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
        return Response(self._assets[name], media_type=_MEDIA_TYPES[name], headers=headers)

    async def show_state(self) -> Answer:
        """What the page shows: waiting prompts, Orange's open pages, the latest transactions."""
        waiting = []
        latest = []
        for each in self._simulation.transactions.matching():
            shown = _shown(each)
            if each.prompted:
                waiting.append(shown)
            elif each.standing is Standing.INITIATED and not each.party and each.kind is Kind.COLLECTION:
                waiting.append(shown | {"page": f"/orange/payment/pay_token/{each.tokens['pay_token']}"})
            else:
                latest.append(shown)
        switches = self._simulation.switches
        manual = not (switches.mtn.automatic or switches.orange.automatic or switches.moov.automatic)
        return json_answer(200, {"manual": manual, "waiting": waiting, "latest": latest[: -LATEST - 1 : -1]})

    async def act(self, request: AnyRequest, number: FromPath[int], action: FromPath[str]) -> Answer:
        """Confirm or decline a prompt: 200, 404 for none, 409 where it was decided already."""
        _same_site(request)
        simulation = self._simulation
        answers = {"confirm": simulation.confirm, "decline": simulation.decline}
        transaction = simulation.transactions.by_number(number)
        if transaction is None or action not in answers:
            return json_answer(404, {"error": "there is no such prompt"})
        if not transaction.prompted:
            return json_answer(409, {"error": "the prompt is not open any more"})
        answers[action](transaction)
        return json_answer(200, _shown(transaction))

    async def switch(self, request: AnyRequest, choice: FromPath[str]) -> Answer:
        """Have prompts wait for a person ("on"), or payers answer by themselves ("off")."""
        _same_site(request)
        if choice not in ("on", "off"):
            return json_answer(404, {"error": "on or off"})
        automatic = {"automatic": choice == "off"}
        self._simulation.switches.set({"mtn": automatic, "orange": automatic, "moov": automatic})
        return json_answer(200, {"manual": choice == "on"})

    def _digest(self, name: str) -> str:
        return hashlib.sha256(self._assets[name]).hexdigest()[:16]


def _same_site(request: AnyRequest) -> None:
    """Raise `Denied` for what another site's page asks for in a browser (Fetch Metadata)."""
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Denied(json_answer(403, {"error": "this page alone may do that"}))


def _shown(transaction: Transaction) -> dict[str, Any]:
    words = transaction.words
    return {
        "number": transaction.number,
        "operator": transaction.operator,
        "kind": transaction.kind,
        "party": transaction.party,
        "amount": f"{transaction.amount:f}",
        "currency": transaction.currency,
        "reference": transaction.reference,
        "message": words.get("payerMessage") or words.get("message") or words.get("reference") or "",
        "standing": transaction.standing,
        "reason": transaction.reason,
    }
