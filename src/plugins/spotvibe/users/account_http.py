"""Signing up, in and out, and one's password (contracts/spotvibe.md section 2.1)."""

from typing import Any

from litestar import Controller, Response
from litestar.params import JSONBody

from adapters.http.cookies import Cookies
from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from core.access.rules import Anyone, SignedIn
from core.accounts.entities import ChallengeAsked
from core.accounts.people import Candidate
from core.accounts.service import Accounts
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.spotvibe.users.registration_service import Registrations
from plugins.spotvibe.users.wire import (
    CodeAsked,
    Credentials,
    EmailToken,
    NouvelUtilisateur,
    PasswordChange,
    Refreshed,
    RefreshToken,
    Registered,
    Registration,
    SessionTokens,
)
from plugins.spotvibe.wire import Done

REGISTRATIONS = Rate("registration")
SIGN_INS = Rate("sign-in")
CODES = Rate("second-factor")
NO_STORE = {"cache-control": "no-store"}

REGISTERED = message(
    "spotvibe_registered",
    fr="Utilisateur enregistré avec succès. Veuillez vérifier votre email.",
    en="The user is registered. Please verify your email.",
)
LINK_SENT = message(
    "spotvibe_link_sent",
    fr="Un nouveau lien de vérification a été envoyé.",
    en="A new verification link has been sent.",
)
EMAIL_VERIFIED = message(
    "spotvibe_email_verified", fr="Adresse e-mail vérifiée avec succès.", en="The email address is verified."
)
SIGNED_OUT = message("spotvibe_signed_out", fr="Déconnexion réussie.", en="You are signed out.")
PASSWORD_CHANGED = message(
    "spotvibe_password_changed", fr="Mot de passe changé avec succès.", en="The password is changed."
)


def account_controller(accounts: Accounts, registrations: Registrations, cookies: Cookies) -> type[Controller]:
    """The controller of registration, sessions and passwords."""

    class AccountController(Controller):
        path = "/api/users"
        tags = ["users"]

        @operation(
            "POST",
            "/register",
            name="register_user",
            rule=Anyone(),
            rate=REGISTRATIONS,
            summary=Text(fr="S'inscrire sur SpotVibe", en="Sign up to SpotVibe"),
            facts=Facts(
                errors=(400, 415),
                request_example={
                    "username": "nouvel_utilisateur",
                    "email": "nouvel_utilisateur@example.com",
                    "password": "mot_de_passe_securise",
                    "telephone": "+22997000000",
                    "first_name": "Nom",
                    "last_name": "Prénom",
                },
            ),
        )
        async def register(self, request: StrictRequest, data: JSONBody[Registration]) -> Registered:
            """Make an account with its profile, and send the link that proves its address."""
            locale = request.caller.locale
            candidate = Candidate(
                email=data.email,
                password=data.password,
                username=data.username,
                first_name=data.first_name,
                last_name=data.last_name,
                phone=data.telephone,
                language=locale.value,
            )
            made = await registrations.register(request.caller, candidate)
            return Registered(REGISTERED.say(locale), NouvelUtilisateur(made.number, made.username, made.email))

        @operation(
            "POST",
            "/login",
            name="sign_in_user",
            rule=Anyone(),
            status=200,
            rate=SIGN_INS,
            summary=Text(fr="Se connecter à SpotVibe", en="Sign in to SpotVibe"),
            facts=Facts(
                errors=(400, 401, 415),
                request_example={"email": "utilisateur@example.com", "password": "mot_de_passe"},
            ),
        )
        async def login(
            self, request: StrictRequest, data: JSONBody[Credentials]
        ) -> Response[SessionTokens | CodeAsked]:
            """Sign in by email or username."""
            answer = await accounts.sign_in.by_password(
                request.caller, data.email, data.password, membership_needed=False
            )
            if isinstance(answer, ChallengeAsked):
                return Response(CodeAsked(answer.challenge, answer.method.value), headers=NO_STORE)
            body: Any = SessionTokens(answer.tokens.access, answer.tokens.refresh)
            return Response(body, headers=NO_STORE, cookies=cookies.of(answer.tokens))

        @operation(
            "POST",
            "/logout",
            name="sign_out_user",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Se déconnecter de SpotVibe", en="Sign out of SpotVibe"),
            facts=Facts(errors=(400, 415)),
        )
        async def logout(self, request: StrictRequest, data: JSONBody[RefreshToken]) -> Response[Done]:
            """Revoke the session of the refresh token."""
            await accounts.sessions.log_out(request.caller, data.refresh)
            said = SIGNED_OUT.say(request.caller.locale)
            return Response(Done(said), headers=NO_STORE, cookies=cookies.cleared())

        @operation(
            "POST",
            "/token/refresh",
            name="refresh_user_token",
            rule=Anyone(),
            status=200,
            summary=Text(fr="Renouveler son jeton d'accès", en="Renew one's access token"),
            facts=Facts(errors=(400, 401, 415)),
        )
        async def refresh(self, request: StrictRequest, data: JSONBody[RefreshToken]) -> Response[Refreshed]:
            """Give a new access token; the refresh token stays good."""
            tokens = await accounts.sessions.refresh(request.caller, data.refresh)
            return Response(Refreshed(tokens.access, tokens.refresh), headers=NO_STORE)

        @operation(
            "POST",
            "/verify-email",
            name="verify_user_email",
            rule=Anyone(),
            status=200,
            rate=CODES,
            summary=Text(fr="Vérifier son adresse e-mail", en="Verify one's email address"),
            facts=Facts(errors=(400, 415), request_example={"token": "k3v9…"}),
        )
        async def verify_email(self, request: StrictRequest, data: JSONBody[EmailToken]) -> Done:
            """Prove one's address by the token of the link that was sent."""
            await registrations.verify_email(request.caller, data.token)
            return Done(EMAIL_VERIFIED.say(request.caller.locale))

        @operation(
            "POST",
            "/verify-email/resend",
            name="resend_verification_link",
            rule=SignedIn(),
            status=200,
            rate=CODES,
            summary=Text(fr="Recevoir un nouveau lien de vérification", en="Get a new verification link"),
            facts=Facts(errors=(400,)),
        )
        async def resend_link(self, request: StrictRequest) -> Done:
            """Send a new link to one's address; the one before is good no more."""
            await registrations.resend(request.caller)
            return Done(LINK_SENT.say(request.caller.locale))

        @operation(
            "POST",
            "/change-password",
            name="change_user_password",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Changer son mot de passe SpotVibe", en="Change one's SpotVibe password"),
            facts=Facts(
                errors=(400, 415, 429),
                request_example={
                    "old_password": "ancien_mot_de_passe",
                    "new_password": "nouveau_mot_de_passe",
                    "confirm_password": "nouveau_mot_de_passe",
                },
            ),
        )
        async def change_password(self, request: StrictRequest, data: JSONBody[PasswordChange]) -> Done:
            """Change the password; every other session ends."""
            await accounts.passwords.change(request.caller, data.old_password, data.new_password, data.confirm_password)
            return Done(PASSWORD_CHANGED.say(request.caller.locale))

    return AccountController
