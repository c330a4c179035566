"""Templates of dates, ages, centuries and eras.

Every function takes the arguments and returns the text, or HOLE if they do not hold the value or are no
date. Spanish templates put the day first, English ones the year; a number over 31 is a year.
"""

import re

from minillm.languages.dates import is_number, whole_years
from minillm.languages.measures import roman
from minillm.unicode import lower
from minillm.wikitext.arguments import Arguments, positional
from minillm.wikitext.marks import HOLE, MISSING

_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
    "noviembre", "diciembre",
)  # fmt: skip
_NO_PART = frozenset({"edad", "no", "sí", "si", "?", "??", "-"})
_YEAR_WITH_ERA = re.compile(r"[0-9]{1,4} [ad]\. ?(?:e\. ?)?C\.")
_DAY = re.compile(r"0?([1-9]|[12][0-9]|3[01])(?:\.?º)?")
_BEGINS_CENTURY = {
    "": "", "s": "siglo ", "siglo": "siglo ", "S": "Siglo ", "Siglo": "Siglo ",
}  # fmt: skip
_ERAS = {
    **dict.fromkeys(("a", "ac", "a.c.", "a. c.", "a.c", "antes"), " a. C."),
    **dict.fromkeys(("d", "dc", "d.c.", "d. c.", "d.c"), " d. C."),
    "": "",
}


def date(arguments: Arguments) -> str:
    """{{fecha|12|5|1874}} → "12 de mayo de 1874"; year, month, day is understood too."""
    named = [arguments.get(name) or arguments.get(short) or "" for name, short in _NAMES_OF_PARTS]
    return spell_date(positional(arguments)[:3] or named) or HOLE


_NAMES_OF_PARTS = (("día", "dia"), ("mes", "month"), ("año", "year"))


def death_date(arguments: Arguments) -> str:
    """{{fecha y edad|15|7|1885|24|2|1837}} → "15 de julio de 1885 (48 años)"."""
    values = positional(arguments)
    text, years = spell_date(values[:3]), _years_between(values[3:6], values[:3])
    return (f"{text} ({years} años)" if text and years is not None else text) or HOLE


def age(arguments: Arguments) -> str:
    """{{edad|24|2|1837|15|7|1885}} → "48"; with one date the age depends on today."""
    values = positional(arguments)
    years = _years_between(values[:3], values[3:6])
    return MISSING if years is None else str(years)


def spell_date(parts: list[str]) -> str:
    """["12", "5", "1874"] → "12 de mayo de 1874", ["3", "5"] → "3 de mayo"; "" for what is no date."""
    parts = ["" if lower(part) in _NO_PART else part for part in parts]
    given = list(filter(None, parts))
    if len(given) == 1 and not is_number(given[0]):
        return given[0]  # «12 de mayo de 1874», «356 a. C.»
    day, month, year = _in_order(parts)
    day_text, month_text, year_text = _day(day), _month(month), _year(year)
    if (
        (day and not day_text)
        or (month and not month_text)
        or (year and not year_text)
        or (day and not month)
    ):
        return ""
    return " de ".join(filter(None, (day_text, month_text, year_text)))


def _in_order(parts: list[str]) -> tuple[str, str, str]:
    """Day, month, year; "" for what is not given."""
    first, second, third = [*parts, "", "", ""][:3]
    if _is_year(first):
        return third, second, first
    if not third and _is_year(second):
        return "", first, second
    return first, second, third


def _is_year(text: str) -> bool:
    if is_number(text):
        return len(text) > 2 or int(text) > 31
    return re.fullmatch("[-−–][0-9]{1,4}", text) is not None or _YEAR_WITH_ERA.fullmatch(text) is not None


def _day(text: str) -> str:
    match = _DAY.fullmatch(text)
    return match[1] if match else ""


def _month(text: str) -> str:
    if is_number(text):
        return _MONTHS[int(text) - 1] if 1 <= int(text) <= 12 else ""
    words = lower(text).split()
    return " ".join(words) if words and words[-1] in _MONTHS else ""  # «12 de mayo» too


def _year(text: str) -> str:
    if is_number(text):
        return str(int(text)) if int(text) else ""
    if re.fullmatch("[-−–][0-9]{1,4}", text):
        return f"{int(text[1:])} a. C."
    return text if re.search("[0-9]", text) else ""


def _years_between(birth: list[str], death: list[str]) -> int | None:
    if len(birth) != 3 or len(death) != 3 or not all(map(is_number, [*birth, *death])):
        return None
    return whole_years(_in_order(birth), _in_order(death))


def century(arguments: Arguments) -> str:
    """{{siglo|XVI}} → "XVI" (the word stands before it), {{siglo|IX|a|s}} → "siglo IX a. C."."""
    numeral, era, form = (arguments.get(key, "") for key in ("1", "2", "3"))
    word, suffix = _BEGINS_CENTURY.get(form), _ERAS.get(lower(era))
    if not numeral or word is None or suffix is None or _is_year(numeral):
        return HOLE  # a year: {{century|1453}} of English Wikipedia
    return word + roman({"1": numeral}) + suffix


def era(suffix: str, arguments: Arguments) -> str:
    """{{AC|218}} → "218 a. C.", 218 {{AC}} → "218  a. C."."""
    values = positional(arguments)
    return f"{''.join(values)} {suffix}" if len(values) < 2 else HOLE


def around(arguments: Arguments) -> str:
    """{{circa|1653}} → "c. 1653", {{circa|1653|1660}} → "c. 1653-c. 1660", {{circa}} 1653 → "c.  1653"."""
    values = positional(arguments)
    return "-".join(f"c. {value}" for value in values or [""]) if len(values) < 3 and all(values) else HOLE


def married(arguments: Arguments) -> str:
    """{{matrimonio|Frida Kahlo|1929|1939}} → "Frida Kahlo (1929-1939)"."""
    spouse, begin, end = [*positional(arguments), "", "", ""][:3]
    if not spouse:
        return HOLE
    years = f"{begin}-{end}" if begin and end else begin or (f"hasta {end}" if end else "")
    return f"{spouse} ({years})" if years else spouse
