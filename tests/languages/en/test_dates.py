import pytest

from minillm.languages.dates import period
from minillm.languages.en import dates as d
from minillm.wikitext.arguments import Arguments, read_arguments
from minillm.wikitext.marks import HOLE, MISSING


def arguments(wikitext: str) -> Arguments:
    return read_arguments(wikitext.split("|") if wikitext else [])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1874|5|12", "May 12, 1874"),
        ("df=y|1874|5|12", "12 May 1874"),
        ("1874|05|02", "May 2, 1874"),
        ("1874|May|12", "May 12, 1874"),
        ("1874|5", "May 1874"),
        ("1874", "1874"),
        ("|10|17", "October 17"),
        ("2002-09-23", "September 23, 2002"),
        ("2002-09-23|dmy", "23 September 2002"),
        ("2002-09", "September 2002"),
        ("May 12, 1874", "May 12, 1874"),
        ("356 BC", "356 BC"),
        ("1874|13|12", HOLE),
        ("1874|5|32", HOLE),
        ("1874||12", HOLE),
        ("12|5|1874", HOLE),
        ("May", HOLE),
        ("", HOLE),
    ],
)
def test_date(typed: str, expected: str) -> None:
    assert d.date(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1885|7|15|1837|2|24", "July 15, 1885 (aged 48)"),
        ("1885|2|23|1837|2|24|df=yes", "23 February 1885 (aged 47)"),
        ("1885|7|15", "July 15, 1885"),
        ("", HOLE),
    ],
)
def test_death_date(typed: str, expected: str) -> None:
    assert d.death_date(arguments(typed)) == expected


def test_an_age_until_today_is_missing() -> None:
    assert d.age(arguments("1837|2|24")) == MISSING
    assert d.age(arguments("1837|2|24|1885|2|24")) == "48"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2010", "As of 2010"),
        ("2010|5|lc=y", "as of May 2010"),
        ("2010|5|3", "As of 3 May 2010"),
        ("2010|5|3|df=US", "As of May 3, 2010"),
        ("2010|since=y", "Since 2010"),
        ("2010|alt=In 2010", "In 2010"),
        ("", HOLE),
    ],
)
def test_as_of(typed: str, expected: str) -> None:
    assert d.as_of(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Ann|1929|1939", "Ann (m. 1929-1939)"),
        ("Ann|1929|1939|end=div", "Ann (m. 1929; div. 1939)"),
        ("Ann|1929|1939|end=died", "Ann (m. 1929; died 1939)"),
        ("Ann|1929", "Ann (m. 1929)"),
        ("Ann", "Ann"),
        ("Ann|1929|1939|end=x", HOLE),
        ("", HOLE),
    ],
)
def test_married(typed: str, expected: str) -> None:
    assert d.married(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1999|5|12|Cannes", "May 12, 1999 (Cannes)"),
        ("1999|5|12", "May 12, 1999"),
        ("1999|5|12|Cannes|1999|6|1", HOLE),
    ],
)
def test_of_several_releases_none_is_chosen(typed: str, expected: str) -> None:
    assert d.date_first(arguments(typed)) == expected


def test_seasons_eras_and_periods() -> None:
    assert d.season(arguments("1999")) == "1999-00"
    assert d.season(arguments("x")) == HOLE
    assert d.era("{} BC", arguments("218")) == "218 BC"
    assert period("r.", arguments("1474|1504")) == "r. 1474-1504"
    assert period("fl.", arguments("")) == "fl."
    assert period("r.", arguments("|1504")) == HOLE
    assert d.around(arguments("")) == "c. "
    assert d.old_style(arguments("24 May|1819|12 May")) == "24 May [O.S. 12 May] 1819"
