"""Notifications: what people are told of, in their language, and what they read in the application."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.access.principal import SYSTEM
from core.work import AlreadyDelivered, Delivery
from plugins.spotvibe.notifications.domain import Modele, places_of
from plugins.spotvibe.notifications.plugin import PLUGIN, TOLD
from plugins.spotvibe.notifications.subscribers import amount
from plugins.spotvibe.notifications.types import ALWAYS, PLACES
from tests.installation import PASSWORD, unique
from tests.plugins.spotvibe.happened import event, happen, inbox, sent
from tests.scene import Person, Scene

BEGINS = datetime(2026, 12, 24, 19, 30, tzinfo=UTC)
PAYMENT = "0190c3a0-0000-7000-8000-000000000001"
CONCERT: dict[str, Any] = {"evenement": 7, "titre": "Concert {jazz} & soul"}

FACTS: list[tuple[str, dict[str, Any], str, str, str | None]] = [
    ("spotvibe.user_registered", {"user": 0}, "WELCOME", "Bienvenue sur SpotVibe, Awa !", "/events"),
    (
        "spotvibe.verification_decided",
        {"user": 0, "statut": "APPROUVE", "commentaire": ""},
        "VERIFICATION_APPROVED",
        "Votre identité est vérifiée",
        "/profile",
    ),
    (
        "spotvibe.verification_decided",
        {"user": 0, "statut": "REJETE", "commentaire": "Document illisible"},
        "VERIFICATION_REJECTED",
        "Votre identité n'a pas pu être vérifiée",
        "/profile",
    ),
    (
        "spotvibe.event_decided",
        {**CONCERT, "createur": 0, "statut": "VALIDE", "motif": ""},
        "EVENT_APPROVED",
        "Votre événement est en ligne : Concert {jazz} & soul",
        "/events/7",
    ),
    (
        "spotvibe.event_decided",
        {**CONCERT, "createur": 0, "statut": "REJETE", "motif": ""},
        "EVENT_REJECTED",
        "Votre événement n'a pas été approuvé : Concert {jazz} & soul",
        "/events/7",
    ),
    (
        "spotvibe.event_cancelled",
        {**CONCERT, "user": 0},
        "EVENT_CANCELLED",
        "Événement annulé : Concert {jazz} & soul",
        "/events/7",
    ),
    (
        "spotvibe.event_reminder",
        {**CONCERT, "user": 0, "date_debut": BEGINS},
        "EVENT_REMINDER",
        "Rappel : Concert {jazz} & soul",
        "/events/7",
    ),
    (
        "spotvibe.invited",
        {**CONCERT, "user": 0, "par": 0},
        "INVITATION",
        "Vous êtes invité : Concert {jazz} & soul",
        "/events/7",
    ),
    (
        "spotvibe.tickets_paid",
        {**CONCERT, "user": 0, "quantity": 3, "payment": PAYMENT},
        "TICKET_PURCHASED",
        "Vos billets pour Concert {jazz} & soul",
        "/events/7",
    ),
    (
        "spotvibe.payment_failed",
        {"user": 0, "payment": PAYMENT, "type_paiement": "BILLET", "motif": "insufficient_funds"},
        "PAYMENT_FAILED",
        "Votre paiement n'a pas abouti",
        f"/payments/{PAYMENT}",
    ),
    (
        "spotvibe.payment_failed",
        {"user": 0, "payment": PAYMENT, "type_paiement": "ABONNEMENT", "motif": None},
        "PAYMENT_FAILED",
        "Votre paiement n'a pas abouti",
        f"/payments/{PAYMENT}",
    ),
    (
        "spotvibe.refund_decided",
        {"user": 0, "refund": 4, "montant": Decimal("4500.00"), "statut": "APPROUVE"},
        "REFUND_APPROVED",
        "Votre demande de remboursement est acceptée",
        "/payments/refunds/4",
    ),
    (
        "spotvibe.refund_decided",
        {"user": 0, "refund": 4, "montant": Decimal("4500.00"), "statut": "REJETE"},
        "REFUND_REJECTED",
        "Votre demande de remboursement est refusée",
        "/payments/refunds/4",
    ),
    (
        "spotvibe.refund_done",
        {"user": 0, "refund": 4, "montant": Decimal("4500.00")},
        "REFUND_DONE",
        "Vous avez été remboursé",
        "/payments/refunds/4",
    ),
    (
        "spotvibe.subscription_activated",
        {"user": 0, "plan": "Gold", "date_fin": BEGINS},
        "SUBSCRIPTION_ACTIVATED",
        "Votre abonnement Gold est actif",
        "/subscriptions",
    ),
    (
        "spotvibe.subscription_expiring",
        {"user": 0, "plan": "Gold", "date_fin": BEGINS},
        "SUBSCRIPTION_EXPIRING",
        "Votre abonnement Gold se termine bientôt",
        "/subscriptions",
    ),
    (
        "spotvibe.subscription_expired",
        {"user": 0, "plan": "Gold"},
        "SUBSCRIPTION_EXPIRED",
        "Votre abonnement Gold est terminé",
        "/subscriptions",
    ),
    (
        "spotvibe.renewal_link",
        {"user": 0, "plan": "Gold", "url": "https://pay.example.com/x"},
        "RENEWAL_LINK",
        "Renouvelez votre abonnement Gold",
        "https://pay.example.com/x",
    ),
]
PEOPLE = ("user", "createur", "par")


async def awa(scene: Scene, **fields: Any) -> Person:
    """A new user called Awa."""
    return await scene.person(first_name="Awa", **fields)


def about(person: Person, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an event about somebody."""
    return {name: person.id if name in PEOPLE else value for name, value in fields.items()}


