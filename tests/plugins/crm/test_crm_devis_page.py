"""The page behind a quote's link (DECISIONS.md section 5, "Quotes"): no account, and nothing changed by a GET."""

import asyncio
import hashlib
import re
from base64 import b64encode
from typing import Any

import msgspec
import pytest

from plugins.crm.devis.answer_service import Answers
from tests.plugins.crm.quotes import BROWSER, link_to, quote_for, send, sent_quote
from tests.sales import Sales, Team


async def state_of(team: Team, quote: dict[str, Any]) -> str:
    """The state of a quote."""
    found: str = (await team.ventes.read(f"/api/devis/{quote['id']}/"))["statut"]
    return found


async def test_looking_changes_nothing_and_the_page_says_that_it_is_seen(sales: Sales, team: Team) -> None:
    quote, link = await sent_quote(sales, team)
    visitor = sales.api()
    for _ in range(2):
        page = await visitor.get(link, headers=BROWSER)
        assert page.status_code == 200
    assert (await visitor.get(f"{link}/pdf")).content.startswith(b"%PDF-")
    for action in ("vu", "accepter", "refuser"):
        assert (await visitor.get(f"{link}/{action}", headers=BROWSER)).status_code == 405
    assert await state_of(team, quote) == "Envoyé"
    for _ in range(2):
        seen = await visitor.post(f"{link}/vu")
        assert (seen.status_code, seen.json()) == (200, {"statut": "Consulté"})
    shown = await team.ventes.read(f"/api/devis/{quote['id']}/")
    assert (shown["statut"], shown["date_consultation"] is not None) == ("Consulté", True)
    entries = "select count(*) from audit_entry where action = 'VIEW' and object_id = $1 and organisation_id = $2"
    assert await sales.owner.fetchval(entries, str(quote["id"]), team.organisation) == 1


async def test_the_page_is_in_the_readers_language_and_shows_the_quote(sales: Sales, team: Team) -> None:
    _, link = await sent_quote(sales, team, contenu="Maquettes & <script>alert(1)</script>\n\nMise en ligne")
    french = (await sales.api().get(link, headers=BROWSER)).text
    for shown in ("Refonte du site", "1\u00a0500\u00a0FCFA", "Boulangerie du Marché", "Accepter le devis", "<li>Mise"):
        assert shown in french
    assert '<html lang="fr">' in french
    assert "<li>Maquettes &amp; &lt;script&gt;alert(1)&lt;/script&gt;</li>" in french
    english = (await sales.api().get(f"{link}/", headers={**BROWSER, "accept-language": "en-GB"})).text
    assert '<html lang="en">' in english
    assert "Accept the quote" in english
    assert f'action="{link}/accepter"' in english


async def test_the_page_runs_its_own_script_and_nothing_else(sales: Sales, team: Team) -> None:
    _, link = await sent_quote(sales, team)
    page = await sales.api().get(link, headers=BROWSER)
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; ")
    for directive, element in (("script-src", "script"), ("style-src", "style")):
        (text,) = re.findall(f"<{element}>(.*?)</{element}>", page.text, re.DOTALL)
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert re.findall(r"(?:src|href)=\"([^\"]*)\"", page.text) == [f"{link}/pdf"]
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "private, no-store")


async def test_the_client_accepts_on_the_page(sales: Sales, team: Team) -> None:
    quote, link = await sent_quote(sales, team)
    visitor = sales.api()
    back = await visitor.post(f"{link}/accepter", headers=BROWSER)
    assert (back.status_code, back.headers["location"]) == (303, link)
    shown = await team.ventes.read(f"/api/devis/{quote['id']}/")
    assert shown["statut"] == "Accepté"
    assert shown["date_consultation"] == shown["date_reponse"] is not None
    page = (await visitor.get(link, headers=BROWSER)).text
    assert "Vous avez accepté ce devis" in page
    assert "<form" not in page
    assert "<script" not in page
    won = await team.ventes.read(f"/api/opportunites/{quote['opportunite']}/")
    assert (won["etape"], won["resultat"]) == ("conclusion", "gagnee")
    late = await visitor.post(f"{link}/refuser", headers=BROWSER)
    assert late.status_code == 409
    assert "Ce devis a déjà été accepté." in late.text
    assert (await visitor.post(f"{link}/accepter")).json() == {"non_field_errors": ["Ce devis a déjà été accepté."]}
    assert (await visitor.post(f"{link}/vu")).json() == {"statut": "Accepté"}


