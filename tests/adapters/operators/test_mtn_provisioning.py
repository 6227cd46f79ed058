"""MTN's sandbox provisioning (row 1)."""

import uuid

from adapters.operators.demo import DEMO_MTN
from tests.operators import Operators, basic, number

KEY = {"Ocp-Apim-Subscription-Key": DEMO_MTN.collection_key}
HOST = {"providerCallbackHost": "shop.example"}


async def provision(sim: Operators) -> tuple[str, str]:
    """A new API user with its key."""
    user = str(uuid.uuid4())
    made = await sim.client.post("/mtn/v1_0/apiuser", headers=KEY | {"X-Reference-Id": user}, json=HOST)
    assert (made.status_code, made.content) == (201, b"")
    key = await sim.client.post(f"/mtn/v1_0/apiuser/{user}/apikey", headers=KEY)
    assert key.status_code == 201
    return user, key.json()["apiKey"]


async def test_a_user_is_provisioned_and_used(sim: Operators) -> None:
    await sim.switch("mtn", target_environment="sandbox")
    user, key = await provision(sim)
    shown = await sim.client.get(f"/mtn/v1_0/apiuser/{user}", headers=KEY)
    assert shown.json() == {"providerCallbackHost": "shop.example", "targetEnvironment": "sandbox"}
    again = await sim.client.post("/mtn/v1_0/apiuser", headers=KEY | {"X-Reference-Id": user}, json=HOST)
    assert again.status_code == 409

    token = (await sim.mtn_token("collection", Authorization=basic(user, key))).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "X-Target-Environment": "sandbox"}
    for url, status in (("https://shop.example/x", 202), ("https://other.example/x", 500)):
        _, answer = await sim.mtn_send(number("10"), headers=headers, callback=url, currency="EUR", amount="5")
        assert answer.status_code == status


async def test_a_sandbox_user_is_tied_to_its_product(sim: Operators) -> None:
    await sim.switch("mtn", target_environment="sandbox")
    user, key = await provision(sim)
    issued = await sim.mtn_token("disbursement", Authorization=basic(user, key))
    assert issued.status_code == 200
    headers = {"Authorization": f"Bearer {issued.json()['access_token']}", "X-Target-Environment": "sandbox"}
    _, answer = await sim.mtn_send(number("10"), call="disbursement/v1_0/transfer", headers=headers, currency="EUR")
    assert (answer.status_code, answer.json()["code"]) == (500, "NOT_ALLOWED_TARGET_ENVIRONMENT")


async def test_what_is_refused(sim: Operators) -> None:
    await sim.switch("mtn", target_environment="sandbox")
    user = {"X-Reference-Id": str(uuid.uuid4())}
    path = "/mtn/v1_0/apiuser"
    assert (await sim.client.post(path, headers=user, json=HOST)).status_code == 401
    assert (await sim.client.post(path, headers=KEY | {"X-Reference-Id": "x"}, json=HOST)).status_code == 400
    with_scheme = {"providerCallbackHost": "https://shop.example"}
    assert (await sim.client.post(path, headers=KEY | user, json=with_scheme)).status_code == 400
    assert (await sim.client.get(f"{path}/{uuid.uuid4()}", headers=KEY)).status_code == 404
    assert (await sim.client.post(f"{path}/{uuid.uuid4()}/apikey", headers=KEY)).status_code == 404


async def test_production_has_no_provisioning(sim: Operators) -> None:
    headers = KEY | {"X-Reference-Id": str(uuid.uuid4())}
    assert (await sim.client.post("/mtn/v1_0/apiuser", headers=headers, json=HOST)).status_code == 404
