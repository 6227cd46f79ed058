"""Large exports by a real server and a real worker: no process grows beyond its bound, and the file is right to the
last row (issue 8, "Done when"). A reduced count under `make test`, 200,000 rows under `make proof`."""

import csv
import os
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread

import asyncpg
import httpx
import openpyxl
import psutil
import pytest

from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, unique
from tests.server import Server, serving, socle

pytestmark = pytest.mark.proof

ROWS = 200_000 if os.environ.get("SOCLE_PROOF") else 21_000
MOST_BYTES = 200 * 2**20
PATIENCE_SECONDS = 280

_FILL = """
with client as (
    insert into crm_client (entreprise, nom, societe, telephone, notes, categorie)
    select id, 'Établissement «Ô»', '', '', '', '' from organisation limit 1 returning id, entreprise
)
insert into crm_opportunite
    (entreprise, client, nom, montant, probabilite, etape, date_conclusion_estimee, notes, motif_perte, date_creation)
select entreprise, id, case when n % 10 = 0 then '=1+' else 'Affaire n° ' end || n, n + 0.25, n % 101, 'prospect',
       date '2026-01-01' + (n % 365), 'Une note de quelque longueur, qui n''est pas exportée.', '',
       timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'
from client, generate_series(1, $1::int) n
"""


class Gauge:
    """Watches what the processes of a server hold, and keeps the most that each of them ever held, in bytes."""

    def __init__(self, server: Server) -> None:
        self.web, self.worker = 0, 0
        self._server = server
        self._over = Event()
        self._thread = Thread(target=self._watch)

    def __enter__(self) -> "Gauge":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        web, (worker,) = self._server.web_processes(), self._server.workers()
        while not self._over.wait(0.02):
            self.web = max(self.web, *(_held(each) for each in web))
            self.worker = max(self.worker, _held(worker))


def _held(process: psutil.Process) -> int:
    held: int = process.memory_info().rss
    return held


@pytest.fixture(scope="module")
def urls(cluster: TestCluster) -> DatabaseUrls:
    """A database of these exports' own."""
    return cluster.clone(unique("exports"))


@pytest.fixture(scope="module")
def server(urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of crm alone with a worker."""
    with serving(tmp_path_factory.mktemp("exports") / "home", urls, worker=True, SOCLE_EDITION="crm") as running:
        yield running


@pytest.fixture(scope="module")
async def token(server: Server, urls: DatabaseUrls) -> str:
    """The token of a member whose organisation has many opportunities."""
    email = f"{unique('exports')}@example.com"
    arguments = ("--email", email, "--username", unique("exports"), "--password", PASSWORD, "--role", "LECTURE")
    environment = {"SOCLE_DATABASE_URL": urls.app, "SOCLE_DATABASE_OWNER_URL": urls.owner, "SOCLE_EDITION": "crm"}
    made = socle(server.home, "account", "create", *arguments, environment=environment)
    assert made.returncode == 0, made.stderr
    owner = await asyncpg.connect(urls.owner)
    try:
        await owner.execute(_FILL, ROWS)
        await owner.execute("analyze")
    finally:
        await owner.close()
    async with httpx.AsyncClient(base_url=server.base_url, timeout=60) as client:
        signed_in = await client.post("/api/auth/login/", json={"email": email, "password": PASSWORD})
    access: str = signed_in.json()["access"]
    return access


@pytest.fixture
def api(server: Server, token: str) -> Iterator[httpx.Client]:
    """The member's client."""
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.base_url, timeout=60, headers=headers) as client:
        yield client


def fetched(api: httpx.Client, kind: str, file: Path) -> list[int]:
    """Order an export and download it; the progress that was told."""
    body = {"rapport": "opportunites", "format": kind, "filtres": {"ordering": "id"}}
    accepted = api.post("/api/rapports/export/", json=body)
    assert accepted.status_code == 202, accepted.text
    told, deadline = [], time.monotonic() + PATIENCE_SECONDS
    while True:
        seen = api.get(accepted.json()["url"]).json()
        told.append(seen["progression"])
        if seen["url"] is not None:
            break
        assert seen["statut"] in ("En attente", "En cours"), seen
        assert time.monotonic() < deadline, seen
        time.sleep(0.2)
    assert seen["lignes"] == ROWS
    with file.open("wb") as target, api.stream("GET", seen["url"]) as answer:
        assert answer.status_code == 200
        for piece in answer.iter_bytes():
            target.write(piece)
    return told


def name_of(number: int) -> str:
    return f"{'=1+' if number % 10 == 0 else 'Affaire n° '}{number}"


def weighted(number: int) -> Decimal:
    return ((number + Decimal("0.25")) * (number % 101) / 100).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")


def judge(gauge: Gauge, kind: str, file: Path, began: float) -> None:
    took, size = time.monotonic() - began, file.stat().st_size
    print(
        f"{ROWS} rows as {kind}: {took:.1f} s, {size / 2**20:.1f} MiB; "
        f"worker at most {gauge.worker / 2**20:.0f} MiB, web {gauge.web / 2**20:.0f} MiB"
    )
    assert 0 < gauge.worker < MOST_BYTES
    assert 0 < gauge.web < MOST_BYTES


def test_a_large_csv_is_right_to_the_last_row(server: Server, api: httpx.Client, tmp_path: Path) -> None:
    began = time.monotonic()
    with Gauge(server) as gauge:
        told = fetched(api, "csv", tmp_path / "export.csv")
    judge(gauge, "csv", tmp_path / "export.csv", began)
    assert told == sorted(told)
    assert told[-1] == 100
    with (tmp_path / "export.csv").open(encoding="utf-8-sig", newline="") as opened:
        lines = csv.DictReader(opened, delimiter=";")
        number = 0
        for number, line in enumerate(lines, start=1):
            name = name_of(number)
            assert line["Nom"] == (f"'{name}" if name.startswith("=") else name)
            assert line["Client"] == "Établissement «Ô»"
            assert Decimal(line["Montant"].replace(",", ".")) == number + Decimal("0.25")
            assert Decimal(line["Valeur pondérée"].replace(",", ".")) == weighted(number)
    assert number == ROWS


def test_a_large_xlsx_is_right_to_the_last_row(server: Server, api: httpx.Client, tmp_path: Path) -> None:
    began = time.monotonic()
    with Gauge(server) as gauge:
        fetched(api, "xlsx", tmp_path / "export.xlsx")
    judge(gauge, "xlsx", tmp_path / "export.xlsx", began)
    with closing(openpyxl.load_workbook(tmp_path / "export.xlsx", read_only=True)) as book:
        assert book.active is not None
        number = 0
        for number, row in enumerate(book.active.iter_rows(min_row=2, values_only=True), start=1):
            assert row[1] == name_of(number)
            assert row[6] == float(number + Decimal("0.25"))
            assert row[7] == float(weighted(number))
    assert number == ROWS
