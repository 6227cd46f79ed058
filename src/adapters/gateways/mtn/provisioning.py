"""Making an API user in MTN's sandbox (mobile-money.md section 2.2). In production MTN's portal does it."""

from uuid import UUID

import httpx2
import msgspec

from adapters.gateways.mtn.client import mtn_wire
from adapters.gateways.mtn.settings import MtnSettings
from adapters.gateways.reading import error_object, json_object, kept_code
from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import Answer, Wire
from core.primitives.secret import Secret


class ProvisioningFailed(Exception):
    """The sandbox made no user; the text is a sentence that says why, without secrets."""


class SandboxUser(msgspec.Struct, frozen=True, kw_only=True):
    """An API user. The key is shown this once: the sandbox never tells it again."""

    api_user: UUID
    api_key: Secret
    callback_host: str
    target_environment: str


async def provision_sandbox(
    settings: MtnSettings,
    subscription_key: Secret,
    *,
    api_user: UUID,
    callback_host: str,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> SandboxUser:
    """Make an API user with its key, and read back what MTN keeps of it.

    `subscription_key` is that of the product which the user shall serve: the sandbox ties a user to it. `callback_host`
    is a host alone, and can never be changed. Raises `ProvisioningFailed`.
    """
    wire = mtn_wire(settings, transport)
    try:
        return await _provision(wire, subscription_key, api_user, callback_host)
    except Trouble as trouble:
        raise ProvisioningFailed(f"The sandbox gave no answer that can be read: {trouble.code}.") from None
    finally:
        await wire.close()


async def _provision(wire: Wire, subscription_key: Secret, api_user: UUID, callback_host: str) -> SandboxUser:
    headers = {"Ocp-Apim-Subscription-Key": subscription_key.reveal(), "Accept": "application/json"}
    made = await wire.call(
        "apiuser",
        "POST",
        "/v1_0/apiuser",
        operation=None,
        headers={**headers, "X-Reference-Id": str(api_user), "Content-Type": "application/json"},
        content=msgspec.json.encode({"providerCallbackHost": callback_host}),
    )
    if made.status == 409:
        raise ProvisioningFailed("The sandbox knows this API user already: choose another id.")
    _expect(made, 201, "made no API user", subscription_key)
    keyed = await wire.call("apikey", "POST", f"/v1_0/apiuser/{api_user}/apikey", operation=None, headers=headers)
    _expect(keyed, 201, "gave no key", subscription_key)
    key = json_object(keyed).text("apiKey")
    if not key:
        raise ProvisioningFailed("The sandbox gave no key.")
    shown = await wire.call("apiuser_read", "GET", f"/v1_0/apiuser/{api_user}", operation=None, headers=headers)
    _expect(shown, 200, "does not show the API user", subscription_key)
    kept = json_object(shown)
    return SandboxUser(
        api_user=api_user,
        api_key=Secret(key),
        callback_host=kept.text("providerCallbackHost"),
        target_environment=kept.text("targetEnvironment"),
    )


def _expect(answer: Answer, status: int, complaint: str, subscription_key: Secret) -> None:
    if answer.status != status:
        code = kept_code(error_object(answer).text("code"), [subscription_key])
        raise ProvisioningFailed(f"The sandbox {complaint}: HTTP {answer.status} {code}".rstrip() + ".")
