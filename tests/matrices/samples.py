"""A request for every operation that succeeds when its caller is admitted, and for each the object it is about."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from tests.installation import PASSWORD, Company, unique
from tests.matrices.route_table import Operation


class Sample(NamedTuple):
    """A request: the id in its path, and its JSON body (None: none)."""

    key: str = ""
    body: Any = None


async def _login(company: Company) -> dict[str, Any]:
    member: Any = await company.join("LECTURE")
    answer = await company.installed.api().post("/api/auth/login/", json={"email": member.email, "password": PASSWORD})
    session: dict[str, Any] = {"email": member.email, **answer.json()}
    return session


def _body(**fields: Any) -> Callable[[Company], Awaitable[Sample]]:
    async def make(company: Company) -> Sample:
        return Sample(body=fields)

    return make


async def _nothing(company: Company) -> Sample:
    return Sample()


async def _login_sample(company: Company) -> Sample:
    member: Any = await company.join("LECTURE")
    return Sample(body={"email": member.email, "password": PASSWORD})


async def _refresh_token(company: Company) -> Sample:
    return Sample(body={"refresh": (await _login(company))["refresh"]})


async def _registration(company: Company) -> Sample:
    body = {"email": f"{unique('inscrit')}@example.com", "password": PASSWORD, "password2": PASSWORD}
    return Sample(body={**body, "role": "VENTES", "entreprise": company.id})


def _role_body() -> dict[str, Any]:
    return {"nom": unique("ROLE"), "description": "Essai", "permissions": {"products": ["read"]}}


async def _role(company: Company) -> str:
    made = await (await company.installed.superuser()).post("/api/roles/", json=_role_body())
    assert made.status_code == 201, made.text
    key: str = made.json()["id"]
    return key


async def _membre(company: Company) -> str:
    member: Any = await company.join("LECTURE")
    key: str = (await member.get("/api/auth/me/")).json()["id"]
    return key


async def _log(company: Company) -> str:
    await company.produit()
    key: str = (await company.owner.get("/api/logs/")).json()["results"][0]["id"]
    return key


async def _produit(company: Company) -> str:
    return str((await company.produit())["id"])


async def _partner(company: Company) -> str:
    return str((await company.client())["id"])


async def _vente(company: Company) -> str:
    return str((await company.vente())["id"])


async def _made(company: Company, plural: str, body: dict[str, Any]) -> str:
    made = await company.owner.post(f"/api/{plural}/", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def _abonnement_body(company: Company) -> dict[str, Any]:
    dates = {"date_debut": "2026-01-15", "date_fin": "2037-01-15"}
    return {"type": "Standard", **dates, "prix": "499.99", "status": "actif", "fonctionnalites": ["Export"]}


async def _abonnement(company: Company) -> str:
    return await _made(company, "abonnements", await _abonnement_body(company))


async def _video_body(company: Company) -> dict[str, Any]:
    return {"titre": "Vendre", "url": "https://example.com/v", "duree": 60, "langue": "fr", "status": "actif"}


async def _video(company: Company) -> str:
    return await _made(company, "videos", await _video_body(company))


async def _depense(company: Company) -> str:
    return str((await company.depense())["id"])


async def _tenant(company: Company) -> str:
    return company.id


async def vente_body(company: Company) -> dict[str, Any]:
    """The body of a new sale."""
    items = [{"produit": await _produit(company), "quantite": 1, "prix_unitaire": "90.00"}]
    return {"client": await _partner(company), "statut": "en_attente", "items": items}


async def _produit_body(company: Company) -> dict[str, Any]:
    return {"nom": "Sac", "categorie": "Divers", "prix": "149.99", "quantite": 3}


async def _partner_body(company: Company) -> dict[str, Any]:
    return {"type": "client", "nom": "Ahoué", "email": "a@example.com", "telephone": "+2290197000001"}


async def _depense_body(company: Company) -> dict[str, Any]:
    return {"categorie": "Transport", "montant": "75.00", "type": "Taxi", "description": "Homonyme"}


async def _tenant_body(company: Company) -> dict[str, Any]:
    return {"nom": unique("Entreprise"), "secteur": "Commerce", "type": "SARL", "adresse": "Cotonou", "taille": 7}


async def _role_bodies(company: Company) -> dict[str, Any]:
    return _role_body()


async def _membre_body(company: Company) -> dict[str, Any]:
    return {"role": "FINANCE", "status": "actif"}


Keyed = Callable[[Company], Awaitable[str]]
Bodied = Callable[[Company], Awaitable[dict[str, Any]]]

RESOURCES: dict[str, tuple[str, Keyed, Bodied]] = {
    "produit": ("produits", _produit, _produit_body),
    "partner": ("partners", _partner, _partner_body),
    "vente": ("ventes", _vente, vente_body),
    "depense": ("depenses", _depense, _depense_body),
    "tenant": ("tenants", _tenant, _tenant_body),
    "organisation_role": ("organisation_roles", _role, _role_bodies),
    "membre": ("membres", _membre, _membre_body),
    "abonnement": ("abonnements", _abonnement, _abonnement_body),
    "video": ("videos", _video, _video_body),
    "log": ("logs", _log, _membre_body),
}


def _resource_samples() -> dict[str, Callable[[Company], Awaitable[Sample]]]:
    found: dict[str, Callable[[Company], Awaitable[Sample]]] = {}

    def keyed(of: Keyed, body: Bodied | None) -> Callable[[Company], Awaitable[Sample]]:
        async def make(company: Company) -> Sample:
            return Sample(await of(company), await body(company) if body else None)

        return make

    def bodied(body: Bodied) -> Callable[[Company], Awaitable[Sample]]:
        async def make(company: Company) -> Sample:
            return Sample(body=await body(company))

        return make

    for singular, (plural, key, body) in RESOURCES.items():
        found[f"list_{plural}"] = _nothing
        found[f"create_{singular}"] = bodied(body)
        found[f"get_{singular}"] = keyed(key, None)
        found[f"delete_{singular}"] = keyed(key, None)
        found[f"replace_{singular}"] = keyed(key, body)
        found[f"update_{singular}"] = keyed(key, body)
    return found


_NEW_PASSWORD = "Autre-Saison-43"

SAMPLES: dict[str, Callable[[Company], Awaitable[Sample]]] = {
    **_resource_samples(),
    "get_health": _nothing,
    "get_dashboard": _nothing,
    "get_cashflow": _nothing,
    "get_me": _nothing,
    "get_user": _nothing,
    "update_me": _body(nom="Dossou"),
    "sign_in": _login_sample,
    "refresh_token": _refresh_token,
    "sign_out": _refresh_token,
    "register": _registration,
    "change_password": _body(old_password="faux", new_password=_NEW_PASSWORD, confirm_password=_NEW_PASSWORD),
    "replace_password": _body(old_password="faux", new_password=_NEW_PASSWORD),
    "request_password_reset": _body(email="personne@example.com"),
    "confirm_password_reset": _body(token="faux", new_password=_NEW_PASSWORD, confirm_password=_NEW_PASSWORD),
    "set_up_second_factor": _body(method="TOTP"),
    "verify_second_factor": _body(code="000000"),
    "send_second_factor_code": _body(),
    "disable_second_factor": _body(code="000000"),
}


async def sample(operation: Operation, company: Company) -> Sample:
    """A request for an operation on a company of the caller. An operation that is missing here fails the build."""
    assert operation.name in SAMPLES, f"{operation.name}: add a request for it to tests/matrices/samples.py"
    return await SAMPLES[operation.name](company)
