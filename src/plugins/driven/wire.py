"""How driven speaks (contracts/driven.md; DECISIONS.md sections 0 and 3): envelopes with every message in both
languages, integer ids, PUT that changes the given fields."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from adapters.http.dialect import Dialect, Refusal, integer_id, nested_problems
from core.access.rules import Rule, SignedIn
from core.primitives.errors import Message, message
from core.primitives.locale import Locale, Text
from plugins.driven.envelope import Enveloped, Failure, bilingual
from plugins.driven.pagination import EnvelopePages

INVALID_CREDENTIALS = message("driven_invalid_credentials", fr="Identifiants invalides", en="Invalid credentials")
SAID: Mapping[str, Message] = MappingProxyType(
    {
        "token_invalid": message("driven_token_invalid", fr="Token invalide", en="Invalid token"),
        "token_expired": message("driven_token_expired", fr="Token expiré", en="Token has expired"),
        "token_revoked": message("driven_token_revoked", fr="Token révoqué", en="Token has been revoked"),
        "unauthenticated": message("driven_unauthorized", fr="Accès non autorisé", en="Unauthorized access"),
        "credentials_wrong": INVALID_CREDENTIALS,
    }
)
"""What the document says where the kernel says it otherwise, by code ("Types d'erreurs possibles")."""
DETAILS: Mapping[str, Text] = MappingProxyType(
    {
        "token_expired": Text(
            fr="Connectez-vous à nouveau pour obtenir un nouveau token", en="Please login again to get a new token"
        ),
        "token_revoked": Text(fr="Le token a été révoqué", en="The token has been revoked"),
    }
)


def refuse(refusal: Refusal, locale: Locale) -> Failure:
    """Write an error."""
    code = refusal.message.code
    said = SAID.get(code, refusal.message).text
    details: Any
    if refusal.problems:
        details = nested_problems(refusal.problems, locale)
    elif code in DETAILS:
        details = bilingual(DETAILS[code])
    else:
        details = refusal.message.say(locale, refusal.params)
    return Failure(error=True, message=bilingual(said, refusal.params), details=details, code=code)


OPERATION_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "list": "get_{plural}",
        "create": "create_{singular}",
        "get": "get_{singular}",
        "update": "update_{singular}",
        "delete": "delete_{singular}",
    }
)
"""The names of functions (DECISIONS.md section 3): `get_utilisateurs`, `create_role`, …"""

DIALECT = Dialect(
    name="driven",
    parse_id=integer_id,
    id_format="integer",
    refuse=refuse,
    error_schema=Failure,
    validation_schema=Failure,
    pagination=EnvelopePages(),
    success=Enveloped(),
    operation_names=OPERATION_NAMES,
    change_method="PUT",
    entity_tags=False,
    trailing_slash=False,
)

ACTIONS = ("list", "create", "get", "update", "delete")
"""What resources of driven do."""
SIGNED_IN: Mapping[str, Rule] = MappingProxyType(dict.fromkeys(ACTIONS, SignedIn()))
"""Everybody who is signed in is admitted by rule; the portal's gate decides by function."""