@pytest.mark.parametrize(("name", "fields", "kind", "titre", "lien"), FACTS, ids=[f"{each[2]}" for each in FACTS])
async def test_each_event_tells_whom_it_concerns(
    scene: Scene, name: str, fields: dict[str, Any], kind: str, titre: str, lien: str
) -> None:
    french, english = await awa(scene), await awa(scene, language="en")
    texts = {}
    for person in (french, english):
        given = about(person, fields) | ({"evenement": person.id} if "evenement" in fields else {})
        await happen(scene, name, **given)
        (told,) = await inbox(person)
        assert (told["type_notification"], told["statut"], told["is_read"]) == (kind, "ENVOYE", False)
        detail = (await person.client.get(f"/api/notifications/{told['id']}/")).json()
        assert detail["lien_action"] == (f"/events/{person.id}" if "evenement" in fields else lien)
        assert "{" not in told["message"].replace("{jazz}", "")
        (letter,) = await sent(scene, person.email)
        assert letter["subject"] == told["titre"]
        assert told["message"] in letter["body"]
        assert detail["lien_action"] in letter["body"]
        texts[person] = told
    assert texts[french]["titre"] == titre
    assert texts[english]["message"] != texts[french]["message"], "English is English"


def test_every_event_of_the_manifest_is_tried() -> None:
    tried = {name for name, *_ in FACTS} | {"spotvibe.user_followed"}
    assert tried == set(TOLD)
    assert set(PLUGIN.subscribes) == {*TOLD, "notifications.recipient_gone"}


async def test_values_are_written_as_people_write_them(scene: Scene) -> None:
    french, english = await awa(scene), await awa(scene, language="en")
    for person in (french, english):
        await happen(scene, "spotvibe.event_reminder", evenement=1, titre="Fête", date_debut=BEGINS, user=person.id)
        await happen(scene, "spotvibe.refund_done", user=person.id, refund=1, montant=Decimal("12500.00"))
        failed = {"payment": PAYMENT, "type_paiement": "BILLET", "motif": "declined_by_payer"}
        await happen(scene, "spotvibe.payment_failed", user=person.id, **failed)
    failure, refund, reminder = [each["message"] for each in await inbox(french)]
    assert reminder.startswith("« Fête » commence le 24/12/2026 à 20:30.")
    assert refund.startswith("12 500 XOF vous ont été remboursés")
    assert "(billet) n'a pas abouti : paiement refusé sur votre téléphone." in failure
    failure, refund, reminder = [each["message"] for each in await inbox(english)]
    assert reminder.startswith("“Fête” starts on 24 December 2026, 20:30.")
    assert "(ticket) did not go through: payment declined on your phone." in failure
    assert [amount(text, "XOF") for text in ("0.00", "1250.50", "1000000")] == [
        "0 XOF",
        "1 250.50 XOF",
        "1 000 000 XOF",
    ]


