"""Companies of megahub: made, seen, changed, archived (contracts/megahub.md, "Company core")."""

import asyncio
from typing import Any

from tests.hub import Hub, a_user, opening
from tests.installation import PASSWORD, unique


async def test_a_superuser_makes_a_company_with_its_administrator_and_slots(hub: Hub) -> None:
    root = await hub.superuser()
    body = opening()
    made = await root.post("/companies/", json=body)
    assert made.status_code == 201, made.text
    company = made.json()
    assert list(company) == ["id", "name", "billing_email", "admin", "is_active", "created_at", "updated_at"]
    assert (company["name"], company["billing_email"], company["is_active"]) == (
        body["name"],
        body["billing_email"],
        True,
    )
    slots = (await root.get("/companies/slots/", params={"company": company["id"]})).json()
    assert slots["count"] == 1
    assert slots["results"][0] == {
        "id": company["id"],
        "company": company["id"],
        "company_name": body["name"],
        "brands_slots": 5,
        "users_slots": 10,
        "current_brands_count": 0,
        "current_users_count": 0,
        "brands_usage_percentage": 0.0,
        "users_usage_percentage": 0.0,
        "available_brands_slots": 5,
        "available_users_slots": 10,
        "is_brands_limit_reached": False,
        "is_users_limit_reached": False,
    }
    signed_in = await hub.api().post("/api/auth/login/", json={"email": body["admin_email"], "password": PASSWORD})
    assert signed_in.status_code == 200
    admin = hub.api(signed_in.json()["access"])
    assert (await admin.get("/companies/")).json()["results"] == [company]
    account = (await admin.get("/api/auth/user/")).json()
    assert company["admin"] == account["id"]


async def test_only_a_superuser_makes_companies(hub: Hub) -> None:
    company = await hub.company()
    count = await hub.owner.fetchval("select count(*) from organisation")
    refused = await company.admin.post("/companies/", json=opening())
    assert refused.status_code == 403
    assert refused.json() | {"code": ""} == {
        "error": "Permission refusée",
        "message": "Seuls les administrateurs peuvent créer des entreprises",
        "code": "",
    }
    assert (await hub.api().post("/companies/", json=opening())).status_code == 401
    assert await hub.owner.fetchval("select count(*) from organisation") == count


async def test_what_is_taken_is_a_conflict_and_makes_nothing(hub: Hub) -> None:
    root = await hub.superuser()
    first = opening()
    assert (await root.post("/companies/", json=first)).status_code == 201
    accounts = await hub.owner.fetchval("select count(*) from account")
    for field in ("name", "admin_email", "admin_username"):
        body = opening() | {field: first[field].upper()}
        refused = await root.post("/companies/", json=body)
        assert refused.status_code == 409, (field, refused.text)
        assert set(refused.json()) == {"error", "code"}
    assert await hub.owner.fetchval("select count(*) from account") == accounts


async def test_every_failing_field_is_named(hub: Hub) -> None:
    root = await hub.superuser()
    refused = await root.post("/companies/", json={})
    assert refused.status_code == 400
    assert refused.json()["error"] == "Validation échouée"
    assert set(refused.json()["details"]) == {
        "name",
        "billing_email",
        "admin_username",
        "admin_email",
        "admin_password",
    }
    weak = await root.post("/companies/", json=opening(admin_password="12345678"))
    assert set(weak.json()["details"]) == {"admin_password"}