async def test_the_client_declines_and_gets_another_version(sales: Sales, team: Team) -> None:
    quote, email = await quote_for(team)
    await send(team, quote)
    first, visitor = await link_to(sales, email), sales.api()
    back = await visitor.post(f"{first}/refuser", headers=BROWSER, data={"motif": "Trop cher\r\npour nous"})
    assert back.status_code == 303
    refused = await team.ventes.read(f"/api/devis/{quote['id']}/")
    assert (refused["statut"], refused["motif_refus"]) == ("Refusé", "Trop cher\r\npour nous")
    second = (await team.ventes.client.post(f"/api/devis/{quote['id']}/nouvelle-version/")).json()
    await send(team, second)
    link = await link_to(sales, email)
    assert link != first
    assert "remplacé par une version plus récente" in (await visitor.get(first, headers=BROWSER)).text
    assert (await visitor.post(f"{link}/accepter", json={})).json() == {"statut": "Accepté"}
    assert await state_of(team, second) == "Accepté"


async def test_a_replaced_quote_is_shown_but_not_accepted(sales: Sales, team: Team) -> None:
    quote, link = await sent_quote(sales, team)
    await team.ventes.client.post(f"/api/devis/{quote['id']}/nouvelle-version/")
    visitor = sales.api()
    page = await visitor.get(link, headers=BROWSER)
    assert page.status_code == 200
    assert "<form" not in page.text
    late = await visitor.post(f"{link}/accepter", headers=BROWSER)
    assert (late.status_code, "version plus récente" in late.text) == (409, True)
    assert await state_of(team, quote) == "Envoyé"


async def test_a_link_ends_when_it_is_revoked_renewed_or_expired(sales: Sales, team: Team) -> None:
    quote, email = await quote_for(team)
    await send(team, quote)
    first, visitor, path = await link_to(sales, email), sales.api(), f"/api/devis/{quote['id']}/lien/"

    async def opens(link: str) -> set[int]:
        calls = [visitor.get(link, headers=BROWSER), visitor.get(f"{link}/pdf"), visitor.post(f"{link}/vu")]
        return {(await call).status_code for call in calls}

    renewed = await team.ventes.client.post(path)
    assert renewed.status_code == 200
    second = await link_to(sales, email)
    assert (await opens(first), await opens(second)) == ({404}, {200})
    revoked = await team.ventes.client.delete(path)
    assert (revoked.status_code, revoked.json()["lien_expire"], revoked.json()["statut"]) == (200, None, "Consulté")
    assert (await team.ventes.client.delete(path)).status_code == 200
    assert await opens(second) == {404}
    for action in ("accepter", "refuser"):
        assert (await visitor.post(f"{second}/{action}")).status_code == 404
        page = await visitor.post(f"{second}/{action}", headers=BROWSER)
        assert (page.status_code, "plus valable" in page.text) == (404, True)
    assert (await team.ventes.client.post(path)).status_code == 200
    third = await link_to(sales, email)
    assert await opens(third) == {200}
    await sales.owner.execute("update crm_devis set lien_expire = now() where id = $1", quote["id"])
    assert await opens(third) == {404}
    assert (await team.ventes.client.post(f"/api/devis/{quote['id']}/refuser/")).status_code == 200
    assert (await team.ventes.client.post(path)).status_code == 400


