"""Expenses on the wire, as JSON or as a form with the receipt."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller
from msgspec import UNSET

from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, base_of, resource_controller
from adapters.http.scalars import Amount, LongText, Name, check_upload
from core.files.service import Files
from core.primitives.locale import Text
from plugins.ekigega.depenses.service import LISTING, Depenses
from plugins.ekigega.wire import DIALECT

Receipt = Annotated[Any, msgspec.Meta(extra={"check": check_upload, "file": True})]


class Depense(msgspec.Struct):
    """An expense. `justificatif` is the receipt's address, signed, good for a quarter of an hour."""

    id: UUID
    categorie: str
    description: str
    montant: Decimal
    type: str
    justificatif: str | None
    entreprise: UUID
    created_at: datetime
    updated_at: datetime


class DepenseBody(msgspec.Struct):
    """An expense as a client writes it; the receipt comes with a form."""

    categorie: Name
    montant: Amount
    type: Name
    description: LongText = ""
    justificatif: Receipt = UNSET


def depenses_controller(service: Depenses[Depense], files: Files) -> type[Controller]:
    """The controller of `/api/depenses/`."""

    def present(request: StrictRequest, depense: Depense) -> Depense:
        if depense.justificatif is None:
            return depense
        key, _, name = depense.justificatif.partition("/")
        address = base_of(request) + files.path(UUID(key), name)
        return msgspec.structs.replace(depense, justificatif=address)

    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/depenses",
            singular="depense",
            plural="depenses",
            one=Text(fr="une dépense", en="an expense"),
            many=Text(fr="les dépenses", en="expenses"),
            service=service,
            out=Depense,
            body=DepenseBody,
            listing=LISTING,
            resource="expenses",
            form=True,
            present=present,
            example={
                "categorie": "Transport",
                "description": "Carburant véhicule entreprise",
                "montant": "75.00",
                "type": "Transport",
            },
        )
    )
