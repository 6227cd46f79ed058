"""Slots of companies: what is counted, refused, recounted, and told (contracts/megahub.md, "Company slots")."""

import asyncio
from typing import Any

from core.access.principal import SYSTEM
from tests.hub import Hub, a_user
from tests.installation import PASSWORD, unique


async def test_brands_take_slots_and_give_them_back(hub: Hub) -> None:
    company = await hub.company()
    brands = [await company.brand() for _ in range(5)]
    full = await company.admin.post(f"{company.path}/brands/", json={"name": "De trop"})
    assert full.status_code == 400
    assert full.json() == {"error": "Limite de marques atteinte (5/5)", "code": "megahub_brands_full"}
    slots = await company.slots()
    assert (slots["current_brands_count"], slots["available_brands_slots"]) == (5, 0)
    assert (slots["brands_usage_percentage"], slots["is_brands_limit_reached"]) == (100.0, True)
    assert (await company.admin.delete(f"{company.path}/brands/{brands[0]['id']}/")).status_code == 204
    assert (await company.slots())["current_brands_count"] == 4
    await company.brand()
    listed = (await company.admin.get(f"{company.path}/brands/", params={"ordering": "id"})).json()
    assert [brand["id"] for brand in listed["results"][:4]] == [brand["id"] for brand in brands[1:]]
    assert listed["count"] == 5


async def test_users_take_slots_and_the_owner_none(hub: Hub) -> None:
    company = await hub.company()
    await company.set_slots(5, 2)
    first, second = await company.user("brand_admin"), await company.user("brand_member")
    assert list(first) == ["id", "username", "email", "user_type", "is_active"]
    slots = await company.slots()
    assert (slots["current_users_count"], slots["is_users_limit_reached"]) == (2, True)
    accounts = await hub.owner.fetchval("select count(*) from account")
    full = await company.admin.post(f"{company.path}/users/", json=a_user())
    assert full.status_code == 400
    assert full.json()["error"] == "Limite d'utilisateurs atteinte (2/2)"
    assert await hub.owner.fetchval("select count(*) from account") == accounts
    listed = (await company.admin.get(f"{company.path}/users/")).json()
    assert listed["results"] == [first, second]
    assert (await company.admin.get(f"{company.path}/users/", params={"search": second["username"]})).json()[
        "results"
    ] == [second]
    assert (await company.admin.get(f"{company.path}/users/", params={"user_type": "patron"})).status_code == 400
    login = {"email": second["email"], "password": PASSWORD}
    signed_in = await hub.api().post("/api/auth/login/", json=login)
    assert signed_in.status_code == 200
    member = hub.api(signed_in.json()["access"])
    assert (await member.get(f"{company.path}/")).status_code == 200
    assert (await company.admin.delete(f"{company.path}/users/{second['id']}/")).status_code == 204
    assert (await member.get(f"{company.path}/")).status_code == 401
    assert (await company.slots())["current_users_count"] == 1
    # the account stays: its email is taken
    again = await company.admin.post(f"{company.path}/users/", json=a_user(email=second["email"]))
    assert again.status_code == 409
    await company.user()


async def test_a_company_cannot_lower_below_what_it_uses(hub: Hub) -> None:
    company = await hub.company()
    for _ in range(4):
        await company.brand()
    for user_type in ("brand_admin", "brand_member"):
        await company.user(user_type)
    both = await company.admin.put(f"{company.slots_path}/", json={"brands_slots": 3, "users_slots": 1})
    assert both.status_code == 400
    assert both.json()["details"] == {
        "brands_slots": ["Impossible de réduire à 3 slots, 4 brands utilisées"],
        "users_slots": ["Impossible de réduire à 1 slots, 2 users utilisés"],
    }
    assert (await company.slots())["brands_slots"] == 5
    exact = await company.admin.put(f"{company.slots_path}/", json={"brands_slots": 4, "users_slots": 2})
    assert exact.status_code == 200
    assert exact.json()["is_brands_limit_reached"] is True
    huge = await company.admin.patch(f"{company.slots_path}/", json={"brands_slots": 2**31})
    assert set(huge.json()["details"]) == {"brands_slots"}
    past = await company.admin.post(f"{company.slots_path}/increase-slots/", json={"brands_increment": 2**31 - 1})
    assert set(past.json()["details"]) == {"brands_increment"}
    assert (await company.slots())["brands_slots"] == 4


async def test_if_match_guards_slots(hub: Hub) -> None:
    company = await hub.company()
    tag = (await company.admin.get(f"{company.slots_path}/")).headers["etag"]
    body = {"brands_slots": 7}
    assert (
        await company.admin.patch(f"{company.slots_path}/", json=body, headers={"if-match": tag})
    ).status_code == 200
    assert (
        await company.admin.patch(f"{company.slots_path}/", json=body, headers={"if-match": tag})
    ).status_code == 412
    # the counts change though what may be written does not: a read is never "not modified"
    tag = (await company.admin.get(f"{company.slots_path}/")).headers["etag"]
    await company.brand()
    seen = await company.admin.get(f"{company.slots_path}/", headers={"if-none-match": tag})
    assert (seen.status_code, seen.json()["current_brands_count"]) == (200, 1)


