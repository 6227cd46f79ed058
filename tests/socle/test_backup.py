"""`socle backup` and `socle restore`, between real databases, while a server writes."""

import asyncio
import io
import json
import os
import random
import shutil
import stat
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest

from socle.archive import DUMP, KEY, MANIFEST, unpack
from socle.refusal import Refused
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, unique
from tests.server import Server, database_environment, serving, socle

STOCK = 1_000_000
SELLERS = 2
WARM = 20


class Shop(NamedTuple):
    """A company on a running server, with its owner's token."""

    entreprise: str
    client: httpx.Client
    partner: str
    produits: tuple[str, ...]

    def sell(self) -> httpx.Response:
        """Sell some of two products."""
        chosen = random.sample(self.produits, 2)
        items = [{"produit": key, "quantite": random.randint(1, 5)} for key in chosen]
        body = {"client": self.partner, "statut": "payee", "items": items}
        return self.client.post("/api/ventes/", json=body)


class Backed(NamedTuple):
    """A backup, and what it was taken of."""

    file: Path
    urls: DatabaseUrls
    home: Path
    token: str
    produit: str


@contextmanager
def open_shop(server: Server, produits: int = 3) -> Iterator[Shop]:
    """A new company with products and a customer."""
    with httpx.Client(base_url=server.base_url, timeout=30) as client:
        tenant = {"nom": unique("Sauvée"), "secteur": "x", "type": "SARL", "adresse": "Cotonou", "taille": 1}
        key = client.post("/api/tenants/", json=tenant).json()["id"]
        email = f"{unique('garde')}@example.com"
        passwords = {"password": PASSWORD, "password2": PASSWORD}
        registration = {"email": email, "role": "ADMIN", "entreprise": key, **passwords}
        token = client.post("/api/auth/register/", json=registration).json()["access"]
        client.headers["authorization"] = f"Bearer {token}"
        partner = client.post("/api/partners/", json={"type": "client", "nom": "Été"}).json()["id"]
        body = {"categorie": "Divers", "prix": "250.50", "quantite": STOCK}
        made = [client.post("/api/produits/", json={"nom": f"Crème {n}", **body}).json()["id"] for n in range(produits)]
        yield Shop(key, client, partner, tuple(made))


