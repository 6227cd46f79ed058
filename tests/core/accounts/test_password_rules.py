"""Password rules (DECISIONS.md section 0)."""

import pytest

from core.accounts.passwords import PasswordRules

RULES = PasswordRules(frozenset({"password", "azertyuiop", "12345678"}))
ABOUT = ("jean.dupont@exemple.bj", "jdupont", "Jean", "Dupont")


def _codes(password: str, about: tuple[str | None, ...] = ABOUT) -> list[str]:
    problems = RULES.problems("password", password, about)
    assert all(problem.path == ("password",) for problem in problems)
    return [problem.message.code for problem in problems]


@pytest.mark.parametrize(
    "password", ["Password123!", "Grande-Saison-42", "p" * 128, "é" * 128, "日本語のパスワード", "correct horse"]
)
def test_accepted(password: str) -> None:
    assert _codes(password) == []


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("", ["password_too_short"]),
        ("abcdefg", ["password_too_short"]),
        ("48151623", ["password_numeric"]),
        ("٤٨١٥١٦٢٣", ["password_numeric"]),
        ("PassWord", ["password_common"]),
        ("12345678", ["password_numeric", "password_common"]),
        ("1234567", ["password_too_short", "password_numeric"]),
        ("x" * 129, ["password_too_long"]),
        ("jean.dupont", ["password_similar"]),
        ("Jean.Dupont1", ["password_similar"]),
        ("DupontJean99", ["password_similar"]),
        ("jean.dupont@exemple.bj", ["password_similar"]),
        ("jdupont2", ["password_similar"]),
    ],
)
def test_refused(password: str, codes: list[str]) -> None:
    assert _codes(password) == codes


def test_similar_letters_alone_are_not_likeness() -> None:
    assert _codes("Grande-Saison-42", ("personne-90-aa6ed2@exemple.bj",)) == []


def test_a_name_inside_a_longer_password_is_accepted() -> None:
    assert _codes("la maison de Jean est bleue") == []


def test_short_and_absent_names_are_not_compared() -> None:
    assert _codes("Grande-Saison-42", ("a@b.bj", "", None)) == []
