"""Notifications: recorded with what they tell of, sent after the commit, logged, retried."""

from collections.abc import Iterable, Mapping
from typing import Protocol
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM
from core.jobs.policy import JobPolicy
from core.notifications.channel import Channel, ChannelError, Closing, OutgoingMessage
from core.notifications.events import RecipientGone
from core.notifications.templates import Template, one_line
from core.numbers import Numbers
from core.primitives.locale import Locale
from core.work import Delivery, Work, Works

SEND_MESSAGE = "send_message"
EMAIL = "email"
SMS = "sms"
PUSH = "push"

MESSAGES = JobPolicy(max_attempts=10, first_delay=2.0, factor=3.0, longest_delay=3600.0, timeout=60.0)
"""Ten attempts over about three hours."""


class DeliveryRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the log keeps of a message: not its text. `id` is the outbox row's; `status` is "pending" (to be tried
    again), "sent" or "failed"."""

    id: UUID
    channel: str
    template: str
    recipient: str
    account: UUID | None
    status: str
    attempts: int
    error: str | None = None


class MessageLog(Protocol):
    """Keeps one record for each message."""

    async def record(self, work: Work, record: DeliveryRecord) -> None:
        """Write a record, over an earlier one of the same id."""
        ...


class _Order(msgspec.Struct, kw_only=True):
    channel: str
    recipient: str
    code: str
    locale: Locale = Locale.FR
    params: dict[str, str | int] | None = None
    subject: str = ""
    body: str = ""
    account: UUID | None = None
    data: dict[str, str] = {}


class Notifications:
    """Asks for messages inside units of work, and sends them as the job `send_message`. A text message to a blocked
    number (`numbers`) is not sent, and logged as failed."""

    def __init__(
        self,
        works: Works,
        log: MessageLog,
        channels: Iterable[Channel],
        *,
        numbers: Numbers | None = None,
        templates: Iterable[Template] = (),
        policy: JobPolicy = MESSAGES,
    ) -> None:
        self._works = works
        self._log = log
        self._numbers = numbers
        self._channels = {channel.name: channel for channel in channels}
        self._templates: dict[str, Template] = {}
        self.policy = policy
        self.register(*templates)

    @property
    def channels(self) -> frozenset[str]:
        """The names of the channels that this installation has."""
        return frozenset(self._channels)

    def add_channels(self, *channels: Channel) -> None:
        """Add the channels of a plugin. Raises `ValueError` for a second one of a name."""
        for each in channels:
            if each.name in self._channels:
                raise ValueError(f'two channels have the name "{each.name}"')
            self._channels[each.name] = each

    async def close(self) -> None:
        """Let the channels' connections go."""
        for each in self._channels.values():
            if isinstance(each, Closing):
                await each.close()

    @property
    def templates(self) -> Mapping[str, Template]:
        """The registered templates by code."""
        return self._templates

    def register(self, *templates: Template) -> None:
        """Add the templates of an area or a plugin. Raises `ValueError` where a code is taken by another template."""
        for each in templates:
            if self._templates.setdefault(each.code, each) != each:
                raise ValueError(f'two templates have the code "{each.code}"')

    def ask_email(
        self,
        work: Work,
        template: Template,
        recipient: str,
        locale: Locale,
        params: Mapping[str, str | int],
        account: UUID | None = None,
    ) -> None:
        """Ask for an email, to be sent once this unit of work is committed."""
        self.ask(work, EMAIL, template, recipient, locale, params, account)

    def ask(
        self,
        work: Work,
        channel: str,
        template: Template,
        recipient: str,
        locale: Locale,
        params: Mapping[str, str | int],
        account: UUID | None = None,
    ) -> None:
        """Ask for a message through a channel, to be sent once this unit of work is committed.

        Raises `ValueError` where the template is not registered or a place has no value. A channel that the
        installation lacks is no error: the log says so.
        """
        if self._templates.get(template.code) != template:
            raise ValueError(f'the template "{template.code}" is not registered')
        absent = template.places - params.keys()
        if absent:
            raise ValueError(f'the template "{template.code}" needs {sorted(absent)}')
        work.ask(
            SEND_MESSAGE,
            channel=channel,
            recipient=recipient,
            code=template.code,
            locale=locale,
            params={name: params[name] for name in template.places},
            account=account,
        )

    def ask_text(
        self,
        work: Work,
        channel: str,
        code: str,
        recipient: str,
        subject: str,
        body: str,
        account: UUID | None = None,
        data: Mapping[str, str] | None = None,
    ) -> None:
        """Ask for a message whose text is already written, such as one of the administration's templates. `code`
        names it in the log; `data` is for the application that receives it."""
        work.ask(
            SEND_MESSAGE,
            channel=channel,
            recipient=recipient,
            code=code,
            subject=subject,
            body=body,
            account=account,
            data=dict(data or {}),
        )

    async def send(self, delivery: Delivery) -> None:
        """Handle the job `send_message`. Raises `ChannelError` where the message is to be tried again."""
        order = msgspec.convert(delivery.payload, _Order)
        try:
            await self._hand_over(delivery.id, order)
        except ChannelError as error:
            last = not error.temporary or delivery.attempt >= self.policy.max_attempts
            if error.temporary:
                await self._note(delivery, order, "failed" if last else "pending", str(error))
                raise
            async with self._works.delivering(delivery) as work:
                await self._log.record(work, _record(delivery, order, "failed", str(error)))
                if error.gone:
                    work.publish(RecipientGone(channel=order.channel, recipient=order.recipient))
                await work.commit()
            return
        async with self._works.delivering(delivery) as work:
            await self._log.record(work, _record(delivery, order, "sent"))
            await work.commit()

    async def _hand_over(self, id_: UUID, order: _Order) -> None:
        if order.channel == SMS and self._numbers is not None and await self._numbers.blocked(order.recipient):
            raise ChannelError("the number is blocked", temporary=False)
        channel = self._channels.get(order.channel)
        if channel is None:
            raise ChannelError(f'the installation has no channel "{order.channel}"', temporary=False)
        subject, body = one_line(order.subject), order.body
        if order.params is not None:
            template = self._templates.get(order.code)
            if template is None:
                raise ChannelError(f'there is no template "{order.code}"', temporary=False)
            subject, body = template.render(order.locale, order.params)
        try:
            message = OutgoingMessage(id_, order.recipient, subject, body, order.data)
        except ValueError as error:
            raise ChannelError(str(error), temporary=False) from error
        await channel.send(message)

    async def _note(self, delivery: Delivery, order: _Order, status: str, error: str) -> None:
        async with self._works.everywhere(SYSTEM) as work:
            await self._log.record(work, _record(delivery, order, status, error))
            await work.commit()


def _record(delivery: Delivery, order: _Order, status: str, error: str | None = None) -> DeliveryRecord:
    return DeliveryRecord(
        id=delivery.id,
        channel=order.channel,
        template=order.code,
        recipient=order.recipient,
        account=order.account,
        status=status,
        attempts=delivery.attempt,
        error=error,
    )
