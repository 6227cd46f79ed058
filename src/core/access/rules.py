"""Rules of admission that operations declare. The edge asks `admit` before it reads a body; an operation without a
rule does not start."""

from typing import Protocol

import msgspec

from core.access.principal import Action, Caller
from core.primitives.errors import forbidden, unauthenticated


class Rule(Protocol):
    """Admits a caller or raises `DomainError` of kind unauthenticated or forbidden."""

    def admit(self, caller: Caller) -> None:
        """Return for an admitted caller."""
        ...


class Anyone(msgspec.Struct, frozen=True):
    """Open to all, signed in or not."""

    def admit(self, caller: Caller) -> None:
        """Admit."""


class SignedIn(msgspec.Struct, frozen=True):
    """Open to every signed-in account."""

    def admit(self, caller: Caller) -> None:
        """Admit a signed-in caller."""
        if caller.principal is None:
            raise unauthenticated()


class Member(msgspec.Struct, frozen=True):
    """Open to members of an organisation, and superusers."""

    def admit(self, caller: Caller) -> None:
        """Admit a member."""
        if caller.principal is None:
            raise unauthenticated()
        if caller.principal.membership is None and not caller.superuser:
            raise forbidden()


class Allowed(msgspec.Struct, frozen=True):
    """Open to members whose role holds a permission, to the owner, and superusers."""

    resource: str
    action: Action

    def admit(self, caller: Caller) -> None:
        """Admit who holds the permission."""
        if caller.principal is None:
            raise unauthenticated()
        if not caller.principal.can(self.resource, self.action):
            raise forbidden()


class Administers(msgspec.Struct, frozen=True):
    """Open to the owner and the ADMINs of an organisation, and superusers."""

    def admit(self, caller: Caller) -> None:
        """Admit an administrator."""
        if caller.principal is None:
            raise unauthenticated()
        if not caller.principal.administers:
            raise forbidden()


class SuperuserOnly(msgspec.Struct, frozen=True):
    """Open to superusers."""

    def admit(self, caller: Caller) -> None:
        """Admit a superuser."""
        if caller.principal is None:
            raise unauthenticated()
        if not caller.superuser:
            raise forbidden()


class OpenInDevelopment(msgspec.Struct, frozen=True):
    """Open to all in `development`, under another rule in `production`: what the documents mark "AllowAny … à
    restreindre en production" (DECISIONS.md section 0)."""

    otherwise: Rule

    def admit(self, caller: Caller) -> None:
        """Admit under the rule for production; the edge replaces this rule by `Anyone` in development."""
        self.otherwise.admit(caller)


def effective(rule: Rule, *, production: bool) -> Rule:
    """Return the rule that holds in this environment."""
    if isinstance(rule, OpenInDevelopment):
        return rule.otherwise if production else Anyone()
    return rule