async def test_a_follower_is_told_of_and_followers_hear_of_new_events_once(scene: Scene) -> None:
    star, fan = await awa(scene), await awa(scene)
    await fan.client.post("/api/users/follow/", json={"user_id": star.id})
    await scene.installed.drain()
    (told,) = await inbox(star)
    assert (told["type_notification"], told["titre"]) == ("NEW_FOLLOWER", f"{fan.username} vous suit")
    approved = {"evenement": star.id, "titre": "Bal", "createur": star.id, "statut": "VALIDE", "motif": ""}
    for _ in range(2):
        await happen(scene, "spotvibe.event_decided", **approved)
    (news,) = await inbox(fan)
    assert (news["type_notification"], news["titre"]) == ("NEW_EVENT", "Nouvel événement : Bal")
    assert star.username in news["message"]


async def test_who_signs_up_is_welcomed(scene: Scene) -> None:
    name = unique("nouvelle")
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    made = await scene.api().post("/api/users/register/", json=body)
    assert made.status_code == 201, made.text
    subjects = [letter["subject"] for letter in await sent(scene, body["email"])]
    assert sorted(subjects) == [f"Bienvenue sur SpotVibe, {name} !", "Vérifiez votre adresse e-mail"]


async def test_what_is_told_twice_by_two_publishers_is_told_once(scene: Scene) -> None:
    person = await awa(scene)
    for name, more in (("spotvibe.event_cancelled", {}), ("spotvibe.event_reminder", {"date_debut": BEGINS})):
        for _ in range(2):
            await happen(scene, name, evenement=person.id, titre="Bal", user=person.id, **more)
    assert [each["type_notification"] for each in await inbox(person)] == ["EVENT_REMINDER", "EVENT_CANCELLED"]
    later = {"evenement": person.id, "titre": "Bal", "user": person.id, "date_debut": BEGINS.replace(day=25)}
    await happen(scene, "spotvibe.event_reminder", **later)
    assert len(await inbox(person)) == 3, "a new date is another reminder"


async def test_a_delivery_handled_twice_at_once_tells_once(scene: Scene) -> None:
    person = await awa(scene)
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        work.publish(event("spotvibe.user_registered", user=person.id))
        await work.commit()
    handler = "spotvibe_notifications.tell"
    row = await scene.owner.fetchrow(
        "select id, payload from outbox where subscriber = $1 and (payload::jsonb ->> 'user')::bigint = $2",
        handler,
        person.id,
    )
    delivery = Delivery(row["id"], "spotvibe.user_registered", handler, {"user": person.id})
    tell = scene.installed.composition.handlers[handler]
    outcomes = await asyncio.gather(*(tell(delivery) for _ in range(6)), return_exceptions=True)
    assert [type(each) for each in outcomes if each is not None] == [AlreadyDelivered] * 5
    await scene.installed.drain()
    assert len(await inbox(person)) == 1
    assert len(await sent(scene, person.email)) == 1


async def test_an_event_about_nobody_tells_nobody(scene: Scene) -> None:
    stranger, closed = await scene.person(profile=False), await awa(scene)
    await scene.owner.execute("update account set is_active = false where number = $1", closed.id)
    for number in (stranger.id, closed.id, 2**62):
        await happen(scene, "spotvibe.user_registered", user=number)
    counted = "select count(*) from spotvibe_notification where user_id = any($1::bigint[])"
    assert await scene.owner.fetchval(counted, [stranger.id, closed.id, 2**62]) == 0
    assert await sent(scene, closed.email) == []


