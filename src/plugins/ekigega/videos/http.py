"""Training videos on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import Language, Name, Quantity, Url
from core.primitives.locale import Text
from plugins.ekigega.videos.service import LISTING, Videos
from plugins.ekigega.wire import DIALECT

StatusValue = Literal["actif", "inactif", "archivé"]


class Video(msgspec.Struct):
    """A training video. `duree` is in seconds, `date_genere` when it was made known here."""

    id: UUID
    titre: str
    url: str
    duree: int
    langue: str
    status: StatusValue
    date_genere: datetime
    created_at: datetime
    updated_at: datetime


class VideoBody(msgspec.Struct):
    """A training video as a client writes it."""

    titre: Name
    url: Url
    duree: Quantity
    langue: Language = "fr"
    status: StatusValue = "actif"


def videos_controller(service: Videos[Video]) -> type[Controller]:
    """The controller of `/api/videos/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/videos",
            singular="video",
            plural="videos",
            one=Text(fr="une formation vidéo", en="a training video"),
            many=Text(fr="les formations vidéo", en="training videos"),
            service=service,
            out=Video,
            body=VideoBody,
            listing=LISTING,
            resource="videos",
            example={
                "titre": "Gestion d'entreprise avancée",
                "url": "https://vimeo.com/123456789",
                "duree": 3600,
                "langue": "fr",
                "status": "actif",
            },
        )
    )
