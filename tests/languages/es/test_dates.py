import pytest

from minillm.languages.dates import period
from minillm.languages.es import dates as d
from minillm.wikitext.arguments import read_arguments
from minillm.wikitext.marks import HOLE, MISSING


def arguments(wikitext: str) -> dict[str, str]:
    """`12|5|1874` as its template gets it."""
    return read_arguments(wikitext.split("|") if wikitext else [])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("12|5|1874", "12 de mayo de 1874"),
        ("1874|5|12", "12 de mayo de 1874"),
        ("02|01|2001", "2 de enero de 2001"),
        ("1.º|5|1874", "1 de mayo de 1874"),
        ("12|mayo|1874", "12 de mayo de 1874"),
        ("12|Mayo|1874", "12 de mayo de 1874"),
        ("5|1874", "mayo de 1874"),
        ("mayo|1874", "mayo de 1874"),
        ("3 de mayo|1874", "3 de mayo de 1874"),
        ("|5|1874", "mayo de 1874"),
        ("||1874", "1874"),
        ("3|5", "3 de mayo"),
        ("3|5|", "3 de mayo"),
        ("24|2", "24 de febrero"),
        ("3|mayo", "3 de mayo"),
        ("1999|5", "mayo de 1999"),
        ("1999|5|", "mayo de 1999"),
        ("1999||", "1999"),
        ("1|2|98", "1 de febrero de 98"),
        ("1|2|12", "1 de febrero de 12"),
        ("15|3|-44", "15 de marzo de 44 a. C."),
        ("15|3|44 a. C.", "15 de marzo de 44 a. C."),
        ("44 a. C.|3|15", "15 de marzo de 44 a. C."),
        ("1874", "1874"),
        ("356 a. C.", "356 a. C."),
        ("1874|5|12|edad", "12 de mayo de 1874"),
        ("1874|5|edad", "mayo de 1874"),
        ("?|5|1874", "mayo de 1874"),
        ("día=3|mes=5|año=1980", "3 de mayo de 1980"),
        ("5", HOLE),
        ("12|13|1874", HOLE),
        ("32|5|12", "12 de mayo de 32"),
        ("3||1874", HOLE),
        ("1885|1837", HOLE),
        ("0|5|1874", HOLE),
        ("", HOLE),
    ],
)
def test_date(typed: str, expected: str) -> None:
    assert d.date(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("15|7|1885|24|2|1837", "15 de julio de 1885 (48 años)"),
        ("1885|7|15|1837|2|24", "15 de julio de 1885 (48 años)"),
        ("15|7|1885", "15 de julio de 1885"),
        ("1885||||1837", "1885"),
        ("15|13|1885|24|2|1837", HOLE),
        ("", HOLE),
    ],
)
def test_death_date(typed: str, expected: str) -> None:
    assert d.death_date(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("24|2|1837|15|7|1885", "48"),
        ("16|7|1837|15|7|1885", "47"),
        ("15|7|1837|15|7|1885", "48"),
        ("1837|2|24|1885|7|15", "48"),
        ("1837|2|24|15|7|1885", "48"),
        ("24|2|1837", MISSING),
        ("1837|1885", MISSING),
        ("24|13|1837|15|7|1885", MISSING),
        ("1|1|1900|1|1|1899", MISSING),
        ("a|b|c|d|e|f", MISSING),
    ],
)
def test_age(typed: str, expected: str) -> None:
    assert d.age(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("XVI", "XVI"),
        ("XVI||s", "siglo XVI"),
        ("XVI||S", "Siglo XVI"),
        ("16||s", "siglo XVI"),
        ("IX|a|s", "siglo IX a. C."),
        ("IX|a. C.|s", "siglo IX a. C."),
        ("I|d", "I d. C."),
        ("XVI|XVII", HOLE),
        ("1453", HOLE),
        ("", HOLE),
    ],
)
def test_century(typed: str, expected: str) -> None:
    assert d.century(arguments(typed)) == expected


@pytest.mark.parametrize(("typed", "expected"), [("218", "218 a. C."), ("", " a. C."), ("218|201", HOLE)])
def test_era(typed: str, expected: str) -> None:
    assert d.era("a. C.", arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("1653", "c. 1653"), ("1653|1660", "c. 1653-c. 1660"), ("", "c. "), ("|1660", HOLE), ("1|2|3", HOLE)],
)
def test_around(typed: str, expected: str) -> None:
    assert d.around(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("1400", "fl. 1400"), ("1400|1420", "fl. 1400-1420"), ("", "fl."), ("|1420", HOLE)],
)
def test_period(typed: str, expected: str) -> None:
    assert period("fl.", arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Ana|1929|1939", "Ana (1929-1939)"),
        ("Ana|1929", "Ana (1929)"),
        ("Ana||1939", "Ana (hasta 1939)"),
        ("Ana", "Ana"),
        ("|1929", HOLE),
        ("", HOLE),
    ],
)
def test_married(typed: str, expected: str) -> None:
    assert d.married(arguments(typed)) == expected
