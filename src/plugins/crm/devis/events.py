"""What quotes tell of."""

from decimal import Decimal
from typing import ClassVar

from core.primitives.events import Event


class DevisAccepte(Event, frozen=True, kw_only=True):
    """A quote was accepted, on its page or by hand."""

    name: ClassVar[str] = "crm.devis_accepte"

    devis: int
    opportunite: int
    client: int
    montant: Decimal
