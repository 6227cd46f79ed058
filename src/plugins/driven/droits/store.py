"""Reading what decides about a user's rights, as the gate reads it."""

from collections.abc import Mapping
from typing import Any

from adapters.db.work import pg
from core.work import Work
from plugins.driven.droits.service import Standing
from plugins.driven.gate import read_functions, read_rights
from plugins.driven.rights import Named

_ACCOUNT = "select is_active, is_superuser from account where number = $1"


class DroitStore:
    """What decides about a user's rights."""

    async def standing_of(self, work: Work, number: int) -> Standing | None:
        """Return how a user stands; None where there is none of this number."""
        rights = await read_rights(work, number)
        if rights is None:
            return None
        account: Any = await pg(work).connection.fetchrow(_ACCOUNT, number)
        return Standing(rights, active=account["is_active"], superuser=account["is_superuser"])

    async def needed(self, work: Work) -> Mapping[str, Named]:
        """Return the permissions tied to each function of the portal that has any."""
        return await read_functions(work)
