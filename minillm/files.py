"""Writing outputs: whole or not at all, in one format, and telling later whether they are still the same.

A file appears under its name only when it is complete (write beside it, fsync, rename), so a killed
stage leaves nothing half-written, and two runs at once leave the file of one of them. What one stage hands
to the next has its SHA-256 beside it, in a file that `sha256sum -c` reads.
Metrics hold finite numbers, booleans and strings only: DVC drops lists and null without a word and shows
NaN as changed for ever.
"""

import fcntl
import glob
import hashlib
import io
import json
import math
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from minillm.errors import InputError

Metric = int | float | bool | str
Metrics = Mapping[str, "Metric | Metrics"]

SIGNIFICANT_DIGITS = 6


CHECKSUMS = "SHA256SUMS"
"""The file of a folder that holds the checksums of files in it."""


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path, an empty file; rename it to `path` on success, remove it on any error."""
    with temporary_folder(path) as folder:
        temporary = folder / path.name
        temporary.touch()
        mode = stat.S_IMODE(temporary.stat().st_mode)  # as the umask has it
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), mode)  # safetensors puts a file of its own there, for the user alone
        temporary.replace(path)


@contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder beside `path`, for what is written on the way to it; remove it in the end.

    Nobody can foresee its name and only this user can enter it: runs at the same time do not meet in it, and
    no link that stands there is followed. It is locked, so that the next call for the same path tells a
    folder that is in use from one that a SIGKILL left behind, and removes the latter.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with suppress(OSError), _locked(abandoned):  # one in use is locked, another user's cannot be opened
            shutil.rmtree(abandoned)
    with ExitStack() as stack:
        folder = _new_folder(path, stack)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


def _new_folder(path: Path, stack: ExitStack) -> Path:
    while True:
        folder = Path(tempfile.mkdtemp(".tmp", f".{path.name}.", path.parent))
        with suppress(FileNotFoundError, BlockingIOError):  # taken for abandoned before it was locked
            stack.enter_context(_locked(folder))
            if folder.exists():
                return folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which ends with the process. BlockingIOError if another one holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


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


def write_checksums(*paths: Path) -> None:
    """Write the SHA-256 of files in one folder beside them."""
    write_text(paths[0].with_name(CHECKSUMS), "".join(f"{_checksum_line(path)}\n" for path in paths))


def check(path: Path, stage: str) -> None:
    """Raise InputError if `path` is not as the stage wrote it.

    A folder without checksums is not the pipeline's: its files, and one that is missing, are left to those
    who read them. SHA-256 takes a second for 1.5 GB.
    """
    checksums = path.with_name(CHECKSUMS)
    if not (path.is_file() and checksums.exists()):
        return
    if _checksum_line(path) not in checksums.read_text(encoding="utf-8", errors="replace").split("\n"):
        raise InputError(
            f"{path} is not as {stage} wrote it: {checksums} has another checksum; run `dvc repro -f {stage}`"
        )


def _checksum_line(path: Path) -> str:
    return f"{sha256(path)}  {path.name}"


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
    """Let no `print` fail, whatever the encoding of the output: what it lacks is printed as \\u2192.

    What goes to an output that was closed (`>&-`), which is None, goes nowhere.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # open to the end
        elif isinstance(stream, io.TextIOWrapper):
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
