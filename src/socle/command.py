"""The `socle` command."""

import asyncio
import gc
import logging
import sys
from pathlib import Path
from typing import Any

import click

from core.primitives.secret import Secret
from socle.databases import database_urls
from socle.editions import EDITIONS
from socle.installation import DEVELOPMENT, PRODUCTION, Loaded, load
from socle.refusal import Refused

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var"),
    envvar="SOCLE_HOME",
    show_default=True,
    help="Where cluster, files and keys are kept.",
)
edition_option = click.option("--edition", type=click.Choice(tuple(EDITIONS)), help="Which products are served.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def commands() -> None:
    """Run and look after Socle."""


def main() -> None:
    """Run the command; a refusal is printed as its sentences, with exit status 1."""
    # What a command builds lives as long as it: looking through it took a tenth of a start, half a second at its end.
    gc.set_threshold(500_000, 20, 50)
    try:
        commands()
    except Refused as refused:
        sys.exit("\n".join(f"socle: {sentence}" for sentence in refused.sentences))
    finally:
        gc.freeze()


def _load(home: Path, **overrides: Any) -> Loaded:
    home.mkdir(parents=True, exist_ok=True)
    return load(home, **overrides)


@commands.command()
@home_option
@edition_option
@click.option("--environment", type=click.Choice((DEVELOPMENT, PRODUCTION)), help="How open the server is.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen on.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Web processes.")
@click.option("--worker/--no-worker", default=True, help="Run a worker beside the web server, or not.")
@click.option("--prepare/--no-prepare", default=True, help="Migrate and seed first, or leave it to `socle migrate`.")
@click.option(
    "--operators-port",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="The port of the operator simulator, in development; 0 for none.",
)
def serve(
    home: Path,
    edition: str | None,
    environment: str | None,
    host: str,
    port: int,
    processes: int,
    worker: bool,
    prepare: bool,
    operators_port: int,
) -> None:
    """Migrate, seed, and serve until interrupted."""
    from socle.server import KeptProcess, StopSignal, hand_down, prepare_apart, require_free, run_web
    from socle.welcome import server_url, welcome

    loaded = _load(home, edition=edition, environment=environment)
    require_free(host, port)
    operators_url = ""
    if operators_port and not loaded.production:
        require_free(host, operators_port, "--operators-port")
        operators_url = server_url(host, operators_port)
    stop_signal = StopSignal()
    with database_urls(loaded) as urls:
        stop_signal.obey()
        addresses = {"server_url": server_url(host, port), "operators_url": operators_url or None}
        hand_down(loaded, urls, edition=edition, environment=environment, **addresses)
        demo = prepare_apart(urls) if prepare else ""
        beside = []
        if worker:
            beside.append(KeptProcess("worker"))
        if operators_url:
            beside.append(KeptProcess("operators", "--host", host, "--port", str(operators_port)))
        try:
            for process in beside:
                process.start()
            click.echo(welcome(loaded, host, port, worker=worker, demo=demo, operators=operators_url))
            run_web(host, port, processes, loaded.home)
        finally:
            for process in beside:
                process.stop()


@commands.command()
@home_option
def worker(home: Path) -> None:
    """Run a worker alone: jobs, events, schedules."""
    from socle.server import StopSignal
    from socle.worker import run_worker

    loaded = _load(home)
    stop_signal = StopSignal()
    with database_urls(loaded) as urls:
        stop_signal.obey()
        asyncio.run(run_worker(loaded, urls))


@commands.command()
@home_option
def migrate(home: Path) -> None:
    """Bring the database to the present, and seed it."""
    from socle.migration import prepare as prepare_database

    loaded = _load(home)
    with database_urls(loaded) as urls:
        applied = asyncio.run(prepare_database(loaded, urls, must_migrate=True))
    click.echo(f"Applied: {', '.join(applied)}." if applied else "The database is up to date.")


@commands.command(hidden=True)
@home_option
def prepare(home: Path) -> None:
    """Migrate where the owner's URL is given, seed, and print the demonstration's accounts: `socle serve` runs it in a
    process of its own."""
    from socle.migration import prepare as prepare_database

    loaded = _load(home)
    with database_urls(loaded) as urls:
        asyncio.run(prepare_database(loaded, urls, announce=click.echo))


@commands.command()
@home_option
def doctor(home: Path) -> None:
    """Check the installation and print what to change, one sentence each."""
    from socle.doctor import examine

    findings = asyncio.run(examine(home))
    for finding in findings:
        click.echo(finding)
    if findings:
        sys.exit(1)
    click.echo("All is well.")


@commands.group()
def ledger() -> None:
    """The books of the payments."""


@ledger.command("check")
@home_option
def check_ledger(home: Path) -> None:
    """Prove the books against payments and refunds, and report what is open."""
    from socle.books import check

    _load(home)
    lines, agrees = asyncio.run(check(home))
    for line in lines:
        click.echo(line)
    if not agrees:
        sys.exit(1)
    click.echo("The books agree.")


@commands.group()
def usage() -> None:
    """What is counted of features."""


@usage.command("check")
@home_option
def check_usage(home: Path) -> None:
    """Prove every counter by its journal and by the rows that it counts."""
    from socle.counting import check

    _load(home)
    sentences = asyncio.run(check(home))
    for sentence in sentences:
        click.echo(sentence)
    if sentences:
        sys.exit(1)
    click.echo("The counters agree.")


@commands.group()
def gateway() -> None:
    """Payment gateways."""


@gateway.command("check")
@click.argument("package")
def check_gateway(package: str) -> None:
    """Try the gateway of the installed PACKAGE by the conformance kit, and print what holds and what does not."""
    from socle.gateway_check import check

    sys.exit(check(package))


@gateway.command("provision-mtn")
@click.option("--callback-host", required=True, help="The one host that callbacks may go to: a name, nothing more.")
@click.option(
    "--subscription-key", envvar="SOCLE_GATEWAY_MTN_SUBSCRIPTION_KEY", required=True, help="Of the product it is for."
)
@click.option("--base-url", default="", help="Where the sandbox is, if not where MTN documents it.")
def provision_mtn_user(callback_host: str, subscription_key: str, base_url: str) -> None:
    """Make an API user with its key in MTN's sandbox."""
    from adapters.http.edge.logs import configure_logging
    from socle.sandbox import provision_mtn

    # the lines of calls are not what was asked for
    configure_logging(production=False, level=logging.WARNING)
    for line in asyncio.run(provision_mtn(Secret(subscription_key), callback_host, base_url)):
        click.echo(line)


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True, help="The port to listen on.")
@click.option("--strict", is_flag=True, help="Enforce the operators' own rules about callback addresses.")
def operators(host: str, port: int, strict: bool) -> None:
    """Run the operator simulator alone: MTN, Orange and Moov for development."""
    from adapters.operators.serve import serve_operators
    from socle.lifeline import follow_parent

    follow_parent()
    serve_operators(host, port, strict=strict)


