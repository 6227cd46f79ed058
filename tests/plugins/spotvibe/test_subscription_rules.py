"""What holds of plans and subscriptions, without a database: how long a period lasts, what an upgrade costs."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.primitives.locale import Locale
from plugins.spotvibe.subscriptions.domain import (
    Abonnement,
    Achat,
    Difference,
    Duree,
    Nature,
    Plan,
    Statut,
    StatutAchat,
    credited_time,
    days_remaining,
    difference,
    extension,
    last_day,
    period_end,
)
from plugins.spotvibe.subscriptions.plan_service import common, features
from plugins.spotvibe.subscriptions.wire import Plan as PlanShown

ZONE = ZoneInfo("Africa/Porto-Novo")
NOON = datetime(2024, 7, 16, 11, tzinfo=UTC)
PREMIUM = Plan(2, "Premium", Decimal(25000), Duree.MENSUEL)


def subscription(**changes: object) -> Abonnement:
    """Standard from 1 to 31 July 2024."""
    made = Abonnement(
        id=1,
        user_id=7,
        plan_id=1,
        plan_nom="Standard",
        statut=Statut.ACTIF,
        date_debut=datetime(2024, 7, 1, tzinfo=ZONE),
        date_fin=datetime(2024, 7, 31, 23, 59, 59, tzinfo=ZONE),
        prix_periode=Decimal(10000),
        jours_periode=31,
        renouvellement_automatique=True,
        methode="MOMO_MTN",
        telephone="+2290197000000",
    )
    return msgspec.structs.replace(made, **changes)


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        ("2024-07-01", 1, "2024-07-31"),
        ("2024-08-01", 1, "2024-08-31"),
        ("2024-07-15", 1, "2024-08-14"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-01-30", 1, "2024-02-29"),
        ("2024-12-01", 1, "2024-12-31"),
        ("2024-12-15", 1, "2025-01-14"),
        ("2024-11-30", 3, "2025-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-01-01", 12, "2024-12-31"),
        ("2024-03-31", 6, "2024-09-30"),
    ],
)
def test_months_are_added_by_the_calendar(first: str, months: int, last: str) -> None:
    assert last_day(date.fromisoformat(first), months) == date.fromisoformat(last)


def test_no_period_is_shorter_than_the_month_it_began_in_allows() -> None:
    """A month is 28 to 31 days from whichever day it begins, and a year 365 or 366."""
    day = date(2023, 1, 1)
    for _ in range(800):
        assert 28 <= (last_day(day, 1) - day).days + 1 <= 31
        assert 365 <= (last_day(day, 12) - day).days + 1 <= 366
        day += timedelta(days=1)


def test_the_documents_dates() -> None:
    """Section 5.2: July to its last second, renewed to the end of August (section 5.3), in the installation's
    zone, an hour before UTC."""
    assert period_end(date(2024, 7, 1), Duree.MENSUEL, ZONE).isoformat() == "2024-07-31T22:59:59+00:00"
    begins, ends = extension(subscription().date_fin, Duree.MENSUEL, NOON, ZONE)
    assert begins.isoformat() == "2024-07-31T23:00:00+00:00"
    assert ends.isoformat() == "2024-08-31T22:59:59+00:00"


def test_what_is_over_is_renewed_from_today() -> None:
    late = datetime(2024, 8, 5, 9, tzinfo=UTC)
    assert extension(subscription().date_fin, Duree.MENSUEL, late, ZONE) == (
        late,
        datetime(2024, 9, 4, 23, 59, 59, tzinfo=ZONE),
    )


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2024-07-16T11:00:00Z", 15),
        ("2024-07-30T22:59:59Z", 1),
        ("2024-07-30T23:00:00Z", 0),
        ("2024-07-31T22:59:58Z", 0),
        ("2024-09-01T00:00:00Z", 0),
    ],
)
def test_days_are_cut_in_the_installations_zone(now: str, days: int) -> None:
    assert days_remaining(subscription().date_fin, datetime.fromisoformat(now), ZONE) == days


def test_an_upgrade_credits_the_unused_days() -> None:
    """15 of 31 days are unused: 10000 x 15 / 31 = 4838.71; 25000 - 4838.71 = 20161.29, rounded to 20161."""
    assert difference(subscription(), PREMIUM, NOON, ZONE, "XOF") == Difference(Decimal(20161), Decimal("4838.71"), 0)


@pytest.mark.parametrize(("prix", "montant"), [("25000.5", "25001"), ("25000.49", "25000")])
def test_the_difference_is_rounded_half_up(prix: str, montant: str) -> None:
    last_day_of_it = datetime(2024, 7, 31, 12, tzinfo=UTC)
    plan = msgspec.structs.replace(PREMIUM, prix=Decimal(prix))
    assert difference(subscription(), plan, last_day_of_it, ZONE, "XOF").montant == Decimal(montant)


def test_a_free_plan_is_worth_nothing() -> None:
    assert difference(subscription(prix_periode=Decimal(0)), PREMIUM, NOON, ZONE, "XOF") == Difference(
        Decimal(25000), Decimal(0), 0
    )


def test_periods_bought_ahead_are_not_lost() -> None:
    """With 92 unused days of 31 the credit is 29677.42: 4677.42 above the new price, which is 5 days of 31."""
    ahead = subscription(date_fin=datetime(2024, 10, 16, 23, 59, 59, tzinfo=ZONE))
    assert difference(ahead, PREMIUM, NOON, ZONE, "XOF") == Difference(Decimal(0), Decimal("29677.42"), 5)


def test_what_a_credit_has_paid_is_known() -> None:
    bought = Achat(
        id=1,
        user_id=7,
        nature=Nature.MISE_A_NIVEAU,
        plan_id=2,
        plan_nom="Premium",
        duree=Duree.MENSUEL,
        depuis_id=1,
        abonnement_id=2,
        statut=StatutAchat.PAYE,
        montant=Decimal(20000),
        prix_periode=Decimal(25000),
        credit=Decimal(5000),
        jours_offerts=0,
        automatique=False,
        methode=None,
        telephone=None,
        debut=NOON,
        fin=NOON + timedelta(days=30),
    )
    assert credited_time(bought) == timedelta(days=6)
    assert credited_time(msgspec.structs.replace(bought, credit=Decimal(0))) == timedelta()


def plan(events: int | None, commission: str, *, priority: bool) -> PlanShown:
    """A plan as it is shown."""
    return PlanShown(1, "P", "STANDARD", Decimal(1), "MENSUEL", "", events, Decimal(commission), priority)


def test_features_say_what_a_plan_does() -> None:
    told = [
        (nom.say(Locale.FR), held, limit)
        for nom, _, held, limit in features(plan(1, "10.00", priority=False), Locale.FR)
    ]
    assert told == [
        ("Création d'événements", True, "1 par mois"),
        ("Commission réduite", True, "10 %"),
        ("Support prioritaire", False, None),
    ]
    told = [
        (nom.say(Locale.EN), held, limit)
        for nom, _, held, limit in features(plan(None, "7.50", priority=True), Locale.EN)
    ]
    assert told == [
        ("Creating events", True, "Unlimited"),
        ("Reduced commission", True, "7.5%"),
        ("Priority support", True, None),
    ]
    assert features(plan(0, "0.00", priority=True), Locale.FR)[0][2] is False


def test_common_features_are_those_of_every_plan() -> None:
    always = ["Accès à la plateforme", "Support standard"]
    assert common([], Locale.FR) == common([plan(1, "10", priority=True)], Locale.FR) == always
    same = [plan(1, "8.00", priority=True), plan(5, "8", priority=True)]
    assert common(same, Locale.FR) == [*always, "Commission réduite : 8 %", "Support prioritaire"]
