"""One row by a unique field, of a table that has tenants: what is another's is missing."""

from uuid import UUID

import pytest

from core.access.principal import Caller
from core.primitives.errors import DomainError, Kind
from core.resources import Resource
from plugins.ekigega.produits.http import Produit
from plugins.ekigega.produits.service import LISTING
from plugins.ekigega.produits.store import ProduitStore
from tests.installation import Company, Installed, unique


@pytest.mark.parametrize("reading", [True, False])
async def test_a_row_is_found_by_its_own_tenant_alone(installed: Installed, company: Company, reading: bool) -> None:
    nom = unique("Savon")
    await company.produit(nom=nom)
    mine = Caller(narrowed_to=UUID(company.id))
    other = Caller(narrowed_to=UUID((await installed.company()).id))
    works = installed.composition.kernel.works
    store = ProduitStore(Produit, listing=LISTING, time_zone="UTC")
    if reading:
        resource = Resource(works, store, object_type="Produit")
        assert (await resource.find(mine, "nom", nom)).value.nom == nom
        with pytest.raises(DomainError) as refused:
            await resource.find(other, "nom", nom)
        assert refused.value.kind is Kind.MISSING
        return
    async with works.within(mine) as work:
        found = await store.find(work, "nom", nom)
        assert found is not None
        assert found.value.nom == nom
    async with works.within(other) as work:
        assert await store.find(work, "nom", nom) is None
