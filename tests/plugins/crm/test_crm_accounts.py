"""Accounts of the command line in crm (DECISIONS.md section 5, "Scope"): they belong to the installation's own
organisation unless told otherwise, and work there."""

import pytest

from core.access.principal import SYSTEM
from core.accounts.people import Candidate
from core.organisations.entities import OWN_ORGANISATION
from core.primitives.errors import DomainError
from tests.installation import PASSWORD, Api, unique
from tests.sales import Sales


async def made(
    sales: Sales, role: str | None = None, organisation: str | None = None, *, superuser: bool = False
) -> Api:
    """An account as the command line makes it, signed in over HTTP."""
    stores = sales.kernel.organisations.stores.organisations
    target = None
    if organisation is not None:
        async with sales.kernel.works.everywhere(SYSTEM) as work:
            target = (await stores.named(work, organisation)).id
    email = f"{unique('ligne')}@example.com"
    candidate = Candidate(email=email, username=unique("ligne"), password=PASSWORD, superuser=superuser)
    await sales.kernel.organisations.joining.create_account(SYSTEM, candidate, target, role)
    answer = await sales.api().post("/api/auth/login/", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return sales.api(answer.json()["access"])


async def test_accounts_of_the_own_organisation_work_together(sales: Sales) -> None:
    seller, administrator, superuser = await made(sales), await made(sales, "ADMIN"), await made(sales, superuser=True)
    client = (await seller.post("/api/clients/", json={"nom": unique("Maison")})).json()
    place = await sales.owner.fetchval("select entreprise from crm_client where id = $1", client["id"])
    assert place == OWN_ORGANISATION
    path = f"/api/clients/{client['id']}/"
    assert (await administrator.get(path)).status_code == 200
    assert (await seller.delete(path)).status_code == 403, "one who sells does not administer"
    assert (await administrator.delete(path)).status_code == 204
    assert (await superuser.get("/api/clients/")).status_code == 200
    reader = await made(sales, "LECTURE")
    assert (await reader.get("/api/clients/")).status_code == 200
    assert (await reader.post("/api/clients/", json={"nom": "X"})).status_code == 403


async def test_an_account_of_another_organisation_sees_that_one_alone(sales: Sales) -> None:
    name = await sales.owner.fetchval("select name from organisation where id = $1", await sales.organisation())
    first, own = await made(sales, organisation=name), await made(sales)
    client = (await first.post("/api/clients/", json={"nom": unique("Ailleurs")})).json()
    path = f"/api/clients/{client['id']}/"
    assert (await own.get(path)).status_code == 404
    assert (await first.delete(path)).status_code == 204, "the first member of an organisation owns it"


async def test_an_unknown_role_is_refused(sales: Sales) -> None:
    with pytest.raises(DomainError):
        await made(sales, "CAPITAINE")
