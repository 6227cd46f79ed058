"""Development's operators: the gateways are pointed at the simulator by configuration alone, where the installation
has not configured them itself."""

from collections.abc import Mapping
from typing import Any

import msgspec

from core.primitives.secret import Secret
from socle.installation import Loaded


class GatewayConfiguration(msgspec.Struct, frozen=True):
    """Settings and secrets of a gateway's plugin."""

    settings: Mapping[str, Any]
    secrets: Mapping[str, Secret]


_TIMINGS = {"deadline": 5, "window": 90, "watch": 3600, "polls": [1, 2, 2, 3, 5]}
"""Seconds, so that every payment but the one that nobody answers is final within 20 (DESIGN.md section 7)."""


def simulated(loaded: Loaded) -> dict[str, GatewayConfiguration]:
    """The configuration of the first-party gateways for the simulator, by plugin; empty where there is none."""
    base = loaded.operators_url.rstrip("/")
    if not base or loaded.production:
        return {}
    from adapters.operators.demo import DEMO_MOOV, DEMO_MTN, DEMO_ORANGE

    return {
        "gateway_mtn": _configuration(
            {"base_url": f"{base}/mtn", "target_environment": "mtnbenin", "api_user": DEMO_MTN.api_user},
            subscription_key=DEMO_MTN.collection_key,
            api_key=DEMO_MTN.api_key,
            disbursement_subscription_key=DEMO_MTN.disbursement_key,
        ),
        "gateway_orange": _configuration(
            {
                "base_url": f"{base}/orange",
                "environment": "ci",
                "client_id": DEMO_ORANGE.client_id,
                "expires_after": 120,
                "payout": {
                    "user": DEMO_ORANGE.payout_user,
                    "channel_number": DEMO_ORANGE.payout_channel,
                    "number_form": "digits",
                },
            },
            client_secret=DEMO_ORANGE.client_secret,
            merchant_key=DEMO_ORANGE.merchant_key,
            payout_password=DEMO_ORANGE.payout_password,
            payout_pin=DEMO_ORANGE.payout_pin,
        ),
        "gateway_moov": _configuration(
            {"base_url": f"{base}/moov", "username": DEMO_MOOV.username},
            key=DEMO_MOOV.key,
            password=DEMO_MOOV.password,
        ),
    }


def is_simulated(secret: Secret) -> bool:
    """Whether a secret is one of the simulator's, which production refuses."""
    return secret.reveal().startswith("demo-simulator")


def _configuration(settings: Mapping[str, Any], **secrets: str) -> GatewayConfiguration:
    return GatewayConfiguration({**_TIMINGS, **settings}, {name: Secret(value) for name, value in secrets.items()})
