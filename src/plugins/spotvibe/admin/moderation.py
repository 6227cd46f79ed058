"""What staff decide in bulk, each by the slice that owns it (DECISIONS.md section 2, "Events", "Verification",
"Refunds")."""

from collections.abc import Mapping

from core.work import Work
from plugins.spotvibe.admin.bulk_service import Act
from plugins.spotvibe.admin.suspension_service import Suspensions
from plugins.spotvibe.events.api import EventsApi
from plugins.spotvibe.payments.api import PaymentsApi
from plugins.spotvibe.users.api import UsersApi
from plugins.spotvibe.users.profile_service import principal_of


def acts(events: EventsApi, payments: PaymentsApi, users: UsersApi, suspensions: Suspensions) -> Mapping[str, Act]:
    """The bulk actions that are done inside a unit of work, by the names that the contract gives them; the last two are
    added."""

    async def approve_event(work: Work, key: int, reason: str) -> None:
        await events.approve(work, key, principal_of(work.caller).number, reason)

    async def reject_event(work: Work, key: int, reason: str) -> None:
        await events.reject(work, key, principal_of(work.caller).number, reason)

    async def approve_verification(work: Work, key: int, reason: str) -> None:
        await users.approve_verification(work, key, principal_of(work.caller).number, reason)

    async def reject_verification(work: Work, key: int, reason: str) -> None:
        await users.reject_verification(work, key, principal_of(work.caller).number, reason)

    async def approve_refund(work: Work, key: int, reason: str) -> None:  # noqa: ARG001 - kept with the action
        await payments.approve_refund(work, key, work.caller.account)

    async def reject_refund(work: Work, key: int, reason: str) -> None:  # noqa: ARG001 - kept with the action
        await payments.reject_refund(work, key, work.caller.account)

    async def mark_refund_paid(work: Work, key: int, reason: str) -> None:
        # who sends the money himself says by which of the operator's references
        await payments.mark_refund_paid(work, key, work.caller.account, reason)

    async def restore(work: Work, key: int, reason: str) -> None:  # noqa: ARG001 - kept with the action
        await suspensions.restore(work, key)

    return {
        "approve_events": approve_event,
        "reject_events": reject_event,
        "approve_verifications": approve_verification,
        "reject_verifications": reject_verification,
        "approve_refunds": approve_refund,
        "reject_refunds": reject_refund,
        "mark_refunds_paid": mark_refund_paid,
        "activate_users": restore,
        "deactivate_users": suspensions.suspend,
    }