async def test_a_recount_brings_counters_to_their_rows(hub: Hub) -> None:
    company = await hub.company()
    for _ in range(3):
        await company.brand()
    await company.user()
    await hub.owner.execute("update usage_counter set used = 1 where subject = $1", str(company.id))
    assert (await company.slots())["current_brands_count"] == 1
    answer = await company.admin.post(f"{company.slots_path}/refresh-counts/", json={})
    assert answer.status_code == 200
    assert answer.json()["message"] == "Compteurs mis à jour avec succès"
    assert (answer.json()["slots"]["current_brands_count"], answer.json()["slots"]["current_users_count"]) == (3, 1)
    # the journal tells what was put right, so that only the wrong hand of before stands out
    await hub.owner.execute(
        "insert into usage_entry (feature, subject, period, asked_feature, asked_subject, kind, amount)"
        " values ('megahub_brands', $1, '', 'megahub_brands', $1, 'recount', -2)",
        str(company.id),
    )


async def test_counters_agree_with_their_rows_and_journal(hub: Hub) -> None:
    company = await hub.company()
    for _ in range(2):
        await company.brand()
    user = await company.user()
    await company.admin.delete(f"{company.path}/users/{user['id']}/")
    async with hub.kernel.works.everywhere(SYSTEM) as work:
        faults = await hub.kernel.usage.faults(work)
    assert [fault for fault in faults if fault.counter.subject == str(company.id)] == []


async def test_alerts_are_raised_once_for_each_crossing(hub: Hub) -> None:
    company = await hub.company()
    brands = [await company.brand() for _ in range(4)]
    (raised,) = await hub.alerts(company)
    assert raised[0] == "brands_warning"
    await company.brand()
    assert [kind for kind, _ in await hub.alerts(company)] == ["brands_warning", "brands_limit"]
    mails = await hub.installed.mail_to(company.email)
    assert [mail["subject"] for mail in mails] == [
        f"{company.name} : Limite de marques atteinte (5/5)",
        f"{company.name} : Limite de marques bientôt atteinte (4/5)",
    ]
    # back at 80 %, and full again: the limit is crossed again, the warning is not
    await company.admin.delete(f"{company.path}/brands/{brands[0]['id']}/")
    assert await hub.alerts(company) == [raised]
    await company.brand()
    assert len(await hub.installed.mail_to(company.email)) == 3
    # more slots: all is well, and the warning comes again at the next crossing
    await company.set_slots(20, 10)
    assert await hub.alerts(company) == []
    await company.set_slots(6, 10)
    assert [kind for kind, _ in await hub.alerts(company)] == ["brands_warning"]
    assert len(await hub.installed.mail_to(company.email)) == 4


async def test_a_refused_brand_raises_nothing(hub: Hub) -> None:
    company = await hub.company()
    await company.set_slots(1, 10)
    await company.brand()
    assert [kind for kind, _ in await hub.alerts(company)] == ["brands_warning", "brands_limit"]
    before = await hub.installed.mail_to(company.email)
    assert [mail["subject"] for mail in before] == [f"{company.name} : Limite de marques atteinte (1/1)"]
    await company.admin.post(f"{company.path}/brands/", json={"name": "De trop"})
    assert await hub.installed.mail_to(company.email) == before


async def test_check_limits_tells_of_each_alert_once(hub: Hub) -> None:
    company = await hub.company()
    await company.set_slots(5, 1)
    for _ in range(5):
        await company.brand()
    await company.user()
    path = f"{company.path}/check_limits/"
    first = (await company.admin.post(path, json={})).json()
    assert (first["company"], first["alerts_generated"]) == (company.name, 2)
    assert [(alert["type"], alert["message"]) for alert in first["alerts"]] == [
        ("brands_limit", "Limite de marques atteinte (5/5)"),
        ("users_limit", "Limite d'utilisateurs atteinte (1/1)"),
    ]
    assert (await company.admin.post(path, json={})).json()["alerts_generated"] == 0
    seen = (await company.admin.get(f"{company.slots_path}/usage-alerts/")).json()
    assert [alert["type"] for alert in seen["alerts"]] == ["brands_limit", "users_limit"]
    assert [alert["severity"] for alert in seen["alerts"]] == ["error", "error"]


async def test_check_limits_raises_what_nobody_raised(hub: Hub) -> None:
    company = await hub.company()
    for _ in range(4):
        await company.brand()
    await hub.owner.execute("delete from megahub_alert where organisation_number = $1", company.id)
    answer = (await company.admin.post(f"{company.path}/check_limits/", json={})).json()
    assert [alert["type"] for alert in answer["alerts"]] == ["brands_warning"]
    assert [kind for kind, _ in await hub.alerts(company)] == ["brands_warning"]


