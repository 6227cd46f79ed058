"""Templates of messages, in both languages."""

from collections.abc import Mapping
from string import Formatter

import msgspec

from core.primitives.locale import Locale, Text


class Template(msgspec.Struct, frozen=True):
    """A message's subject and plain-text body with `{named}` places, in both languages.

    Making one raises `ValueError` where a text is blank, a place is not a plain name, or the two languages name
    different places.
    """

    code: str
    subject: Text
    body: Text

    def __post_init__(self) -> None:
        french = _places(self.code, self.subject.fr) | _places(self.code, self.body.fr)
        english = _places(self.code, self.subject.en) | _places(self.code, self.body.en)
        if french != english:
            raise ValueError(f'template "{self.code}": the languages differ in {sorted(french ^ english)}')

    @property
    def places(self) -> frozenset[str]:
        """The names that a message needs values for."""
        return frozenset(_places(self.code, self.subject.fr) | _places(self.code, self.body.fr))

    def render(self, locale: Locale, params: Mapping[str, str | int]) -> tuple[str, str]:
        """Return subject (one line) and body. Raises `KeyError` where a place has no value."""
        subject = self.subject.in_(locale).format_map(params)
        return one_line(subject), self.body.in_(locale).format_map(params)


def template(code: str, *, subject_fr: str, subject_en: str, body_fr: str, body_en: str) -> Template:
    """Define a template."""
    return Template(code, Text(fr=subject_fr, en=subject_en), Text(fr=body_fr, en=body_en))


def one_line(text: str) -> str:
    """Collapse white space and drop control characters, so that a value in a subject adds no header."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _places(code: str, text: str) -> set[str]:
    if not text.strip():
        raise ValueError(f'template "{code}": a text is blank')
    names = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        # A place such as {a.__class__} would read attributes of values.
        if not name.isidentifier() or form or conversion:
            raise ValueError(f'template "{code}": the place {{{name}}} is not a plain name')
        names.add(name)
    return names
