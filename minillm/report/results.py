"""The files that the stages wrote, read back: metrics/*.json, metrics/{plots,tables}/*.tsv, parameters.

The report computes nothing that a stage has not written. A file, a column or a figure that is missing is one
clear line, not an empty place in the report. But for what small data cannot measure: an empty cell, or a
figure that is asked for as `optional`.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from minillm.errors import InputError, reason
from minillm.evaluation.measured import flatten
from minillm.evaluation.overfitting import epochs_of
from minillm.evaluation.unmeasured import NOT_MEASURED
from minillm.files import Metric, sha256
from minillm.params import Params, read_params
from minillm.report.origin import WIKI, Origin, origin_of
from minillm.wikipedia.wiki import read_wiki

METRICS = ("extract", "clean", "vocab", "split", "train", "evaluate")
PERFORMANCE = Path("metrics/machine/performance.json")
CHECKPOINT = Path("checkpoints/best")
PARAMS = Path("params.yaml")
_AGAIN = "run `dvc repro`, or `dvc pull` where the results are in a remote"

Row = Mapping[str, Any]


def _bool(text: str) -> bool:
    return {"True": True, "False": False}[text]


def _optional_bool(text: str) -> bool | None:
    return _bool(text) if text else None


def _optional(text: str) -> float | None:
    return float(text) if text else None


def _optional_count(text: str) -> int | None:
    return int(text) if text else None


_CURVE = ("train_loss", "validation_loss", "train_perplexity", "validation_perplexity")
_SCORES: Mapping[str, Callable[[str], object]] = {
    "phenomenon": str,
    "model": str,
    **dict.fromkeys(("clusters", "pairs", "skipped"), int),
    **dict.fromkeys(("share", "low", "high", "lead", "lead_low", "lead_high"), _optional),
    "local": _bool,
}
TABLES: Mapping[str, Mapping[str, Callable[[str], object]]] = {
    "plots/training": {
        "step": int,
        "epoch": epochs_of,
        **dict.fromkeys((*_CURVE, "train_accuracy", "validation_accuracy"), float),
    },
    "plots/steps": {"step": int, "learning_rate": float, "gradient_norm": float},
    "plots/overfitting": {"epoch": epochs_of, "ratio": float, "gap": float},
    "plots/token_bias": {"token": str, "difference": float, "kind": str},
    "plots/bleu": {"order": int, "bleu": float, **dict.fromkeys(("chance", "low", "high"), _optional)},
    "plots/calibration": {"confidence": float, "accuracy": float, "predictions": int},
    "tables/alarms": {"name": str, "raised": _optional_bool, "finding": str},
    "tables/articles": {
        "id": str,
        "tokens": str,
        **dict.fromkeys(("bytes", "targets", "hits", "known_hits"), int),
        **dict.fromkeys(("nll", "spelling_bits"), float),
    },
    "tables/bias": {"figure": str, "value": float},
    "tables/baselines": {
        "model": str,
        "order": _optional_count,
        "split": str,
        **dict.fromkeys(("loss", "perplexity"), _optional),
        **dict.fromkeys(("bits_per_byte", "lead"), float),
        **dict.fromkeys(("low", "high"), _optional),
        **dict.fromkeys(("train_share", "text_share"), float),
    },
    "tables/generated": {
        "text": str,
        **dict.fromkeys(("rep_4", "distinct_1", "distinct_2", "distinct_3", "copied_share"), _optional),
        "longest_copy": _optional_count,
    },
    "tables/grammar": _SCORES,
    "tables/grammar_pairs": {"phenomenon": str, "right": str, "wrong": str, "advantage": float},
    "tables/intervals": {"figure": str, "value": float, "low": float, "high": float},
    "tables/minimal_pairs": _SCORES,
    "tables/near_articles": {"title": str, "ngrams": int, "copied_share": _optional},
    "tables/templates": {
        "template": str,
        **dict.fromkeys(("sentences", "holes", "articles"), int),
        "example": str,
    },
    "tables/samples": {"prompt": str, "sampling": str, "text": str, "copied": _bool, "repeated": _bool},
}
"""Columns that the report reads, and how."""


_LATENCIES = ("forward", "token", "forward_batch_32", "token_batch_32")
PERFORMANCE_TABLES: Mapping[str, Sequence[str]] = {
    "latencies": ("what", "mean", "p50", "tokens_per_second"),  # and std and p95, if the runs are enough
    "cache": ("from", "to", "token"),
    "percentiles": ("percentile", *_LATENCIES),
    "parts": ("part", "seconds"),
}
"""The lists of rows in PERFORMANCE, and what the report reads of them."""


class Figures(dict[str, Metric]):
    """The figures of one metrics file by their dotted names; one that is missing is an InputError."""

    def __init__(self, path: Path, values: Mapping[str, Metric]) -> None:
        super().__init__(values)
        self.path = path

    def __missing__(self, name: str) -> Metric:
        raise InputError(f"{self.path} has no figure {name}; {_AGAIN}")

    def number(self, name: str) -> float:
        """A figure that has to be a number."""
        value = self[name]
        if isinstance(value, str):
            raise InputError(f"{self.path}: {name} is {value!r} and no number; {_AGAIN}")
        return float(value)

    def optional(self, name: str) -> float | None:
        """A figure that small data cannot measure: a number, or None."""
        return None if self.get(name, NOT_MEASURED) == NOT_MEASURED else self.number(name)

    def below(self, prefix: str) -> dict[str, Metric]:
        """All figures whose names begin with `prefix` and a dot, without it, in the file's order."""
        start = f"{prefix}."
        return {name.removeprefix(start): value for name, value in self.items() if name.startswith(start)}


