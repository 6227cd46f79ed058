"""Exports of crm's reports: files at once, jobs with progress, formulas that do not run (DECISIONS.md section 5,
"Reports")."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pypdfium2
import pytest

from adapters.documents import xlsx
from adapters.queue.outbox import Outbox
from core.jobs.policy import GiveUp
from core.primitives.ids import new_id
from core.work import Delivery
from tests.cluster import TestCluster
from tests.installation import LEASE, Api, unique
from tests.plugins.crm.export_corpus import INJECTIONS
from tests.running import database_of_worker
from tests.sales import Sales, Seller, Team, sales_on

REPORTS = ["clients", "projets", "opportunites", "pipeline", "performances"]
FORMATS = ["csv", "xlsx", "pdf"]
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
MAKE, TIDY = "crm_rapports.make_export", "crm_rapports.tidy_exports"
LATER = {"prefer": "respond-async"}


@pytest.fixture(scope="module")
async def small(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sales]:
    """A sales floor where an export of more than three rows is a job, and one of more than ten is refused."""
    urls, home = database_of_worker(cluster, tmp_path_factory, "exports")
    async with sales_on(urls, home, settings={"crm_rapports": {"at_once": 3, "most": 10}}) as sales:
        yield sales


async def exported(seller: Seller, rapport: str, kind: str, filtres: Any = None, **headers: str) -> Any:
    body = {"rapport": rapport, "format": kind, **({} if filtres is None else {"filtres": filtres})}
    return await seller.client.post("/api/rapports/export/", json=body, headers=headers)


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def sheet_of(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    for sign in ("\u200b", "\ufffe", "\u2010", "\r"):
        text = text.replace(sign, "")
    return text.replace("\u202f", " ").replace("\u00a0", " ")


async def clients(sales: Sales, team: Team, count: int) -> None:
    await sales.owner.execute(
        "insert into crm_client (entreprise, nom, societe, telephone, notes, categorie) "
        "select $1, 'Client ' || n, '', '', '', 'Lot' from generate_series(1, $2::int) n",
        team.organisation,
        count,
    )


async def exports(sales: Sales, team: Team) -> int:
    counted: int = await sales.owner.fetchval(
        "select count(*) from crm_export where entreprise = $1", team.organisation
    )
    return counted


async def download(sales: Sales, url: str) -> Any:
    """What a signed address gives to anybody."""
    return await sales.api().get(url)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("rapport", REPORTS)
async def test_a_report_is_exported_at_once(team: Team, rapport: str, kind: str) -> None:
    await team.ventes.opportunite(resultat="gagnee", montant="1234.50")
    await team.ventes.projet(budget="20.00")
    answer = await exported(team.lecture, rapport, kind)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA[kind]
    assert int(answer.headers["content-length"]) == len(answer.content)
    name = answer.headers["content-disposition"]
    assert name.startswith("attachment;")
    assert name.endswith(f".{kind}")
    assert f"rapport-{rapport}-" in name
    assert answer.headers["cache-control"] == "private, no-store"
    read = {"csv": rows_of, "xlsx": lambda content: list(sheet_of(content))[1:], "pdf": text_of}[kind](answer.content)
    assert read


async def test_csv_holds_the_lines(team: Team) -> None:
    client = await team.ventes.crm_client(nom="Awa", telephone="+2290197000000", categorie="PME")
    made = await team.ventes.opportunite(
        client=client["id"], nom="Toiture", montant="1000.50", probabilite=33, date_conclusion_estimee="2026-12-31"
    )
    (line,) = rows_of((await exported(team.lecture, "opportunites", "csv")).content)
    created = datetime.fromisoformat(made["date_creation"]) + timedelta(hours=1)  # Porto-Novo
    assert line == {
        "N°": str(made["id"]),
        "Nom": "Toiture",
        "N° client": str(client["id"]),
        "Client": "Awa",
        "Étape": "prospect",
        "Probabilité (%)": "33",
        "Montant": "1000,50",
        "Valeur pondérée": "330,17",
        "Conclusion estimée": "2026-12-31",
        "Résultat": "",
        "Motif de perte": "",
        "Clôturée le": "",
        "Créé le": created.strftime("%Y-%m-%d %H:%M:%S"),
    }
    (client_line,) = rows_of((await exported(team.lecture, "clients", "csv")).content)
    assert client_line["Téléphone"] == "+2290197000000"
    english = await exported(team.lecture, "clients", "csv", **{"accept-language": "en"})
    assert list(rows_of(english.content)[0])[:3] == ["No.", "Name", "Company"]


async def test_xlsx_cells_have_types(team: Team) -> None:
    await team.ventes.opportunite(
        nom="Toiture", montant="1000.50", probabilite=33, resultat="gagnee", date_conclusion_estimee="2026-12-31"
    )
    sheet = sheet_of((await exported(team.lecture, "opportunites", "xlsx")).content)
    assert sheet.freeze_panes == "A2"
    cells = {title.value: cell for title, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["Montant"].value == 1000.5
    assert cells["Montant"].number_format == "#,##0.00"
    assert cells["Valeur pondérée"].value == 330.17
    assert cells["Conclusion estimée"].is_date
    assert cells["Clôturée le"].is_date
    assert cells["Probabilité (%)"].data_type == "n"
    assert cells["Nom"].data_type == "s"
    assert sheet.column_dimensions["B"].width > 30


@pytest.mark.parametrize("text", INJECTIONS)
async def test_formulas_do_not_run(team: Team, text: str) -> None:
    await team.ventes.crm_client(nom=f"x{text}", societe=text, categorie=text)
    (line,) = rows_of((await exported(team.lecture, "clients", "csv")).content)
    stored = text.strip()
    assert line["Société"] == line["Catégorie"] == f"'{stored}"
    assert line["Nom"] == f"x{text}".strip()
    sheet = sheet_of((await exported(team.lecture, "clients", "xlsx")).content)
    cells = {title.value: cell for title, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["Société"].data_type in ("s", "inlineStr")
    assert cells["Société"].value == stored
    assert cells["Société"].quotePrefix


async def test_a_pdf_holds_figures_and_lines(team: Team) -> None:
    client = await team.ventes.crm_client(nom="Étoile #strong[x] $y$ *gras* \\ `code`")
    await team.ventes.opportunite(client=client["id"], montant="1234567.80", probabilite=50, nom="Toiture")
    answer = await exported(team.lecture, "opportunites", "pdf", {"date_debut": "2026-01-01", "search": "toit"})
    text = text_of(answer.content)
    assert "Rapport des opportunités" in text
    assert "1 234 567,80" in text
    assert "617 283,90" in text
    assert "date_debut = 2026-01-01" in text
    assert "#strong[x] $y$ *gras*" in text
    assert "Opportunités par étape" in text  # the chart
    assert "Aucune ligne" in text_of((await exported(team.lecture, "projets", "pdf")).content)
    english = text_of((await exported(team.lecture, "opportunites", "pdf", **{"accept-language": "en"})).content)
    assert "1,234,567.80" in english


async def test_a_pdf_shows_a_thousand_lines_and_counts_all(sales: Sales, team: Team) -> None:
    await clients(sales, team, 1203)
    text = text_of((await exported(team.lecture, "clients", "pdf")).content)
    assert "Les 1 000 premières lignes sur 1 203" in text
    assert text.count("Client ") == 1000
    assert len(rows_of((await exported(team.lecture, "clients", "csv")).content)) == 1203


async def test_filters_of_an_export_are_those_of_the_report(team: Team) -> None:
    for nom, categorie in (("Awa", "PME"), ("Bio", "ONG"), ("Cica", "PME")):
        await team.ventes.crm_client(nom=nom, categorie=categorie)
    chosen = {"categorie": "pme", "ordering": "nom", "date_debut": None, "inconnu": 4, "cree_par": team.ventes.id}
    lines = rows_of((await exported(team.lecture, "clients", "csv", chosen)).content)
    assert [line["Nom"] for line in lines] == ["Awa", "Cica"]
    sums = rows_of((await exported(team.lecture, "clients", "csv", {"valeur_client_min": 0.5})).content)
    assert sums == []


@pytest.mark.parametrize(
    ("filtres", "fields"),
    [
        ({"date_debut": "hier"}, {"filtres.date_debut"}),
        ({"date_debut": [1], "date_fin": {"a": 1}}, {"filtres.date_debut", "filtres.date_fin"}),
        ({"valeur_client_min": 1e300, "cree_par": True}, {"filtres.valeur_client_min", "filtres.cree_par"}),
        ({"date_debut": "2026-02-01", "date_fin": "2026-01-01"}, {"filtres.date_debut"}),
        ({"search": "x" * 300}, {"filtres.search"}),
        ("tous", {"filtres"}),
        ([], {"filtres"}),
    ],
)
async def test_hostile_filters_of_an_export_are_named(sales: Sales, team: Team, filtres: Any, fields: set[str]) -> None:
    answer = await exported(team.lecture, "clients", "csv", filtres)
    assert answer.status_code == 400, answer.text
    assert set(flat(answer.json())) == fields
    assert await exports(sales, team) == 0


def flat(body: dict[str, Any], above: str = "") -> dict[str, Any]:
    """The messages of a refusal by dotted path."""
    found: dict[str, Any] = {}
    for name, value in body.items():
        found |= flat(value, f"{above}{name}.") if isinstance(value, dict) else {above + name: value}
    return found


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"rapport", "format"}),
        ({"rapport": "salaires", "format": "doc"}, {"rapport", "format"}),
        ({"rapport": 1, "format": None}, {"rapport", "format"}),
        ({"rapport": "clients", "format": "csv", "filtres": {"categorie": "a\0b"}}, None),
        ({"rapport": "clients", "format": "csv", "filtres": {"a\0b": 1}}, None),
    ],
)
async def test_a_wrong_order_names_its_fields(team: Team, body: dict[str, Any], fields: set[str] | None) -> None:
    answer = await team.lecture.client.post("/api/rapports/export/", json=body)
    assert answer.status_code == 400, answer.text
    assert fields is None or set(answer.json()) == fields


async def test_many_rows_are_a_job_that_tells_its_progress(small: Sales) -> None:
    team = await small.team()
    await clients(small, team, 7)
    accepted = await exported(team.lecture, "clients", "csv")
    assert accepted.status_code == 202, accepted.text
    body = accepted.json()
    assert (body["statut"], body["progression"], body["lignes"], body["erreur"]) == ("En attente", 0, 7, None)
    assert body["url"] == accepted.headers["location"]
    assert body["url"].endswith(f"/api/rapports/exports/{body['id']}/")
    waiting = await team.lecture.read(body["url"])
    assert (waiting["statut"], waiting["url"]) == ("En attente", None)

    await small.installed.drain()
    done = await team.lecture.read(body["url"])
    assert (done["statut"], done["progression"], done["lignes"]) == ("Terminé", 100, 7)
    file = await download(small, done["url"])
    assert file.status_code == 200
    assert {line["Nom"] for line in rows_of(file.content)} == {f"Client {number}" for number in range(1, 8)}
    assert "rapport-clients-" in file.headers["content-disposition"]
    assert (await download(small, done["url"].replace("signature=", "signature=0"))).status_code == 404


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_client_may_prefer_a_job(sales: Sales, team: Team, kind: str) -> None:
    await team.ventes.crm_client(nom="Awa")
    accepted = await exported(team.lecture, "clients", kind, {"search": "awa"}, **LATER, **{"accept-language": "en"})
    assert accepted.status_code == 202, accepted.text
    await sales.installed.drain()
    done = await team.lecture.read(accepted.json()["url"])
    file = await download(sales, done["url"])
    assert file.headers["content-type"].partition(";")[0] == MEDIA[kind].partition(";")[0]
    if kind == "csv":
        assert [line["Name"] for line in rows_of(file.content)] == ["Awa"]


async def test_progress_grows_while_rows_are_written(small: Sales, monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.crm.rapports import export_service
    from plugins.crm.rapports import store as report_store

    team = await small.team()
    await clients(small, team, 8)
    body = (await exported(team.lecture, "clients", "xlsx")).json()
    monkeypatch.setattr(report_store, "BATCH", 2)
    monkeypatch.setattr(export_service, "PROGRESS_EVERY", timedelta())
    seen: list[int] = []
    noted = export_service.Exports._telling

    async def watched(self: Any, export: int, batches: Any) -> AsyncIterator[Any]:
        async for batch in noted(self, export, batches):
            seen.append((await team.lecture.read(body["url"]))["progression"])
            yield batch

    monkeypatch.setattr(export_service.Exports, "_telling", watched)
    await small.installed.drain()
    assert seen == [0, 25, 50, 75]
    assert (await team.lecture.read(body["url"]))["progression"] == 100


@pytest.mark.parametrize("asked", [{}, LATER], ids=["at-once", "job"])
async def test_rows_are_let_go_of_before_a_workbook_is_put_together(
    sales: Sales, team: Team, asked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await team.ventes.crm_client()
    loop, finish = asyncio.get_running_loop(), xlsx._Workbook.finish
    held: list[int] = []

    def watched(workbook: Any) -> None:
        counted = sales.owner.fetchval(
            # other workers' databases are copies, whose tables have the same numbers
            "select count(*) from pg_locks join pg_database on pg_database.oid = pg_locks.database"
            " where datname = current_database() and relation = 'crm_client'::regclass and pid <> pg_backend_pid()"
        )
        held.append(asyncio.run_coroutine_threadsafe(counted, loop).result(10))
        finish(workbook)

    monkeypatch.setattr(xlsx._Workbook, "finish", watched)
    answer = await exported(team.lecture, "clients", "xlsx", **asked)
    assert answer.status_code == (202 if asked else 200), answer.text
    await sales.installed.drain()
    assert held == [0]


async def test_too_many_rows_are_refused(small: Sales) -> None:
    team = await small.team()
    await clients(small, team, 11)
    answer = await exported(team.lecture, "clients", "csv")
    assert answer.status_code == 400
    (said,) = answer.json()["filtres"]
    assert "11 lignes" in said
    assert await exports(small, team) == 0


async def test_an_export_is_its_organisations(sales: Sales, team: Team) -> None:
    body = (await exported(team.ventes, "clients", "csv", **LATER)).json()
    stranger = await sales.member(await sales.organisation(), "ADMIN")
    for client, status in ((stranger.client, 404), (sales.api(), 401), (await sales.account(), 403)):
        assert (await client.get(body["url"])).status_code == status
    for key in ("abc", "0", "-1", "9" * 30, str(2**63), "1.5"):
        assert (await team.ventes.client.get(f"/api/rapports/exports/{key}/")).status_code == 404
    assert (await team.lecture.read(body["url"]))["id"] == body["id"]
    assert (await (await sales.superuser()).read(body["url"]))["id"] == body["id"]


async def test_a_job_writes_its_organisations_rows_only(sales: Sales, team: Team) -> None:
    await team.ventes.crm_client(nom="À nous")
    stranger = await sales.member(await sales.organisation(), "ADMIN")
    await stranger.crm_client(nom="À eux")
    body = (await exported(team.lecture, "clients", "csv", **LATER)).json()
    await sales.installed.drain()
    file = await download(sales, (await team.lecture.read(body["url"]))["url"])
    assert [line["Nom"] for line in rows_of(file.content)] == ["À nous"]


async def test_a_superusers_export_is_of_everything(sales: Sales, team: Team) -> None:
    category = unique("Partout")
    await team.ventes.crm_client(categorie=category)
    root = await sales.superuser()
    body = (await exported(root, "clients", "csv", {"categorie": category}, **LATER)).json()
    await sales.installed.drain()
    done = await root.read(body["url"])
    assert len(rows_of((await download(sales, done["url"])).content)) == 1
    assert (await team.owner.client.get(body["url"])).status_code == 404


async def test_a_failed_export_says_so(sales: Sales, team: Team) -> None:
    body = (await exported(team.lecture, "clients", "csv", **LATER)).json()
    await sales.owner.execute("update crm_export set filtres = '{\"date_debut\": 3}' where id = $1", body["id"])
    with pytest.raises(GiveUp):
        await sales.installed.drain()
    await close_open(sales)
    failed = await team.lecture.read(body["url"])
    assert (failed["statut"], failed["url"]) == ("Échoué", None)
    assert failed["erreur"] == "L'export n'a pas pu être produit ; demandez-le à nouveau."


async def test_what_passes_is_tried_again_and_given_up_at_last(
    sales: Sales, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.primitives.errors import DomainError
    from plugins.crm.rapports import export_service

    body = (await exported(team.lecture, "clients", "csv", **LATER)).json()
    down = DomainError(export_service.EXPORT_FAILED, export_service.ErrorKind.UNAVAILABLE)

    async def refuse(*_: Any) -> Any:
        raise down

    make = sales.installed.composition.handlers[MAKE]
    with monkeypatch.context() as patched:
        patched.setattr(export_service.Exports, "_receive", refuse)
        for attempt in (1, 2, 3):
            with pytest.raises(DomainError):
                await make(Delivery(new_id(), "job", MAKE, {"export": body["id"]}, attempt))
            assert (await team.lecture.read(body["url"]))["statut"] == "En cours"
    await sales.installed.drain()
    assert (await team.lecture.read(body["url"]))["statut"] == "Terminé"

    second = (await exported(team.lecture, "clients", "csv", **LATER)).json()
    with monkeypatch.context() as patched:
        patched.setattr(export_service.Exports, "_receive", refuse)
        with pytest.raises(GiveUp):
            await make(Delivery(new_id(), "job", MAKE, {"export": second["id"]}, 4))
    assert (await team.lecture.read(second["url"]))["statut"] == "Échoué"
    await sales.installed.drain()
    assert (await team.lecture.read(second["url"]))["statut"] == "Échoué"


async def test_a_delivery_that_comes_twice_makes_one_file(sales: Sales, team: Team) -> None:
    body = (await exported(team.lecture, "clients", "csv", **LATER)).json()
    await sales.installed.drain()
    url = (await team.lecture.read(body["url"]))["url"].partition("?")[0]
    await sales.installed.composition.handlers[MAKE](Delivery(new_id(), "job", MAKE, {"export": body["id"]}))
    assert (await team.lecture.read(body["url"]))["url"].partition("?")[0] == url


async def test_old_exports_are_removed_with_their_files(sales: Sales, team: Team) -> None:
    old, new, stuck = [(await exported(team.lecture, "clients", "csv", **LATER)).json() for _ in range(3)]
    await sales.installed.drain()
    file = (await team.lecture.read(old["url"]))["url"]
    await sales.owner.execute(
        "update crm_export set date_creation = now() - interval '7 days 1 minute' where id = $1", old["id"]
    )
    await sales.owner.execute(
        "update crm_export set statut = 'En cours', fichier = null, date_modification = now() - interval '13 hours' "
        "where id = $1",
        stuck["id"],
    )
    await sales.installed.composition.handlers[TIDY](Delivery(new_id(), "schedule", TIDY, {}))
    assert (await team.lecture.client.get(old["url"])).status_code == 404
    assert (await download(sales, file)).status_code == 404
    assert (await team.lecture.read(new["url"]))["statut"] == "Terminé"
    assert (await team.lecture.read(stuck["url"]))["statut"] == "Échoué"
    assert (await download(sales, (await team.lecture.read(new["url"]))["url"])).status_code == 200


async def test_an_idempotency_key_orders_one_job(small: Sales) -> None:
    team = await small.team()
    await clients(small, team, 5)
    key = {"idempotency-key": unique("cle")}
    first = await exported(team.lecture, "clients", "csv", **key)
    again = await exported(team.lecture, "clients", "csv", **key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert again.headers["location"] == first.headers["location"]
    assert await exports(small, team) == 1
    assert (await exported(team.lecture, "clients", "xlsx", **key)).status_code == 409


async def test_exports_stand_in_the_audit(sales: Sales, team: Team) -> None:
    await exported(team.ventes, "clients", "csv", {"search": "x"})
    await exported(team.ventes, "projets", "xlsx", **LATER)
    found = await sales.owner.fetch(
        "select object_id, details->>'format' as format from audit_entry "
        "where organisation_id = $1 and action = 'EXPORT' order by created_at",
        team.organisation,
    )
    assert [record["format"] for record in found] == ["csv", "xlsx"]


async def close_open(sales: Sales) -> None:
    """Give up the deliveries that a failed job left open, as a worker does."""
    outbox = Outbox(sales.installed.composition.works)
    await sales.owner.execute("update outbox set available_at = now() where done_at is null and failed_at is null")
    for lease in await outbox.lease([MAKE], 10, LEASE):
        begun = await outbox.begin(lease.id, lease.attempts, LEASE)
        if begun is not None:
            await outbox.fail(begun, "given up")


async def test_what_is_not_read_leaves_nothing_behind(team: Team, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    await team.ventes.crm_client()
    client: Api = team.lecture.client
    async with client.stream("POST", "/api/rapports/export/", json={"rapport": "clients", "format": "xlsx"}) as answer:
        assert answer.status_code == 200
    assert list(tmp_path.iterdir()) == []
