"""Quotes of crm (contracts/crm.md, "Devis"; DECISIONS.md section 5, "Quotes")."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import pypdfium2
import pytest

from core.primitives.locale import Locale
from plugins.crm.devis.printing import Printed, content_lines
from tests.cluster import TestCluster
from tests.plugins.crm.quotes import link_to, quote_for, send, sent_quote
from tests.running import database_of_worker
from tests.sales import Sales, Team, sales_on

PRINTED = Printed(time_zone=ZoneInfo("Africa/Porto-Novo"), currency="XOF")


def text_of(document: bytes) -> str:
    """The text of a PDF."""
    pages = pypdfium2.PdfDocument(document)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


@pytest.mark.parametrize(
    ("montant", "currency", "locale", "shown"),
    [
        ("1500.00", "XOF", Locale.FR, "1 500 FCFA"),
        ("1500.50", "XOF", Locale.FR, "1 500,50 FCFA"),
        ("1500.00", "EUR", Locale.FR, "1 500,00 EUR"),
        ("999999999999.99", "EUR", Locale.EN, "999,999,999,999.99 EUR"),
    ],
)
def test_amounts_are_written_as_people_read_them(montant: str, currency: str, locale: Locale, shown: str) -> None:
    printed = Printed(time_zone=ZoneInfo("UTC"), currency=currency)
    assert printed.amount(Decimal(montant), locale).replace("\u00a0", " ") == shown


def test_days_are_cut_in_the_time_zone() -> None:
    late = datetime(2027, 2, 28, 23, 30, tzinfo=UTC)
    assert PRINTED.day(late, Locale.FR).replace("\u00a0", " ") == "1er mars 2027"
    assert PRINTED.day(late, Locale.EN).replace("\u00a0", " ") == "1 March 2027"


def test_empty_lines_are_not_repeated() -> None:
    assert content_lines("\n a \n\n\n b\n") == ["a", "", "b"]


async def test_a_quote_goes_from_draft_to_accepted(sales: Sales, team: Team) -> None:
    quote, email = await quote_for(team)
    assert (quote["statut"], quote["version"], quote["montant"]) == ("Brouillon", 1, "1500.00")
    assert (quote["cree_par"], quote["date_envoi"], quote["lien_expire"]) == (team.ventes.id, None, None)
    path = f"/api/devis/{quote['id']}/"
    changed = await team.ventes.client.patch(path, json={"montant": "1600", "statut": "Accepté", "version": 9})
    assert (changed.json()["montant"], changed.json()["statut"], changed.json()["version"]) == (
        *("1600.00", "Brouillon"),
        1,
    )
    sent = await send(team, quote)
    assert (sent["statut"], sent["montant"]) == ("Envoyé", "1600.00")
    assert sent["date_envoi"] is not None
    lifetime = datetime.fromisoformat(sent["lien_expire"]) - datetime.fromisoformat(sent["date_envoi"])
    assert lifetime == timedelta(days=30)
    (mail,) = await sales.installed.mail_to(email)
    assert "devis n° " + str(quote["id"]) in mail["subject"]
    assert "1\u00a0600\u00a0FCFA" in mail["body"]
    for write in (
        team.ventes.client.patch(path, json={"contenu": "Autre chose"}),
        team.ventes.client.put(path, json={"opportunite": quote["opportunite"], "montant": "1"}),
    ):
        refused = await write
        assert (refused.status_code, refused.json()) == (
            400,
            {"non_field_errors": ["Un devis envoyé n'est plus modifiable : faites-en une nouvelle version."]},
        )
    again = await team.ventes.client.post(f"{path}envoyer/")
    assert again.status_code == 400
    accepted = await team.ventes.client.post(f"{path}accepter/")
    assert (accepted.status_code, accepted.json()["statut"]) == (200, "Accepté")
    won = await team.ventes.read(f"/api/opportunites/{quote['opportunite']}/")
    assert (won["etape"], won["resultat"]) == ("conclusion", "gagnee")
    assert won["date_cloture"] == accepted.json()["date_reponse"]
    for refusal in ("accepter", "refuser", "envoyer", "nouvelle-version"):
        assert (await team.ventes.client.post(f"{path}{refusal}/")).status_code == 400
    assert (await team.admin.client.delete(path)).status_code == 400


async def test_what_was_sent_is_the_pdf_that_is_given_out(sales: Sales, team: Team) -> None:
    quote, _ = await quote_for(team, contenu="Maquettes de #strong[12] pages\nMise en ligne <b>")
    path = f"/api/devis/{quote['id']}/"
    draft = await team.lecture.client.get(f"{path}pdf/")
    assert (draft.status_code, draft.headers["content-type"]) == (200, "application/pdf")
    assert "BROUILLON" in text_of(draft.content)
    await send(team, quote)
    await sales.owner.execute("update crm_client set nom = 'Renommée', societe = '' where nom = 'Awa Kouassi'")
    sent = text_of((await team.lecture.client.get(f"{path}pdf/", headers={"accept-language": "en"})).content)
    organisation = await sales.owner.fetchval("select name from organisation where id = $1", team.organisation)
    for shown in (
        *("DEVIS", organisation, "Cotonou", "Boulangerie du Marché", "Awa Kouassi", "Refonte du site", "Page 1 / 1"),
        *("Maquettes de #strong[12] pages", "Mise en ligne <b>", "Total", "FCFA"),
    ):
        assert shown in sent
    assert "BROUILLON" not in sent
    assert "Renommée" not in sent


async def test_versions_follow_each_other(sales: Sales, team: Team) -> None:
    quote, _ = await quote_for(team)
    await send(team, quote)
    renewing = {"idempotency-key": "v2"}
    path = f"/api/devis/{quote['id']}/nouvelle-version/"
    made = await team.ventes.client.post(path, headers=renewing)
    assert made.status_code == 201
    second = made.json()
    assert (await team.ventes.client.post(path, headers=renewing)).json() == second
    assert (second["version"], second["statut"], second["montant"], second["contenu"]) == (
        *(2, "Brouillon"),
        *(quote["montant"], quote["contenu"]),
    )
    old = await team.ventes.client.post(f"/api/devis/{quote['id']}/accepter/")
    assert old.json() == {"non_field_errors": ["Une version plus récente de ce devis existe."]}
    other = await team.ventes.opportunite()
    moved = await team.ventes.client.patch(f"/api/devis/{second['id']}/", json={"opportunite": other["id"]})
    assert (moved.status_code, list(moved.json())) == (400, ["opportunite"])
    third = (await team.ventes.client.post(path)).json()
    assert third["version"] == 3
    assert (await team.ventes.client.post(f"/api/devis/{second['id']}/envoyer/")).status_code == 400
    assert (await team.ventes.client.post(f"/api/devis/{third['id']}/accepter/")).status_code == 200
    below = await team.lecture.read(f"/api/opportunites/{quote['opportunite']}/devis/", ordering="version")
    assert [(each["version"], each["statut"]) for each in below["results"]] == [
        *((1, "Refusé"), (2, "Refusé")),
        (3, "Accepté"),
    ]
    assert (await team.lecture.read("/api/devis/", version_min="2", statut="refusé"))["count"] == 1


async def test_a_quote_of_its_own_is_not_closed_by_another(team: Team) -> None:
    opportunite = await team.ventes.opportunite()
    first = await team.ventes.devis(opportunite=opportunite["id"])
    second = await team.ventes.devis(opportunite=opportunite["id"])
    assert (first["version"], second["version"]) == (1, 1)
    assert (await team.ventes.client.post(f"/api/devis/{first['id']}/accepter/")).status_code == 200
    assert (await team.ventes.read(f"/api/devis/{second['id']}/"))["statut"] == "Brouillon"


async def test_the_active_quote_is_the_accepted_one_else_the_newest(team: Team) -> None:
    opportunite = await team.ventes.opportunite()
    path = f"/api/opportunites/{opportunite['id']}/devis/actif/"
    assert (await team.lecture.client.get(path)).status_code == 404
    first = await team.ventes.devis(opportunite=opportunite["id"])
    second = await team.ventes.devis(opportunite=opportunite["id"])
    assert (await team.lecture.read(path))["id"] == second["id"]
    assert (await team.ventes.client.post(f"/api/devis/{second['id']}/refuser/")).status_code == 200
    assert (await team.lecture.read(path))["id"] == first["id"]
    third = await team.ventes.devis(opportunite=opportunite["id"])
    assert (await team.ventes.client.post(f"/api/devis/{first['id']}/accepter/")).status_code == 200
    assert third["id"] > first["id"] == (await team.lecture.read(path))["id"]


async def test_a_refusal_recorded_by_hand_keeps_its_reason(team: Team) -> None:
    quote = await team.ventes.devis()
    refused = await team.ventes.client.post(f"/api/devis/{quote['id']}/refuser/", json={"motif": " Trop cher "})
    assert (refused.json()["statut"], refused.json()["motif_refus"]) == ("Refusé", "Trop cher")
    opportunite = await team.ventes.read(f"/api/opportunites/{quote['opportunite']}/")
    assert (opportunite["etape"], opportunite["resultat"]) == ("prospect", None)


async def test_a_client_without_address_gets_no_quote(team: Team) -> None:
    quote = await team.ventes.devis()
    refused = await team.ventes.client.post(f"/api/devis/{quote['id']}/envoyer/")
    assert refused.json() == {
        "non_field_errors": ["Le client n'a pas d'adresse e-mail : le devis ne peut lui être envoyé."]
    }
    assert (await team.ventes.read(f"/api/devis/{quote['id']}/"))["statut"] == "Brouillon"


async def test_a_deleted_quote_lets_its_pdf_go(sales: Sales, team: Team) -> None:
    quote, _ = await sent_quote(sales, team)
    file = await sales.owner.fetchval("select fichier from crm_devis where id = $1", quote["id"])
    state = "select state from stored_file where id = $1"
    assert await sales.owner.fetchval(state, file) == "kept"
    assert (await team.ventes.client.delete(f"/api/devis/{quote['id']}/")).status_code == 403
    assert (await team.admin.client.delete(f"/api/devis/{quote['id']}/")).status_code == 204
    assert await sales.owner.fetchval(state, file) == "released"


async def test_the_database_keeps_a_sent_quote_as_it_was(sales: Sales, team: Team) -> None:
    quote, _ = await sent_quote(sales, team)
    for change in ("montant = 1", "contenu = 'x'", "statut = 'Brouillon'", "numero_version = 7"):
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await sales.owner.execute(f"update crm_devis set {change} where id = $1", quote["id"])
        assert refused.value.constraint_name == "ck_crm_devis_fige"


async def test_another_organisations_quotes_are_not_there(sales: Sales, team: Team) -> None:
    quote, _ = await sent_quote(sales, team)
    stranger = await sales.member(await sales.organisation(), "ADMIN")
    path = f"/api/devis/{quote['id']}"
    calls = [stranger.client.get(f"{path}/"), stranger.client.get(f"{path}/pdf/"), stranger.client.delete(f"{path}/")]
    calls += [stranger.client.patch(f"{path}/", json={"montant": "1"}), stranger.client.delete(f"{path}/lien/")]
    calls += [
        stranger.client.post(f"{path}/{action}/")
        for action in ("envoyer", "accepter", "refuser", "nouvelle-version", "lien")
    ]
    below = f"/api/opportunites/{quote['opportunite']}/devis/"
    calls += [stranger.client.get(below), stranger.client.get(f"{below}actif/")]
    assert {(await call).status_code for call in calls} == {404}
    theirs = {"opportunite": quote["opportunite"], "montant": "1"}
    assert (await stranger.client.post("/api/devis/", json=theirs)).json() == {"opportunite": ["Objet inconnu."]}
    assert (await team.ventes.read(f"{path}/"))["statut"] == "Envoyé"


async def test_a_superuser_sends_and_accepts_anywhere(sales: Sales, team: Team) -> None:
    quote, email = await quote_for(team)
    superuser = (await sales.superuser()).client
    sent = await superuser.post(f"/api/devis/{quote['id']}/envoyer/")
    assert sent.status_code == 200, sent.text
    assert (await link_to(sales, email)).startswith("/devis/")
    assert (await superuser.post(f"/api/devis/{quote['id']}/accepter/")).status_code == 200
    entries = "select organisation_id, action from audit_entry where object_type = 'Devis' and object_id = $1"
    found = await sales.owner.fetch(f"{entries} order by id", str(quote["id"]))
    assert [tuple(entry) for entry in found] == [(team.organisation, action) for action in ("CREATE", "SEND", "ACCEPT")]


async def test_accepting_may_open_a_project(cluster: TestCluster, tmp_path_factory: Any) -> None:
    urls, home = database_of_worker(cluster, tmp_path_factory, "opening")
    settings = {"crm_devis": {"opens_project": True, "link_days": 2}}
    async with sales_on(urls, home, settings=settings) as sales:
        team = await sales.team()
        quote, link = await sent_quote(sales, team)
        lifetime = datetime.fromisoformat(quote["lien_expire"]) - datetime.fromisoformat(quote["date_envoi"])
        assert lifetime == timedelta(days=2)
        assert (await sales.api().post(f"{link}/accepter")).json() == {"statut": "Accepté"}
        (projet,) = (await team.lecture.read("/api/projets/"))["results"]
        wanted = {"titre": "Refonte du site", "budget": "1500.00", "devis_associe": quote["id"], "statut": "À faire"}
        assert {name: projet[name] for name in wanted} == wanted
        assert projet["cree_par"] is None
        by_hand = await team.ventes.devis(montant="7.00")
        superuser = (await sales.superuser()).client
        assert (await superuser.post(f"/api/devis/{by_hand['id']}/accepter/")).status_code == 200
        assert (await team.lecture.read("/api/projets/", devis_associe=str(by_hand["id"])))["count"] == 1


async def test_accepting_tells_of_it(sales: Sales, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    subscribers = sales.kernel.works.subscribers
    monkeypatch.setitem(subscribers, "crm.devis_accepte", ("listener",))

    async def listen(delivery: Any) -> None:
        heard.append(delivery.payload)

    monkeypatch.setitem(sales.installed.composition.handlers, "listener", listen)
    quote = await team.ventes.devis(montant="12.50")
    await team.ventes.client.post(f"/api/devis/{quote['id']}/accepter/")
    await sales.installed.drain()
    client = (await team.ventes.read(f"/api/opportunites/{quote['opportunite']}/"))["client"]
    assert heard == [{"devis": quote["id"], "opportunite": quote["opportunite"], "client": client, "montant": "12.50"}]


async def test_answers_and_versions_at_once_leave_one_truth(sales: Sales, team: Team) -> None:
    for _ in range(6):
        quote, _ = await sent_quote(sales, team)
        path = f"/api/devis/{quote['id']}/"
        accepted, refused, renewed = await asyncio.gather(
            team.ventes.client.post(f"{path}accepter/"),
            team.owner.client.post(f"{path}refuser/"),
            team.admin.client.post(f"{path}nouvelle-version/"),
        )
        assert {answer.status_code for answer in (accepted, refused, renewed)} <= {200, 201, 400}
        assert (accepted.status_code == 200) + (refused.status_code == 200) == 1
        assert (accepted.status_code == 200) + (renewed.status_code == 201) == 1 or refused.status_code == 200
        assert not (accepted.status_code == 200 and renewed.status_code == 201)
        below = await team.ventes.read(f"/api/opportunites/{quote['opportunite']}/devis/", ordering="version")
        states = [each["statut"] for each in below["results"]]
        won = (await team.ventes.read(f"/api/opportunites/{quote['opportunite']}/"))["resultat"]
        assert (won == "gagnee") is ("Accepté" in states) is (accepted.status_code == 200)
        assert states in (["Accepté"], ["Refusé"], ["Refusé", "Brouillon"])


async def test_two_sendings_at_once_send_one_letter(sales: Sales, team: Team) -> None:
    quote, email = await quote_for(team)
    people = (team.ventes, team.owner, team.admin)
    answers = await asyncio.gather(*(person.client.post(f"/api/devis/{quote['id']}/envoyer/") for person in people))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
    assert len(await sales.installed.mail_to(email)) == 1
    kept = "select count(*) from stored_file where state = 'kept' and organisation_id = $1"
    assert await sales.owner.fetchval(kept, team.organisation) == 1


async def test_versions_made_at_once_have_numbers_of_their_own(team: Team) -> None:
    quote = await team.ventes.devis()
    answers = await asyncio.gather(
        *(team.ventes.client.post(f"/api/devis/{quote['id']}/nouvelle-version/") for _ in range(5))
    )
    assert sorted(answer.json()["version"] for answer in answers) == [2, 3, 4, 5, 6]


async def test_a_quote_that_changes_while_it_is_printed_is_printed_anew(
    sales: Sales, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    quote, _ = await quote_for(team)
    documents = sales.kernel.documents
    press, printed = documents.pdf, []

    async def pdf(template: Any, data: Any) -> bytes:
        printed.append(data["montant"])
        if len(printed) == 1:
            await team.ventes.client.patch(f"/api/devis/{quote['id']}/", json={"montant": "9.00"})
        made: bytes = await press(template, data)
        return made

    monkeypatch.setattr(documents, "pdf", pdf)
    sent = await send(team, quote)
    assert sent["montant"] == "9.00"
    assert printed == ["1\u00a0500\u00a0FCFA", "9\u00a0FCFA"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"opportunite", "montant"}),
        ({"opportunite": 0, "montant": "0"}, {"opportunite", "montant"}),
        ({"opportunite": 2**63, "montant": "0.004"}, {"opportunite", "montant"}),
        ({"opportunite": "1", "montant": "NaN", "contenu": None}, {"opportunite", "montant", "contenu"}),
        ({"opportunite": 2**62, "montant": 1e12}, {"montant"}),
        ({"opportunite": 2**62, "montant": "1"}, {"opportunite"}),
        ({"opportunite": [1], "montant": {"a": 1}, "contenu": "a\0b"}, {"opportunite", "montant", "contenu"}),
        ({"opportunite": 1, "montant": "-5", "contenu": "x" * 20_001}, {"montant", "contenu"}),
    ],
)
async def test_hostile_bodies_are_clear_errors(team: Team, body: dict[str, Any], fields: set[str]) -> None:
    refused = await team.ventes.client.post("/api/devis/", content=msgspec.json.encode(body), headers=JSON)
    assert (refused.status_code, set(refused.json())) == (400, fields), refused.text


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("key", ["0", "-1", "abc", "1.5", "9223372036854775808", "99999999999999999999", "%00", "1%00"])
async def test_ids_that_cannot_be_are_missing(team: Team, key: str) -> None:
    for path in (f"/api/devis/{key}/", f"/api/devis/{key}/pdf/", f"/api/opportunites/{key}/devis/"):
        assert (await team.ventes.client.get(path)).status_code == 404, path
    for action in ("envoyer", "accepter", "refuser", "nouvelle-version", "lien"):
        assert (await team.ventes.client.post(f"/api/devis/{key}/{action}/")).status_code == 404, action
