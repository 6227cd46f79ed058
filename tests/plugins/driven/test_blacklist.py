"""The blacklist (contracts/driven.md, "Blacklist"), and what it keeps the house from."""

import asyncio
from itertools import count
from typing import Any

import pytest

from core.access.principal import SYSTEM
from core.primitives.phone import compact_phone
from tests.portal import Portal

_numbers = count(20_00_00_00)


def numero() -> str:
    """A number that no other test lists."""
    return f"+22901{next(_numbers)}"


def body(**fields: Any) -> dict[str, Any]:
    """An entry as the document shows it."""
    return {
        "numero": numero(),
        "nom": "Nom du contact",
        "structure": "Structure du contact",
        "creer_par": 1,
        "modifier_par": 1,
        **fields,
    }


async def made(portal: Portal, **fields: Any) -> dict[str, Any]:
    """A new entry."""
    answer = await portal.admin.client.post("/api/blacklist", json=body(**fields))
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def listed(portal: Portal, number: str) -> bool:
    """Whether a number is blacklisted, as the API says."""
    answer = await portal.admin.client.get(f"/api/blacklist/check/{number}")
    assert answer.status_code == 200, answer.text
    found: bool = answer.json()["data"]["is_blacklisted"]
    return found


async def test_an_entry_lives(portal: Portal) -> None:
    admin = portal.admin.client
    asked = body()
    answer = await admin.post("/api/blacklist", json=asked)
    assert answer.status_code == 201, answer.text
    assert answer.json()["message"] == {
        "en": "Blacklist entry created successfully",
        "fr": "Entrée de la liste noire créée avec succès",
    }
    entry = answer.json()["data"]
    assert {key: entry[key] for key in ("numero", "nom", "structure", "creer_par", "modifier_par")} == {
        **asked,
        "creer_par": portal.admin.id,
        "modifier_par": portal.admin.id,
    }
    assert len(entry["date_ajout"]) == len("2024-05-15T12:00:00")
    path = f"/api/blacklist/{entry['id']}"
    assert (await admin.get(path)).json()["data"] == entry
    assert (await admin.get(f"/api/blacklist/number/{asked['numero']}")).json()["data"] == entry
    assert await listed(portal, asked["numero"])
    other = numero()
    changed = await admin.put(path, json={"numero": other, "nom": "Nouveau nom", "structure": None})
    assert changed.status_code == 200, changed.text
    now = changed.json()["data"]
    assert (now["numero"], now["nom"], now["structure"]) == (other, "Nouveau nom", None)
    assert now["date_ajout"] == entry["date_ajout"]
    assert (await listed(portal, asked["numero"]), await listed(portal, other)) == (False, True)
    gone = await admin.delete(path)
    assert (gone.status_code, gone.json()["message"]["fr"]) == (200, "Entrée de la liste noire supprimée avec succès")
    assert not await listed(portal, other)
    for answer in (await admin.get(path), await admin.get(f"/api/blacklist/number/{other}")):
        assert (answer.status_code, answer.json()["message"]["en"]) == (404, "Blacklist entry not found")


async def test_numbers_are_compared_without_spaces_dots_and_dashes(portal: Portal) -> None:
    entry = await made(portal, numero="12 34.56-78 90")
    assert entry["numero"] == "12 34.56-78 90", "it is shown as it was written"
    for same in ("1234567890", "12-34-56-78-90", "1.2.3.4.5.6.7.8.9.0", "1234 567890"):
        refused = await portal.admin.client.post("/api/blacklist", json=body(numero=same))
        assert refused.status_code == 409
        assert refused.json()["message"]["en"] == "This number is already in the blacklist"
        assert refused.json()["details"] == {"numero": ["Ce numéro est déjà dans la liste noire"]}
        assert await listed(portal, same)
        found = await portal.admin.client.get(f"/api/blacklist/number/{same}")
        assert found.json()["data"] == entry
    other = await made(portal)
    refused = await portal.admin.client.put(f"/api/blacklist/{other['id']}", json={"numero": "1234567890"})
    assert refused.status_code == 409
    kept = await portal.admin.client.put(f"/api/blacklist/{entry['id']}", json={"numero": "1234567890"})
    assert (kept.status_code, kept.json()["data"]["numero"]) == (200, "1234567890")


async def test_a_number_is_found_with_its_country_code_and_without(portal: Portal) -> None:
    entry = await made(portal)
    national = entry["numero"].removeprefix("+229")
    for form in (national, f"00229{national}", f"229{national}", national.removeprefix("01"), f"+229 {national}"):
        assert await listed(portal, form), form
        assert (await portal.admin.client.get(f"/api/blacklist/number/{form}")).json()["data"] == entry
    written_so = await made(portal, numero=national)
    exact = await portal.admin.client.get(f"/api/blacklist/number/{national}")
    assert exact.json()["data"] == written_so, "the number as it is asked for comes before other forms of it"


