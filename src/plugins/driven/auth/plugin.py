"""The manifest of signing in to the portal."""

from typing import Any

from core.kernel import Kernel
from core.plugin import Plugin, Unwirable, Wired
from core.primitives.locale import Text
from plugins.driven.auth.settings import AuthSettings

LDAP_PASSWORD = "ldap_password"  # noqa: S105 - a secret's name


def _wire(kernel: Kernel) -> Wired:
    from adapters.http.cookies import Cookies
    from core.accounts.sources import DirectoryPasswords, LocalPasswords
    from plugins.driven.auth.http import auth_controller
    from plugins.driven.auth.invitations import Invitations
    from plugins.driven.auth.service import USER_UNKNOWN, Entrance, PortalDoor
    from plugins.driven.auth.store import InvitationStore

    settings = kernel.settings_as(AuthSettings)
    accounts, works, clock = kernel.accounts, kernel.works, kernel.clock
    utilisateurs = kernel.apis["driven_utilisateurs"]
    invitations = Invitations(
        works,
        InvitationStore(),
        utilisateurs,
        accounts.stores.accounts,
        kernel.notifications,
        clock,
        lifetime=settings.invitation_lifetime,
        link_base=kernel.installation.link_base,
    )
    source: Any = LocalPasswords(accounts.sign_in)
    invites = settings.source == "ldap"
    if invites:
        utilisateurs.invite_by(invitations)
        source = DirectoryPasswords(
            works, _directory(kernel, settings), accounts.sign_in, accounts.throttle, stranger=USER_UNKNOWN
        )
    door = PortalDoor(utilisateurs, clock, settings.access_lifetime, invitations if invites else None)
    entrance = Entrance(works, utilisateurs, accounts.stores.accounts, accounts.sign_in, source, door)
    cookies = Cookies(secure=kernel.installation.production)
    return Wired(controllers=[auth_controller(entrance, invitations, accounts, cookies)])


def _directory(kernel: Kernel, settings: AuthSettings) -> Any:
    from adapters.identity.ldap import LdapDirectory

    password = kernel.secrets.get(LDAP_PASSWORD)
    if settings.ldap.search_dn and password is None:
        raise Unwirable("ldap.search_dn is set and SOCLE_LDAP_PASSWORD is missing: the search account cannot sign in.")
    return LdapDirectory(settings.ldap, password)


PLUGIN = Plugin(
    name="driven_auth",
    title=Text(fr="Connexion au portail", en="Signing in to the portal"),
    suites=("driven",),
    requires=("driven_utilisateurs",),
    claims=("/api/auth",),
    settings=AuthSettings,
    secrets=(LDAP_PASSWORD,),
    wire=_wire,
)
