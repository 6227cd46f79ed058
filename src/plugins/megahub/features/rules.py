"""Who may write the catalogue and see all companies (contracts/megahub.md, tables of endpoints)."""

from typing import Final

from plugins.megahub.features.messages import CATALOGUE_IS_NOT_YOURS, OVERVIEW_IS_NOT_YOURS
from plugins.megahub.rules import Superusers

WRITES_CATALOGUE: Final = Superusers(CATALOGUE_IS_NOT_YOURS)
SEES_ALL: Final = Superusers(OVERVIEW_IS_NOT_YOURS)
