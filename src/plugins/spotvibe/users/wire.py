"""Users as spotvibe shows them."""

import re
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar.datastructures import UploadFile
from msgspec import UNSET, UnsetType

from adapters.http.scalars import Email, LongText, OptionalText, Password, Rejected, check_free_text, check_text
from core.accounts.people import MAX_NAME
from core.primitives import messages
from plugins.spotvibe.users.domain import PHOTO_FOLDER

_PHOTO = re.compile(rf"/?{PHOTO_FOLDER}/[0-9a-f]{{32}}\.[a-z]{{3,4}}\Z")

Username = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, extra={"check": check_text})]
Phone = Annotated[str, msgspec.Meta(max_length=32, extra={"check": check_free_text})]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=2_048)]


def check_birth(value: date) -> date:
    """Refuse years before 1900."""
    if value.year < 1900:
        raise Rejected(messages.NOT_DATE)
    return value


def check_photo(value: Any) -> Any:
    """Accept an uploaded file, or the path of the present photo, sent back; an empty text stands for it in a form."""
    if isinstance(value, UploadFile) or value == "":
        return value
    if not isinstance(value, str) or not _PHOTO.match(value):
        raise Rejected(messages.NOT_FILE)
    return value


def check_file(value: Any) -> Any:
    """Accept an uploaded file, and an empty text of a form in which none was chosen."""
    if isinstance(value, UploadFile) or value == "":
        return value
    raise Rejected(messages.NOT_FILE)


def check_chosen(value: Any) -> Any:
    """Accept an uploaded file."""
    if not isinstance(value, UploadFile):
        raise Rejected(messages.NOT_FILE)
    return value


Birth = Annotated[date, msgspec.Meta(extra={"check": check_birth}, extra_json_schema={"format": "date"})]
Photo = Annotated[Any, msgspec.Meta(extra={"check": check_photo, "file": True})]
"""A photo: a file in a form; null takes the present one away."""
Document = Annotated[Any, msgspec.Meta(extra={"check": check_chosen, "file": True})]
OptionalDocument = Annotated[Any, msgspec.Meta(extra={"check": check_file, "file": True})]


class Registration(msgspec.Struct):
    """Who signs up."""

    username: Username
    email: Email
    password: Password
    telephone: Phone | None = None
    first_name: OptionalText | None = None
    last_name: OptionalText | None = None


class NouvelUtilisateur(msgspec.Struct):
    """Somebody who has just signed up."""

    id: int
    username: str
    email: str


class Registered(msgspec.Struct):
    """A registration."""

    message: str
    user: NouvelUtilisateur


class Credentials(msgspec.Struct):
    """What a sign-in needs. `email` may be a username."""

    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    password: Password


class SessionTokens(msgspec.Struct):
    """A sign-in that is complete."""

    access: str
    refresh: str | None


class CodeAsked(msgspec.Struct, rename={"second_factor_required": "2fa_required"}):
    """The password was right; `challenge` goes back with the second factor's code (DECISIONS.md section 2, "Login")."""

    challenge: str
    method: str
    second_factor_required: bool = True


class RefreshToken(msgspec.Struct):
    """A refresh token."""

    refresh: Token


class Refreshed(msgspec.Struct, omit_defaults=True):
    """A new access token; `refresh` where the refresh token was rotated."""

    access: str
    refresh: str | None = None


class EmailToken(msgspec.Struct):
    """The token of the link that was sent."""

    token: Token


class PasswordChange(msgspec.Struct):
    """The old password and the new one, twice."""

    old_password: Password
    new_password: Password
    confirm_password: Password


class Profil(msgspec.Struct):
    """Somebody's own profile. `photo_profil` is a path below the product's mount."""

    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    telephone: str | None
    date_naissance: date | None
    photo_profil: str | None
    bio: str
    est_verifie: bool
    notifications_email: bool
    notifications_push: bool


class ProfilChange(msgspec.Struct):
    """What somebody may change of his profile; what is absent stays."""

    username: Username | UnsetType = UNSET
    first_name: OptionalText | None | UnsetType = UNSET
    last_name: OptionalText | None | UnsetType = UNSET
    telephone: Phone | None | UnsetType = UNSET
    date_naissance: Birth | None | UnsetType = UNSET
    bio: LongText | UnsetType = UNSET
    notifications_email: bool | UnsetType = UNSET
    notifications_push: bool | UnsetType = UNSET
    photo_profil: Photo = UNSET


class ProfilChanged(msgspec.Struct):
    """A profile that was changed."""

    message: str
    user: Profil


class Stats(msgspec.Struct):
    """Somebody's own figures."""

    events_created_count: int
    followers_count: int
    following_count: int
    total_tickets_purchased: int


class Utilisateur(msgspec.Struct):
    """A user of the list. `email` is null but to himself and to staff (DECISIONS.md section 2, "Privacy")."""

    id: int
    username: str
    email: str | None
    photo_profil: str | None


class UtilisateurDetail(msgspec.Struct):
    """A user as others see him."""

    id: int
    username: str
    email: str | None
    first_name: str
    last_name: str
    photo_profil: str | None
    bio: str
    est_verifie: bool


class Personne(msgspec.Struct):
    """A follower, or somebody who is followed."""

    id: int
    username: str
    photo_profil: str | None


class FollowStatus(msgspec.Struct):
    """Whether the caller follows somebody."""

    is_following: bool


class Documents(msgspec.Struct):
    """What proves an identity: a document, and a picture of its holder with it."""

    document_identite: Document
    document_selfie: OptionalDocument = UNSET


class Submitted(msgspec.Struct):
    """Documents that await their review."""

    message: str
    id: int
    statut: str


class VerificationStatus(msgspec.Struct):
    """How the newest submission stands."""

    id: int
    statut: str
    date_soumission: datetime
    commentaire_admin: str
