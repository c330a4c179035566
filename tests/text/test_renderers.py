import pytest

from minillm.text import renderers as r
from minillm.text.marks import HOLE


def arguments(*values: str, **named: str) -> dict[str, str]:
    return {str(position): value for position, value in enumerate(values, 1)} | named


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0", "0"),
        ("3715", "3715"),
        ("85000", "85 000"),
        ("2300000", "2 300 000"),
        ("1240.5", "1240,5"),
        ("-14088.590", "-14 088,590"),
        ("1,5", "1,5"),
        ("1.234.567", "1.234.567"),
        ("doce", "doce"),
        ("", ""),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_number(typed: str, expected: str) -> None:
    assert r.number(typed) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("120", "km"), "120 km"),
        (("5", "km", "2"), "5 km²"),
        (("10", "m", "s", "-2"), "10 m·s⁻²"),
        (("7",), "7"),
        (("7", ""), "7"),
        ((), HOLE),
        (("", "km"), HOLE),
    ],
)
def test_quantity(values: tuple[str, ...], expected: str) -> None:
    assert r.quantity(arguments(*values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("12", "5", "1874"), "12 de mayo de 1874"),
        (("1874", "5", "12"), "12 de mayo de 1874"),
        (("02", "01", "2001"), "2 de enero de 2001"),
        (("12", "mayo", "1874"), "12 de mayo de 1874"),
        (("5", "1874"), "mayo de 1874"),
        (("1874",), "1874"),
        (("356 a. C.",), "356 a. C."),
        (("1874", "5", "12", "edad"), "12 de mayo de 1874"),
        (("12", "13", "1874"), "12 de 13 de 1874"),
        ((), HOLE),
    ],
)
def test_date(values: tuple[str, ...], expected: str) -> None:
    assert r.date(arguments(*values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("24", "2", "1837", "15", "7", "1885"), "48"),
        (("16", "7", "1837", "15", "7", "1885"), "47"),
        (("15", "7", "1837", "15", "7", "1885"), "48"),
        (("1837", "2", "24", "1885", "7", "15"), "48"),
        (("24", "2", "1837"), HOLE),
        (("1", "1", "1900", "1", "1", "1899"), HOLE),
        (("a", "b", "c", "d", "e", "f"), HOLE),
    ],
)
def test_age(values: tuple[str, ...], expected: str) -> None:
    assert r.age(arguments(*values)) == expected


def test_death_date_without_birth() -> None:
    assert r.death_date(arguments("15", "7", "1885")) == "15 de julio de 1885"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("1", "I"), ("4", "IV"), ("1999", "MCMXCIX"), ("2024", "MMXXIV"), ("0", "0"), ("x", "x")],
)
def test_roman(typed: str, expected: str) -> None:
    assert r.roman(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("XVI",), "XVI"),
        (("XVI", "", "s"), "siglo XVI"),
        (("XVI", "", "S"), "Siglo XVI"),
        (("IX", "a", "s"), "siglo IX a. C."),
        (("I", "d"), "I d. C."),
        (("",), HOLE),
    ],
)
def test_century(values: tuple[str, ...], expected: str) -> None:
    assert r.century(arguments(*values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("28", "16", "N", "16", "38", "W"), "28°16′N 16°38′O"),
        (("28", "16", "20.5", "N", "16", "38", "21", "W", "type:mountain"), "28°16′20,5″N 16°38′21″O"),
        (("28.27", "-16.64"), "28,27°, -16,64°"),
        (("28.27", "N", "16.64", "O"), "28,27°N 16,64°O"),
        ((), HOLE),
    ],
)
def test_coordinates(values: tuple[str, ...], expected: str) -> None:
    assert r.coordinates(arguments(*values)) == expected


def test_coordinates_beside_the_title_are_no_text() -> None:
    assert r.coordinates(arguments("28", "N", "16", "W", display="title")) == ""
    assert r.coordinates(arguments("28", "N", "16", "W", display="inline,title")) == "28°N 16°O"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("C", "2", "H", "6", "O"), "C₂H₆O"),
        (("Ca", "2+"), "Ca²⁺"),
        (("SO", "4", "2-"), "SO₄²⁻"),
        (("CO2",), "CO₂"),
        ((), HOLE),
    ],
)
def test_chemical_formula(values: tuple[str, ...], expected: str) -> None:
    assert r.chemical_formula(arguments(*values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"), [(("1", "2"), "1/2"), (("2",), "1/2"), (("3", "1", "2"), "3 1/2"), ((), HOLE)]
)
def test_fraction(values: tuple[str, ...], expected: str) -> None:
    assert r.fraction(arguments(*values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("monte", "富士山", "Fujisan"), "monte (富士山 Fujisan)"),
        (("monte", "富士山"), "monte (富士山)"),
        (("", "富士山", "Fujisan"), "富士山 Fujisan"),
        (("monte",), "monte"),
        ((), HOLE),
    ],
)
def test_japanese(values: tuple[str, ...], expected: str) -> None:
    assert r.japanese(arguments(*values)) == expected


def test_measurement_with_power_and_unit() -> None:
    assert r.measurement(arguments("1.5", "0.2", e="6", u="kg")) == "1,5 ± 0,2 × 10⁶ kg"


def test_lists_give_a_line_for_each_item() -> None:
    assert r.listed(arguments("uno", "", "dos")) == "\n* uno\n* dos\n"
    assert r.listed(arguments("\n* uno\n* dos\n")) == "\n* uno\n* dos\n"
    assert r.listed({}) == ""


def test_positional_arguments_end_at_the_first_gap() -> None:
    assert r.positional({"1": "a", "2": "b", "4": "d", "nombre": "x"}) == ["a", "b"]
