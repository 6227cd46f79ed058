"""The credentials that the simulator takes in development. They are no secret. All that is free text begins with
`demo-simulator`, by which production knows and refuses them; MTN's API user is a UUID of zeros."""

from adapters.operators.credentials import MoovCredentials, MtnCredentials, OrangeCredentials

DEMO_MARK = "demo-simulator"

DEMO_MTN = MtnCredentials(
    collection_key="demo-simulator-mtn-collection-01",
    disbursement_key="demo-simulator-mtn-disbursement1",
    api_user="00000000-0000-4000-8000-000000000001",
    api_key="demo-simulator-mtn-api-key-00001",
    callback_host="localhost",
)
DEMO_ORANGE = OrangeCredentials(
    client_id="demo-simulator-orange-client",
    client_secret="demo-simulator-orange-secret",  # noqa: S106
    merchant_key="demo-simulator-orange-merchant",
    payout_user="demo-simulator-orange-payout",
    payout_password="demo-simulator-orange-payout-password",  # noqa: S106
    payout_channel="2250700000000",
    payout_pin="demo-simulator-pin",
)
DEMO_MOOV = MoovCredentials(
    key="demo-simulator-key-0123456789-ab",
    username="demo-simulator-moov",
    password="demo-simulator-moov-password",  # noqa: S106
    wallet="+2290195000000",
)
