"""Which revisions a data set is made of, as a CSV file: written by every run, and read back to repeat one.

One row per article: page_id, revision_id, timestamp, sha1 (of the wikitext), title. That is all of an
article but its text, and the text of a revision never changes: with these rows anyone gets the same bytes
later, whatever has been edited or moved meanwhile.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import starmap
from pathlib import Path

import pyarrow as pa

from minillm.errors import InputError
from minillm.files import atomic_path
from minillm.parquet import read_rows
from minillm.wikipedia.articles import ARTICLE_SCHEMA


@dataclass(frozen=True, slots=True)
class Revision:
    """An article's identity: which state of which page."""

    page_id: int
    revision_id: int
    timestamp: str
    sha1: str
    title: str


COLUMNS = tuple(field.name for field in fields(Revision))
_SCHEMA = pa.schema([ARTICLE_SCHEMA.field(name) for name in COLUMNS])

_ID = re.compile(r"[1-9][0-9]{0,17}")  # fits into 64 bits
TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SHA1 = re.compile(r"[0-9a-f]{40}")


def write_manifest(articles: Path, manifest: Path) -> None:
    """Write the revisions of a Parquet file of articles, in its order; their texts are not read.

    Articles without a time have none: they are of somebody's files, and nowhere to be fetched from.
    """
    with (
        atomic_path(manifest) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        revisions = starmap(Revision, read_rows(articles, _SCHEMA, "extract"))
        writer.writerows(astuple(revision) for revision in revisions if revision.timestamp)


def read_revisions(path: Path) -> list[Revision]:
    """The revisions in the order of their page ids; an empty list if there is only the header.

    Raises InputError with the line's number if the file is missing or a row is no revision.
    """
    try:
        # A spreadsheet may have put a byte order mark in front.
        with path.open(encoding="utf-8-sig", newline="") as file:
            revisions = list(_rows(path, file))
    except FileNotFoundError:
        raise InputError(
            f"{path} is missing; `git checkout {path}` brings back the one without pins"
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV file in UTF-8 ({error}); `make pin` writes it") from None
    revisions.sort(key=lambda revision: revision.page_id)
    return revisions


def _rows(path: Path, lines: Iterator[str]) -> Iterator[Revision]:
    reader = csv.reader(lines, strict=True)
    header = next(reader, None)
    if header != list(COLUMNS):
        raise InputError(
            f"{path}: the first line is {','.join(header or [])!r:.80}; it must be {','.join(COLUMNS)}, "
            "separated by commas; `make pin` writes the file"
        )
    lines_of_pages: dict[int, int] = {}
    lines_of_revisions: dict[int, int] = {}
    for row in reader:
        line = reader.line_num
        fault = _fault(row)
        if fault:
            raise InputError(f"{path}, line {line}: {fault}; `make pin` writes the file")
        revision = Revision(int(row[0]), int(row[1]), *row[2:])
        for name, known, number in (
            ("page_id", lines_of_pages, revision.page_id),
            ("revision_id", lines_of_revisions, revision.revision_id),
        ):
            if number in known:
                raise InputError(
                    f"{path}, line {line}: {name} {number} stands on line {known[number]} already; "
                    "remove one of the two: an article has one revision"
                )
            known[number] = line
        yield revision


def _fault(row: Sequence[str]) -> str | None:
    """What is wrong with a row, or None."""
    if len(row) != len(COLUMNS):
        return f"{len(row)} fields; there must be {len(COLUMNS)}: {', '.join(COLUMNS)}"
    page_id, revision_id, timestamp, sha1, title = row
    if not (_ID.fullmatch(page_id) and _ID.fullmatch(revision_id)):
        return f"page_id = {page_id!r:.40}, revision_id = {revision_id!r:.40}; both must be positive numbers"
    if not TIMESTAMP.fullmatch(timestamp):
        return f"timestamp = {timestamp!r:.40}; it must look like 2026-11-02T01:00:00Z"
    if not _SHA1.fullmatch(sha1):
        return f"sha1 = {sha1!r:.60}; it must have 40 hexadecimal digits in lower case"
    return None if title else "there is no title"
