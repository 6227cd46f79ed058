"""Clients as crm writes and reads them (DECISIONS.md section 5, "Wire names")."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from adapters.http.scalars import LongText, Name, OptionalText, check_email, check_free_text


def _check_email(value: str) -> str | None:
    text = check_free_text(value)
    return check_email(text) if text else None


OptionalEmail = Annotated[str, msgspec.Meta(max_length=254, extra={"check": _check_email})]
"""An email address, folded to lower case; an empty text stands for none."""

OptionalPhone = Annotated[str, msgspec.Meta(max_length=32, extra={"check": check_free_text})]
"""A phone number as somebody types it, or an empty text."""


class Client(msgspec.Struct):
    """A client. `valeur_client` is the sum of its weighted open opportunities and accepted quotes; `cree_par` is the
    account that created it."""

    id: int
    nom: str
    societe: str
    email: str | None
    telephone: str
    notes: str
    categorie: str
    valeur_client: Decimal
    cree_par: int | None
    date_creation: datetime
    date_modification: datetime


class ClientBody(msgspec.Struct):
    """A client as somebody writes it: only the name is needed."""

    nom: Name
    societe: OptionalText = ""
    email: OptionalEmail | None = None
    telephone: OptionalPhone = ""
    notes: LongText = ""
    categorie: OptionalText = ""
