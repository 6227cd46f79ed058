"""The dashboard of crm: exact figures, months cut in the installation's zone, charts that stand alone (DECISIONS.md
section 5, "Dashboard")."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from tests.sales import Sales, Team

ZONE = ZoneInfo("Africa/Porto-Novo")
CHARTS = ("pipeline", "performance", "stats")


async def test_an_organisation_that_has_nothing(team: Team) -> None:
    stats = await team.lecture.read("/api/dashboard/stats/")
    assert stats == {
        "total_clients": 0,
        "total_projets": 0,
        "projets_en_cours": 0,
        "total_opportunites": 0,
        "opportunites_actives": 0,
        "total_taches": 0,
        "taches_en_retard": 0,
        "total_devis": 0,
        "montant_pipeline": "0.00",
        "montant_pondere": "0.00",
    }
    performance = await team.lecture.read("/api/dashboard/performance/")
    months = performance.pop("par_mois")
    assert performance == {
        "taux_conversion": 0.0,
        "opportunites_gagnees": 0,
        "opportunites_perdues": 0,
        "montant_gagne": "0.00",
        "valeur_moyenne": "0.00",
    }
    now = datetime.now(ZONE)
    assert (len(months), months[-1]["mois"]) == (12, f"{now:%Y-%m}")
    for name in ("projets-recents", "clients-recents", "opportunites-actives", "taches-a-venir"):
        assert await team.lecture.read(f"/api/dashboard/{name}/") == []


async def test_the_figures_are_exact(sales: Sales, team: Team) -> None:
    today = datetime.now(ZONE).date()
    client = (await team.ventes.crm_client())["id"]
    await team.ventes.projet(client=client, statut="En cours")
    await team.ventes.projet(client=client)
    for montant, probabilite, etape in (
        ("100.50", 50, "prospect"),
        ("0.01", 50, "négociation"),
        ("9.00", 99, "conclusion"),
    ):
        made = await team.ventes.opportunite(client=client, montant=montant, probabilite=probabilite, etape=etape)
    await team.ventes.devis(opportunite=made["id"])
    for seller, days, statut in (
        (team.ventes, -1, "À faire"),
        (team.ventes, -1, "Terminée"),
        (team.admin, -3, "En cours"),
        (team.ventes, 7, "À faire"),
        (team.ventes, 8, "À faire"),
    ):
        await seller.tache(client_associe=client, date_echeance=str(today + timedelta(days)), statut=statut)
    stats = await team.ventes.read("/api/dashboard/stats/")
    assert stats == {
        "total_clients": 1,
        "total_projets": 2,
        "projets_en_cours": 1,
        "total_opportunites": 3,
        "opportunites_actives": 2,
        "total_taches": 4,
        "taches_en_retard": 1,
        "total_devis": 1,
        "montant_pipeline": "100.51",
        "montant_pondere": "50.26",
    }
    everything = await team.owner.read("/api/dashboard/stats/")
    assert everything == {**stats, "total_taches": 5, "taches_en_retard": 2}
    assert (await team.lecture.read("/api/dashboard/stats/"))["total_taches"] == 0
    strangers = await sales.team()
    assert (await strangers.owner.read("/api/dashboard/stats/"))["total_clients"] == 0
    active = await team.lecture.client.get("/api/dashboard/opportunites-actives/")
    assert (active.headers["x-total-count"], {each["etape"] for each in active.json()}) == (
        "2",
        {"prospect", "négociation"},
    )
    for seller, offsets in ((team.ventes, [-1, 7]), (team.owner, [-3, -1, 7]), (team.lecture, [])):
        coming = await seller.read("/api/dashboard/taches-a-venir/")
        assert [each["date_echeance"] for each in coming] == [str(today + timedelta(days)) for days in offsets]


async def test_the_last_ten_come_first(team: Team) -> None:
    client = (await team.ventes.crm_client())["id"]
    made = [await team.ventes.projet(client=client) for _ in range(11)]
    recent = await team.lecture.read("/api/dashboard/projets-recents/")
    assert recent == made[:0:-1]
    others = [await team.ventes.crm_client() for _ in range(11)]
    assert [each["id"] for each in await team.lecture.read("/api/dashboard/clients-recents/")] == [
        each["id"] for each in others[:0:-1]
    ]


async def test_months_are_cut_in_the_installations_zone(sales: Sales, team: Team) -> None:
    client = (await team.ventes.crm_client())["id"]
    first = datetime.now(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = first - timedelta(minutes=30)
    assert first.astimezone(UTC).month == before.month, "in UTC both are of the month before"
    for montant, resultat, at in (
        ("10.00", "gagnee", first),
        ("20.01", "gagnee", before),
        ("5.00", "gagnee", datetime(2020, 1, 1, tzinfo=UTC)),
        ("7.00", "perdue", first),
    ):
        made = await team.ventes.opportunite(client=client, montant=montant, resultat=resultat)
        await sales.owner.execute("update crm_opportunite set date_cloture = $2 where id = $1", made["id"], at)
    found = await team.lecture.read("/api/dashboard/performance/")
    assert found["par_mois"][-2:] == [
        {"mois": f"{before:%Y-%m}", "gagnees": 1, "perdues": 0, "montant_gagne": "20.01"},
        {"mois": f"{first:%Y-%m}", "gagnees": 1, "perdues": 1, "montant_gagne": "10.00"},
    ]
    del found["par_mois"]
    assert found == {
        "taux_conversion": 75.0,
        "opportunites_gagnees": 3,
        "opportunites_perdues": 1,
        "montant_gagne": "35.01",
        "valeur_moyenne": "11.67",
    }


@pytest.mark.parametrize("chart", CHARTS)
async def test_charts_stand_alone_in_both_languages(team: Team, chart: str) -> None:
    empty = await team.lecture.client.get(f"/api/dashboard/{chart}.svg")
    assert (empty.status_code, "Aucune donnée" in empty.text) == (200, True)
    await team.ventes.opportunite(montant="12500000", probabilite=10)
    await team.ventes.opportunite(montant="10", resultat="gagnee")
    french = await team.lecture.client.get(f"/api/dashboard/{chart}.svg")
    english = await team.lecture.client.get(f"/api/dashboard/{chart}.svg", headers={"accept-language": "en"})
    words = {
        "pipeline": ("Montant pondéré", "12,5\u00a0M", "Weighted amount", "12.5M"),
        "performance": ("Gagnées", "100,0", "Won", "100.0"),
        "stats": ("Opportunités actives", "Tâches en retard", "Active opportunities", "Overdue tasks"),
    }[chart]
    for answer, said in ((french, words[:2]), (english, words[2:])):
        assert answer.headers["content-type"].split(";")[0] == "image/svg+xml"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == (
            "private, no-store",
            "nosniff",
        )
        root = etree.fromstring(answer.content)
        names = {etree.QName(each).localname for each in root.iter() if isinstance(each.tag, str)}
        assert names.isdisjoint({"script", "foreignObject", "image", "a", "use", "link"})
        assert "http" not in answer.text.replace("http://www.w3.org/", "")
        assert all(word in answer.text for word in said), said
    again = await team.lecture.client.get(f"/api/dashboard/{chart}.svg")
    assert again.text == french.text