async def test_a_retried_creation_gives_the_first_answer_again(hub: Hub) -> None:
    root, body, key = await hub.superuser(), opening(), {"Idempotency-Key": unique("cle")}
    first = await root.post("/companies/", json=body, headers=key)
    again = await root.post("/companies/", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


async def test_of_parallel_companies_of_one_name_one_is_made(hub: Hub) -> None:
    root, name = await hub.superuser(), unique("Parallèle")
    answers = await asyncio.gather(*(root.post("/companies/", json=opening(name=name)) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await hub.owner.fetchval("select count(*) from organisation where name = $1", name) == 1


async def test_lists_are_filtered_searched_and_ordered(hub: Hub) -> None:
    root, word = await hub.superuser(), unique("Étoile")
    first = await hub.company(f"{word} Un")
    second = await hub.company(f"{word} Deux")
    other = await hub.company(billing_email=f"compta@{word.lower().replace('é', 'e')}.example.com")
    named = opening(admin_username=f"chef.{word.replace('É', 'E')}")
    by_admin = (await root.post("/companies/", json=named)).json()

    async def ids(**query: Any) -> list[int]:
        answer = await root.get("/companies/", params=query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["count"] == len(answer.json()["results"])
        return [company["id"] for company in answer.json()["results"]]

    assert await ids(search=word.upper().replace("É", "e"), ordering="id") == [
        first.id,
        second.id,
        other.id,
        by_admin["id"],
    ]
    assert await ids(search=f"{word} un") == [first.id]
    assert await ids(search=word, ordering="-name")
    assert await ids(admin=first.body["admin"]) == [first.id]
    switched = await root.patch(f"{second.path}/", json={"is_active": False})
    assert switched.json()["is_active"] is False
    assert await ids(search=word, is_active="false") == [second.id]
    assert (await root.get("/companies/", params={"is_active": "peut-être"})).status_code == 400
    # the administrator is no reason to show a company's sector
    await hub.owner.execute("update organisation set sector = $2 where number = $1", first.id, "Zymotechnie")
    assert await ids(search="zymotechnie") == []


async def test_an_administrator_changes_the_company_and_others_do_not(hub: Hub) -> None:
    company, rival = await hub.company(), await hub.company()
    name = unique("Nouveau nom")
    changed = await company.admin.patch(f"{company.path}/", json={"name": name})
    assert changed.status_code == 200, changed.text
    assert changed.json() == company.body | {"name": name, "updated_at": changed.json()["updated_at"]}
    put = await company.admin.put(f"{company.path}/", json={"name": name, "billing_email": "b@acme.com", "admin": 1})
    assert (put.json()["billing_email"], put.json()["admin"]) == ("b@acme.com", company.body["admin"])
    assert (await rival.admin.patch(f"{company.path}/", json={"name": "Volé"})).status_code == 404
    taken = await rival.admin.patch(f"{rival.path}/", json={"name": name.upper()})
    assert (taken.status_code, set(taken.json())) == (409, {"error", "code"})
    off = await company.admin.patch(f"{company.path}/", json={"is_active": False})
    assert off.status_code == 403
    assert (await company.admin.get(f"{company.path}/")).json()["is_active"] is True


async def test_if_match_guards_a_change(hub: Hub) -> None:
    company = await hub.company()
    tag = (await company.admin.get(f"{company.path}/")).headers["etag"]
    assert (await company.admin.get(f"{company.path}/", headers={"if-none-match": tag})).status_code == 304
    ok = await company.admin.patch(f"{company.path}/", json={"name": unique("A")}, headers={"if-match": tag})
    assert ok.status_code == 200
    late = await company.admin.patch(f"{company.path}/", json={"name": unique("B")}, headers={"if-match": tag})
    assert late.status_code == 412
    assert (await company.admin.delete(f"{company.path}/", headers={"if-match": tag})).status_code == 412


async def test_switched_off_nobody_is_in_it(hub: Hub) -> None:
    company = await hub.company()
    root = await hub.superuser()
    assert (await root.patch(f"{company.path}/", json={"is_active": False})).status_code == 200
    assert (await company.admin.get(f"{company.path}/")).status_code == 401
    login = {"email": company.email, "password": PASSWORD}
    assert (await hub.api().post("/api/auth/login/", json=login)).status_code in (401, 403)
    assert (await root.patch(f"{company.path}/", json={"is_active": True})).status_code == 200
    assert (await hub.api().post("/api/auth/login/", json=login)).status_code == 200


async def test_a_deleted_company_is_gone_and_nothing_is_lost(hub: Hub) -> None:
    company, root = await hub.company(), await hub.superuser()
    await company.brand()
    assert (await company.admin.delete(f"{company.path}/")).status_code == 204
    assert (await company.admin.get(f"{company.path}/")).status_code == 401
    for path in ("/", "/brands/", "/users/", "/usage_stats/"):
        assert (await root.get(f"{company.path}{path}")).status_code == 404, path
    assert (await root.get(f"{company.slots_path}/")).status_code == 404
    assert (await root.get("/companies/", params={"search": company.name})).json()["count"] == 0
    assert (await root.get("/companies/slots/", params={"company": company.id})).json()["count"] == 0
    assert (await root.post(f"{company.path}/users/", json=a_user())).status_code == 404
    counted = "select count(*) from megahub_brand b join organisation o on o.id = b.organisation_id where number = $1"
    assert await hub.owner.fetchval(counted, company.id) == 1
    # its name may be used again
    await hub.company(company.name)


async def test_expand_adds_what_is_known(hub: Hub) -> None:
    company = await hub.company()
    plain = (await company.admin.get(f"{company.path}/")).json()
    query = {"expand": "slots_info,admin_details,inconnu,"}
    shown = (await company.admin.get(f"{company.path}/", params=query)).json()
    assert set(shown) - set(plain) == {"slots_info", "admin_details"}
    assert shown["slots_info"] == await company.slots()
    assert shown["admin_details"]["id"] == plain["admin"]
    assert shown["admin_details"]["email"] == company.email
    assert set(shown["admin_details"]) == {"id", "username", "email", "first_name", "last_name", "is_active"}


async def test_ids_that_cannot_be_are_missing(hub: Hub) -> None:
    root = await hub.superuser()
    for key in ("0", "abc", "-1", str(2**63 - 1), str(2**63), "9" * 40, "1.5"):
        for path in (f"/companies/{key}/", f"/companies/{key}/brands/", f"/companies/slots/{key}/"):
            assert (await root.get(path)).status_code == 404, path
    # the installation's own organisation is no company
    assert (await root.get("/companies/1/")).status_code == 404


async def test_who_has_no_organisation_has_no_company(hub: Hub) -> None:
    alone = await hub.outsider()
    company = await hub.company()
    for path in ("/companies/", "/companies/slots/", f"{company.path}/", f"{company.path}/brands/"):
        assert (await alone.get(path)).status_code == 403, path


async def test_a_superuser_narrows_itself_by_the_header(hub: Hub) -> None:
    root = await hub.superuser()
    company, other = await hub.company(), await hub.company()
    key = await hub.owner.fetchval("select id from organisation where number = $1", company.id)
    header = {"x-organisation": str(key)}
    assert [each["id"] for each in (await root.get("/companies/", headers=header)).json()["results"]] == [company.id]
    assert (await root.get(f"{other.path}/", headers=header)).status_code == 404
    assert (await root.get("/companies/slots/", headers=header)).json()["count"] == 1