@commands.command()
@home_option
@edition_option
def plugins(home: Path, edition: str | None) -> None:
    """List the plugins with their states and mounts."""
    from socle.registry import discover, resolve

    registry = resolve(discover(), _load(home, edition=edition).settings)
    for entry in registry.entries:
        mounts = " ".join(entry.mounts) if entry.state.runs else ""
        title = entry.plugin.title.fr if entry.plugin else ""
        reason = f"({entry.reason})" if entry.reason else ""
        click.echo(f"{entry.name:<24} {entry.state.value:<9} {mounts:<10} {title} {reason}".rstrip())


@commands.command()
@home_option
@edition_option
@click.option("--collection", "form", flag_value="collection", help="As a Postman collection, which Bruno imports too.")
@click.option("--reference", "form", flag_value="reference", help="As tables in Markdown.")
def openapi(home: Path, edition: str | None, form: str | None) -> None:
    """Print the OpenAPI document of the enabled plugins."""
    import msgspec

    from socle.composition import compose_unconnected
    from socle.describe import collection, reference
    from socle.web import schema_of

    document = schema_of(compose_unconnected(_load(home, edition=edition)))()
    if form == "collection":
        click.echo(collection(msgspec.json.decode(document)))
    elif form == "reference":
        click.echo(reference(msgspec.json.decode(document)))
    else:
        click.echo(document)


