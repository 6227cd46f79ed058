"""Containerfile and compose.yaml as data."""

import json
import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


class Instruction(NamedTuple):
    """An instruction of a Containerfile: its keyword in capitals and its words as they stand."""

    word: str
    text: str

    @property
    def words(self) -> list[str]:
        """The words, of the JSON form or of the shell's."""
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


def stages(text: str) -> list[list[Instruction]]:
    """The instructions of each stage, `FROM` first."""
    found: list[list[Instruction]] = []
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in re.split(r"(?<!\\)\n", "\n".join(lines)):
        word, _, rest = re.sub(r"\s*\\\n\s*", " ", line).strip().partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append(Instruction(word, rest.strip()))
    return found


def containerfile() -> list[list[Instruction]]:
    """The stages of the project's Containerfile."""
    return stages((ROOT / "Containerfile").read_text(encoding="utf-8"))


def compose() -> dict[str, Any]:
    """The project's compose.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def interpolated(text: str, given: dict[str, str]) -> str:
    """A value of a compose file as the engine reads it. Raises `KeyError` where a required variable is missing."""

    def value(match: re.Match[str]) -> str:
        name, how, rest = match.groups()
        if given.get(name):
            return given[name]
        if how != ":-":
            raise KeyError(name)
        return rest

    return _VARIABLE.sub(value, text)


def required(text: str) -> set[str]:
    """The variables without which a compose file is refused."""
    return {name for name, how, _ in _VARIABLE.findall(text) if how == ":?"}
