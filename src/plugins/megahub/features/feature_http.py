"""The catalogue on the wire (contracts/megahub.md, "Features Disponibles")."""

from litestar import Controller

from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, resource_controller
from core.primitives.locale import Text
from core.resources import Resource
from plugins.megahub.features.rules import WRITES_CATALOGUE
from plugins.megahub.features.subscription_service import CATALOGUE
from plugins.megahub.features.wire import Feature, FeatureBody
from plugins.megahub.rules import READS
from plugins.megahub.wire import DIALECT


def counted_now(request: StrictRequest, shown: Feature) -> Feature:  # noqa: ARG001
    """A feature as it stands: how many are subscribed changes while its version stays."""
    return shown


def feature_controller(service: Resource[Feature]) -> type[Controller]:
    """The controller of `/companies/features/available/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/companies/features/available",
            singular="feature",
            plural="features",
            one=Text(fr="une feature du catalogue", en="a feature of the catalogue"),
            many=Text(fr="les features du catalogue", en="features of the catalogue"),
            service=service,
            out=Feature,
            body=FeatureBody,
            listing=CATALOGUE,
            rules={
                "list": READS,
                "get": READS,
                "create": WRITES_CATALOGUE,
                "replace": WRITES_CATALOGUE,
                "update": WRITES_CATALOGUE,
                "delete": WRITES_CATALOGUE,
            },
            example={
                "name": "ai_templates",
                "display_name": "Templates IA",
                "description": "Génération de contenu avec IA",
                "feature_type": "templates",
                "is_active": True,
                "is_premium": True,
                "sort_order": 2,
            },
            present=counted_now,
        )
    )
