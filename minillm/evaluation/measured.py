"""What a measurement gives: figures, tables and intervals, each under a name of its own.

A measurement is a module with a function that returns one of these. The evaluation puts them together,
whatever they are of, and the alarms are raised from all figures. So a new one is its module, a line in
evaluate.py and its tables among the outputs in dvc.yaml. metrics/evaluate.json holds the few figures that one
compares between experiments, and all others under DETAILS.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from minillm.evaluation.comparison import Interval
from minillm.evaluation.unmeasured import mark_unmeasured
from minillm.files import Metric, Metrics

DETAILS = "details"
"""Where metrics/evaluate.json holds all other figures: a list, which `dvc metrics` leaves out."""
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
    compared: Collection[str] = ()
    """Dotted names of the few figures that one compares between experiments (`dvc metrics diff`)."""


def put_together(parts: Sequence[Measured]) -> tuple[Metrics, dict[str, Table]]:
    """The figures and the tables of all parts, INTERVALS among them; no two parts have a name in common."""
    metrics: dict[str, Metric | Metrics] = {}
    tables: dict[str, Table] = {}
    intervals: list[tuple[str, float, float, float]] = []
    for part in parts:
        assert metrics.keys().isdisjoint(part.metrics), part.metrics.keys()
        assert tables.keys().isdisjoint(part.tables), part.tables.keys()
        metrics |= mark_unmeasured(part.metrics)
        tables |= part.tables
        for name, (mean, low, high) in part.intervals.items():
            if low is not None and high is not None:
                intervals.append((name, mean, low, high))
    return metrics, {**tables, INTERVALS: Table(INTERVAL_COLUMNS, intervals)}


def divided(metrics: Metrics, compared: Collection[str], prefix: str = "") -> tuple[Metrics, Metrics]:
    """The figures, or whole groups of them, whose dotted names are in `compared`, and the others."""
    chosen: dict[str, Metric | Metrics] = {}
    others: dict[str, Metric | Metrics] = {}
    for key, value in metrics.items():
        if f"{prefix}{key}" in compared:
            chosen[key] = value
        elif isinstance(value, Mapping):
            inside, outside = divided(value, compared, f"{prefix}{key}.")
            chosen |= {key: inside} if inside else {}
            others |= {key: outside} if outside else {}
        else:
            others[key] = value
    return chosen, others


def flatten(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, Metric]:
    """Nested metrics by their dotted names, as DVC shows them, and those of DETAILS among them."""
    flat: dict[str, Metric] = {}
    for key, value in metrics.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        elif key == DETAILS and isinstance(value, list):
            for details in value:
                flat |= flatten(details, prefix)
        else:
            flat[f"{prefix}{key}"] = value
    return flat
