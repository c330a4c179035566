"""Figures in words, and the tables of the report: cells as text, ready to be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from minillm.files import Metric

NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of a row is its header."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset()
    """Columns after the first that hold words, not numbers."""
    languages: Mapping[int, str] = field(default_factory=dict)
    """Columns that are not in the page's language: the tag of theirs, empty where it is unknown."""


def number(value: Metric | None) -> str:
    """Four significant digits, thousands separated, a real minus; a dash for nothing."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
        return f"{int(value):,}".replace("-", "−")
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.4g}"
    return text.removesuffix(".").replace("-", "−")


def share(value: float | None) -> str:
    """A share of 1 in per cent."""
    return NOTHING if value is None else f"{value:.1%}"


def points(value: float | None) -> str:
    """A difference of two shares in percentage points, with its sign."""
    return NOTHING if value is None else f"{100 * value:+z.1f}".replace("+0.0", "0.0").replace("-", "−")


def interval(low: float, high: float) -> str:
    """A 95 % interval."""
    return f"{number(low)} to {number(high)}"


def label(name: str) -> str:
    """A key of a metrics file as words."""
    return name.replace("_", " ")


def plural(count: float, one: str, many: str = "") -> str:
    """`1 article`, `2 articles`, `0.5000 epochs`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def joined(items: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
