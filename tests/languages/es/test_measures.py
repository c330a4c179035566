import pytest

from minillm.languages import measures as m
from minillm.languages.es.measures import MEASURES, isotope, ordinal
from minillm.wikitext.arguments import BEFORE, read_arguments
from minillm.wikitext.marks import HOLE, MISSING
from tests.spanish import plain_text


def arguments(wikitext: str, before: str = "") -> dict[str, str]:
    """`10|km|u=x` as its template gets it."""
    return read_arguments(wikitext.split("|") if wikitext else [], before)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0", "0"),
        ("3715", "3715"),
        ("85000", "85 000"),
        ("2300000", "2 300 000"),
        ("1240.5", "1240,5"),
        ("-14088.590", "-14 088,590"),
        ("–3.5", "–3,5"),
        ("1,5", "1,5"),
        ("1.234.567", "1.234.567"),
        ("5+1/2", "5 1/2"),
        ("doce", "doce"),
        ("", ""),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_number(typed: str, expected: str) -> None:
    assert MEASURES.number(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("120|km", "120 km"),
        ("5|km|2", "5 km²"),
        ("10|m|s|-2", "10 m·s⁻²"),
        ("10|m|s|–2", "10 m·s⁻²"),
        ("10|m|s|-0,5", "10 m·s^(-0,5)"),
        ("10|m|1/2", "10 m^(1/2)"),
        ("3|-|5", "3-5"),
        ("3|–|5|m", "3-5 m"),
        ("3|x|5|x|2.5|m", "3 × 5 × 2,5 m"),
        ("5|kg|e=-6", "5 × 10⁻⁶ kg"),
        ("7", "7"),
        ("7|", "7"),
        ("7||", "7"),
        ("", HOLE),
        ("|km", HOLE),
        ("7|2|km", HOLE),
        ("7|km|2|3", HOLE),
    ],
)
def test_quantity(typed: str, expected: str) -> None:
    assert MEASURES.quantity(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("10|km|mi", "10 km"),
        ("10|km", "10 km"),
        ("10|km|mi|2", "10 km"),
        ("10|km|2", "10 km"),
        ("5|ft|11|in|m", "5 ft 11 in"),
        ("5|ft|11|in", "5 ft 11 in"),
        ("1|st|2|lb|3|oz|kg", "1 st 2 lb 3 oz"),
        ("4|to|6|ft", "4 a 6 ft"),
        ("4|y|6|km|mi", "4 y 6 km"),
        ("3|x|5|x|7|m|ft", "3 × 5 × 7 m"),
        ("20|C|F", "20 °C"),
        ("5+1/2|in|cm", "5 1/2 in"),
        ("22|e6km2|e6mi2", "22 millones de km²"),
        ("2,5|e9m3", "2,5 miles de millones de m³"),
        ("20|e3t", "20 mil t"),
        ("1|e6km2", "1 millón de km²"),
        ("1|e3t", HOLE),
        ("5|e7km2", HOLE),
        ("100|ft3/s|m3/s", "100 ft³/s"),
        ("10", HOLE),
        ("", HOLE),
        ("|km", HOLE),
        ("10||mi", HOLE),
        ("10|km|3|kg", HOLE),
        ("4|ft|to|6|ft", HOLE),
        ("1,500|m|ft", HOLE),
        ("10|km|mi|disp=output only", HOLE),
    ],
)
def test_converted(typed: str, expected: str) -> None:
    assert MEASURES.converted(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1.5|0.2|e=6|u=kg", "1,5 ± 0,2 × 10⁶ kg"),
        ("1.5|e=–6", "1,5 × 10⁻⁶"),
        ("5|+2|-1|u=m", "5 (+2, -1) m"),
        ("5|ul=m|up=s", "5 m/s"),
        ("e=6", "10⁶"),
        ("", HOLE),
        ("5|x|y", HOLE),
        ("5|2|1|3", HOLE),
    ],
)
def test_measurement(typed: str, expected: str) -> None:
    assert MEASURES.measurement(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "before", "expected"),
    [
        ("5", "2", " × 10⁵"),
        ("5", "2 ", " × 10⁵"),
        ("5", "unas ", "10⁵"),
        ("–5", "2", " × 10⁻⁵"),
        ("6,5", "2", " × 10^(6,5)"),
        ("n", "2", " × 10ⁿ"),
        ("k", "2", " × 10^k"),
        ("", "2", HOLE),
    ],
)
def test_power_of_ten(typed: str, before: str, expected: str) -> None:
    assert m.power_of_ten(arguments(typed, before)) == expected


@pytest.mark.parametrize(
    ("typed", "before", "expected"),
    [
        ("1|2", "", "1/2"),
        ("2", "", "1/2"),
        ("3|1|2", "", "3 1/2"),
        ("1|2", "de 3", " 1/2"),
        ("a+b|c", "", "(a+b)/c"),
        ("", "", HOLE),
        ("|2", "", HOLE),
        ("1|", "", HOLE),
        ("3|1|2|4", "", HOLE),
    ],
)
def test_fraction(typed: str, before: str, expected: str) -> None:
    assert m.fraction(arguments(typed, before)) == expected


