"""Which files `extract.files` means: one, or those of a folder and its folders, in the order of their names.

The order is that of the names' characters, whatever the file system lists first. Hidden files and folders and
READMEs are nobody's articles; files of other kinds are counted, so that nobody misses them without a word.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from minillm.errors import InputError, shown, shown_path
from minillm.wikipedia.place import OWN

Kind = Literal["txt", "md", "jsonl", "csv", "parquet"]
KINDS: dict[Kind, re.Pattern[str]] = {
    "txt": re.compile(r"\.txt\Z", re.IGNORECASE | re.ASCII),
    "md": re.compile(r"\.(?:md|markdown)\Z", re.IGNORECASE | re.ASCII),
    "jsonl": re.compile(r"\.jsonl(?:\.gz|\.zst)?\Z", re.IGNORECASE | re.ASCII),
    "csv": re.compile(r"\.csv\Z", re.IGNORECASE | re.ASCII),
    "parquet": re.compile(r"\.parquet\Z", re.IGNORECASE | re.ASCII),
}
"""The kinds that are read, by the ends of their names."""
ENDINGS = ".txt, .md, .jsonl (also .gz or .zst), .csv, .parquet"
ALL = "*"

_README = re.compile(r"readme(?:\.|\Z)", re.IGNORECASE | re.ASCII)
_MOST_NAMED = 5


def kind_of(path: Path) -> Kind | None:
    """What a file is, by its name."""
    return next((kind for kind, ending in KINDS.items() if ending.search(path.name)), None)


def find_files(files: Path, pattern: str) -> tuple[list[Path], Counter[str]]:
    """The files to read, and of what was left out how many have which ending.

    `pattern` narrows a folder down, by the paths from it on: `*.txt`, `2019/*`; `*` stands for `/` too.
    Raises InputError if there is nothing to read.
    """
    check_files(files)
    if not files.is_dir():
        return [_single(files, pattern)], Counter()
    there = sorted(_below(files), key=lambda path: path.parts)
    if not there:
        raise InputError(f"extract.files = {files}: the folder is empty; {_ADVICE}")
    matching = [path for path in there if fnmatchcase(path.as_posix(), pattern)]
    if not matching:
        raise InputError(
            f"extract.glob = {shown(pattern)}: matches nothing in {files}, where "
            f"{shown(there[0].as_posix())} is one of {len(there)}; {ALL} takes all"
        )
    left_out = Counter[str]()
    found = []
    for path in matching:
        if _README.match(path.name):
            left_out["README"] += 1
        elif kind_of(path) is None:
            left_out[shown(path.suffix, 20) if path.suffix else "without an ending"] += 1
        else:
            found.append(files / path)
    if not found:
        raise InputError(
            f"extract.files = {files}: no file of a kind that is read ({ENDINGS}), only {counted(left_out)}; "
            f"{_ADVICE}"
        )
    return found, left_out


_ADVICE = f"put your texts into a folder in {OWN} and name it (docs/own-text.md)"


def check_files(files: Path) -> None:
    """Raises InputError if there is no such file or folder."""
    if not files.exists():
        where = "" if files.is_absolute() else f" in {Path.cwd()}"
        hint = (
            f"it names one file or one folder, and extract.glob says which files of the folder: "
            f"files = {_folder_of(files)}, glob = {shown_path(files.name)}"
            if set(str(files)) & set("*?[")
            else _ADVICE
        )
        raise InputError(f"extract.files = {files}: there is no such file or folder{where}; {hint}")


def counted(left_out: Counter[str]) -> str:
    """`3 '.docx', 1 '.pdf'`, the most frequent endings."""
    named = [f"{number} {ending}" for ending, number in left_out.most_common(_MOST_NAMED)]
    rest = left_out.total() - sum(number for _, number in left_out.most_common(_MOST_NAMED))
    return ", ".join(named + ([f"{rest} more"] if rest else []))


def _single(file: Path, pattern: str) -> Path:
    if kind_of(file) is None:
        raise InputError(f"extract.files = {file}: a file of this name is not read; these are: {ENDINGS}")
    if not file.is_file():
        raise InputError(f"extract.files = {file}: is neither a file nor a folder")
    if pattern != ALL:
        raise InputError(
            f"extract.glob = {shown(pattern)}: says which files of a folder, but extract.files = {file} is a "
            f"file; set extract.glob to {ALL!r}"
        )
    return file


def _below(folder: Path) -> Iterator[Path]:
    """Paths from the folder on, of all files that are not hidden; links to folders are not followed."""

    def fail(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path.relative_to(folder)


def _folder_of(files: Path) -> Path:
    return next((parent for parent in files.parents if parent.is_dir()), files.parent)
