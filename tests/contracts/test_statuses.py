"""The status codes that DECISIONS.md section 0 gives to every product's requests, in ekigega's dialect."""

import pytest

from tests.installation import PASSWORD, Company, Installed, unique

NOT_IDS = ("abc", "1", "9" * 40, "{{id}}", "{braced}", "urn:uuid:{plain}", "{bare}", "%00", "%F0%9F", "null")
"""Ids that are none, or are written as no client was told to write them."""

RESOURCES = {
    "produits": {"nom": "N", "categorie": "C", "prix": "1", "quantite": 1},
    "partners": {"type": "client", "nom": "N"},
    "ventes": {"client": "{uuid}", "items": [{"produit": "{uuid}", "quantite": 1}]},
    "roles": {"nom": "N", "permissions": {}},
    "tenants": {"nom": "N"},
    "membres": {"role": "LECTURE"},
    "logs": None,
}


@pytest.mark.parametrize("resource", RESOURCES)
async def test_a_malformed_id_is_404_whatever_the_method(company: Company, resource: str) -> None:
    plain = company.id
    body = RESOURCES[resource]
    methods = {"GET": None} if body is None else {"GET": None, "PUT": body, "PATCH": body, "DELETE": None}
    if resource == "membres":
        del methods["PUT"]
    if resource == "ventes":
        methods = {"GET": None, "DELETE": None}
    for text in NOT_IDS:
        key = (
            text.replace("{plain}", plain).replace("{braced}", f"{{{plain}}}").replace("{bare}", plain.replace("-", ""))
        )
        for method, sent in methods.items():
            answer = await company.owner.request(method, f"/api/{resource}/{key}/", json=sent)
            assert (method, key, answer.status_code) == (method, key, 404)
            # a path that is no text is refused before it is routed
            said = "Adresse inconnue." if key.startswith("%") else "Ressource non trouvée."
            assert answer.json()["detail"] == said


@pytest.mark.parametrize(
    ("path", "refused", "allowed"),
    [
        ("/api/produits/", ("PUT", "PATCH", "DELETE"), {"GET", "POST"}),
        ("/api/produits/{id}/", ("POST",), {"GET", "PUT", "PATCH", "DELETE"}),
        ("/api/logs/", ("POST", "PUT", "PATCH", "DELETE"), {"GET"}),
        ("/api/logs/{id}/", ("POST", "PUT", "PATCH", "DELETE"), {"GET"}),
        ("/api/membres/", ("POST", "PUT", "PATCH", "DELETE"), {"GET"}),
        ("/api/auth/login/", ("GET", "PUT", "PATCH", "DELETE"), {"POST"}),
        ("/api/auth/me/", ("POST", "PUT", "DELETE"), {"GET", "PATCH"}),
        ("/api/auth/password/change/", ("GET", "POST", "PATCH", "DELETE"), {"PUT"}),
    ],
)
async def test_another_method_is_405_and_names_the_allowed_ones(
    company: Company, path: str, refused: tuple[str, ...], allowed: set[str]
) -> None:
    for method in refused:
        answer = await company.owner.request(method, path.replace("{id}", company.id))
        assert answer.status_code == 405
        assert {each.strip() for each in answer.headers["allow"].split(",")} == allowed | {"OPTIONS"} | (
            {"HEAD"} if "GET" in allowed else set()
        )
        assert answer.json() == {"detail": f"Méthode {method} non autorisée.", "code": "method_not_allowed"}


async def test_a_body_that_is_too_large_is_413(company: Company) -> None:
    answer = await company.owner.post("/api/produits/", json={"nom": "x" * 1_100_000})
    assert answer.status_code == 413
    assert set(answer.json()) == {"detail", "code"}
    assert answer.headers["x-request-id"]


async def test_a_form_is_415_where_json_is_read(company: Company) -> None:
    answer = await company.owner.post("/api/produits/", data={"nom": "N"})
    assert answer.status_code == 415
    assert answer.json()["detail"] == "Type de contenu non pris en charge : application/x-www-form-urlencoded."


async def test_an_unchanged_resource_is_304(company: Company) -> None:
    produit = await company.produit()
    path = f"/api/produits/{produit['id']}/"
    tag = (await company.owner.get(path)).headers["etag"]
    unchanged = await company.owner.get(path, headers={"if-none-match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    await company.owner.patch(path, json={"quantite": 1})
    assert (await company.owner.get(path, headers={"if-none-match": tag})).status_code == 200


async def test_two_who_change_the_same_version_do_not_overwrite_each_other(company: Company) -> None:
    vente = await company.vente()
    path = f"/api/ventes/{vente['id']}/"
    tag = {"if-match": (await company.owner.get(path)).headers["etag"]}
    assert (await company.owner.patch(path, json={"statut": "payee"}, headers=tag)).status_code == 200
    assert (await company.owner.patch(path, json={"statut": "annulee"}, headers=tag)).status_code == 412
    assert (await company.owner.delete(path, headers=tag)).status_code == 412
    assert (await company.owner.delete(path, headers={"if-match": "*"})).status_code == 204


async def test_every_answer_has_a_request_id_of_its_own(installed: Installed) -> None:
    paths = ("/", "/api/produits/", "/inconnu", "/swagger.json", "/swagger/", "/api/roles/?page=0")
    ids = [(await installed.api().get(path)).headers["x-request-id"] for path in paths]
    assert len(set(ids)) == len(paths)


@pytest.mark.parametrize("accepted", ["en", "en-GB,en;q=0.9", "EN", "de, en;q=0.5", "fr;q=0.4, en;q=0.8"])
async def test_english_is_spoken_where_it_is_preferred(installed: Installed, accepted: str) -> None:
    answer = await installed.api().get("/api/produits/", headers={"accept-language": accepted})
    assert answer.json()["detail"] == "Authentication is required."
    assert answer.headers["content-language"] == "en"


@pytest.mark.parametrize("accepted", ["", "fr", "de", "*", "fr-BJ, en;q=0.5", "en;q=0", ";;;", "é"])
async def test_french_is_spoken_otherwise(installed: Installed, accepted: str) -> None:
    answer = await installed.api().get("/api/produits/", headers={b"accept-language": accepted.encode()})
    assert answer.json()["detail"] == "Authentification requise."
    assert answer.headers["content-language"] == "fr"


async def test_a_password_of_128_characters_is_taken_whole(company: Company, installed: Installed) -> None:
    password = "Mil-et-Sorgho " * 9 + "ab"
    assert len(password) == 128
    body = {
        "email": f"{unique('long')}@example.com",
        "password": password,
        "password2": password,
        "role": "VENTES",
        "entreprise": company.id,
    }
    assert (await installed.api().post("/api/auth/register/", json=body)).status_code == 201
    signed_in = [
        (await installed.api().post("/api/auth/login/", json={"email": body["email"], "password": typed})).status_code
        for typed in (password, password[:-1], password[:72], f" {password}", PASSWORD)
    ]
    assert signed_in == [200, 401, 401, 401, 401]