@commands.command()
@home_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(home: Path, file: Path) -> None:
    """Write database, files and development key into FILE, while the server runs or not."""
    from socle.backup import back_up

    loaded = _load(home)
    with database_urls(loaded) as urls:
        click.echo(back_up(loaded, urls, file))


@commands.command()
@home_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Remove what database and home hold before.")
def restore(home: Path, file: Path, replace: bool) -> None:
    """Restore FILE into an empty database and home, and check every row."""
    from socle.backup import restore as restore_backup

    loaded = _load(home)
    with database_urls(loaded) as urls:
        for sentence in restore_backup(loaded, urls, file, replace=replace):
            click.echo(sentence)


@commands.group()
def organisation() -> None:
    """Organisations, while the server runs or not."""


@organisation.command("list")
@home_option
@click.option("--archived", is_flag=True, help="Those that were deleted.")
def list_organisations(home: Path, archived: bool) -> None:
    """List organisations by number: the open ones, or the archived ones."""
    from socle.organisations import listed

    loaded = _load(home)
    with database_urls(loaded) as urls:
        for line in asyncio.run(listed(loaded, urls, archived=archived)):
            click.echo(line)


@organisation.command("restore")
@home_option
@click.argument("number_or_id")
def restore_organisation(home: Path, number_or_id: str) -> None:
    """Restore the archived organisation NUMBER_OR_ID with all that it had; its members sign in again."""
    from socle.organisations import restore

    loaded = _load(home)
    with database_urls(loaded) as urls:
        click.echo(asyncio.run(restore(loaded, urls, number_or_id)))


@commands.group()
def account() -> None:
    """Accounts, while the server runs or not."""


@account.command("create")
@home_option
@click.option("--email", required=True)
@click.option("--username", required=True)
@click.option("--password", required=True)
@click.option("--superuser", is_flag=True, help="May do everything, in every organisation.")
@click.option("--staff", is_flag=True, help="Moderates and administers spotvibe.")
@click.option("--portal-admin", is_flag=True, help="Administers the portal of driven.")
@click.option("--organisation", help="Id or name; the installation's own by default.")
@click.option("--role", help="Role in it: ADMIN, VENTES, FINANCE, LECTURE or one made since; VENTES by default.")
@click.option("--department", help="The department that crm shows.")
def create_account(
    home: Path,
    email: str,
    username: str,
    password: str,
    superuser: bool,
    staff: bool,
    portal_admin: bool,
    organisation: str | None,
    role: str | None,
    department: str | None,
) -> None:
    """Create an account that is a member of an organisation, and an utilisateur where the portal is enabled."""
    from socle.accounts import create

    loaded = _load(home)
    with database_urls(loaded) as urls:
        made = asyncio.run(
            create(
                loaded,
                urls,
                email,
                username,
                Secret(password),
                superuser=superuser,
                staff=staff,
                portal_admin=portal_admin,
                organisation=organisation,
                role=role,
                department=department,
            )
        )
    click.echo(made)


@account.command("set-password")
@home_option
@click.option("--username", required=True, help="Username or email.")
@click.option("--password", required=True)
def set_password(home: Path, username: str, password: str) -> None:
    """Set an account's password and end its sessions."""
    from socle.accounts import change_password

    loaded = _load(home)
    with database_urls(loaded) as urls:
        asyncio.run(change_password(loaded, urls, username, Secret(password)))
    click.echo(f"The password of {username} is set; its sessions are ended.")
