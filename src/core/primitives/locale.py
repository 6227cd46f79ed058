"""The two languages of the users, and texts that exist in both."""

from enum import StrEnum

import msgspec


class Locale(StrEnum):
    """A language of messages. French is the default of every product (DECISIONS.md section 0)."""

    FR = "fr"
    EN = "en"


class Text(msgspec.Struct, frozen=True):
    """A text in both languages."""

    fr: str
    en: str

    def in_(self, locale: Locale) -> str:
        """Return the text in one language."""
        return self.en if locale is Locale.EN else self.fr


BOTH = (Locale.FR, Locale.EN)


def negotiate(accept_language: str, spoken: tuple[Locale, ...] = BOTH) -> Locale:
    """Choose the language of an `Accept-Language` header (RFC 9110 section 12.5.4): English where it is preferred to
    French, French otherwise; of an installation that speaks one language alone, that one."""
    if len(spoken) == 1:
        return spoken[0]
    if not accept_language:
        return Locale.FR
    best = {Locale.FR: 0.0, Locale.EN: 0.0}
    for part in accept_language.split(",")[:20]:
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language not in ("fr", "en"):
            continue
        weight = 1.0
        name, _, value = parameters.strip().partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                weight = 0.0
        locale = Locale(language)
        best[locale] = max(best[locale], weight)
    return Locale.EN if best[Locale.EN] > best[Locale.FR] else Locale.FR
