"""The `socle` command."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from core.primitives.secret import Secret
from socle.databases import database_urls
from socle.installation import DEVELOPMENT, PRODUCTION, Loaded, load
from socle.refusal import Refused

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Run and look after Socle."
)
account = typer.Typer(no_args_is_help=True, help="Accounts, while the server runs or not.")
app.add_typer(account, name="account")

Home = Annotated[Path, typer.Option(help="Where cluster, files and keys are kept.", envvar="SOCLE_HOME")]
DEFAULT_HOME = Path("var")


def main() -> None:
    """Run the command; a refusal is printed as its sentences, with exit status 1."""
    try:
        app()
    except Refused as refused:
        for sentence in refused.sentences:
            print(f"socle: {sentence}", file=sys.stderr)
        sys.exit(1)


def _load(home: Path, **overrides: Any) -> Loaded:
    home.mkdir(parents=True, exist_ok=True)
    return load(home, **overrides)


@app.command()
def serve(
    home: Home = DEFAULT_HOME,
    edition: Annotated[Optional[str], typer.Option(help="full, ekigega, spotvibe, driven, megahub or crm.")] = None,  # noqa: UP045
    environment: Annotated[Optional[str], typer.Option(help=f"{DEVELOPMENT} or {PRODUCTION}.")] = None,  # noqa: UP045
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = 1,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Run a worker beside the web server.")] = True,
) -> None:
    """Migrate, seed, and serve until interrupted."""
    from socle.migration import prepare
    from socle.server import WorkerProcess, hand_down, require_free, run_web
    from socle.welcome import welcome

    if environment not in (None, DEVELOPMENT, PRODUCTION):
        raise Refused(f'--environment is "{environment}": choose {DEVELOPMENT} or {PRODUCTION}.')
    loaded = _load(home, edition=edition, environment=environment)
    require_free(host, port)
    with database_urls(loaded) as urls:
        asyncio.run(prepare(loaded, urls))
        hand_down(loaded, urls, edition=edition, environment=environment)
        beside = WorkerProcess()
        if worker:
            beside.start()
        print(welcome(loaded, host, port, worker=worker), flush=True)
        try:
            run_web(host, port, processes, loaded.home)
        finally:
            if worker:
                beside.stop()


@app.command()
def worker(home: Home = DEFAULT_HOME) -> None:
    """Run a worker alone: jobs, events, schedules."""
    from socle.worker import run_worker

    loaded = _load(home)
    with database_urls(loaded) as urls:
        asyncio.run(run_worker(loaded, urls))


@app.command()
def migrate(home: Home = DEFAULT_HOME) -> None:
    """Bring the database to the present, and seed it."""
    from socle.migration import prepare

    loaded = _load(home)
    with database_urls(loaded) as urls:
        applied = asyncio.run(prepare(loaded, urls, must_migrate=True))
    print(f"Applied: {', '.join(applied)}." if applied else "The database is up to date.")


@app.command()
def doctor(home: Home = DEFAULT_HOME) -> None:
    """Check the installation and print what to change, one sentence each."""
    from socle.doctor import examine

    findings = asyncio.run(examine(home))
    for finding in findings:
        print(finding)
    if findings:
        sys.exit(1)
    print("All is well.")


@app.command()
def plugins(home: Home = DEFAULT_HOME, edition: Annotated[Optional[str], typer.Option()] = None) -> None:  # noqa: UP045
    """List the plugins with their states and mounts."""
    from socle.registry import discover, resolve

    loaded = _load(home, edition=edition)
    registry = resolve(discover(), loaded.settings)
    for entry in registry.entries:
        mounts = " ".join(entry.mounts) if entry.state.value in ("enabled", "retired") else ""
        title = entry.plugin.title.fr if entry.plugin else ""
        reason = f"({entry.reason})" if entry.reason else ""
        print(f"{entry.name:<24} {entry.state.value:<9} {mounts:<10} {title} {reason}".rstrip())


@app.command()
def openapi(
    home: Home = DEFAULT_HOME,
    edition: Annotated[Optional[str], typer.Option()] = None,  # noqa: UP045
) -> None:
    """Print the OpenAPI document of the enabled plugins."""
    from socle.composition import compose_unconnected
    from socle.web import schema_of

    loaded = _load(home, edition=edition)
    sys.stdout.write(schema_of(compose_unconnected(loaded))().decode() + "\n")


@account.command("create")
def create_account(
    email: Annotated[str, typer.Option()],
    username: Annotated[str, typer.Option()],
    password: Annotated[str, typer.Option()],
    home: Home = DEFAULT_HOME,
    superuser: Annotated[bool, typer.Option("--superuser")] = False,
    staff: Annotated[bool, typer.Option("--staff")] = False,
    organisation: Annotated[Optional[str], typer.Option(help="Id or name; the installation's own by default.")] = None,  # noqa: UP045
) -> None:
    """Create an account that is a member of an organisation."""
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
                organisation=organisation,
            )
        )
    print(made)


@account.command("set-password")
def set_password(
    username: Annotated[str, typer.Option()],
    password: Annotated[str, typer.Option()],
    home: Home = DEFAULT_HOME,
) -> None:
    """Set an account's password and end its sessions."""
    from socle.accounts import change_password

    loaded = _load(home)
    with database_urls(loaded) as urls:
        asyncio.run(change_password(loaded, urls, username, Secret(password)))
    print(f"The password of {username} is set; its sessions are ended.")
