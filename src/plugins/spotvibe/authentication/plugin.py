"""The manifest of signing in through providers."""

from typing import Any

from core.kernel import Kernel
from core.plugin import Plugin, Unwirable, Wired
from core.primitives.locale import Text
from plugins.spotvibe.authentication.settings import FACEBOOK_SECRET, AuthenticationSettings


def _wire(kernel: Kernel) -> Wired:
    from adapters.http.cookies import Cookies
    from plugins.spotvibe.authentication.http import (
        LoginAttempt,
        SocialAccount,
        UtilisateurSocial,
        authentication_controller,
    )
    from plugins.spotvibe.authentication.service import Authentication
    from plugins.spotvibe.authentication.store import SocialStore

    service = Authentication(
        kernel.works,
        SocialStore(shown=UtilisateurSocial, linked=SocialAccount, attempt=LoginAttempt),
        kernel.accounts,
        kernel.apis["spotvibe_users"],
        kernel.clock,
        _verifiers(kernel, kernel.settings_as(AuthenticationSettings)),
    )
    return Wired(controllers=[authentication_controller(service, Cookies(secure=kernel.installation.production))])


def _verifiers(kernel: Kernel, settings: AuthenticationSettings) -> dict[Any, Any]:
    from adapters.identity.simulated_tokens import SimulatedTokens
    from plugins.spotvibe.authentication.domain import Provider

    found: dict[Any, Any] = {}
    if not kernel.installation.production:
        found = dict.fromkeys(Provider, SimulatedTokens())
    if settings.google_clients:
        from adapters.identity.google import GoogleTokens

        found[Provider.GOOGLE] = GoogleTokens(settings.google_clients)
    if settings.facebook_app:
        from adapters.identity.facebook import FacebookTokens

        secret = kernel.secrets.get(FACEBOOK_SECRET)
        if secret is None:
            raise Unwirable(
                "facebook_app is set and SOCLE_SPOTVIBE_AUTHENTICATION_FACEBOOK_SECRET is missing: Facebook's tokens"
                " cannot be checked."
            )
        found[Provider.FACEBOOK] = FacebookTokens(settings.facebook_app, secret, settings.facebook_version)
    return found


PLUGIN = Plugin(
    name="spotvibe_authentication",
    title=Text(fr="Connexion par Google et Facebook", en="Signing in through Google and Facebook"),
    suites=("spotvibe",),
    requires=("spotvibe_users",),
    claims=(
        "/api/auth/google",
        "/api/auth/facebook",
        "/api/auth/social-accounts",
        "/api/auth/login-attempts",
        "/api/auth/status",
    ),
    settings=AuthenticationSettings,
    secrets=(FACEBOOK_SECRET,),
    wire=_wire,
)