@dataclass(frozen=True)
class Performance:
    """Time and memory of the model on this machine."""

    figures: Figures
    tables: Mapping[str, Sequence[Row]]
    """By the names in PERFORMANCE_TABLES."""


@dataclass(frozen=True)
class Results:
    """Everything that report and card are made of."""

    metrics: Mapping[str, Figures]
    """By file name without ending."""
    tables: Mapping[str, Sequence[Row]]
    """By the names in TABLES."""
    others: Mapping[str, Sequence[Sequence[str]]]
    """Header and rows, as text, of the tables that no section of the report knows, by their names."""
    params: Params
    origin: Origin
    """Of the articles."""
    checkpoint: Mapping[str, Any]
    """checkpoint.json of the best checkpoint."""
    weights_sha256: str
    performance: Performance | None
    """None where nobody has measured this model, as after `dvc pull`."""


def read_results(root: Path) -> Results:
    """Read all files of a pipeline that has run in `root`. Raises InputError for the first that is amiss."""
    checkpoint = root / CHECKPOINT
    weights_sha256 = _sha256(checkpoint / "model.safetensors")
    params = read_params(root / PARAMS)
    wiki = read_wiki(root / WIKI)
    if wiki.files:  # they say nothing of themselves: it is the language that they were judged by
        wiki = replace(wiki, language=params.language)
    return Results(
        metrics={name: read_figures(root / "metrics" / f"{name}.json") for name in METRICS},
        tables={name: read_table(root / "metrics" / f"{name}.tsv", TABLES[name]) for name in TABLES},
        others=_read_others(root / "metrics"),
        params=params,
        origin=origin_of(wiki, params.extract, params.language),
        checkpoint=_read_json(checkpoint / "checkpoint.json"),
        weights_sha256=weights_sha256,
        performance=read_performance(root / PERFORMANCE, weights_sha256),
    )


def read_performance(path: Path, weights_sha256: str) -> Performance | None:
    """What the last evaluation measured, if it did so here and with these weights.

    No output of the pipeline, so that it stays behind when DVC brings another model's results back.
    """
    if not path.exists():
        return None
    content = _read_json(path)
    tables = {name: content.pop(name, None) for name in PERFORMANCE_TABLES}
    figures = Figures(path, flatten(content))
    if not weights_sha256.startswith(str(figures["weights"])):
        return None
    for name, columns in PERFORMANCE_TABLES.items():
        rows = tables[name]
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and row.keys() >= set(columns) for row in rows
        ):
            raise InputError(
                f"{path}: {name} is no list of {', '.join(columns)}; `dvc repro -f -s evaluate` measures anew"
            )
    return Performance(figures, tables)


def read_figures(path: Path) -> Figures:
    """A metrics file, flattened."""
    return Figures(path, flatten(_read_json(path)))


def parse_figures(name: Path, text: str) -> Figures:
    """The same from a file's text; `name` is for messages."""
    return Figures(name, flatten(_parse_json(name, text)))


def read_table(path: Path, columns: Mapping[str, Callable[[str], object]]) -> list[Row]:
    """The rows of a TSV file with the values of `columns`, converted."""
    return parse_table(path, _read_text(path), columns)


def _read_others(metrics: Path) -> dict[str, list[list[str]]]:
    """The tables of measurements that are newer than the report's sections."""
    found = {}
    for path in sorted(metrics.glob("tables/*.tsv")):
        if f"tables/{path.stem}" not in TABLES:
            found[path.stem] = _rows(path, _read_text(path))
    return {name: rows for name, rows in found.items() if rows}


def parse_table(name: Path, text: str, columns: Mapping[str, Callable[[str], object]]) -> list[Row]:
    """The same from a file's text; `name` is for messages."""
    header, *rows = _rows(name, text) or [[]]
    missing = [column for column in columns if column not in header]
    if missing:
        raise InputError(f"{name} has no column {missing[0]}; {_AGAIN}")
    return [
        _converted(name, number, dict(zip(header, row, strict=False)), columns)
        for number, row in enumerate(rows, start=2)
        if row
    ]


def _rows(name: Path, text: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
    except csv.Error as error:  # a field of more than 131,072 characters
        raise InputError(f"{name} is no table ({error}); {_AGAIN}") from None


def _converted(
    path: Path, line: int, row: Mapping[str, str], columns: Mapping[str, Callable[[str], object]]
) -> Row:
    values = {}
    for name, convert in columns.items():
        try:
            values[name] = _finite(convert(row[name]))
        except (ValueError, KeyError):  # KeyError: the row is too short, or of a word that is none of two
            raise InputError(f"{path}, line {line}: {name} is {row.get(name)!r}; {_AGAIN}") from None
    return values


def _finite(value: object) -> object:
    """The value. Raises ValueError for NaN and infinity, which no stage writes."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError
    return value


def _number(text: str) -> float:
    """A number of a JSON file. Raises ValueError for NaN, Infinity and what is too large, 1e999."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number")
    return value


def _read_json(path: Path) -> dict[str, Any]:
    return _parse_json(path, _read_text(path))


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {_AGAIN}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is damaged ({error}); {_AGAIN}") from None


def _parse_json(path: Path, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON ({reason(error)}); {_AGAIN}") from None
    if not isinstance(value, dict):
        raise InputError(f"{path} is no JSON object; {_AGAIN}")
    return value


def _sha256(path: Path) -> str:
    try:
        return sha256(path)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {_AGAIN}") from None
