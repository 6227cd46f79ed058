"""The catalogue of messages: in which language a text of an answer is."""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import cache

import adapters
import core
import plugins
from core.primitives.errors import Message


@cache
def _templates() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    found: dict[str, Message] = {}
    for package in (core, adapters, plugins):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                for each in value.values() if isinstance(value, Mapping) else (value,):
                    if isinstance(each, Message):
                        found[each.code] = each
    return tuple((_pattern(each.text.fr), _pattern(each.text.en)) for each in found.values())


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(template)), re.DOTALL)


def is_in(language: str, text: str) -> bool:
    """Whether the catalogue has a text in a language, `fr` or `en`."""
    return any((french if language == "fr" else english).fullmatch(text) for french, english in _templates())
