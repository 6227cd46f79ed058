"""What is done with one utilisateur beside changing it: prolonged, its profile and statut, eligibility."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from adapters.http.documentation.facts import QueryParameter
from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import given, key_of
from adapters.http.samples import encoded, sample_of
from adapters.http.scalars import Email
from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import invalid_field, message
from core.primitives.ids import parse_integer_id
from core.primitives.locale import Text
from plugins.driven.envelope import Envelope, enveloped
from plugins.driven.scalars import Moment
from plugins.driven.utilisateurs.domain import Statut
from plugins.driven.utilisateurs.service import Utilisateurs
from plugins.driven.utilisateurs.wire import EXAMPLE, PersonName, Utilisateur
from plugins.driven.wire import DIALECT, SIGNED_IN

PROLONGED = message(
    "driven_prolonged", fr="Date d'expiration prolongée avec succès", en="Expiration date extended successfully"
)
PROFILE_CHANGED = Text(fr="Profil mis à jour avec succès", en="Profile updated successfully")
STATUT_CHANGED = Text(fr="Statut mis à jour avec succès", en="Status updated successfully")
ELIGIBILITY_CHECKED = Text(fr="Éligibilité vérifiée avec succès", en="Eligibility checked successfully")


class Prolongation(msgspec.Struct):
    """Until when; 30 days from now where it is not given."""

    date_expiration: Moment | None = None


class EntiteBreve(msgspec.Struct):
    """An entity in brief."""

    id: int
    nom: str


class UtilisateurProlonge(msgspec.Struct):
    """An utilisateur as the answer to its prolongation shows it."""

    id: int
    nom: str
    prenom: str
    login: str
    email: str
    statut: str
    date_expiration: datetime | None
    profil: str | None
    id_entite: int | None
    entite: EntiteBreve | None


class Prolonged(msgspec.Struct):
    """A prolongation. The document writes this answer without the usual envelope, its message in one language."""

    status: str
    message: str
    data: UtilisateurProlonge


class ProfilBody(msgspec.Struct):
    """What a profile may change."""

    nom: PersonName | UnsetType = UNSET
    prenom: PersonName | UnsetType = UNSET
    email: Email | UnsetType = UNSET


class Profil(msgspec.Struct):
    """A profile."""

    id_utilisateur: int
    nom: str
    prenom: str
    email: str


class StatutBody(msgspec.Struct):
    """A statut."""

    statut: Statut


class StatutChange(msgspec.Struct):
    """An utilisateur and its statut."""

    id_utilisateur: int
    nom: str
    prenom: str
    statut: str


class EligibiliteShown(msgspec.Struct):
    """Whether an utilisateur may use an application; `raison` names the first thing that speaks against it."""

    eligible: bool
    raison: str | None


def actions_controller(service: Utilisateurs[Utilisateur]) -> type[Controller]:
    """The controller of `/api/utilisateurs/{id}/prolonger`, `profil`, `statut` and `eligibilite`."""

    async def change(caller: Caller, key: str, values: dict[str, Any]) -> Utilisateur:
        return (await service.change(caller, key_of(DIALECT, key), values)).value

    class UtilisateurActionsController(Controller):
        path = "/api/utilisateurs/{key:str}"
        tags = ["utilisateurs"]

        @operation(
            "PUT",
            "/prolonger",
            name="prolonger_utilisateur",
            rule=SIGNED_IN["update"],
            summary=Text(
                fr="Prolonger la date d'expiration d'un utilisateur", en="Put off the expiration date of a user"
            ),
            facts=Facts(
                errors=(400, 404, 415),
                request_example={"date_expiration": EXAMPLE["date_expiration"]},
                response_example=encoded(
                    Prolonged(
                        "success", PROLONGED.text.fr, UtilisateurProlonge(**sample_of(UtilisateurProlonge, EXAMPLE))
                    )
                ),
            ),
        )
        async def prolonger(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[Prolongation]
        ) -> Prolonged:
            """Put the expiry off."""
            changed = await service.prolonger(request.caller, key_of(DIALECT, key), data.date_expiration)
            return Prolonged("success", PROLONGED.say(request.caller.locale), _prolonge(changed.value))

        @operation(
            "PUT",
            "/profil",
            name="update_profil",
            rule=SIGNED_IN["update"],
            summary=Text(fr="Modifier le profil d'un utilisateur", en="Change the profile of a user"),
            facts=Facts(
                errors=(400, 404, 409, 415),
                request_example={name: EXAMPLE[name] for name in ("nom", "prenom", "email")},
                response_example=encoded(enveloped(PROFILE_CHANGED, sample_of(Profil, EXAMPLE))),
            ),
        )
        async def update_profil(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[ProfilBody]
        ) -> Envelope[Profil]:
            """Change names and email."""
            now = await change(request.caller, key, given(data))
            return enveloped(PROFILE_CHANGED, Profil(now.id_utilisateur, now.nom, now.prenom, now.email))

        @operation(
            "PUT",
            "/statut",
            name="update_statut",
            rule=SIGNED_IN["update"],
            summary=Text(fr="Modifier le statut d'un utilisateur", en="Change the status of a user"),
            facts=Facts(
                errors=(400, 404, 409, 415),
                request_example={"statut": "Inactif"},
                response_example=encoded(
                    enveloped(STATUT_CHANGED, sample_of(StatutChange, {**EXAMPLE, "statut": "Inactif"}))
                ),
            ),
        )
        async def update_statut(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[StatutBody]
        ) -> Envelope[StatutChange]:
            """Change the statut."""
            now = await change(request.caller, key, {"statut": data.statut})
            return enveloped(STATUT_CHANGED, StatutChange(now.id_utilisateur, now.nom, now.prenom, now.statut))

        @operation(
            "GET",
            "/eligibilite",
            name="check_eligibilite",
            rule=SIGNED_IN["get"],
            summary=Text(
                fr="Vérifier si un utilisateur peut utiliser une application",
                en="Check whether a user may use an application",
            ),
            facts=Facts(
                errors=(400, 404),
                query=(QueryParameter("app_id", "L'application · The application"),),
                response_example=encoded(enveloped(ELIGIBILITY_CHECKED, EligibiliteShown(True, None))),  # noqa: FBT003
            ),
        )
        async def check_eligibilite(self, request: StrictRequest, key: FromPath[str]) -> Envelope[EligibiliteShown]:
            """Judge by statut, expiry and role."""
            asked = dict(reversed(request.pairs)).get("app_id", "")
            application = parse_integer_id(asked)
            if application is None:
                raise invalid_field("app_id", messages.NOT_INTEGER if asked else messages.REQUIRED)
            found = await service.eligibilite(request.caller, key_of(DIALECT, key), application)
            raison = found.raison.say(request.caller.locale) if found.raison else None
            return enveloped(ELIGIBILITY_CHECKED, EligibiliteShown(found.eligible, raison))

    return UtilisateurActionsController


def _prolonge(utilisateur: Utilisateur) -> UtilisateurProlonge:
    entite = utilisateur.entite
    return UtilisateurProlonge(
        id=utilisateur.id_utilisateur,
        nom=utilisateur.nom,
        prenom=utilisateur.prenom,
        login=utilisateur.login,
        email=utilisateur.email,
        statut=utilisateur.statut,
        date_expiration=utilisateur.date_expiration,
        profil=utilisateur.profil,
        id_entite=utilisateur.id_entite,
        entite=EntiteBreve(entite.id, entite.nom) if entite is not None else None,
    )