@pytest.mark.parametrize(("action", "status"), [("accepter", 404), ("refuser", 404), ("vu", 200)])
async def test_a_link_taken_away_meanwhile_changes_nothing(
    sales: Sales, team: Team, monkeypatch: pytest.MonkeyPatch, action: str, status: int
) -> None:
    quote, link = await sent_quote(sales, team)
    opened = Answers.opened

    async def then_revoked(self: Answers, token: str) -> Any:
        found = await opened(self, token)
        assert (await team.ventes.client.delete(f"/api/devis/{quote['id']}/lien/")).status_code == 200
        return found

    monkeypatch.setattr(Answers, "opened", then_revoked)
    assert (await sales.api().post(f"{link}/{action}")).status_code == status
    assert await state_of(team, quote) == "Envoyé"


async def test_only_the_digest_of_a_token_is_kept(sales: Sales, team: Team) -> None:
    quote, link = await sent_quote(sales, team)
    token = link.rpartition("/")[2]
    assert len(token) == 43
    kept = await sales.owner.fetchrow(
        "select crm_devis::text as row, lien_hash from crm_devis where id = $1", quote["id"]
    )
    assert kept["lien_hash"] == hashlib.sha256(token.encode()).digest()
    assert token not in kept["row"]
    assert token not in (await team.ventes.client.get(f"/api/devis/{quote['id']}/")).text


async def test_an_archived_organisations_links_open_nothing(sales: Sales, team: Team) -> None:
    _, link = await sent_quote(sales, team)
    await sales.owner.execute("update organisation set archived_at = now() where id = $1", team.organisation)
    assert (await sales.api().get(link, headers=BROWSER)).status_code == 404
    assert (await sales.api().post(f"{link}/accepter")).status_code == 404


async def test_a_signed_in_browser_needs_no_csrf_token_here(sales: Sales, team: Team) -> None:
    _, link = await sent_quote(sales, team)
    visitor = sales.api(cookies={"access_token": team.ventes.client.token or ""})
    assert (await visitor.post(f"{link}/accepter")).json() == {"statut": "Accepté"}


async def test_the_client_and_the_team_answer_at_once(sales: Sales, team: Team) -> None:
    for _ in range(6):
        quote, link = await sent_quote(sales, team)
        visitor = sales.api()
        path = f"/api/devis/{quote['id']}/"
        answers = await asyncio.gather(
            visitor.post(f"{link}/accepter"),
            visitor.post(f"{link}/refuser"),
            visitor.post(f"{link}/accepter"),
            team.ventes.client.post(f"{path}accepter/"),
            visitor.post(f"{link}/vu"),
        )
        assert [answer.status_code for answer in answers[:4]].count(200) == 1
        assert {answer.status_code for answer in answers} <= {200, 400}
        won = (await team.ventes.read(f"/api/opportunites/{quote['opportunite']}/"))["resultat"]
        assert (await state_of(team, quote) == "Accepté") is (won == "gagnee")


@pytest.mark.parametrize("token", ["x", "%00", "a" * 300, "..%2F..", "é", "'--", "%ff%fe"])
async def test_hostile_tokens_open_nothing(sales: Sales, token: str) -> None:
    visitor = sales.api()
    calls = [visitor.get(f"/devis/{token}", headers=BROWSER), visitor.get(f"/devis/{token}/pdf")]
    calls += [visitor.post(f"/devis/{token}/{action}", headers=BROWSER) for action in ("vu", "accepter", "refuser")]
    assert {(await call).status_code for call in calls} == {404}


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (msgspec.json.encode({"motif": "x" * 5001}), {"content-type": "application/json"}, 400),
        (msgspec.json.encode({"motif": 7}), {"content-type": "application/json"}, 400),
        (b"{", {"content-type": "application/json"}, 400),
        (b"motif=a%00b", {"content-type": "application/x-www-form-urlencoded"}, 400),
        (b"motif", {"content-type": "text/plain"}, 415),
    ],
)
async def test_hostile_refusals_are_clear_errors(
    sales: Sales, team: Team, content: bytes, headers: dict[str, str], status: int
) -> None:
    quote, link = await sent_quote(sales, team)
    refused = await sales.api().post(f"{link}/refuser", content=content, headers=headers)
    assert refused.status_code == status, refused.text
    assert await state_of(team, quote) == "Envoyé"
