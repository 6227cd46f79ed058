"""What a product keeps of an account that the command line makes (an extension point): driven's utilisateur, spotvibe's
profile."""

from typing import Protocol

from core.accounts.entities import Account
from core.work import Work


class Enrolment(Protocol):
    """Makes what its product keeps of a new account, in the unit of work that makes the account."""

    async def enrol(self, work: Work, account: Account, *, admin: bool) -> None:
        """Make it; with `admin` the account administers the product. Raises `DomainError` of kind conflict."""
        ...
