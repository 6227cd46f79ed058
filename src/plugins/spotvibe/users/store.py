"""The rows and stores of users."""

from plugins.spotvibe.users.follow_store import FollowRow, FollowStore
from plugins.spotvibe.users.profile_store import EmailVerificationRow, ProfileRow, ProfileStore
from plugins.spotvibe.users.verification_store import VerificationRow, VerificationStore

__all__ = (
    "EmailVerificationRow",
    "FollowRow",
    "FollowStore",
    "ProfileRow",
    "ProfileStore",
    "VerificationRow",
    "VerificationStore",
)
