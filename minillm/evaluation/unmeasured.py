"""What could not be measured says so where its figure would stand: it is never 0, and never left out.

A figure that is gone without a word looks like one that nobody asked for, and an alarm without its figure
like one that is silent for good reasons.
"""

from collections.abc import Mapping

from minillm.files import Metric, Metrics

NOT_MEASURED = "not measured"


def mark_unmeasured(values: Mapping[str, Metric | Metrics | None]) -> dict[str, Metric | Metrics]:
    """The values as metrics, NOT_MEASURED in the place of None."""
    return {name: NOT_MEASURED if value is None else value for name, value in values.items()}


def as_number(value: Metric | None) -> float | None:
    """A metric as a number, or None where it was not measured."""
    return None if value is None or value == NOT_MEASURED else float(value)
