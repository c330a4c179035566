"""The clean stage: raw articles in, clean and rejected ones out, both in the order of the input.

Two passes, since only when all articles have been seen is it known which are duplicates. The first cleans
and judges every article and writes it to a scratch file beside the output; the second deals them out.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from minillm.errors import InputError
from minillm.files import Metrics, atomic_path
from minillm.params import CleanParams
from minillm.text.duplicates import Duplicate, DuplicateFinder
from minillm.text.quality import EXACT_DUPLICATE, NEAR_DUPLICATE, REASONS, rejection
from minillm.text.wikitext import read_page
from minillm.wikipedia.articles import Article, read_articles

_CLEAN: dict[str, pa.DataType] = {
    "id": pa.string(),
    "url": pa.string(),
    "title": pa.string(),
    "text": pa.string(),
    "revision_id": pa.int64(),
    "timestamp": pa.string(),
}
_REJECTED: dict[str, pa.DataType] = {
    "page_id": pa.int64(),
    "title": pa.string(),
    "reason": pa.string(),
    "detail": pa.string(),
    "text": pa.string(),
}
CLEAN_SCHEMA = pa.schema(_CLEAN)
"""The four columns of the data set wikimedia/wikipedia, and which revision the text is of."""
REJECTED_SCHEMA = pa.schema(_REJECTED)
_SCRATCH_SCHEMA = pa.schema(_CLEAN | _REJECTED)

_ROW_GROUP_ARTICLES = 1000

Row = dict[str, Any]


def clean_articles(raw: Path, clean: Path, rejected: Path, params: CleanParams) -> Metrics:
    """Clean the articles of `raw`; write the good ones to `clean` and the others, with why, to `rejected`.

    Returns articles_in, kept, rejected (a count for every reason), characters_in, characters_out and
    words_out. Raises InputError if `raw` cannot be read or is empty, or if nothing is kept.
    """
    clean.parent.mkdir(parents=True, exist_ok=True)
    scratch = clean.with_name(f".{clean.name}.scratch")
    counts = Counter[str]()
    reasons = Counter[str]()
    try:
        with DuplicateFinder(params.max_duplicate_similarity, scratch.with_suffix(".shingles")) as finder:
            with _Rows(scratch, _SCRATCH_SCHEMA) as rows:
                for article in read_articles(raw):
                    row = _judged(article, params)
                    rows.add(row)
                    if not row["reason"]:
                        finder.add(row["text"])
                    counts.update(articles_in=1, characters_in=len(article.wikitext))
            duplicates = finder.find()
        with contextlib.ExitStack() as stack:
            paths = [stack.enter_context(atomic_path(path)) for path in (clean, rejected)]
            kept = stack.enter_context(_Rows(paths[0], CLEAN_SCHEMA))
            others = stack.enter_context(_Rows(paths[1], REJECTED_SCHEMA))
            for row in _with_duplicates(scratch, duplicates):
                if row["reason"]:
                    others.add(row)
                    reasons[row["reason"]] += 1
                else:
                    kept.add(row)
                    words = len(row["text"].split())
                    counts.update(kept=1, characters_out=len(row["text"]), words_out=words)
            _refuse_empty(raw, counts, reasons)
    finally:
        scratch.unlink(missing_ok=True)
    return {
        "articles_in": counts["articles_in"],
        "kept": counts["kept"],
        "rejected": {reason: reasons[reason] for reason in REASONS},
        "characters_in": counts["characters_in"],
        "characters_out": counts["characters_out"],
        "words_out": counts["words_out"],
    }


class _Rows:
    """A Parquet file written row by row, in row groups of a fixed number of articles."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False)
        self._rows: list[Row] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
        self._writer.close()

    def add(self, row: Row) -> None:
        """Write a row; what is no column of the file is left out."""
        self._rows.append(row)
        if len(self._rows) == _ROW_GROUP_ARTICLES:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def _judged(article: Article, params: CleanParams) -> Row:
    """The row of an article, with the reason if it is rejected (null if not)."""
    page = read_page(article.wikitext, keep_headings=params.keep_headings)
    verdict = rejection(article.title, article.wikitext, page, params)
    return {
        "id": str(article.page_id),
        "url": article.url,
        "title": article.title,
        "text": page.text,
        "revision_id": article.revision_id,
        "timestamp": article.timestamp,
        "page_id": article.page_id,
        "reason": verdict and verdict.reason,
        "detail": verdict and verdict.detail,
    }


def _with_duplicates(scratch: Path, duplicates: Mapping[int, Duplicate]) -> Iterator[Row]:
    """The rows again, those of duplicates with their reason. Indices count the rows without one."""
    originals = {duplicate.original for duplicate in duplicates.values()}
    names = {
        index: f"{row['id']} {row['title']}"
        for index, row in enumerate(_accepted(_read_rows(scratch, ["id", "title", "reason"])))
        if index in originals
    }
    index = 0
    for row in _read_rows(scratch, _SCRATCH_SCHEMA.names):
        if not row["reason"]:
            if duplicate := duplicates.get(index):
                row["reason"] = EXACT_DUPLICATE if duplicate.exact else NEAR_DUPLICATE
                row["detail"] = f"{names[duplicate.original]} ({duplicate.similarity:.3f})"
            index += 1
        yield row


def _accepted(rows: Iterator[Row]) -> Iterator[Row]:
    return (row for row in rows if not row["reason"])


def _read_rows(path: Path, columns: list[str]) -> Iterator[Row]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_ROW_GROUP_ARTICLES, columns=columns):
            yield from batch.to_pylist()


def _refuse_empty(raw: Path, counts: Mapping[str, int], reasons: Counter[str]) -> None:
    if not counts["articles_in"]:
        raise InputError(f"{raw} holds no article; run `dvc repro -f extract` with other parameters")
    if not counts["kept"]:
        found = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common())
        raise InputError(
            f"{raw}: none of the {counts['articles_in']} articles is kept ({found}); "
            f"loosen the rules in the section clean of params.yaml or extract more articles"
        )
