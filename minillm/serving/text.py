"""Where a text has to stop."""

from collections.abc import Sequence


def end_of(text: str, stops: Sequence[str]) -> int | None:
    """Where the first of the stops begins; None without one."""
    places = [place for place in map(text.find, stops) if place >= 0]
    return min(places, default=None)


def held_back(text: str, stops: Sequence[str]) -> int:
    """How many characters at the end may be the beginning of a stop."""
    longest = max(map(len, stops), default=1) - 1
    return next((size for size in range(min(longest, len(text)), 0, -1) if _begins(text[-size:], stops)), 0)


def _begins(end: str, stops: Sequence[str]) -> bool:
    return any(stop.startswith(end) for stop in stops)
