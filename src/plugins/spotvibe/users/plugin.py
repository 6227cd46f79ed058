"""The manifest of users."""

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Wired
from core.primitives.locale import Text
from plugins.spotvibe.users.settings import UsersSettings

EXPIRE_VERIFICATIONS = "expire_verifications"


def _wire(kernel: Kernel) -> Wired:
    from adapters.http.cookies import Cookies
    from plugins.spotvibe.users.account_http import account_controller
    from plugins.spotvibe.users.api import UsersApi
    from plugins.spotvibe.users.domain import Counters
    from plugins.spotvibe.users.follow_http import follow_controller
    from plugins.spotvibe.users.follow_service import Follows
    from plugins.spotvibe.users.profile_http import profile_controllers
    from plugins.spotvibe.users.profile_service import Profiles
    from plugins.spotvibe.users.registration_service import Registrations
    from plugins.spotvibe.users.store import FollowStore, ProfileStore, VerificationStore
    from plugins.spotvibe.users.verification_http import verification_controller
    from plugins.spotvibe.users.verification_service import Verifications
    from plugins.spotvibe.users.wire import Personne, Profil, Utilisateur, UtilisateurDetail, VerificationStatus

    settings = kernel.settings_as(UsersSettings)
    accounts, works, clock = kernel.accounts, kernel.works, kernel.clock
    store = ProfileStore(profil=Profil, one=Utilisateur, detail=UtilisateurDetail)
    counters = Counters()
    registrations = Registrations(
        works,
        store,
        accounts.people,
        accounts.email_proofs,
        kernel.notifications,
        clock,
        lifetime=settings.email_lifetime,
        link_base=kernel.installation.link_base,
    )
    profiles = Profiles(
        works, store, accounts.people, kernel.public_files, clock, max_photo_bytes=settings.max_photo * 1_000_000
    )
    follows = Follows(works, FollowStore(Personne), store, counters)
    verifications = Verifications(
        works,
        VerificationStore(VerificationStatus),
        store,
        kernel.files,
        clock,
        max_bytes=settings.max_document * 1_000_000,
        lifetime=settings.review_lifetime,
    )
    api = UsersApi(store, registrations, verifications, counters)
    return Wired(
        controllers=[
            account_controller(accounts, registrations, Cookies(secure=kernel.installation.production)),
            *profile_controllers(profiles, follows, kernel.public_files),
            follow_controller(follows),
            verification_controller(verifications),
        ],
        jobs={EXPIRE_VERIFICATIONS: verifications.expire},
        api=api,
        enrolment=api,
    )


PLUGIN = Plugin(
    name="spotvibe_users",
    title=Text(fr="Utilisateurs de SpotVibe", en="Users of SpotVibe"),
    suites=("spotvibe",),
    requires=("accounts_security",),
    claims=("/api/users", "/media/profiles"),
    settings=UsersSettings,
    publishes=("spotvibe.user_registered", "spotvibe.user_followed", "spotvibe.verification_decided"),
    jobs=(EXPIRE_VERIFICATIONS,),
    schedules=(Schedule(EXPIRE_VERIFICATIONS, "20 3 * * *"),),
    wire=_wire,
)
