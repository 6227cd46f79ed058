"""What the tests of crm's quotes do again and again: send one, and find the link that was mailed."""

import re
from typing import Any

from tests.installation import unique
from tests.sales import Sales, Team

BROWSER = {"accept": "text/html,application/xhtml+xml"}
"""What a browser asks for."""


async def quote_for(team: Team, **fields: Any) -> tuple[dict[str, Any], str]:
    """A quote of a client that has an address; returns both."""
    email = f"{unique('acheteuse')}@example.com"
    client = await team.ventes.crm_client(nom="Awa Kouassi", societe="Boulangerie du Marché", email=email)
    opportunite = await team.ventes.opportunite(client=client["id"], nom="Refonte du site", montant="2000.00")
    body = {"montant": "1500.00", "contenu": "Maquettes\n\n\nMise en ligne", **fields}
    return await team.ventes.devis(opportunite=opportunite["id"], **body), email


async def send(team: Team, quote: dict[str, Any]) -> dict[str, Any]:
    """Send a quote."""
    answer = await team.ventes.client.post(f"/api/devis/{quote['id']}/envoyer/")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def link_to(sales: Sales, email: str) -> str:
    """The path of the newest link that was mailed to an address."""
    mails = await sales.installed.mail_to(email)
    found = re.search(r"https?://[^/\s]+(/devis/[\w-]+)", mails[0]["body"])
    assert found, mails[0]
    return found[1]


async def sent_quote(sales: Sales, team: Team, **fields: Any) -> tuple[dict[str, Any], str]:
    """A quote that was sent, and the path of its link."""
    quote, email = await quote_for(team, **fields)
    return await send(team, quote), await link_to(sales, email)