@pytest.fixture(scope="module")
def backed(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Backed:
    """A backup of an installation with two companies and a kept file, taken while its server runs."""
    urls = cluster.clone(unique("backed"))
    folder = tmp_path_factory.mktemp("backed")
    home, file = folder / "home", folder / "shop.socle"
    (home / "files" / "2026").mkdir(parents=True)
    (home / "files" / "2026" / "reçu.pdf").write_bytes(os.urandom(70_000))
    with serving(home, urls) as server, open_shop(server) as shop, open_shop(server) as other:
        assert shop.sell().status_code == 201
        assert other.sell().status_code == 201
        done = socle(home, "backup", str(file), environment=database_environment(urls))
        assert done.returncode == 0, done.stderr
        assert "1 files, the secret key." in done.stdout
        token = shop.client.headers["authorization"]
    return Backed(file, urls, home, token, shop.produits[0])


@pytest.fixture
async def target(cluster: TestCluster) -> AsyncIterator[DatabaseUrls]:
    """An empty database to restore into."""
    name = unique("target")
    yield cluster.create(name)
    cluster.drop(name)


async def ask(url: str, query: str, *arguments: Any) -> Any:
    """The first value that a query gives."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


async def tables(urls: DatabaseUrls) -> int:
    """How many tables a database has."""
    count: int = await ask(urls.owner, "select count(*) from pg_tables where schemaname = 'public'")
    return count


def restored(home: Path, file: Path, urls: DatabaseUrls, *options: str) -> str:
    """What a restore that goes well says."""
    done = socle(home, "restore", str(file), *options, environment=database_environment(urls))
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(home: Path, file: Path, urls: DatabaseUrls, *options: str) -> str:
    """What a restore that is refused says."""
    done = socle(home, "restore", str(file), *options, environment=database_environment(urls))
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("socle: ")
    return done.stderr


def repacked(backed: Backed, file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A backup whose members were changed."""
    with tarfile.open(backed.file) as source:
        members = {info.name: source.extractfile(info).read() for info in source}  # type: ignore[union-attr]
    change(members)
    with tarfile.open(file, "w:gz") as packed:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    return file


def with_manifest(change: Callable[[Any], None]) -> Callable[[dict[str, bytes]], None]:
    """A change of a backup's manifest."""

    def apply(members: dict[str, bytes]) -> None:
        manifest = json.loads(members[MANIFEST])
        change(manifest)
        members[MANIFEST] = json.dumps(manifest).encode()

    return apply


def test_a_fresh_embedded_home_serves_what_was_backed_up(backed: Backed, tmp_path: Path) -> None:
    """Data, files and key come back: a token of before signs in, and sees its company's rows only."""
    home = tmp_path / "fresh"
    done = socle(home, "restore", str(backed.file))
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("Restored the backup of 20")
    assert "1 files, the secret key." in first
    assert second == "Row counts and checksums of every table, and of every file, agree with its manifest."
    kept = Path("files") / "2026" / "reçu.pdf"
    assert (home / kept).read_bytes() == (backed.home / kept).read_bytes()
    assert (home / KEY).read_bytes() == (backed.home / KEY).read_bytes()
    assert stat.S_IMODE((home / KEY).stat().st_mode) == 0o600
    assert not list(home.glob(".socle-restore-*"))
    with serving(home) as server:
        headers = {"authorization": backed.token}
        with httpx.Client(base_url=server.base_url, headers=headers, timeout=10) as client:
            page = client.get("/api/produits/").json()
            assert [each["nom"] for each in page["results"]] == ["Crème 2", "Crème 1", "Crème 0"]
            assert client.get("/api/produits/", params={"search": "creme 1"}).json()["count"] == 1
            assert client.get("/api/ventes/").json()["count"] == 1
            changed = client.patch(f"/api/produits/{backed.produit}/", json={"prix": "300.00"})
            assert changed.status_code == 200, changed.text


async def test_row_level_security_binds_the_restored_database(
    backed: Backed, target: DatabaseUrls, tmp_path: Path
) -> None:
    restored(tmp_path, backed.file, target)
    policies = """select string_agg(concat_ws(' ', tablename, policyname, roles, qual, with_check), e'\n'
                                    order by tablename, policyname) from pg_policies"""
    assert await ask(target.owner, policies) == await ask(backed.urls.owner, policies)
    assert await ask(target.owner, "select count(*) from produit") == 6
    assert await ask(target.app, "select count(*) from produit") == 0
    entreprise = await ask(target.owner, "select entreprise from produit where id = $1::text::uuid", backed.produit)
    connection = await asyncpg.connect(target.app)
    async with connection.transaction():
        await connection.execute("select set_config('app.tenant', $1, true)", str(entreprise))
        assert await connection.fetchval("select count(*) from produit") == 3
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.execute("create table stray ()")
    await connection.close()
    grants = """select string_agg(relname || relacl::text, e'\n' order by relname) from pg_class
                where relnamespace = 'public'::regnamespace and relkind = any('{r,v,S}')"""
    assert await ask(target.owner, grants) == await ask(backed.urls.owner, grants)


async def test_a_backup_under_load_is_of_one_moment(cluster: TestCluster, target: DatabaseUrls, tmp_path: Path) -> None:
    """Whatever is sold meanwhile: in the backup each product's stock and what its sales hold make what there was."""
    urls = cluster.clone(unique("loaded"))
    file = tmp_path / "loaded.socle"
    with serving(tmp_path / "home", urls) as server, open_shop(server, produits=5) as shop:
        warm, stop = asyncio.Event(), asyncio.Event()
        sold: list[int] = []

        async def keep_selling() -> None:
            while not stop.is_set():
                answer = await asyncio.to_thread(shop.sell)
                assert answer.status_code == 201, answer.text
                sold.append(1)
                if len(sold) >= WARM:
                    warm.set()

        sellers = [asyncio.create_task(keep_selling()) for _ in range(SELLERS)]
        await asyncio.wait_for(warm.wait(), 30)
        before = len(sold)
        done = await asyncio.to_thread(
            socle, tmp_path / "home", "backup", str(file), environment=database_environment(urls)
        )
        after = len(sold)
        stop.set()
        await asyncio.gather(*sellers)
        assert done.returncode == 0, done.stderr
        print(f"\n{after - before} sales while the backup was written")
        assert after > before

    await asyncio.to_thread(restored, tmp_path / "other", file, target)
    sales = await ask(target.owner, "select count(*) from vente")
    assert before <= sales <= after + SELLERS
    lost = """select count(*) from produit p where quantite + (
                  select coalesce(sum(i.quantite), 0) from vente_item i where i.produit = p.id) <> $1"""
    assert await ask(target.owner, lost, STOCK) == 0
    assert await ask(target.owner, "select count(*) from produit") == 5
    wrong = """select count(*) from vente v where total <> (
                   select sum(quantite * prix_unitaire) from vente_item i where i.vente = v.id)"""
    assert await ask(target.owner, wrong) == 0
    audited = "select count(*) from audit_entry where object_type = 'vente'"
    assert await ask(target.owner, audited) in (0, sales)


async def test_a_damaged_file_is_refused_before_anything_is_touched(
    backed: Backed, target: DatabaseUrls, tmp_path: Path
) -> None:
    whole = backed.file.read_bytes()
    damaged = tmp_path / "damaged.socle"
    home = tmp_path / "home"
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0x10
    cuts = [whole[: len(whole) * eighth // 8] for eighth in range(8)]
    for number, data in enumerate([*cuts, whole[:-1], whole[:-9], bytes(flipped), b"socle"]):
        damaged.write_bytes(data)
        scratch = tmp_path / f"scratch-{number}"
        scratch.mkdir()
        with pytest.raises(Refused, match="nothing was changed"):
            unpack(damaged, scratch)
        shutil.rmtree(scratch)
    damaged.write_bytes(whole[:-20])
    assert "nothing was changed" in refused(home, damaged, target)
    assert "nothing was changed" in refused(home, damaged, target, "--replace")
    assert await tables(target) == 0
    assert list(home.iterdir()) == []


def test_a_file_that_differs_from_its_manifest_is_refused(backed: Backed, tmp_path: Path) -> None:
    def spoil(members: dict[str, bytes]) -> None:
        members[DUMP] = members[DUMP][:-1] + b"?"

    def add(members: dict[str, bytes]) -> None:
        members["files/stray"] = b"x"

    def leave(members: dict[str, bytes]) -> None:
        members["files/../../stray"] = b"x"

    def lose(members: dict[str, bytes]) -> None:
        del members[MANIFEST]

    for number, change in enumerate((spoil, add, leave, lose)):
        scratch = tmp_path / f"scratch-{number}"
        scratch.mkdir()
        with pytest.raises(Refused, match="nothing was changed"):
            unpack(repacked(backed, tmp_path / "changed.socle", change), scratch)
    assert not (tmp_path / "stray").exists()


async def test_a_database_that_holds_something_is_replaced_on_demand_only(
    backed: Backed, cluster: TestCluster, tmp_path: Path
) -> None:
    urls = cluster.clone(unique("full"))
    home = tmp_path / "home"
    owner = await asyncpg.connect(urls.owner)
    await owner.execute("create table stray (n int); create view seen as select * from stray")
    await owner.execute("create type mood as enum ('ok'); create function say(m mood) returns mood return m")
    assert "The database is not empty: give --replace" in refused(home, backed.file, urls)

    user = await asyncpg.connect(urls.app)
    assert "stop its servers and workers first" in refused(home, backed.file, urls, "--replace")
    await user.close()
    assert await owner.fetchval("select to_regclass('stray') is not null")

    for _ in range(2):
        assert "Row counts and checksums" in restored(home, backed.file, urls, "--replace")
        assert await owner.fetchval("select count(*) from produit") == 6
        assert await owner.fetchval("select to_regclass('stray') is null and to_regtype('mood') is null")
    (home / "files" / "more").write_text("x")
    (home / KEY).write_text("k" * 64)
    empty = cluster.create(unique("empty"))
    assert "is not empty: give --replace to have its files removed" in refused(home, backed.file, empty)
    shutil.rmtree(home / "files")
    assert "is another installation's" in refused(home, backed.file, empty)
    restored(home, backed.file, empty, "--replace")
    assert [path.name for path in (home / "files").iterdir()] == ["2026"]
    await owner.close()


async def test_rows_that_do_not_agree_leave_the_database_as_it_was(
    backed: Backed, cluster: TestCluster, tmp_path: Path
) -> None:
    urls = cluster.clone(unique("kept"))
    await ask(urls.owner, "create table stray (n int)")

    def miscount(manifest: Any) -> None:
        (produit,) = [each for each in manifest["database"]["tables"] if each["name"] == "produit"]
        produit["rows"] += 1

    def missum(manifest: Any) -> None:
        (produit,) = [each for each in manifest["database"]["tables"] if each["name"] == "produit"]
        produit["checksum"] = "1"

    for change in (miscount, missum):
        file = repacked(backed, tmp_path / "wrong.socle", with_manifest(change))
        said = refused(tmp_path / "home", file, urls, "--replace")
        assert 'the table "produit" holds 6 rows' in said
        assert "is as it was" in said
    assert await ask(urls.owner, "select to_regclass('stray') is not null")
    assert await ask(urls.owner, "select count(*) from produit") == 0
    assert not (tmp_path / "home" / "files").exists()


async def test_backups_of_what_is_newer_are_refused(backed: Backed, target: DatabaseUrls, tmp_path: Path) -> None:
    def newer_server(manifest: Any) -> None:
        manifest["database"]["server"] = 99

    def newer_schema(manifest: Any) -> None:
        manifest["database"]["revisions"] = ["9999"]

    def newer_format(manifest: Any) -> None:
        manifest["format"] = 2

    for change, said in (
        (newer_server, "restore into one that is not older"),
        (newer_schema, "newer Socle or by a plugin that is not installed (revision 9999)"),
        (newer_format, "its format is another Socle's"),
    ):
        file = repacked(backed, tmp_path / "newer.socle", with_manifest(change))
        assert said in refused(tmp_path / "home", file, target)
    assert await tables(target) == 0


def test_a_backup_is_its_owners_alone_and_whole_or_not_there(
    backed: Backed, target: DatabaseUrls, tmp_path: Path
) -> None:
    assert stat.S_IMODE(backed.file.stat().st_mode) == 0o600
    file = tmp_path / "new.socle"
    for environment, said in (
        (database_environment(target), "holds no installation"),
        ({**database_environment(target), "SOCLE_DATABASE_OWNER_URL": "postgresql://x@/x?host=/nowhere"}, "reached"),
        ({"SOCLE_DATABASE_URL": target.app}, "SOCLE_DATABASE_OWNER_URL is missing"),
    ):
        done = socle(tmp_path / "home", "backup", str(file), environment=environment)
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    nowhere = socle(
        tmp_path / "home", "backup", str(tmp_path / "no" / "x"), environment=database_environment(backed.urls)
    )
    assert "cannot be written" in nowhere.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_secret_key_of_the_environment_and_a_buckets_files_stay_out(
    backed: Backed, target: DatabaseUrls, tmp_path: Path
) -> None:
    file = tmp_path / "without.socle"
    given = {"SOCLE_SECRET_KEY": "0123456789" * 4, "SOCLE_STORAGE_BUCKET": "recus", "SOCLE_STORAGE_SECRET_KEY": "x"}
    done = socle(backed.home, "backup", str(file), environment={**database_environment(backed.urls), **given})
    assert "no files (bucket recus keeps them)" in done.stdout, done.stderr
    assert "without the secret key (SOCLE_SECRET_KEY gives it)" in done.stdout
    with tarfile.open(file) as packed:
        names = packed.getnames()
        manifest = packed.extractfile(MANIFEST).read()  # type: ignore[union-attr]
    assert names == [DUMP, MANIFEST]
    assert b"0123456789" * 4 not in manifest
    assert "is not the key that the backup was made with" in restored(tmp_path / "home", file, target)
