"""Accounts from the command line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from core.access.principal import SUPER_ADMIN, SYSTEM
from core.accounts.entities import Account
from core.accounts.people import Candidate
from core.organisations.enrolment import Enrolment
from core.primitives.errors import DomainError
from core.primitives.ids import parse_uuid
from core.primitives.locale import Locale
from core.primitives.secret import Secret
from core.work import Work
from socle.composition import Composition, compose
from socle.databases import DatabaseUrls
from socle.installation import Loaded
from socle.migration import prepare
from socle.refusal import Refused
from socle.registry import State

PORTAL = "driven"
"""The product that `--portal-admin` speaks of."""


async def create(
    loaded: Loaded,
    urls: DatabaseUrls,
    email: str,
    username: str,
    password: Secret,
    *,
    superuser: bool,
    staff: bool,
    portal_admin: bool,
    organisation: str | None,
    role: str | None = None,
    department: str | None = None,
) -> str:
    """Create an account and return a sentence about it. Every enabled product gets what it keeps of one; with
    `portal_admin` the account administers the portal. `role` is its role in the organisation; SUPER_ADMIN is a
    superuser's alone. Raises `Refused` with every rule that it breaks."""
    if role == SUPER_ADMIN and not superuser:
        raise Refused("The role SUPER_ADMIN is a superuser's: add --superuser.")
    async with at_work(loaded, urls) as composition:
        enrolments = enrolments_of(composition)
        if portal_admin and PORTAL not in enrolments:
            raise Refused(f"--portal-admin needs the portal: enable the plugins of {PORTAL}.")
        target = await _organisation(composition, organisation)

        async def enrol(work: Work, account: Account) -> None:
            for product, enrolment in enrolments.items():
                await enrolment.enrol(work, account, admin=portal_admin and product == PORTAL)

        account = await composition.kernel.organisations.joining.create_account(
            SYSTEM,
            Candidate(
                email=email,
                username=username,
                password=password.reveal(),
                superuser=superuser,
                staff=staff,
                department=department,
            ),
            organisation=target,
            role=role,
            enrol=enrol,
        )
    return f"Account {account.username} is made: {account.id}, number {account.number}."


def enrolments_of(composition: Composition) -> dict[str, Enrolment]:
    """What makes the products' own rows of an account, by product, of enabled plugins."""
    found: dict[str, Enrolment] = {}
    for entry, plugin in composition.registry.wired:
        enrolment = composition.wired[plugin.name].enrolment
        if entry.state is State.ENABLED and enrolment is not None:
            found.update(dict.fromkeys(plugin.suites, enrolment))
    return found


async def _organisation(composition: Composition, name_or_id: str | None) -> UUID | None:
    """The organisation that is meant; None for the installation's own."""
    if name_or_id is None:
        return None
    key = parse_uuid(name_or_id)
    stores = composition.kernel.organisations.stores
    async with composition.works.everywhere(SYSTEM) as work:
        found = await (stores.organisations.get(work, key) if key else stores.organisations.named(work, name_or_id))
    if found is None:
        raise Refused(f'No organisation has the id or name "{name_or_id}".')
    return found.id


async def change_password(loaded: Loaded, urls: DatabaseUrls, username: str, password: Secret) -> None:
    """Set an account's password. Raises `Refused`."""
    async with at_work(loaded, urls) as composition:
        accounts = composition.kernel.accounts
        found = await accounts.people.find(SYSTEM, username)
        if found is None:
            raise Refused(f'No account has the username or email "{username}".')
        await accounts.passwords.set(SYSTEM, found.id, password.reveal())


@asynccontextmanager
async def at_work(loaded: Loaded, urls: DatabaseUrls) -> AsyncIterator[Composition]:
    """A running composition on a prepared database; what the domain refuses becomes `Refused`."""
    await prepare(loaded, urls)
    composition = compose(loaded, urls)
    async with composition.running():
        try:
            yield composition
        except DomainError as error:
            raise refusal_of(error) from error


def refusal_of(error: DomainError) -> Refused:
    """The sentences of a domain error for a person at a terminal."""
    if not error.problems:
        return Refused(error.message.say(Locale.EN, error.params))
    return Refused(
        *(
            f"{'.'.join(map(str, problem.path)) or 'request'}: {problem.message.say(Locale.EN, problem.params)}"
            for problem in error.problems
        )
    )
