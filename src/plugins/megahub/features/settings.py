"""Settings of features."""

import msgspec


class Entitlement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which catalogue feature gives a kernel feature. With `required` nobody may use it without an active subscription
    of his company; otherwise the feature's own terms hold for them."""

    feature: str
    required: bool = False


class FeaturesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`entitlements` map features that the kernel counts (`spotvibe_evenements`, `ekigega_produits`) to features of the
    catalogue, by name: a company's active subscription then gives the limit, and its `current_usage` counts. With
    `self_service` a company's administrator may raise its limits and reset its usage; without, a superuser alone."""

    entitlements: dict[str, str | Entitlement] = {}
    self_service: bool = True

    def entitled(self) -> dict[str, Entitlement]:
        """The entitlements in full."""
        return {
            name: Entitlement(given) if isinstance(given, str) else given for name, given in self.entitlements.items()
        }
