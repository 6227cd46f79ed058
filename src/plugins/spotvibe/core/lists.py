"""What the lists of core answer to."""

from core.primitives.page import Filter, FilterKind, Listing
from plugins.spotvibe.core.domain import Statut, TypeContenu

_STATUT = Filter("statut", choices=tuple(Statut))

FAQS = Listing(
    filters=(Filter("categorie", FilterKind.EXACT_FOLDED),),
    ordering=("id", "question", "categorie", "ordre"),
    default_ordering=("ordre",),
)
CONTACTS = Listing(
    filters=(_STATUT,), ordering=("id", "nom", "email", "sujet", "statut", "created_at"), default_ordering=("-id",)
)
FEEDBACKS = Listing(ordering=("id", "subject", "email", "created_at"), default_ordering=("-id",))
REPORTS = Listing(
    filters=(
        _STATUT,
        Filter("content_type", choices=(TypeContenu.EVENT, TypeContenu.USER)),
        Filter("object_id", FilterKind.ID),
    ),
    ordering=("id", "content_type", "object_id", "statut", "created_at"),
    default_ordering=("-id",),
)
