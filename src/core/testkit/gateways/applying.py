"""Which checks are a gateway's: those that do not apply to what it offers are not collected at all."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Protocol, TypeVar

from core.payments.gateway import Capabilities
from core.testkit.gateways.peer import GatewayPeer

_APPLIES = "applies_to"
PREFIX = "test_"


class Traits(Protocol):
    """What decides which checks apply: the capabilities, whether it fetches tokens, whether the operator calls back."""

    offers: ClassVar[Capabilities]
    tokens: ClassVar[bool]
    calls_back: ClassVar[bool]


F = TypeVar("F", bound=Callable[..., Awaitable[None]])


def where(condition: Callable[[type[Traits]], bool]) -> Callable[[F], F]:
    """Let a check apply only where the condition holds."""

    def marked(check: F) -> F:
        setattr(check, _APPLIES, condition)
        return check

    return marked


class Checks(ABC):
    """Named checks: each is a method whose docstring says the rule. A subclass that says what it `offers` loses those
    that do not apply to it."""

    offers: ClassVar[Capabilities]
    tokens: ClassVar[bool] = False
    calls_back: ClassVar[bool] = True

    @abstractmethod
    def peer(self) -> AbstractAsyncContextManager[GatewayPeer]:
        """Open a fresh gateway with its operator's end."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if not hasattr(cls, "offers"):
            return
        # sorted: whoever runs tests side by side wants every process to collect the same
        for name in sorted({each for ancestor in cls.__mro__ for each in vars(ancestor) if each.startswith(PREFIX)}):
            check = _defined(cls, name)
            applies = getattr(check, _APPLIES, None)
            if applies is not None:
                setattr(cls, name, check if applies(cls) else None)


def named_checks(suite: type[Checks]) -> dict[str, str]:
    """The checks that apply to a suite, in the order in which they are written: method name and rule."""
    names: list[str] = []
    for ancestor in reversed(suite.__mro__):
        names += [each for each in vars(ancestor) if each.startswith(PREFIX) and each not in names]
    return {name: " ".join((check.__doc__ or "").split()) for name in names if (check := getattr(suite, name))}


def _defined(cls: type, name: str) -> Any:
    """The method as an ancestor wrote it, whatever a class between has taken away."""
    for ancestor in cls.__mro__:
        found = vars(ancestor).get(name)
        if found is not None:
            return found
    return None
