"""`socle doctor`: everything that keeps an installation from serving, one sentence each."""

from pathlib import Path

import asyncpg

from adapters.db.history import MigrationError
from adapters.db.migrate import load_rows, missing_extensions, pending_on, row_modules
from adapters.db.tallies import Tallies
from adapters.queue.outbox import Outbox
from socle.books import escalation_lines, fault_lines
from socle.composition import Composition, compose
from socle.counting import counter_lines
from socle.databases import DatabaseUrls, database_urls
from socle.installation import Loaded, load
from socle.refusal import Refused
from socle.registry import State, migration_folders


async def examine(home: Path) -> list[str]:
    """Return what there is to change, nothing where all is well."""
    try:
        loaded = load(home)
    except Refused as refused:
        return list(refused.sentences)
    with database_urls(loaded) as urls:
        return await _examine_installation(loaded, urls)


async def _examine_installation(loaded: Loaded, urls: DatabaseUrls) -> list[str]:
    try:
        composition = compose(loaded, urls)
    except Refused as refused:
        return list(refused.sentences)
    findings = [
        f'The installation file names the plugin "{entry.name}", which is not installed: install its package or take '
        "the name out."
        for entry in composition.registry.having(State.ABSENT)
    ]
    try:
        async with composition.running():
            return [*findings, *await _examine_database(composition)]
    except Refused as refused:
        return [*findings, *refused.sentences]
    except (OSError, asyncpg.PostgresError) as error:
        return [*findings, f"The database cannot be examined: {error}"]


async def _examine_database(composition: Composition) -> list[str]:
    findings = []
    async with composition.database.lending.lent() as connection:
        absent = await missing_extensions(connection)
        if absent:
            findings.append(f"The database lacks {', '.join(absent)}: its owner runs `create extension` for each.")
        try:
            waiting = await pending_on(connection, migration_folders(composition.registry.installed))
        except MigrationError as error:
            return [*findings, str(error)]
        if waiting:
            return [*findings, f"The database lacks the migrations {', '.join(waiting)}: run `socle migrate`."]
    load_rows(row_modules("plugins"))
    findings += await Tallies(composition.works).check()
    findings += await counter_lines(composition)
    gateways = composition.payments.payments.gateways
    for slug, offer in gateways.offers.items():
        probe = await gateways.probe(slug)
        if not probe.ok:
            findings.append(
                f"{offer.title} does not answer as it should: {probe.detail}. See its settings and secrets."
            )
    reconciliation = composition.payments.reconciliation
    findings += fault_lines(await reconciliation.faults())
    findings += escalation_lines(await reconciliation.open())
    report = await Outbox(composition.works).report(frozenset(composition.handlers))
    for name, count in report.orphaned.items():
        findings.append(f"{count} deliveries wait for {name}, whose plugin is off: switch it on to have them handled.")
    for name, count in report.failed.items():
        findings.append(f"{count} deliveries of {name} were given up: see the column last_error of the table outbox.")
    return findings
