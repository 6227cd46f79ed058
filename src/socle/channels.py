"""The channels of an installation: email, SMS and push by their providers; in development the mailbox stands in for
those that have none."""

from collections.abc import Iterator

from adapters.db.work import PgWorks
from adapters.notify.mailbox import MailboxChannel
from adapters.notify.push import FcmChannel
from adapters.notify.settings import PushSettings
from adapters.notify.sms import SmsChannel
from adapters.notify.smtp import SmtpChannel
from core.notifications.channel import Channel
from core.notifications.service import EMAIL, PUSH, SMS
from core.primitives.clock import Clock
from socle.installation import Loaded
from socle.refusal import Refused


def channels_of(loaded: Loaded, works: PgWorks, clock: Clock) -> list[Channel]:
    """Make the channels. In production a channel without a provider does not exist: what is asked of it is logged as
    failed. Raises `Refused`."""
    made = list(_provided(loaded, clock))
    if not loaded.production:
        given = {channel.name for channel in made}
        made += [MailboxChannel(works, name) for name in (EMAIL, SMS, PUSH) if name not in given]
    return made


def _provided(loaded: Loaded, clock: Clock) -> Iterator[Channel]:
    settings, secrets = loaded.settings, loaded.secrets
    smtp = settings.smtp
    if smtp.host:
        yield SmtpChannel(
            host=smtp.host,
            port=smtp.port,
            sender=smtp.sender,
            clock=clock,
            username=smtp.username or None,
            password=secrets.smtp_password,
            security=smtp.security,
        )
    if settings.sms.provider:
        yield SmsChannel(settings.sms, secrets.sms_secret)
    if secrets.push_service_account is not None:
        try:
            yield FcmChannel(settings.push, secrets.push_service_account, clock)
        except ValueError as fault:
            raise Refused(f"SOCLE_PUSH_SERVICE_ACCOUNT {fault}.") from fault
    elif settings.push != PushSettings():
        raise Refused("push is set and SOCLE_PUSH_SERVICE_ACCOUNT (or …_FILE) is missing: no push can be sent.")