async def told(scene: Scene, person: Person, count: int) -> list[int]:
    """Tell somebody so often; the ids, newest first."""
    for _ in range(count):
        await happen(scene, "spotvibe.subscription_expired", user=person.id, plan="Gold")
    return [each["id"] for each in await inbox(person)]


async def figures(person: Person) -> tuple[int, int, int]:
    """Total, read, unread; as both operations tell them."""
    stats = (await person.client.get("/api/notifications/stats/")).json()
    unread = (await person.client.get("/api/notifications/unread-count/")).json()
    assert unread == {"unread_count": stats["unread_notifications"]}
    return stats["total_notifications"], stats["read_notifications"], stats["unread_notifications"]


async def test_notifications_are_read_counted_and_deleted(scene: Scene) -> None:
    person = await awa(scene)
    assert await figures(person) == (0, 0, 0)
    newest, middle, oldest = await told(scene, person, 3)
    assert await figures(person) == (3, 0, 3)
    done = await person.client.post("/api/notifications/mark-read/", json={"notification_ids": [oldest, oldest]})
    assert done.json() == {"message": "Notifications marquées comme lues."}
    read = (await person.client.get(f"/api/notifications/{oldest}/")).json()
    assert (read["statut"], read["date_lecture"] is None) == ("LU", False)
    again = await person.client.post("/api/notifications/mark-read/", json={"notification_ids": [oldest, middle]})
    assert again.status_code == 200
    assert (await person.client.get(f"/api/notifications/{oldest}/")).json()["date_lecture"] == read["date_lecture"]
    assert await figures(person) == (3, 2, 1)
    done = await person.client.post("/api/notifications/mark-all-read/")
    assert done.json() == {"message": "Toutes les notifications ont été marquées comme lues."}
    assert await figures(person) == (3, 3, 0)
    assert (await person.client.delete(f"/api/notifications/{newest}/delete/")).status_code == 204
    assert (await person.client.get(f"/api/notifications/{newest}/")).status_code == 404
    assert await figures(person) == (2, 2, 0)
    cut = await person.client.get("/api/notifications/", params={"limit": 1, "offset": 1})
    assert ([each["id"] for each in cut.json()], cut.headers["x-total-count"]) == ([oldest], "2")


async def test_notifications_of_others_do_not_exist(scene: Scene) -> None:
    person, other = await awa(scene), await awa(scene)
    (mine,) = await told(scene, person, 1)
    (theirs,) = await told(scene, other, 1)
    assert (await person.client.get(f"/api/notifications/{theirs}/")).status_code == 404
    assert (await person.client.delete(f"/api/notifications/{theirs}/delete/")).status_code == 404
    refused = await person.client.post("/api/notifications/mark-read/", json={"notification_ids": [mine, theirs]})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"notification_ids"})
    assert await figures(person) == (1, 0, 1), "nothing of it was done"
    await person.client.post("/api/notifications/mark-all-read/")
    assert await figures(other) == (1, 0, 1)


@pytest.mark.parametrize(
    "body",
    [{}, {"notification_ids": []}, {"notification_ids": [0]}, {"notification_ids": [2**63]}, {"notification_ids": 1}]
    + [{"notification_ids": value} for value in (["1"], [None], [1.5], list(range(1, 502)), [10**30])],
)
async def test_malformed_lists_of_notifications_are_refused(scene: Scene, body: dict[str, Any]) -> None:
    person = await awa(scene)
    refused = await person.client.post("/api/notifications/mark-read/", json=body)
    assert refused.status_code == 400
    assert all(field.startswith("notification_ids") for field in refused.json()["details"])


