"""A sales team's year in one morning: lead, opportunity, stages, quotes, the client's answer, project, tasks, reports
(contracts/crm.md), over HTTP alone against a running server."""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster import TestCluster
from tests.installation import PASSWORD, unique
from tests.journeys.audience import until
from tests.server import Server, database_environment, serving, socle


class Seller:
    """Somebody of the team, signed in."""

    def __init__(self, api: httpx.AsyncClient, token: str) -> None:
        self._api = api
        self._headers = {"authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Speak to the server; the answer's JSON, None where it has no body."""
        answer = await self.answer(method, path, body)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def answer(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Speak to the server."""
        return await self._api.request(method, path, json=body, headers=self._headers)

    async def make(self, path: str, **body: Any) -> Any:
        """Create something."""
        return await self.ask("POST", path, body, status=201)


@pytest.fixture(scope="module")
def started(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server of crm alone that opens projects by itself, and the environment of commands beside it."""
    home = tmp_path_factory.mktemp("team") / "home"
    home.mkdir()
    (home / "socle.toml").write_text("[settings.crm_devis]\nopens_project = true\n", encoding="utf-8")
    urls = cluster.clone(unique("team"))
    given = {**database_environment(urls), "SOCLE_EDITION": "crm"}
    with serving(home, urls, worker=True, **given) as server:
        yield server, given


@pytest.fixture
async def api(started: tuple[Server, dict[str, str]]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server."""
    async with httpx.AsyncClient(base_url=started[0].base_url, timeout=30) as client:
        yield client


async def hired(api: httpx.AsyncClient, started: tuple[Server, dict[str, str]], role: str) -> tuple[Seller, int]:
    """A new account of the command line, signed in, and its number."""
    server, environment = started
    name = unique(role.lower())
    email = f"{name}@example.com"
    arguments = ("--email", email, "--username", name, "--password", PASSWORD, "--role", role)
    made = socle(server.home, "account", "create", *arguments, environment=environment)
    assert made.returncode == 0, made.stderr
    signed_in = await api.post("/api/auth/login/", json={"email": email, "password": PASSWORD})
    assert signed_in.status_code == 200, signed_in.text
    seller = Seller(api, signed_in.json()["access"])
    return seller, (await seller.ask("GET", "/api/auth/user/"))["id"]


async def link_of(api: httpx.AsyncClient, address: str, seen: set[str]) -> str:
    """The link of the next letter with a quote to an address."""

    async def look() -> Any:
        letters = (await api.get("/_dev/outbox", params={"to": address})).json()
        found = {link for each in letters for link in re.findall(r"https?://\S+/devis/[\w-]+", each["body"])}
        return found - seen

    (link,) = await until(look, f"no letter with a quote came to {address}")
    seen.add(link)
    return str(httpx.URL(link).path)


async def test_from_a_lead_to_the_report(
    api: httpx.AsyncClient, started: tuple[Server, dict[str, str]], tmp_path: Path
) -> None:
    chief, _ = await hired(api, started, "ADMIN")
    ada, ada_id = await hired(api, started, "VENTES")
    today = date.today()  # noqa: DTZ011 - days of the calendar are enough here

    # a lead becomes a client with three opportunities
    address = f"{unique('fatou')}@example.com"
    client = await ada.make(
        "/api/clients/", nom="Fatou Houngbo", societe="Maquis Chez Fatou", email=address, categorie="Restauration"
    )
    kitchen = await ada.make(
        "/api/opportunites/", client=client["id"], nom="Cuisine équipée", montant="1000000", probabilite=40
    )
    fridges = await ada.make(
        "/api/opportunites/", client=client["id"], nom="Deux congélateurs", montant="300000", probabilite=50
    )
    await ada.make("/api/opportunites/", client=client["id"], nom="Vaisselle", montant="200000.50", probabilite=25)
    assert (kitchen["etape"], kitchen["valeur_ponderee"]) == ("prospect", "400000.00")
    kitchen_path = f"/api/opportunites/{kitchen['id']}/"
    stages = [(await ada.ask("POST", f"{kitchen_path}avancer-etape/"))["etape"] for _ in range(2)]
    assert stages == ["qualification", "proposition"]

    # a first quote is sent, seen, refused
    quote = await ada.make(
        "/api/devis/", opportunite=kitchen["id"], montant="900000", contenu="Cuisine équipée\nPose comprise"
    )
    assert (quote["statut"], quote["version"]) == ("Brouillon", 1)
    links: set[str] = set()
    sent = await ada.ask("POST", f"/api/devis/{quote['id']}/envoyer/")
    assert sent["statut"] == "Envoyé"
    link = await link_of(api, address, links)
    page = await api.get(link)
    assert page.status_code == 200
    assert "Cuisine équipée" in page.text
    assert (await ada.ask("GET", f"/api/devis/{quote['id']}/"))["statut"] == "Envoyé", "a scanner that follows links"
    assert (await api.post(f"{link}/vu")).status_code < 400
    assert (await ada.ask("GET", f"/api/devis/{quote['id']}/"))["statut"] == "Consulté"
    assert (await ada.answer("PATCH", f"/api/devis/{quote['id']}/", {"montant": "1"})).status_code == 400
    assert (await api.post(f"{link}/refuser", json={})).status_code < 400
    assert (await ada.ask("GET", f"/api/devis/{quote['id']}/"))["statut"] == "Refusé"

    # the second version is accepted on its page
    again = await ada.ask("POST", f"/api/devis/{quote['id']}/nouvelle-version/", status=201)
    assert (again["version"], again["statut"], again["contenu"]) == (2, "Brouillon", quote["contenu"])
    await ada.ask("PATCH", f"/api/devis/{again['id']}/", {"montant": "750000"})
    await ada.ask("PATCH", kitchen_path, {"montant": "750000"})
    await ada.ask("POST", f"/api/devis/{again['id']}/envoyer/")
    link = await link_of(api, address, links)
    assert (await api.post(f"{link}/accepter")).status_code < 400
    accepted = await ada.ask("GET", f"/api/devis/{again['id']}/")
    assert accepted["statut"] == "Accepté"
    won = await ada.ask("GET", kitchen_path)
    assert (won["etape"], won["resultat"]) == ("conclusion", "gagnee")
    pdf = await ada.answer("GET", f"/api/devis/{again['id']}/pdf/")
    assert pdf.content.startswith(b"%PDF-")

    # which has opened a project, whose tasks are done
    (project,) = (await ada.ask("GET", f"/api/clients/{client['id']}/projets/"))["results"]
    assert (project["devis_associe"], project["budget"], project["statut"]) == (again["id"], "750000.00", "À faire")
    for title in ("Prendre les mesures", "Poser les meubles"):
        task = await chief.make(
            "/api/taches/",
            titre=title,
            projet_associe=project["id"],
            assigne_a=ada_id,
            priorite="Haute",
            date_echeance=str(today + timedelta(days=3)),
        )
        assert task["client_associe"] == client["id"]
    due = await ada.ask("GET", "/api/dashboard/taches-a-venir/")
    assert {each["titre"] for each in due} == {"Prendre les mesures", "Poser les meubles"}
    for each in due:
        assert (await ada.ask("PATCH", f"/api/taches/{each['id']}/complete/"))["statut"] == "Terminée"
    assert await ada.ask("GET", "/api/dashboard/taches-a-venir/") == []
    await ada.ask("PATCH", f"/api/projets/{project['id']}/", {"statut": "Terminé"})

    # the freezers are lost, the dishes are still open
    lost = {"etape": "conclusion", "resultat": "perdue", "motif_perte": "Trop cher"}
    await ada.ask("PATCH", f"/api/opportunites/{fridges['id']}/", lost)

    # figures computed by hand
    stats = await chief.ask("GET", "/api/dashboard/stats/")
    expected = {
        "total_clients": 1,
        "total_projets": 1,
        "projets_en_cours": 0,
        "total_opportunites": 3,
        "opportunites_actives": 1,
        "total_taches": 2,
        "taches_en_retard": 0,
        "total_devis": 2,
        "montant_pipeline": "200000.50",
        "montant_pondere": "50000.13",
    }
    assert {key: stats[key] for key in expected} == expected
    performance = await chief.ask("GET", "/api/dashboard/performance/")
    assert (performance["opportunites_gagnees"], performance["opportunites_perdues"]) == (1, 1)
    assert (float(performance["taux_conversion"]), performance["montant_gagne"]) == (50.0, "750000.00")
    pipeline = await chief.ask("GET", "/api/rapports/pipeline/")
    by_stage = {each["etape"]: each for each in pipeline["resume"]["etapes"]}
    assert (by_stage["prospect"]["nombre"], by_stage["prospect"]["montant"]) == (1, "200000.50")
    assert by_stage["prospect"]["montant_pondere"] == "50000.13"
    people = await chief.ask("GET", "/api/rapports/performances/")
    assert (float(people["resume"]["taux_conversion"]), people["resume"]["montant_gagne"]) == (50.0, "750000.00")
    projects = await chief.ask("GET", "/api/rapports/projets/")
    assert projects["resume"]["par_statut"]["Terminé"] == 1
    assert projects["resume"]["budget_total"] == "750000.00"
    worth = (await ada.ask("GET", f"/api/clients/{client['id']}/"))["valeur_client"]
    assert worth == "800000.13", "the accepted quote, and a quarter of the dishes"

    # and the same in a spreadsheet
    body = {"rapport": "opportunites", "format": "csv", "filtres": {"resultat": "gagnee"}}
    exported = await chief.answer("POST", "/api/rapports/export/", body)
    assert exported.status_code == 200, exported.text
    header, *lines = csv.reader(io.StringIO(exported.content.decode("utf-8-sig")), delimiter=";")
    assert len(lines) == 1
    assert "Cuisine équipée" in lines[0]
    assert "750000,00" in lines[0], header
