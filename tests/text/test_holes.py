import pytest

from minillm.text.holes import mend_holes
from minillm.text.marks import HOLE


def mended(paragraph: str) -> str:
    return mend_holes(paragraph.replace("◌", HOLE))


@pytest.mark.parametrize(
    "sentence",
    [
        "Se halla a unos ◌ de altitud.",
        "Según datos de ◌ su población era de ◌.",
        "En el siglo ◌ se abrió.",
        "Tiene ◌ habitantes.",
        "Mide ◌ km, poco.",
        "◌ es un faro.",
        "Es de ◌, su dueño.",
        "¿Fue de ◌?",
    ],
)
def test_a_sentence_with_a_gaping_hole_goes_alone(sentence: str) -> None:
    assert mended(f"Antes, luz. {sentence} Después.").split() == ["Antes,", "luz.", "Después."]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("El faro ◌ luce.", "El faro  luce."),
        ("El faro luce ◌.", "El faro luce ."),
        ("Es de ◌ Ana.", "Es de  Ana."),
        ("◌El faro luce.", "El faro luce."),
        ("Luce.◌", "Luce."),
    ],
)
def test_a_hole_where_nothing_is_missed_just_goes(sentence: str, expected: str) -> None:
    assert mended(sentence) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana (◌, 1915) canta.", "Ana (1915) canta."),
        ("Ana (Lora, ◌) canta.", "Ana (Lora) canta."),
        ("Ana (de ◌; 1915) canta.", "Ana (1915) canta."),
        ("Ana (◌) canta.", "Ana  canta."),
        ("Ana (◌ - 1915) canta.", "Ana (1915) canta."),
        ("Ana (1900 – ◌) canta.", "Ana (1900) canta."),
        ("Ana (◌ -5 °C) canta.", "Ana (-5 °C) canta."),
        ("Ana (la voz ◌, 1915) canta.", "Ana (la voz , 1915) canta."),
    ],
)
def test_in_parentheses_only_the_part_goes(text: str, expected: str) -> None:
    assert mended(text) == expected


@pytest.mark.parametrize("abbreviation", ["a. C.", "J. Ruiz", "Dr. Ruiz", "pág. 3", "etc., y"])
def test_abbreviations_do_not_end_a_sentence(abbreviation: str) -> None:
    assert mended(f"Luce. Vive en {abbreviation} Lora con ◌ y duerme. Canta.") == "Luce. Canta."


@pytest.mark.parametrize(
    "address", ["https://example.org/a_(b)?c=1", "http://a.es", "www.example.org/x", "ana@example.org"]
)
def test_addresses_are_holes(address: str) -> None:
    assert mended(f"Luce. Se lee en {address}. Canta.") == "Luce. Canta."
    assert mended(f"Luce siempre ({address}).") == "Luce siempre ."


@pytest.mark.parametrize("text", ["Luce. Canta.", "El 3@4 y la web.", "", "a://b"])
def test_what_has_no_hole_stays(text: str) -> None:
    assert mend_holes(text) == text


def test_a_hole_at_the_end_of_the_paragraph_takes_its_sentence() -> None:
    assert mended("Luce. Brilla desde ◌").strip() == "Luce."


def test_nothing_left_is_empty() -> None:
    assert mended("Es de ◌ y de ◌.") == ""