def test_fractions_by_name_stay_apart_from_the_number_before() -> None:
    assert plain_text("Mide 2{{3/4}} m y {{1/2}} más, 1{{sfrac|1|2}} en total.") == (
        "Mide 2 3/4 m y 1/2 más, 1 1/2 en total."
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("1", "I"), ("4", "IV"), ("1999", "MCMXCIX"), ("2024", "MMXXIV"), ("0", "0"), ("x", "x"), ("", HOLE)],
)
def test_roman(typed: str, expected: str) -> None:
    assert m.roman(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("3", "3.º"),
        ("3|a", "3.ª"),
        ("3|f", "3.ª"),
        ("1|er", "1.er"),
        ("3|x", HOLE),
        ("tercero", HOLE),
        ("", HOLE),
    ],
)
def test_ordinal(typed: str, expected: str) -> None:
    assert ordinal(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"), [("3.|er", "3.er"), ("n.|o", "n.º"), ("3.|a", "3.ª"), ("3", HOLE), ("", HOLE)]
)
def test_raised_ending(typed: str, expected: str) -> None:
    assert MEASURES.raised_ending(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "before", "expected"),
    [
        ("2", "km", "²"),
        ("2,5", "10", "^(2,5)"),
        ("–3", "10", "⁻³"),
        ("a", "3.", "ª"),
        ("k", "2", "^k"),
        ("p=2|b=i", "x", "ᵢ²"),
        ("", "10", HOLE),
        (HOLE, "10", MISSING),
    ],
)
def test_raised_text(typed: str, before: str, expected: str) -> None:
    assert MEASURES.raised_text(arguments(typed, before)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("C|2|H|6|O", "C₂H₆O"),
        ("Ca|2+", "Ca²⁺"),
        ("SO|4|2-", "SO₄²⁻"),
        ("SO|4|2–", "SO₄²⁻"),
        ("Cl|−", "Cl⁻"),
        ("C|n|H|2n+2", "CₙH_(2n+2)"),
        ("Fe|0,95|O", "Fe_(0,95)O"),
        ("CO2", "CO₂"),
        ("SO4^2–", "SO₄²⁻"),
        ("ácido acético", "ácido acético"),
        (r"\ce{x}", HOLE),
        ("|n/2|1,5", HOLE),  # no n/21,5
        ("", HOLE),
    ],
)
def test_chemical_formula(typed: str, expected: str) -> None:
    assert m.chemical_formula(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("carbono|14", "carbono-14"), ("Tc|99m", "Tc-99m"), ("14|C", HOLE), ("carbono", HOLE), ("", HOLE)],
)
def test_isotope(typed: str, expected: str) -> None:
    assert isotope(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("5", "5 €"),
        ("2300000", "2 300 000 €"),
        ("5|millones", "5 millones €"),
        ("5|1990", HOLE),
        ("|5", HOLE),
        ("", HOLE),
    ],
)
def test_money(typed: str, expected: str) -> None:
    assert MEASURES.money("{} €", arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("28|16|N|16|38|W", "28°16′N 16°38′O"),
        ("28|16|20.5|N|16|38|21|W|type:mountain", "28°16′20,5″N 16°38′21″O"),
        ("28.27|-16.64", "28,27°, -16,64°"),
        ("28.27|N|16.64|O", "28,27°N 16,64°O"),
        ("28,27|N|16,64|O", "28,27°N 16,64°O"),
        ("28|N|16|W|display=title", ""),
        ("28|N|16|W|display=inline,title", "28°N 16°O"),
        ("28|N|16|W|display=it", "28°N 16°O"),
        ("28|16|N|16|38", HOLE),
        ("28|16|N|x|38|W", HOLE),
        ("N|28|W|16", HOLE),
        ("1|2|3|4|N", HOLE),
        ("", HOLE),
    ],
)
def test_coordinates(typed: str, expected: str) -> None:
    assert MEASURES.coordinates(arguments(typed)) == expected


@pytest.mark.parametrize(("typed", "expected"), [("2", "√2"), ("x+1", "√(x+1)"), ("2|3", HOLE), ("", HOLE)])
def test_root(typed: str, expected: str) -> None:
    assert m.root(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("14088.590", "14 088,590"), ("1,234,567", "1 234 567"), ("1,5", "1,5"), ("", HOLE)],
)
def test_formatted_number(typed: str, expected: str) -> None:
    assert MEASURES.formatted_number(arguments(typed)) == expected


@pytest.mark.parametrize(
    "value", ["{{frac|1|{{x}}}}", "{{unidad|5|{{x}}}}", "{{raíz|{{x}}}}", "{{fecha|{{x}}|1}}"]
)
def test_a_number_with_a_hole_is_missing(value: str) -> None:
    assert plain_text(f"Luce. El faro {value} luce. Canta.") == "Luce. Canta."


def test_what_stands_before_is_no_argument() -> None:
    assert m.positional(arguments("a|b||", "x")) == ["a", "b"]
    assert m.positional({"1": "a", "2": "b", "4": "d", "nombre": "x", BEFORE: "y"}) == ["a", "b"]


@pytest.mark.parametrize("part", ["5|ft", "5|-"])
def test_a_quantity_of_a_thousand_parts_is_no_quantity(part: str) -> None:
    assert MEASURES.converted(arguments("|".join([part] * 50_000 + ["5|km"]))) == HOLE
    assert MEASURES.quantity(arguments("|".join([part] * 50_000 + ["5|km"]))) == HOLE
