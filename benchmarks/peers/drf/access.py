"""Who calls, and what it may do."""

from typing import Any

from django.db.models.functions import Now
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from benchmarks.peers.drf.models import SessionAccess
from benchmarks.peers.rules import may, read_token

_ACTIONS = {"GET": "read", "POST": "create"}


class BearerAuthentication(BaseAuthentication):
    """Verifies the token, then reads its holder: two steps for every request, as simplejwt does."""

    def authenticate(self, request: Any) -> tuple[SessionAccess, None] | None:
        """Return the holder of the token, None without a token."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        read = read_token(token)
        holder = None
        if read is not None:
            holder = SessionAccess.objects.filter(session_id=read[0], expires_at__gt=Now()).first()
        if holder is None:
            raise AuthenticationFailed
        return holder, None

    def authenticate_header(self, request: Any) -> str:  # noqa: ARG002
        """What a 401 names."""
        return "Bearer"


class MembershipPermission(BasePermission):
    """The holder's role allows the view's resource."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the holder may."""
        return request.user is not None and may(request.user, view.resource, _ACTIONS[request.method])
