"""The manifest of participations."""

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Wired
from core.primitives.locale import Text

REMIND = "remind_participants"
WITHDRAW = "withdraw_refunded"


def _wire(kernel: Kernel) -> Wired:
    from plugins.spotvibe.participations.invitation_http import invitation_controller
    from plugins.spotvibe.participations.invitation_service import Invitations
    from plugins.spotvibe.participations.participation_http import participation_controller
    from plugins.spotvibe.participations.participation_service import Participations
    from plugins.spotvibe.participations.reminder_service import Reminders
    from plugins.spotvibe.participations.store import InvitationStore, ParticipationStore
    from plugins.spotvibe.participations.wire import EvenementSuivi, Invitation, Participant, Participation
    from plugins.spotvibe.participations.withdrawal_service import Withdrawals

    works, clock = kernel.works, kernel.clock
    users, events, tickets = (kernel.apis[f"spotvibe_{name}"] for name in ("users", "events", "tickets"))
    store = ParticipationStore(participant=Participant, participation=Participation, evenement=EvenementSuivi)
    invited = InvitationStore(Invitation)
    events.counters.add("total_participants", store.total)
    tickets.audience.add(store.concerned)
    return Wired(
        controllers=[
            participation_controller(Participations(works, store, invited, users, events, tickets, clock)),
            invitation_controller(Invitations(works, invited, users, events, clock)),
        ],
        handlers={WITHDRAW: Withdrawals(works, store).refunded},
        jobs={REMIND: Reminders(works, store, clock).remind},
    )


PLUGIN = Plugin(
    name="spotvibe_participations",
    title=Text(fr="Participations et invitations", en="Participations and invitations"),
    suites=("spotvibe",),
    requires=("spotvibe_users", "spotvibe_payments", "spotvibe_events", "spotvibe_tickets"),
    claims=("/api/events/participate", "/api/events/my-participations"),
    # tickets' manifest names spotvibe.event_reminder, which participations publish as well
    publishes=("spotvibe.invited",),
    subscribes={"spotvibe.refund_done": WITHDRAW},
    jobs=(REMIND,),
    schedules=(Schedule(REMIND, "*/5 * * * *"),),
    wire=_wire,
)