async def test_marking_the_same_ones_at_once_ends_well(scene: Scene) -> None:
    person = await awa(scene)
    insert = """
insert into spotvibe_notification (user_id, titre, message, type_notification)
select $1, 't', 'm', 'TEST' from generate_series(1, 400) returning id
"""
    ids = [row["id"] for row in await scene.owner.fetch(insert, person.id)]
    ask = person.client.post
    backwards = list(reversed(ids))
    answers = await asyncio.gather(
        *(ask("/api/notifications/mark-read/", json={"notification_ids": each}) for each in (ids, backwards) * 4),
        *(ask("/api/notifications/mark-all-read/") for _ in range(4)),
    )
    assert {answer.status_code for answer in answers} == {200}
    assert await figures(person) == (400, 400, 0)
    moments = "select count(distinct date_lecture) from spotvibe_notification where user_id = $1"
    assert await scene.owner.fetchval(moments, person.id) == 1, "the first to read it says when"


async def test_a_test_reaches_every_channel_that_is_wanted(scene: Scene) -> None:
    person = await awa(scene)
    token = unique("appareil")
    await person.client.post("/api/notifications/push-tokens/", json={"token": token, "plateforme": "ANDROID"})
    done = await person.client.post("/api/notifications/test/")
    assert (done.status_code, done.json()) == (200, {"message": "Notification de test envoyée."})
    (kept,) = await inbox(person)
    (letter,), (push,) = await sent(scene, person.email), await sent(scene, token, "push")
    assert kept["titre"] == letter["subject"] == push["subject"] == "Notification de test"
    assert push["body"] == kept["message"]
    for canal in ("EMAIL", "PUSH", "IN_APP"):
        body = {"type_notification": "TEST", "canal": canal, "actif": False}
        assert (await person.client.put("/api/notifications/preferences/", json=body)).status_code == 200
    await person.client.post("/api/notifications/test/")
    assert (len(await inbox(person)), len(await sent(scene, person.email))) == (2, 1), "in the application in any case"


async def test_a_superuser_without_a_profile_can_test_too(scene: Scene) -> None:
    admin = await scene.person(profile=False, superuser=True)
    assert (await admin.client.post("/api/notifications/test/")).status_code == 200
    assert len(await inbox(admin)) == 1


async def test_the_list_and_the_count_read_by_their_indexes(scene: Scene) -> None:
    person, *others = [await awa(scene) for _ in range(5)]
    fill = """
insert into spotvibe_notification (user_id, titre, message, type_notification, statut, date_lecture)
select unnest($1::bigint[]), 't', 'm', 'TEST', 'LU', now() from generate_series(1, $2)
"""
    await scene.owner.execute(fill, [each.id for each in others], 10_000)
    await scene.owner.execute(fill, [person.id], 500)
    await told(scene, person, 2)
    await scene.owner.execute("analyze spotvibe_notification")
    for statement, index in (
        ("select count(*) from spotvibe_notification where user_id = $1 and date_lecture is null", "non_lues"),
        ("select id, titre from spotvibe_notification where user_id = $1 order by id desc limit 100", "_user_id"),
    ):
        plan = "\n".join(
            row[0] for row in await scene.owner.fetch(f"explain {statement}".replace("$1", str(person.id)))
        )
        assert f"ix_spotvibe_notification_{index.removeprefix('_')}" in plan, plan
        assert "Sort" not in plan, plan
    assert (await figures(person))[2] == 2


async def test_every_type_of_the_product_has_a_template_that_its_events_can_fill(scene: Scene) -> None:
    rows = await scene.owner.fetch("select * from spotvibe_notification_template")
    templates = {row["type_notification"]: row for row in rows}
    assert templates.keys() >= PLACES.keys()
    for kind, places in PLACES.items():
        row = templates[kind]
        french = places_of(row["sujet_fr"]) | places_of(row["corps_fr"])
        assert french == places_of(row["sujet_en"]) | places_of(row["corps_en"]), kind
        assert french <= places | ALWAYS, kind
        assert row["canaux_actifs"], kind


@pytest.mark.parametrize("text", ["{", "}", "{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>10}", "{ a }", "{a"])
def test_braces_enclose_plain_names(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Modele("X", (), text, "", "", "").places  # noqa: B018 - the places are read
