"""What lists of categories can be asked for, and what is said of one (contracts/spotvibe.md section 4.1; DECISIONS.md
section 2: staff write them). Categories are a plain resource."""

from typing import Final

from core.primitives.errors import message
from core.primitives.page import Listing

OBJECT_TYPE: Final = "Categorie"
LISTING = Listing(default_ordering=("id",))

CATEGORY_NOT_FOUND = message("spotvibe_category_not_found", fr="Catégorie non trouvée.", en="Category not found.")
CATEGORY_IN_USE = message(
    "spotvibe_category_in_use",
    fr="Des événements sont de cette catégorie : elle ne peut être supprimée.",
    en="Events are of this category: it cannot be deleted.",
)
