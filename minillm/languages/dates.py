"""What dates are made of in every language."""

import re
from collections.abc import Sequence

from minillm.wikitext.arguments import Arguments, positional
from minillm.wikitext.marks import HOLE


def is_number(text: str) -> bool:
    """Whether it may be a day, a month or a year."""
    return re.fullmatch("[0-9]{1,4}", text) is not None


def whole_years(birth: Sequence[str], death: Sequence[str]) -> int | None:
    """From a date to another, each (day, month, year) in figures; None if one of them is no date."""
    dates = []
    for parts in (birth, death):
        if len(parts) != 3 or not all(map(is_number, parts)):
            return None
        day, month, year = map(int, parts)
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        dates.append((year, month, day))
    born, died = dates
    years = died[0] - born[0] - (died[1:] < born[1:])
    return years if years >= 0 else None


def period(prefix: str, arguments: Arguments) -> str:
    """{{floruit|1400}} → "fl. 1400", {{reign|1474|1504}} → "r. 1474-1504", {{floruit}} → "fl."."""
    values = positional(arguments)
    return f"{prefix} {'-'.join(values)}".strip() if len(values) < 3 and all(values) else HOLE
