"""What an installation may set about the application."""

from typing import Annotated

import msgspec

Fact = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class CoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `GET /api/core/info/` tells of the application (contracts/spotvibe.md section 3.1), and the size of a
    document that may be uploaded, in megabytes (DECISIONS.md section 2, "upload")."""

    app_name: Fact = "SpotVibe"
    version: Fact = "1.0.0"
    description: Fact = "Plateforme de gestion d'événements et de billetterie."
    contact_email: Fact = "contact@spotvibe.com"
    max_document: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10
