"""The development mailbox: messages are kept to be looked at, nothing leaves the house."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from adapters.db.jobs import MailboxRow
from adapters.db.statement import Statement
from adapters.db.work import PgWorks
from core.access.principal import SYSTEM
from core.notifications.channel import OutgoingMessage
from core.primitives.ids import new_id

MAX_MESSAGES = 500

_MESSAGE = MailboxRow.__table__
_INSERT = Statement(
    sa.insert(MailboxRow).values(
        id=sa.bindparam("id_", type_=sa.Uuid()),
        channel=sa.bindparam("channel_", type_=sa.Text()),
        recipient=sa.bindparam("recipient_", type_=sa.Text()),
        subject=sa.bindparam("subject_", type_=sa.Text()),
        body=sa.bindparam("body_", type_=sa.Text()),
    )
)
_COLUMNS = (
    _MESSAGE.c.channel,
    _MESSAGE.c.recipient.label("to"),
    _MESSAGE.c.subject,
    _MESSAGE.c.body,
    _MESSAGE.c.sent_at,
)
_NEWEST = sa.select(*_COLUMNS).order_by(_MESSAGE.c.sent_at.desc(), _MESSAGE.c.id.desc())
_ALL = Statement(_NEWEST.limit(sa.bindparam("most", type_=sa.BigInteger())))
_TO = Statement(
    _NEWEST.where(
        _MESSAGE.c.recipient.in_([sa.bindparam("to_", type_=sa.Text()), sa.bindparam("dialled", type_=sa.Text())])
    ).limit(sa.bindparam("most", type_=sa.BigInteger()))
)


class KeptMessage(msgspec.Struct, frozen=True):
    """A message of the mailbox, as `GET /_dev/outbox` shows it."""

    channel: str
    to: str
    subject: str
    body: str
    sent_at: datetime


class MailboxChannel:
    """Stands in for any channel: `name` is the channel that it plays."""

    def __init__(self, works: PgWorks, name: str = "email") -> None:
        self._works = works
        self._name = name

    @property
    def name(self) -> str:
        """The channel that it plays."""
        return self._name

    async def send(self, message: OutgoingMessage) -> None:
        """Keep a message."""
        async with self._works.everywhere(SYSTEM) as work:
            await work.one(
                _INSERT,
                id_=new_id(),
                channel_=self._name,
                recipient_=_address(message.recipient),
                subject_=message.subject,
                body_=message.body,
            )
            await work.commit()


async def read_mailbox(works: PgWorks, to: str | None = None, limit: int = 100) -> list[KeptMessage]:
    """The messages to an address or number, newest first; everybody's where none is given. At most 500."""
    most = max(1, min(limit, MAX_MESSAGES))
    async with works.everywhere(SYSTEM) as work:
        if to is None:
            records = await work.all(_ALL, most=most)
        else:
            # A `+` that was not percent-encoded arrives as a space.
            address = _address(to)
            records = await work.all(_TO, to_=address, dialled=f"+{address}", most=most)
    return [KeptMessage(**record) for record in records]


def _address(text: str) -> str:
    return text.strip().lower()
