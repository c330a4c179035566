"""Writing outputs: whole or not at all, in one format.

A file appears under its name only when it is complete (write beside it, fsync, rename), so a killed
stage leaves nothing half-written. Metrics hold finite numbers, booleans and strings only: DVC drops
lists and null without a word and shows NaN as changed for ever.
"""

import hashlib
import io
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Metric = int | float | bool | str
Metrics = Mapping[str, "Metric | Metrics"]

SIGNIFICANT_DIGITS = 6


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, remove it on any error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A fixed name: what a SIGKILL leaves behind is overwritten by the next run instead of piling up.
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with Unix line ends, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: object) -> None:
    """Write `value` as readable JSON, atomically. NaN and infinity are refused."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_metrics(
    path: Path, metrics: Metrics, tables: Mapping[str, Sequence[Metrics]] | None = None
) -> None:
    """Write nested metrics for `dvc metrics`: floats rounded to 6 significant digits, keys without dots.

    `tables` are lists of rows beside them, which `dvc metrics` leaves out and `dvc plots` draws.
    """
    rows = {name: [_rounded(row) for row in table] for name, table in (tables or {}).items()}
    assert rows.keys().isdisjoint(metrics)
    write_json(path, _rounded(metrics) | rows)


def sha256(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def measured(values: Mapping[str, "Metric | Metrics | None"]) -> "dict[str, Metric | Metrics]":
    """Those that are not None: a figure that small data leave without a meaning is absent, and never 0."""
    return {name: value for name, value in values.items() if value is not None}


def write_tsv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write tab-separated rows with a header line; floats with 6 significant digits, None as empty.

    Quotation marks are escaped as in CSV, which is how DVC and Python's csv module read the file.
    """
    lines = ["\t".join(header)]
    for row in rows:
        assert len(row) == len(header), (header, row)
        lines.append("\t".join(_cell(value) for value in row))
    write_text(path, "\n".join(lines) + "\n")


def print_any_text() -> None:
    """Let no `print` fail, whatever the encoding of the output: what it lacks is printed as \\u2192."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:.{SIGNIFICANT_DIGITS}g}" if isinstance(value, float) else str(value)
    text = text.replace("\t", " ").replace("\n", " ")
    return '"' + text.replace('"', '""') + '"' if '"' in text else text


def _rounded(metrics: Metrics) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in metrics.items():
        assert "." not in key, f"metric {key!r}: a dot would be read as nesting"
        if isinstance(value, Mapping):
            result[key] = _rounded(value)
        elif isinstance(value, float):
            assert math.isfinite(value), f"metric {key!r} is {value}"
            result[key] = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
        else:
            assert isinstance(value, int | str), f"metric {key!r} is a {type(value).__name__}"
            result[key] = value
    return result