async def test_one_of_parallel_duplicates_is_made(portal: Portal) -> None:
    number = numero()
    forms = [number, number.replace("+229", "+229 "), f"{number[:6]}-{number[6:]}", f"{number[:8]}.{number[8:]}"] * 3
    answers = await asyncio.gather(*(portal.admin.client.post("/api/blacklist", json=body(numero=f)) for f in forms))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    compared = "select count(*) from driven_blacklist where numero_compare = $1"
    assert await portal.owner.fetchval(compared, number) == 1


@pytest.mark.parametrize(
    "wrong",
    ["", " ", "abc", "12", "+", "+-. ", "12a45678", "1" * 21, "1" * 51, "++22997", "229+97000000", "(229)97", "٠١٢٣٤٥",
     "１２３４５", "12\x0045", "12\n34x", "😀😀😀", 97000000, None, True, [], {}, ["97000000"]],
)  # fmt: skip
async def test_a_number_is_made_of_digits(portal: Portal, wrong: Any) -> None:
    entry = await made(portal)
    for method, path in (("POST", "/api/blacklist"), ("PUT", f"/api/blacklist/{entry['id']}")):
        refused = await portal.admin.client.request(method, path, json=body(numero=wrong))
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"numero"}), wrong
    assert (await portal.admin.client.get(f"/api/blacklist/{entry['id']}")).json()["data"] == entry


async def test_white_space_of_any_kind_is_a_space(portal: Portal) -> None:
    number = numero()
    entry = await made(portal, numero=f" {number[:6]}\u202f{number[6:8]}\u00a0\t{number[8:]} ")
    assert entry["numero"] == f"{number[:6]} {number[6:8]} {number[8:]}"
    assert compact_phone(entry["numero"]) == number
    assert await listed(portal, number)


async def test_every_failing_field_is_named(portal: Portal) -> None:
    refused = await portal.admin.client.post("/api/blacklist", json={"nom": "x" * 256, "structure": 5})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"numero", "nom", "structure"})


@pytest.mark.parametrize("odd", ["abc", "%00", "x" * 201, "'; drop table driven_blacklist; --", "%ff", "1" * 200])
async def test_odd_numbers_are_not_listed(portal: Portal, odd: str) -> None:
    checked = await portal.admin.client.get(f"/api/blacklist/check/{odd}")
    assert checked.status_code == 404 or checked.json()["data"] == {"is_blacklisted": False}
    assert (await portal.admin.client.get(f"/api/blacklist/number/{odd}")).status_code == 404


async def test_the_list_comes_whole_unless_a_page_is_asked_for(portal: Portal) -> None:
    for _ in range(3):
        await made(portal)
    whole = (await portal.admin.client.get("/api/blacklist")).json()
    assert set(whole) == {"error", "message", "data"}
    assert whole["message"]["en"] == "Blacklist entries retrieved successfully"
    second = (await portal.admin.client.get("/api/blacklist", params={"page": 2, "per_page": 1})).json()
    assert second["data"] == whole["data"][1:2]
    assert second["pagination"]["total_items"] == len(whole["data"])


async def test_who_may(portal: Portal) -> None:
    entry = await made(portal)
    assert (await portal.api().get(f"/api/blacklist/check/{entry['numero']}")).status_code == 401
    reader = (await portal.person()).client
    assert (await reader.get(f"/api/blacklist/check/{entry['numero']}")).status_code == 200
    assert (await reader.post("/api/blacklist", json=body())).status_code == 403
    assert (await reader.delete(f"/api/blacklist/{entry['id']}")).status_code == 403
    assert await listed(portal, entry["numero"])


async def test_the_kernel_asks_before_a_number_is_used(portal: Portal) -> None:
    numbers = portal.installed.composition.kernel.numbers
    entry = await made(portal)
    assert await numbers.blocked(entry["numero"])
    async with portal.installed.composition.works.everywhere(SYSTEM) as work:
        assert await numbers.blocked(entry["numero"].removeprefix("+229"), work), "within an open unit of work as well"
    await portal.admin.client.delete(f"/api/blacklist/{entry['id']}")
    assert not await numbers.blocked(entry["numero"])


async def test_no_text_message_goes_to_a_blacklisted_number(portal: Portal) -> None:
    entry = await made(portal)
    free = numero()
    composition = portal.installed.composition
    async with composition.works.everywhere(SYSTEM) as work:
        for recipient in (entry["numero"], free):
            composition.kernel.notifications.ask_text(work, "sms", "test.sms", recipient, "", "Bonjour")
        await work.commit()
    await portal.installed.drain()
    found = await portal.owner.fetch(
        "select recipient, status, error from message_delivery where recipient = any($1::text[])",
        [entry["numero"], free],
    )
    said = {row["recipient"]: (row["status"], row["error"]) for row in found}
    assert said[entry["numero"]] == ("failed", "the number is blocked")
    assert said[free] == ("sent", None)
