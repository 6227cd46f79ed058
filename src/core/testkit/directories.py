"""A directory for tests: it knows passwords by login, and can be down."""

from collections.abc import Mapping

from core.accounts.errors import DIRECTORY_DOWN
from core.primitives.errors import DomainError, Kind


class FakeDirectory:
    """Accepts the passwords that it was given. `asked` are the logins that it was asked about; while it is `down` it
    cannot tell. Logins are compared as most directories do, without regard to case."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self.passwords = dict(passwords)
        self.asked: list[str] = []
        self.down = False

    async def accepts(self, login: str, password: str) -> bool:
        """Whether the password is the login's; an empty one never is."""
        if not login or not password:
            return False
        self.asked.append(login)
        if self.down:
            raise DomainError(DIRECTORY_DOWN, Kind.UNAVAILABLE, retry_after=5)
        folded = {name.lower(): known for name, known in self.passwords.items()}
        return folded.get(login.lower()) == password
