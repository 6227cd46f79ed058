"""Alerts of subscriptions: raised when what is used crosses a threshold, also where another product counts it."""

from typing import Protocol

from core.access.usage import Allowance
from core.work import Work
from plugins.megahub.companies.alerts_service import AlertKind, Alerts, severity_of


class SubscribedStore(Protocol):
    """What an alert says of a subscription."""

    async def told(self, work: Work, key: int) -> tuple[int, str] | None:
        """Return the company that has a subscription, and its feature's name, of any tenant."""
        ...


class SubscriptionAlerts:
    """Keeps the alerts of subscriptions in step with their counters and limits."""

    def __init__(self, store: SubscribedStore, alerts: Alerts) -> None:
        self._store = store
        self._alerts = alerts

    async def watch(self, work: Work, subject: str, before: Allowance, after: Allowance) -> None:
        """Be told of what is used (a watcher of `core.access.usage.Usage`): only what crosses a threshold matters."""
        if severity_of(before) is not severity_of(after):
            await self.settle(work, int(subject), after)

    async def settle(self, work: Work, subscription: int, allowance: Allowance) -> None:
        """Have the alerts of a subscription be those of what is left of it."""
        told = await self._store.told(work, subscription)
        if told is not None:
            company, feature = told
            await self._alerts.raise_or_clear(
                work, company, AlertKind.FEATURE, allowance, subscription=subscription, feature=feature
            )
