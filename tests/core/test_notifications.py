"""Templates, and what asking for a message checks."""

import pytest

from core.jobs.policy import JobPolicy
from core.notifications.templates import Template, one_line, template
from core.primitives.locale import Locale, Text

RESET = template(
    "accounts.reset",
    subject_fr="Réinitialisation pour {name}",
    subject_en="Reset for {name}",
    body_fr="Bonjour {name},\n{link}\n",
    body_en="Hello {name},\n{link}\n",
)


def test_renders_both_languages() -> None:
    params = {"name": "Awa", "link": "https://exemple.bj/r?t={x}"}
    assert RESET.render(Locale.FR, params) == (
        "Réinitialisation pour Awa",
        "Bonjour Awa,\nhttps://exemple.bj/r?t={x}\n",
    )
    assert RESET.render(Locale.EN, params)[0] == "Reset for Awa"
    assert RESET.places == {"name", "link"}


def test_value_adds_no_line_to_the_subject() -> None:
    subject, _ = RESET.render(Locale.FR, {"name": "Awa\r\nBcc: x@y.z\x00", "link": ""})
    assert subject == "Réinitialisation pour Awa Bcc: x@y.z"


def test_missing_value() -> None:
    with pytest.raises(KeyError):
        RESET.render(Locale.FR, {"name": "Awa"})


@pytest.mark.parametrize(
    ("french", "english", "reason"),
    [
        ("Bonjour {nom}", "Hello {name}", "languages differ"),
        ("Bonjour {name}", "Hello", "languages differ"),
        ("Bonjour {name.__class__}", "Hello {name.__class__}", "not a plain name"),
        ("Bonjour {name[0]}", "Hello {name[0]}", "not a plain name"),
        ("Bonjour {}", "Hello {}", "not a plain name"),
        ("Bonjour {name!r}", "Hello {name!r}", "not a plain name"),
        ("Bonjour {name:>10}", "Hello {name:>10}", "not a plain name"),
        (" ", "Hello", "blank"),
        ("Bonjour", "", "blank"),
    ],
)
def test_template_is_refused(french: str, english: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Template("t", Text(fr="s", en="s"), Text(fr=french, en=english))
    with pytest.raises(ValueError, match=reason):
        Template("t", Text(fr=french, en=english), Text(fr="b", en="b"))


def test_one_line() -> None:
    assert one_line(" a\r\n b\tc\u2028d\x7f ") == "a b c d"


def test_policy_grows_to_its_bound_and_ends() -> None:
    policy = JobPolicy(max_attempts=5, first_delay=2, factor=3, longest_delay=20)
    delays = [policy.delay_after(attempt) for attempt in range(1, 7)]
    assert [delay and delay.total_seconds() for delay in delays] == [2, 6, 18, 20, None, None]
