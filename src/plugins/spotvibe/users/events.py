"""What happens to users. `user` and the like are account numbers."""

from typing import ClassVar

from core.primitives.events import Event


class UserRegistered(Event, frozen=True, kw_only=True):
    """Somebody has come in: he has signed up, or his account of another product has its profile now."""

    name: ClassVar[str] = "spotvibe.user_registered"

    user: int


class UserFollowed(Event, frozen=True, kw_only=True):
    """Somebody follows somebody else."""

    name: ClassVar[str] = "spotvibe.user_followed"

    follower: int
    followed: int


class VerificationDecided(Event, frozen=True, kw_only=True):
    """Staff have decided an identity verification. `statut` is "APPROUVE" or "REJETE"."""

    name: ClassVar[str] = "spotvibe.verification_decided"

    user: int
    statut: str
    commentaire: str
