"""The article as it stands in Wikipedia, and Parquet files of articles, written and read as a stream."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path

import pyarrow as pa

from minillm.files import atomic_path
from minillm.parquet import RowWriter, read_rows

# A row group is what writer and reader hold in memory. 1000 articles are about 6 MB of wikitext; the
# second bound is for dumps of very long pages.
_ROW_GROUP_ARTICLES = 1000
_ROW_GROUP_CHARACTERS = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Article:
    """One article in the state of one revision."""

    page_id: int
    revision_id: int
    timestamp: str
    """When the revision was saved: ISO 8601 in UTC, as in the dump (2026-11-02T01:00:00Z)."""
    title: str
    url: str
    """Its address on its wiki, which opens the article or this revision of it; empty if that is unknown."""
    wikitext: str
    sha1: str
    """SHA-1 of the wikitext in UTF-8, 40 hexadecimal digits."""


_COLUMNS: dict[str, pa.DataType] = {
    "page_id": pa.int64(),
    "revision_id": pa.int64(),
    "timestamp": pa.string(),
    "title": pa.string(),
    "url": pa.string(),
    "wikitext": pa.string(),
    "sha1": pa.string(),
}
ARTICLE_SCHEMA = pa.schema(_COLUMNS)


def text_sha1(wikitext: str) -> str:
    """What the column sha1 holds of a text."""
    return hashlib.sha1(wikitext.encode(), usedforsecurity=False).hexdigest()


def write_articles(path: Path, articles: Iterable[Article]) -> int:
    """Write the articles in their order, a row group at a time, and return how many there were."""
    written = 0
    with (
        atomic_path(path) as temporary,
        RowWriter(temporary, ARTICLE_SCHEMA, _ROW_GROUP_ARTICLES, _ROW_GROUP_CHARACTERS) as writer,
    ):
        for article in articles:
            row = {name: getattr(article, name) for name in ARTICLE_SCHEMA.names}
            writer.add(row, len(article.wikitext))
            written += 1
    return written


def read_articles(path: Path) -> Iterator[Article]:
    """Yield the articles in the file's order, holding one row group of them at a time.

    Raises InputError if the file is missing, damaged, no Parquet or has other columns.
    """
    yield from starmap(Article, read_rows(path, ARTICLE_SCHEMA, "extract"))
