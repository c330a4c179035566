"""What a measurement gives: figures, tables and intervals, each under a name of its own.

A measurement is a module with a function that returns one of these. The evaluation puts them together,
whatever they are of, and the alarms are raised from all figures. So a new one is its module, a line in
evaluate.py and its tables among the outputs in dvc.yaml.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from minillm.evaluation.comparison import Interval
from minillm.evaluation.unmeasured import told
from minillm.files import Metric, Metrics

INTERVALS = "tables/intervals"
INTERVAL_COLUMNS = ("figure", "value", "low", "high")


class Table(NamedTuple):
    """The data of a plot or of a table in the report."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


class Measured(NamedTuple):
    """One measurement."""

    metrics: Mapping[str, Metric | Metrics | None] = {}
    """For metrics/evaluate.json; None: not measured."""
    tables: Mapping[str, Table] = {}
    """By file name without ending, relative to metrics/."""
    intervals: Mapping[str, Interval] = {}
    """Of figures, by their dotted names."""


def put_together(parts: Iterable[Measured]) -> tuple[Metrics, dict[str, Table]]:
    """The figures and the tables of all parts, INTERVALS among them; no two parts have a name in common."""
    metrics: dict[str, Metric | Metrics] = {}
    tables: dict[str, Table] = {}
    intervals: list[tuple[str, float, float, float]] = []
    for part in parts:
        assert metrics.keys().isdisjoint(part.metrics), part.metrics.keys()
        assert tables.keys().isdisjoint(part.tables), part.tables.keys()
        metrics |= told(part.metrics)
        tables |= part.tables
        for name, (mean, low, high) in part.intervals.items():
            if low is not None and high is not None:
                intervals.append((name, mean, low, high))
    return metrics, {**tables, INTERVALS: Table(INTERVAL_COLUMNS, intervals)}