async def test_usage_stats_show_use_growth_and_activity(hub: Hub) -> None:
    company = await hub.company()
    brands = [await company.brand() for _ in range(3)]
    await company.admin.patch(f"{company.path}/brands/{brands[0]['id']}/", json={"is_active": False})
    for user_type in ("brand_admin", "brand_admin", "brand_member"):
        await company.user(user_type)
    await company.member()
    zone = "created_at = date_trunc('month', now() at time zone 'Africa/Porto-Novo') at time zone 'Africa/Porto-Novo'"
    await hub.owner.execute(
        f"update megahub_brand set {zone} - interval '1 second' where id = $1",
        brands[1]["id"],
    )
    await hub.owner.execute(
        "update megahub_brand set created_at = now() - interval '13 months' where id = $1", brands[2]["id"]
    )
    stats = (await company.admin.get(f"{company.path}/usage_stats/")).json()
    assert stats["slots"] == {
        "brands": {"total": 5, "used": 3, "percentage": 60.0, "available": 2},
        "users": {"total": 10, "used": 4, "percentage": 40.0, "available": 6},
    }
    assert stats["growth"]["users_by_type"] == [
        {"user_type": "brand_admin", "count": 2},
        {"user_type": "brand_member", "count": 2},
    ]
    assert [month["count"] for month in stats["growth"]["brands_by_month"]] == [1, 1]
    assert all(month["month"].endswith("-01T00:00:00Z") for month in stats["growth"]["brands_by_month"])
    assert stats["activity"] == {"total_brands": 3, "active_brands": 2, "total_users": 4, "recent_logins": 1}


async def test_the_overview_adds_up_all_companies(hub: Hub) -> None:
    root = await hub.superuser()
    before = (await root.get("/companies/slots/overview/")).json()
    company = await hub.company()
    for _ in range(4):
        await company.brand()
    after = (await root.get("/companies/slots/overview/")).json()
    assert after["companies_count"] == before["companies_count"] + 1
    assert after["total_slots"]["brands"] == before["total_slots"]["brands"] + 5
    assert after["total_slots"]["users"] == before["total_slots"]["users"] + 10
    assert after["total_used"]["brands"] == before["total_used"]["brands"] + 4
    near = {each["company"]: each for each in after["companies_near_limit"]}
    assert near[company.name] == {"company": company.name, "brands_percentage": 80.0, "users_percentage": 0.0}
    assert (await company.admin.get("/companies/slots/overview/")).status_code == 403


async def test_lists_of_slots_are_ordered_by_any_field(hub: Hub) -> None:
    root, word = await hub.superuser(), unique("Rangée")
    small, large = await hub.company(f"{word} 1"), await hub.company(f"{word} 2")
    await large.set_slots(50, 3)
    await small.brand()

    async def ids(ordering: str) -> list[int]:
        query = {"search": word, "ordering": ordering}
        return [each["id"] for each in (await root.get("/companies/slots/", params=query)).json()["results"]]

    for field in ("brands_slots", "-users_slots", "created_at", "-current_brands_count", "-brands_usage_percentage"):
        assert await ids(field) == [small.id, large.id], field
    assert await ids("-available_brands_slots") == [large.id, small.id]
    assert await ids("is_users_limit_reached,-company_name") == [large.id, small.id]


async def test_parallel_brands_never_pass_the_slots(hub: Hub) -> None:
    company = await hub.company()

    async def make() -> Any:
        return await company.admin.post(f"{company.path}/brands/", json={"name": unique("Marque")})

    async def recount() -> int:
        answer = await company.admin.post(f"{company.slots_path}/refresh-counts/", json={})
        assert answer.status_code == 200
        counted: int = answer.json()["slots"]["current_brands_count"]
        return counted

    answers = await asyncio.gather(*(make() for _ in range(30)), *(recount() for _ in range(10)))
    codes = [answer.status_code for answer in answers[:30]]
    assert sorted(codes) == [201] * 5 + [400] * 25
    assert all(0 <= figure <= 5 for figure in answers[30:])
    assert (await company.slots())["current_brands_count"] == 5


async def test_slots_are_not_lowered_below_what_is_made_meanwhile(hub: Hub) -> None:
    for _ in range(5):
        company = await hub.company()
        answers = await asyncio.gather(
            *(company.admin.post(f"{company.path}/brands/", json={"name": "M"}) for _ in range(5)),
            company.admin.patch(f"{company.slots_path}/", json={"brands_slots": 2}),
        )
        slots = await company.slots()
        assert slots["current_brands_count"] <= slots["brands_slots"]
        assert slots["current_brands_count"] == sum(answer.status_code == 201 for answer in answers[:5])
