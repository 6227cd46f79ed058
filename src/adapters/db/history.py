"""Whether a database is in the state that this program needs, told without loading Alembic: web processes ask it."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

_REVISION = re.compile(r'^revision(?:: \w+)? = "([^"]+)"', re.MULTILINE)
_BEFORE = re.compile(r"^(?:down_revision|depends_on)[^=\n]*= (.+)$", re.MULTILINE)
_NAMES = re.compile(r'"([^"]+)"')


class MigrationError(RuntimeError):
    """The database cannot be migrated or served. The message is one sentence that says what to change."""


def migrations_folder() -> Path:
    """The folder of the first-party history: `migrations/` in a checkout, `socle/migrations` in an installation."""
    root = Path(__file__).resolve().parents[2]
    for folder in (root / "socle" / "migrations", root.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise MigrationError(f"The folder of migrations is missing beside {root}: install Socle again.")


@cache
def heads(folders: tuple[Path, ...]) -> frozenset[str]:
    """The newest revisions of the folders' histories: those that no other follows, nor depends on, since the database
    keeps no version of a revision that another one's implies."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for folder in folders:
        for file in folder.glob("*.py"):
            text = file.read_text(encoding="utf-8")
            found = _REVISION.search(text)
            if found is None:
                continue
            revisions.add(found.group(1))
            for before in _BEFORE.findall(text):
                followed.update(_NAMES.findall(before))
    return frozenset(revisions - followed)


async def missing_heads(connection: Any, folders: Sequence[Path]) -> frozenset[str]:
    """The newest revisions that a database lacks; none where it is up to date."""
    applied: set[str] = set()
    if await connection.fetchval("select to_regclass('public.alembic_version') is not null"):
        applied = {record[0] for record in await connection.fetch("select version_num from public.alembic_version")}
    return heads(tuple(folders)) - applied
