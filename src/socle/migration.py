"""Preparing a database: migrations, roles, seeds."""

from collections.abc import Callable

import asyncpg

from adapters.db.history import MigrationError
from adapters.db.migrate import pending, row_modules, upgrade
from socle.databases import DatabaseUrls
from socle.installation import Loaded
from socle.refusal import Refused
from socle.registry import discover, migration_folders

ROW_PACKAGE = "plugins"


async def prepare(
    loaded: Loaded,
    urls: DatabaseUrls,
    *,
    must_migrate: bool = False,
    announce: Callable[[str], object] | None = None,
) -> list[str]:
    """Bring the database to the present, seed it, and return the revisions applied.

    With `announce` a fresh installation gets its demonstration, where it is to have one, and `announce` hears of the
    accounts. Without the owner's URL nothing can be migrated: the database must then be up to date. Raises `Refused`.
    """
    branches = migration_folders(discover().plugins.values())
    try:
        if urls.owner:
            rows = row_modules(ROW_PACKAGE)
            applied = await upgrade(urls.owner, urls.app, rows=rows, version_locations=branches)
        elif must_migrate:
            raise Refused("SOCLE_DATABASE_OWNER_URL is missing: migrations run as the database's owner.")
        else:
            applied = []
            waiting = await pending(urls.app, version_locations=branches)
            if waiting:
                raise Refused(
                    f"The database lacks {len(waiting)} migration(s): run `socle migrate` with "
                    "SOCLE_DATABASE_OWNER_URL set."
                )
    except MigrationError as error:
        raise Refused(str(error)) from error
    except (OSError, RuntimeError, asyncpg.PostgresError) as error:
        raise Refused(f"The database cannot be prepared: {error}") from error
    from socle.composition import compose
    from socle.seeding import seed

    composition = compose(loaded, urls)
    async with composition.running():
        await seed(composition)
        if loaded.production:
            from socle.demo import refuse_demo

            await refuse_demo(composition)
        elif announce is not None and loaded.demo:
            from socle.demo import seed_demo

            announce(await seed_demo(composition))
    return applied
