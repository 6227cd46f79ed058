"""Companies on the wire (contracts/megahub.md, "Company core")."""

from typing import Any

import msgspec
from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.documentation.facts import QueryParameter
from adapters.http.operations import Facts, Rate, etag_of, is_fresh, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, given, key_of, resource_controller
from adapters.http.samples import encoded, sample_of
from core.primitives.locale import Text
from core.primitives.page import Versioned
from plugins.megahub.companies.company_service import Companies
from plugins.megahub.companies.domain import COMPANIES, CompanyOpening
from plugins.megahub.companies.wire import Company, CompanyBody, CompanyCreation, ExpandedCompany
from plugins.megahub.rules import READS, SUPERUSERS_CREATE, WRITES, Superusers
from plugins.megahub.wire import DIALECT

CREATIONS = Rate("company-creation")
MAX_EXPANSIONS = 10
OPENING = {
    "name": "ACME Corp",
    "billing_email": "billing@acme.com",
    "admin_username": "admin",
    "admin_email": "admin@acme.com",
    "admin_password": "Grande-Saison-42",
}
EXAMPLE = {"name": "ACME Corp", "billing_email": "billing@acme.com"}
_EXPAND = (
    "admin_details, slots_info, subscription_info, séparés par des virgules · separated by commas; "
    "un nom inconnu est ignoré · an unknown name is ignored"
)


def companies_controller(companies: Companies[Company]) -> type[Controller]:
    """The controller of `/companies/`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/companies",
        singular="company",
        plural="companies",
        one=Text(fr="une entreprise", en="a company"),
        many=Text(fr="les entreprises", en="companies"),
        service=companies,
        out=Company,
        body=CompanyBody,
        listing=COMPANIES,
        actions=("list", "replace", "update", "delete"),
        rules={"list": READS, "replace": WRITES, "update": WRITES, "delete": WRITES},
        example=EXAMPLE,
    )
    sample = encoded(sample_of(Company, EXAMPLE))

    def encode(request: StrictRequest, made: Versioned[Company]) -> tuple[bytes, dict[str, str]]:
        value, headers = spec.shown(request, "create", made)
        return msgspec.json.encode(value), headers

    @operation(
        "POST",
        "/",
        name="create_company",
        rule=Superusers(SUPERUSERS_CREATE),
        rate=CREATIONS,
        creates=encode,
        summary=Text(
            fr="Créer une entreprise, son administrateur et ses slots",
            en="Create a company, its administrator and its slots",
        ),
        facts=Facts(errors=(400, 409, 415), versioned=True, request_example=OPENING, response_example=sample),
    )
    async def create_company(
        self: Any,  # noqa: ARG001
        request: StrictRequest,
        data: JSONBody[CompanyCreation],
    ) -> Response[Company]:
        made = await companies.found(request.caller, CompanyOpening(**given(data)))
        return spec.answer(request, "create", made)

    @operation(
        "GET",
        "/{key:str}",
        name="get_company",
        rule=READS,
        summary=Text(fr="Lire une entreprise", en="Read a company"),
        facts=Facts(errors=(404,), versioned=True, response_example=sample, query=(QueryParameter("expand", _EXPAND),)),
    )
    async def get_company(self: Any, request: StrictRequest, key: FromPath[str]) -> Response[ExpandedCompany]:  # noqa: ARG001
        asked = expansions_of(request)
        found, added = await companies.expanded(request.caller, key_of(DIALECT, key), asked)
        tag = etag_of(found)
        # what is added changes, though the version of the company stays
        if not added and is_fresh(request, tag):
            return Response(None, status_code=304, headers={"etag": tag})  # type: ignore[arg-type]
        shown = ExpandedCompany(**msgspec.structs.asdict(found.value), **added)
        return Response(shown, headers={"etag": tag})

    return resource_controller(spec, create_company, get_company)


def expansions_of(request: StrictRequest) -> tuple[str, ...]:
    """The names that `expand` asks for, each once."""
    text = dict(reversed(request.pairs)).get("expand", "")
    return tuple(dict.fromkeys(name.strip() for name in text.split(",")[:MAX_EXPANSIONS] if name.strip()))
