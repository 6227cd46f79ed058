"""Utilisateurs (contracts/driven.md, "Utilisateurs")."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.installation import unique
from tests.plugins.driven.people import account, application, body, make
from tests.portal import Portal


def moment(delta: timedelta) -> str:
    """A moment from now as driven writes it."""
    return (datetime.now(UTC) + delta).strftime("%Y-%m-%dT%H:%M:%S")


async def test_an_utilisateur_lives(portal: Portal) -> None:
    admin = portal.admin.client
    entite = (await admin.post("/api/entites", json={"nom": "Siège", "code": unique("ENT")})).json()["data"]
    asked = body(
        date_expiration="2031-12-31T00:00:00",
        profil="Administrateur",
        id_entite=entite["id"],
        creer_par=9,
        statut="Actif",
    )
    made = await admin.post("/api/utilisateurs", json=asked)
    assert made.status_code == 201, made.text
    assert made.json()["message"] == {"en": "User created successfully", "fr": "Utilisateur créé avec succès"}
    shown = made.json()["data"]
    assert shown["entite"] == entite
    assert shown["utilisateur_roles"] == []
    assert shown["date_expiration"] == "2031-12-31T00:00:00"
    assert (shown["creer_par"], shown["modifier_par"]) == (portal.admin.id, portal.admin.id)
    assert shown["accepte_a"] is not None
    path = f"/api/utilisateurs/{shown['id_utilisateur']}"
    for found in (
        path,
        f"/api/utilisateurs/login/{asked['login'].upper()}",
        f"/api/utilisateurs/email/{asked['email']}",
    ):
        answer = await admin.get(found)
        assert (answer.status_code, answer.json()["data"]) == (200, shown), found
    changed = await admin.put(path, json={"prenom": "Jean-Pierre", "email": f"{unique('autre')}@example.com"})
    assert changed.status_code == 200, changed.text
    assert changed.json()["data"]["prenom"] == "Jean-Pierre"
    assert (changed.json()["data"]["nom"], changed.json()["data"]["login"]) == ("Dupont", asked["login"])
    gone = await admin.delete(path)
    assert gone.json() == {
        "error": False,
        "message": {"en": "User deleted successfully", "fr": "Utilisateur supprimé avec succès"},
    }
    absent = await admin.get(path)
    assert (absent.status_code, absent.json()["message"]["fr"]) == (404, "Utilisateur non trouvé")


async def test_its_account_is_made_and_never_touched(portal: Portal) -> None:
    shown = await make(portal)
    read = "select email, username, password_hash, version from account where number = $1"
    before = await portal.owner.fetchrow(read, shown["id_utilisateur"])
    assert tuple(before) == (shown["email"], shown["login"], None, 1)
    path = f"/api/utilisateurs/{shown['id_utilisateur']}"
    changed = {"login": unique("nouveau"), "email": f"{unique('nouveau')}@example.com", "nom": "Autre"}
    assert (await portal.admin.client.put(path, json=changed)).status_code == 200
    assert (await portal.admin.client.put(f"{path}/profil", json={"nom": "Encore"})).status_code == 200
    app_id, (role, _) = await application(portal)
    assert (
        await portal.admin.client.post(f"{path}/roles", json={"role_id": role, "app_id": app_id})
    ).status_code == 201
    assert (await portal.admin.client.delete(path)).status_code == 200
    assert await portal.owner.fetchrow(read, shown["id_utilisateur"]) == before
    left = "select count(*) from driven_utilisateur_role where id_utilisateur = $1"
    assert await portal.owner.fetchval(left, shown["id_utilisateur"]) == 0


async def test_an_account_that_was_there_waits_for_its_holder(portal: Portal) -> None:
    there = await account(portal)
    shown = await make(portal, email=there["email"].upper())
    assert shown["id_utilisateur"] == there["number"]
    assert shown["accepte_a"] is None
    again = await portal.admin.client.post("/api/utilisateurs", json=body(email=there["email"]))
    assert (again.status_code, list(again.json()["details"])) == (409, ["email"])


async def test_login_and_email_are_unique(portal: Portal) -> None:
    shown = await make(portal)
    there = await account(portal)
    both = await portal.admin.client.post(
        "/api/utilisateurs", json=body(login=shown["login"].upper(), email=shown["email"])
    )
    assert both.status_code == 409
    assert both.json()["message"]["fr"] == "Un utilisateur avec ce login existe déjà"
    assert set(both.json()["details"]) == {"login", "email"}
    # another account signs in by that name
    username = await portal.admin.client.post("/api/utilisateurs", json=body(login=there["username"]))
    assert (username.status_code, list(username.json()["details"])) == (409, ["login"])
    other = await make(portal)
    path = f"/api/utilisateurs/{other['id_utilisateur']}"
    for field, value in (("login", shown["login"]), ("email", shown["email"]), ("login", there["username"])):
        refused = await portal.admin.client.put(path, json={field: value})
        assert (refused.status_code, list(refused.json()["details"])) == (409, [field])
    profil = await portal.admin.client.put(f"{path}/profil", json={"email": shown["email"]})
    assert profil.status_code == 409
    assert (await portal.admin.client.get(path)).json()["data"] == other
    same = await portal.admin.client.put(path, json={"login": other["login"], "email": other["email"]})
    assert same.status_code == 200


async def test_parallel_creations_of_one_make_one(portal: Portal) -> None:
    asked = body()
    answers = await asyncio.gather(
        *(portal.admin.client.post("/api/utilisateurs", json=asked) for _ in range(6)),
        *(portal.admin.client.post("/api/utilisateurs", json={**asked, "login": unique("l")}) for _ in range(3)),
        *(portal.admin.client.post("/api/utilisateurs", json=body(login=asked["login"])) for _ in range(3)),
    )
    assert {answer.status_code for answer in answers} == {201, 409}
    assert [answer.status_code for answer in answers].count(201) <= 2
    counted = await portal.owner.fetchrow(
        "select (select count(*) from account where email = $1), (select count(*) from driven_utilisateur"
        " where lower(login) = lower($2))",
        asked["email"],
        asked["login"],
    )
    assert tuple(counted) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"statut": "Parti"}, ["statut"]),
        ({"email": "nulle part", "date_expiration": "demain"}, ["email", "date_expiration"]),
        ({"login": "a b"}, ["login"]),
        ({"login": "autre@example.com"}, ["login"]),
        ({"id_entite": 2**62}, ["id_entite"]),
        ({"nom": " ", "prenom": "x" * 151}, ["nom", "prenom"]),
        ({"nom": None, "login": None}, ["nom", "login"]),
    ],
)
async def test_bad_input_names_every_field_and_writes_nothing(
    portal: Portal, fields: dict[str, object], named: list[str]
) -> None:
    asked = body(**fields)
    refused = await portal.admin.client.post("/api/utilisateurs", json=asked)
    assert (refused.status_code, set(refused.json()["details"])) == (400, set(named)), refused.text
    assert await portal.owner.fetchval("select count(*) from account where email = $1", str(asked["email"])) == 0
    shown = await make(portal)
    path = f"/api/utilisateurs/{shown['id_utilisateur']}"
    changed = await portal.admin.client.put(path, json=fields)
    assert (changed.status_code, set(changed.json()["details"])) == (400, set(named)), changed.text
    assert (await portal.admin.client.get(path)).json()["data"] == shown


async def test_lists_narrow_search_and_page(portal: Portal) -> None:
    admin = portal.admin.client
    entite = (await admin.post("/api/entites", json={"nom": "Siège", "code": unique("ENT")})).json()["data"]["id"]
    app_id, (role, other) = await application(portal)
    name = unique("Édouard").replace("-", "")
    people = [await make(portal, nom=name, id_entite=entite) for _ in range(3)]
    for each, assigned in zip(people, (role, role, other), strict=True):
        path = f"/api/utilisateurs/{each['id_utilisateur']}/roles"
        assert (await admin.post(path, json={"role_id": assigned, "app_id": app_id})).status_code == 201
    ids = [each["id_utilisateur"] for each in people]
    for path, params, expected in (
        (f"/api/utilisateurs/entite/{entite}", {}, ids),
        (f"/api/utilisateurs/role/{role}", {}, ids[:2]),
        (f"/api/utilisateurs/role/{2**62}", {}, []),
        ("/api/utilisateurs/search", {"q": name.upper().replace("É", "e")}, ids),
        ("/api/utilisateurs/search", {"q": people[1]["email"]}, ids[1:2]),
    ):
        page = (await admin.get(path, params=params)).json()
        assert [each["id_utilisateur"] for each in page["data"]] == expected, path
        assert page["pagination"]["total_items"] == len(expected)
    second = (await admin.get(f"/api/utilisateurs/entite/{entite}", params={"page": 2, "per_page": 2})).json()
    (last,) = second["data"]
    assert last["id_utilisateur"] == ids[2]
    assert last["entite"]["id"] == entite
    (assigned,) = last["utilisateur_roles"]
    assert (assigned["role"]["role_id"], assigned["role"]["description"]) == (other, "Éditeur de contenu")
    assert set(assigned["application"]) == {"app_id", "nom"}
    assert (await admin.get("/api/utilisateurs/search")).status_code == 400
    assert (await admin.get("/api/utilisateurs/role/abc")).status_code == 404


async def test_prolonging(portal: Portal) -> None:
    shown = await make(portal, date_expiration=moment(timedelta(days=-3)))
    path = f"/api/utilisateurs/{shown['id_utilisateur']}/prolonger"
    given = await portal.admin.client.put(path, json={"date_expiration": "2031-12-31T01:00:00+01:00"})
    assert given.status_code == 200, given.text
    assert given.json()["status"] == "success"
    assert given.json()["message"] == "Date d'expiration prolongée avec succès"
    assert set(given.json()) == {"status", "message", "data"}
    assert given.json()["data"] == {
        "id": shown["id_utilisateur"],
        "nom": "Dupont",
        "prenom": "Jean",
        "login": shown["login"],
        "email": shown["email"],
        "statut": "Actif",
        "date_expiration": "2031-12-31T00:00:00",
        "profil": None,
        "id_entite": None,
        "entite": None,
    }
    kept = await portal.admin.client.put(path)
    assert kept.json()["data"]["date_expiration"] == "2031-12-31T00:00:00", "never earlier than the expiry it has"
    past = await portal.admin.client.put(path, json={"date_expiration": moment(timedelta(seconds=-5))})
    assert (past.status_code, list(past.json()["details"])) == (400, ["date_expiration"])
    english = await portal.admin.client.put(
        path, json={"date_expiration": moment(timedelta(days=1))}, headers={"accept-language": "en"}
    )
    assert english.json()["message"] == "Expiration date extended successfully"
    later = await portal.admin.client.put(path, json={})
    thirty = datetime.fromisoformat(later.json()["data"]["date_expiration"]).replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < thirty <= timedelta(days=30)
    assert (await portal.admin.client.put("/api/utilisateurs/0/prolonger")).status_code == 404


async def test_profile_and_statut(portal: Portal) -> None:
    shown = await make(portal)
    path = f"/api/utilisateurs/{shown['id_utilisateur']}"
    email = f"{unique('jean-pierre')}@example.com"
    profil = await portal.admin.client.put(
        f"{path}/profil", json={"prenom": "Jean-Pierre", "email": email, "login": "x"}
    )
    assert profil.json() == {
        "error": False,
        "message": {"en": "Profile updated successfully", "fr": "Profil mis à jour avec succès"},
        "data": {"id_utilisateur": shown["id_utilisateur"], "nom": "Dupont", "prenom": "Jean-Pierre", "email": email},
    }
    statut = await portal.admin.client.put(f"{path}/statut", json={"statut": "En attente"})
    assert statut.json()["message"] == {"en": "Status updated successfully", "fr": "Statut mis à jour avec succès"}
    assert statut.json()["data"] == {
        "id_utilisateur": shown["id_utilisateur"],
        "nom": "Dupont",
        "prenom": "Jean-Pierre",
        "statut": "En attente",
    }
    for wrong in ({}, {"statut": "actif"}, {"statut": None}):
        refused = await portal.admin.client.put(f"{path}/statut", json=wrong)
        assert (refused.status_code, list(refused.json()["details"])) == (400, ["statut"])
    assert (await portal.admin.client.get(path)).json()["data"]["login"] == shown["login"]


async def test_eligibility_names_the_first_that_fails(portal: Portal) -> None:
    app_id, (role, _) = await application(portal)
    shown = await make(portal, statut="Suspendu", date_expiration=moment(timedelta(days=-1)))
    path = f"/api/utilisateurs/{shown['id_utilisateur']}"

    async def judged() -> object:
        answer = await portal.admin.client.get(f"{path}/eligibilite", params={"app_id": app_id})
        assert answer.json()["message"]["fr"] == "Éligibilité vérifiée avec succès"
        return answer.json()["data"]

    assert await judged() == {"eligible": False, "raison": "Le compte de l'utilisateur n'est pas actif"}
    await portal.admin.client.put(f"{path}/statut", json={"statut": "Actif"})
    assert await judged() == {"eligible": False, "raison": "Le compte de l'utilisateur a expiré"}
    await portal.admin.client.put(f"{path}/prolonger")
    assert await judged() == {"eligible": False, "raison": "L'utilisateur n'a pas de rôle dans cette application"}
    await portal.admin.client.post(f"{path}/roles", json={"role_id": role, "app_id": app_id})
    assert await judged() == {"eligible": True, "raison": None}
    for params in ({}, {"app_id": "x"}):
        refused = await portal.admin.client.get(f"{path}/eligibilite", params=params)
        assert (refused.status_code, list(refused.json()["details"])) == (400, ["app_id"])


async def test_the_documentation_says_what_is_asked_for(portal: Portal) -> None:
    document = (await portal.api().get("/swagger.json")).json()
    paths = document["paths"]
    for path, name in (("/api/utilisateurs/{id}/eligibilite", "app_id"), ("/api/utilisateurs/search", "q")):
        required = [
            each["name"] for each in paths[path]["get"]["parameters"] if each["in"] == "query" and each["required"]
        ]
        assert required == [name]
    for path in ("/api/utilisateurs/login/{login}", "/api/utilisateurs/email/{email}"):
        (key,) = [each for each in paths[path]["get"]["parameters"] if each["in"] == "path"]
        assert key["schema"]["type"] == "string"
    removed = paths["/api/utilisateurs/{id}/roles/{role_id}/application/{app_id}"]["delete"]["parameters"]
    assert {each["name"]: each["schema"]["type"] for each in removed if each["in"] == "path"} == {
        "id": "integer",
        "role_id": "integer",
        "app_id": "integer",
    }


async def test_one_try_twice_makes_one(portal: Portal) -> None:
    asked = body()
    key = {"idempotency-key": unique("cle")}
    first = await portal.admin.client.post("/api/utilisateurs", json=asked, headers=key)
    again = await portal.admin.client.post("/api/utilisateurs", json=asked, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()


async def test_who_may(portal: Portal) -> None:
    reader = (await portal.person()).client
    assert (await reader.get("/api/utilisateurs")).status_code == 200
    asked = body()
    for refused in (
        await reader.post("/api/utilisateurs", json=asked),
        await reader.put(f"/api/utilisateurs/{portal.admin.id}/statut", json={"statut": "Inactif"}),
        await reader.delete(f"/api/utilisateurs/{portal.admin.id}"),
    ):
        assert refused.status_code == 403
    assert await portal.owner.fetchval("select count(*) from account where email = $1", asked["email"]) == 0
    assert (await portal.api().get("/api/utilisateurs")).status_code == 401
