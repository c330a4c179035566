import pytest

from minillm.wikitext.exponents import exponent, index, lowered, raised, subscript, superscript
from minillm.wikitext.marks import HOLE, MISSING
from tests.spanish import SPANISH, plain_text


def test_only_what_can_be_raised_or_lowered_moves() -> None:
    assert superscript("-23") == "⁻²³"
    assert superscript("er") == "er"
    assert subscript("12") == "₁₂"
    assert subscript("máx") == "máx"


@pytest.mark.parametrize("dash", "-\u2010\u2011\u2012\u2013\u2014\u2212")
def test_every_dash_is_a_sign(dash: str) -> None:
    assert exponent(f"{dash}3") == "⁻³"
    assert exponent(f"2{dash}") == "²⁻"
    assert index(f"n{dash}1") == f"_(n{dash}1)"
    assert index(f"{dash} 1") == "₋₁"


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("10", "6,5", "^(6,5)"),
        ("10", "1.5", "^(1.5)"),
        ("2", "k", "^k"),
        ("2", "n/2", "^(n/2)"),
        ("2", "n - 1", "ⁿ⁻¹"),
        ("2", "n-k", "^(n-k)"),
        ("10", "10 000", "^(10 000)"),
        ("10", "10¹⁰⁰", "^(10¹⁰⁰)"),
        ("x", "a", "^a"),
        ("(a+b)", "n/2", "^(n/2)"),
        ("A", "T", "^T"),
        ("km", "-1,5", "^(-1,5)"),
        ("m₁", "k", "^k"),
        ("Ca", "2+", "²⁺"),
        ("Fe", "III", "^(III)"),
        (" ", "99m", "^(99m)"),
        (" ", "14", "¹⁴"),
        ("2", "∞", "^∞"),
    ],
)
def test_exponents_do_not_merge_with_their_base(before: str, text: str, expected: str) -> None:
    assert raised(text, SPANISH.raised, before) == expected


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("La 3.", "a", "ª"),
        ("3", "a", "ª"),
        ("n.", "o", "º"),
        ("n", "o", "º"),
        ("D.", "a", "ª"),
        ("M", "a", "ª"),
        ("1.", "er", "er"),
        ("1", "er.", "er."),
        ("2", "do", "do"),
        ("XIX", "e", "e"),
        ("2", "nd", "nd"),
        ("M", "lle", "lle"),
        ("D", "r", "r"),
        ("Fr", "co", "co"),
        ("25", "°C", "°C"),
        ("Luz", "TM", "™"),
        ("luz", "*", "*"),
        ("luz ", "en inglés", "en inglés"),
    ],
)
def test_endings_and_small_print_merge(before: str, text: str, expected: str) -> None:
    assert raised(text, SPANISH.raised, before) == expected


@pytest.mark.parametrize("reference", ["[1]", "[cita requerida]", "nota 2", "Nota"])
def test_references_by_hand_go(reference: str) -> None:
    assert raised(reference, SPANISH.raised, "luz") == ""
    assert raised(reference, SPANISH.raised, "1990") == ""


def test_hours_minutes_and_seconds_are_units() -> None:
    assert plain_text("A las 5<sup>h</sup> 34<sup>m</sup> 32,1<sup>s</sup>.") == "A las 5 h 34 m 32,1 s."


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("H", "2", "₂"),
        ("T", "1/2", "_(1/2)"),
        ("x", "n+1", "_(n+1)"),
        ("10", "2,5", "_(2,5)"),
        ("v", "máx", "_máx"),
        ("log", "b", "_b"),
        ("x", "i,j", "_(i,j)"),
        ("luz ", "en inglés", "en inglés"),
        ("luz", "(en inglés)", "(en inglés)"),
    ],
)
def test_indices_do_not_merge_with_their_base(before: str, text: str, expected: str) -> None:
    assert lowered(text, before) == expected


@pytest.mark.parametrize("hole", [HOLE, MISSING, f"-{HOLE}"])
def test_a_script_that_cannot_be_read_is_missed(hole: str) -> None:
    assert raised(hole, SPANISH.raised, "10") == MISSING
    assert lowered(hole, "x") == MISSING
    assert plain_text("Luce. Hay 10<sup>{{x}}</sup> faros. Canta.") == "Luce. Canta."
