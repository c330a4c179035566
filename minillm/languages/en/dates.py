"""Templates of dates, ages and eras in English: the year comes first in them, the month first in the text.

Every function takes the arguments and returns the text, or HOLE if they do not hold the value or are no
date.
"""

import re

from minillm.languages.dates import is_number, whole_years
from minillm.unicode import lower, upper
from minillm.wikitext.arguments import Arguments, first_given, positional
from minillm.wikitext.marks import HOLE, MISSING

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_NUMBERS = {
    name: number for number, month in enumerate(_MONTHS, 1) for name in (lower(month), lower(month[:3]))
}
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})(?:-([0-9]{1,2}))?")
_YES = frozenset({"y", "yes", "true", "1"})
_ENDS = {
    **dict.fromkeys(("d", "died", "death", "d."), "died"), **dict.fromkeys(("s", "sep", "separated"), "sep."),
    **dict.fromkeys(("a", "annulled", "ann"), "annulled"), **dict.fromkeys(("div", "divorced"), "div."),
}  # fmt: skip


def date(arguments: Arguments) -> str:
    """{{birth date|1874|5|12}} → "May 12, 1874", with df=y "12 May 1874"; «May 12, 1874» stays."""
    return _spelled(positional(arguments)[:3], _is_day_first(arguments)) or HOLE


def date_first(arguments: Arguments) -> str:
    """{{film date|1999|5|12|Cannes}} → "May 12, 1999 (Cannes)"; of several releases none is chosen."""
    values = positional(arguments)
    text = _spelled(values[:3], _is_day_first(arguments))
    if not text or len(values) > 4:
        return HOLE
    return f"{text} ({values[3]})" if len(values) == 4 else text


def death_date(arguments: Arguments) -> str:
    """{{death date and age|1885|7|15|1837|2|24}} → "July 15, 1885 (aged 48)"."""
    values = positional(arguments)
    text = _spelled(values[:3], _is_day_first(arguments))
    years = _years_between(values[3:6], values[:3])
    return (f"{text} (aged {years})" if text and years is not None else text) or HOLE


def age(arguments: Arguments) -> str:
    """{{age|1837|2|24|1885|7|15}} → "48"; with one date the age depends on today."""
    values = positional(arguments)
    years = _years_between(values[:3], values[3:6])
    return MISSING if years is None else str(years)


def _is_day_first(arguments: Arguments) -> bool:
    return lower(arguments.get("df", "")) in _YES or lower(arguments.get("format", "")) == "dmy"


def _spelled(parts: list[str], day_first: bool) -> str:
    """["1874", "5", "12"] → "May 12, 1874"; "" for what is no date."""
    given = list(filter(None, parts))
    if given and (match := _ISO.fullmatch(given[0])):
        return _spelled([part or "" for part in match.groups()], day_first or "dmy" in given[1:])
    if len(given) == 1 and not is_number(given[0]):
        return given[0] if re.search("[0-9]", given[0]) else ""  # «May 12, 1874», «356 BC»
    year, month, day = [*parts, "", "", ""][:3]
    month_name, day_text = _month(month), _day(day)
    is_wrong = (month and not month_name) or (day and not (day_text and month_name))
    if is_wrong or (year and not is_number(year)) or not given:
        return ""
    if not month_name:
        return year
    if not day_text:
        return f"{month_name} {year}".strip()
    if day_first:
        return f"{day_text} {month_name} {year}".strip()
    return f"{month_name} {day_text}" + (f", {year}" if year else "")


def _month(text: str) -> str:
    number = int(text) if is_number(text) else _NUMBERS.get(lower(text), 0)
    return _MONTHS[number - 1] if 1 <= number <= 12 else ""


def _day(text: str) -> str:
    return str(int(text)) if is_number(text) and 1 <= int(text) <= 31 else ""


def _years_between(birth: list[str], death: list[str]) -> int | None:
    return whole_years(birth[::-1], death[::-1]) if len(birth) == len(death) == 3 else None


def as_of(arguments: Arguments) -> str:
    """{{as of|2010|5}} → "As of May 2010", lc=y "as of May 2010"; since=y; alt= is the text."""
    if text := arguments.get("alt"):
        return text
    day_first = lower(arguments.get("df", "")) != "us"
    text = _spelled(positional(arguments)[:3], day_first)
    if not text:
        return HOLE
    words = "since" if lower(arguments.get("since", "")) in _YES else "as of"
    if lower(arguments.get("lc", "")) not in _YES and arguments.get("bare") is None:
        words = upper(words[0]) + words[1:]
    return f"{words} {text}{arguments.get('post', '')}"


def around(arguments: Arguments) -> str:
    """{{circa|1653}} → "c. 1653", {{circa|1653|1660}} → "c. 1653-c. 1660", {{circa}} 1653 → "c.  1653"."""
    values = positional(arguments)
    return "-".join(f"c. {value}" for value in values or [""]) if len(values) < 3 and all(values) else HOLE


def era(pattern: str, arguments: Arguments) -> str:
    """{{BCE|218}} → "218 BCE", {{AD|79}} → "AD 79"."""
    values = positional(arguments)
    return pattern.format("".join(values)).strip() if len(values) < 2 else HOLE


def married(arguments: Arguments) -> str:
    """{{marriage|Ann|1929|1939}} → "Ann (m. 1929-1939)", with end=div "Ann (m. 1929; div. 1939)"."""
    spouse, begin, end = [*positional(arguments), "", "", ""][:3]
    why = lower(first_given(arguments, "end", "reason"))
    if not spouse or (why and why not in _ENDS):
        return HOLE
    if begin and end and not why:
        years = f"m. {begin}-{end}"
    else:
        years = "; ".join(filter(None, (begin and f"m. {begin}", end and f"{_ENDS.get(why, 'until')} {end}")))
    return f"{spouse} ({years})" if years else spouse


def season(arguments: Arguments) -> str:
    """{{NBA Year|2005}} → "2005-06"."""
    year = arguments.get("1", "")
    return f"{year}-{(int(year) + 1) % 100:02}" if re.fullmatch("[12][0-9]{3}", year) else HOLE


def old_style(arguments: Arguments) -> str:
    """{{OldStyleDate|24 May|1819|12 May}} → "24 May [O.S. 12 May] 1819"."""
    new, year, old = [*positional(arguments), "", "", ""][:3]
    if not new:
        return HOLE
    return f"{new} [O.S. {old}] {year}".strip() if old else f"{new} {year}".strip()
