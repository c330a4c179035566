"""The clean stage: raw articles in, clean and rejected ones out, both in the order of the input.

Two passes, since only when all articles have been seen is it known which are duplicates. The first cleans
and judges every article, in worker processes (`workers.py`, `cleaning.py`), and writes it to a temporary
file; the second deals them out. Nothing here grows with the number of articles but the duplicates' index
(`duplicates.py`).
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
from tqdm import tqdm

from minillm.corpus.cleaning import Row, clean_batch
from minillm.corpus.duplicates import Duplicate, DuplicateFinder, Fingerprint
from minillm.corpus.losses import TemplateLosses
from minillm.corpus.rules import EXACT_DUPLICATE, NEAR_DUPLICATE, reasons
from minillm.corpus.workers import ordered_map
from minillm.errors import InputError, shown
from minillm.files import Metrics, atomic_path, temporary_folder
from minillm.languages.loading import load_language
from minillm.params import CleanParams
from minillm.parquet import RowWriter, read_rows
from minillm.wikipedia.articles import Article, grouped, read_articles, text_sha1
from minillm.wikipedia.templates import NO_DEFINITIONS, read_definitions

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

# A row group, and a batch for a worker, end at whichever bound comes first.
_ROW_GROUP_ARTICLES = 1000
_ROW_GROUP_CHARACTERS = 16 * 2**20
_BATCH_ARTICLES = 64
_BATCH_CHARACTERS = 2**18


def clean_articles(
    raw: Path,
    clean: Path,
    rejected: Path,
    params: CleanParams,
    language: str,
    *,
    plain: bool = False,
    definitions: Path | None = None,
    templates: Path | None = None,
    workers: int = 1,
) -> Metrics:
    """Clean the articles of `raw`; write the good ones to `clean` and the others, with why, to `rejected`.

    `language`: a code, the name of a folder of minillm/languages. `plain`: whether the articles are plain
    text and no wikitext. `definitions`: what extract kept of the wiki's own pages of templates; `templates`
    gets a table of what was lost for each of them. The bytes do not depend on the number of worker processes.
    Returns articles_in, kept, rejected (a count for every reason), characters_in, characters_out, words_out
    and losses (of the articles that the rules keep, duplicates included). Raises InputError if `raw` cannot
    be read, is empty or holds other texts than its checksums are of, or if nothing is kept.
    """
    counts = Counter[str]()
    found = Counter[str]()
    losses = TemplateLosses()
    known = read_definitions(definitions) if definitions else NO_DEFINITIONS
    judge = partial(clean_batch, params=params, language=language, plain=plain, definitions=known)
    with temporary_folder(clean) as folder:
        scratch = folder / "rows"
        with DuplicateFinder(params.max_duplicate_similarity, folder / "shingles") as finder:
            with _writer(scratch, _SCRATCH_SCHEMA) as rows:
                for row, fingerprint in _judged(raw, judge, workers):
                    counts.update(articles_in=1, characters_in=row.pop("characters_in"))
                    _count_losses(row, losses, counts)
                    rows.add(row, len(row["text"]))
                    if fingerprint:
                        finder.add(fingerprint)
            duplicates = finder.find()
        with contextlib.ExitStack() as stack:
            paths = [stack.enter_context(atomic_path(path)) for path in (clean, rejected)]
            kept = stack.enter_context(_writer(paths[0], CLEAN_SCHEMA))
            others = stack.enter_context(_writer(paths[1], REJECTED_SCHEMA))
            for row in _with_duplicates(scratch, duplicates):
                if row["reason"]:
                    others.add(row, len(row["text"]))
                    found[row["reason"]] += 1
                else:
                    kept.add(row, len(row["text"]))
                    words = len(row["text"].split())
                    counts.update(kept=1, characters_out=len(row["text"]), words_out=words)
            _refuse_empty(raw, counts, found)
    if templates:
        losses.write(templates)
    return {
        "articles_in": counts["articles_in"],
        "kept": counts["kept"],
        "rejected": {reason: found[reason] for reason in reasons(load_language(language))},
        "characters_in": counts["characters_in"],
        "characters_out": counts["characters_out"],
        "words_out": counts["words_out"],
        "losses": {
            "holes_closed": losses.holes,
            "sentences": losses.sentences,
            "characters_share": counts["lost"] / max(1, counts["lost"] + counts["judged"]),
        },
    }


def _count_losses(row: Row, losses: TemplateLosses, counts: Counter[str]) -> None:
    of_article, lost_characters = row.pop("losses"), row.pop("lost_characters")
    if not row["reason"]:
        losses.add(row["title"], of_article)
        counts.update(lost=lost_characters, judged=len(row["text"]))


def _writer(path: Path, schema: pa.Schema) -> RowWriter:
    return RowWriter(path, schema, _ROW_GROUP_ARTICLES, _ROW_GROUP_CHARACTERS)


Judged = tuple[Row, Fingerprint | None]


def _judged(raw: Path, judge: Callable[[Sequence[Article]], list[Judged]], workers: int) -> Iterator[Judged]:
    """The row of each article, and the fingerprint of those that are not rejected; in the input's order."""
    articles = tqdm(_whole(raw), desc="clean", unit=" articles", disable=None)
    batches = grouped(articles, _BATCH_ARTICLES, _BATCH_CHARACTERS)
    for results in ordered_map(judge, batches, workers):
        yield from results


def _whole(raw: Path) -> Iterator[Article]:
    """The articles, each with the text that its checksum is of."""
    for article in read_articles(raw):
        if (found := text_sha1(article.wikitext)) != article.sha1:
            raise InputError(
                f"{raw}: article {article.page_id}, {shown(article.title)}, has a text of SHA-1 {found} and "
                f"sha1 = {shown(article.sha1)}; run `dvc repro -f extract`"
            )
        yield article


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
    schema = pa.schema([_SCRATCH_SCHEMA.field(name) for name in columns])
    return (dict(zip(columns, row, strict=True)) for row in read_rows(path, schema, "clean"))


def _refuse_empty(raw: Path, counts: Mapping[str, int], reasons: Counter[str]) -> None:
    if not counts["articles_in"]:
        raise InputError(f"{raw} holds no article; run `dvc repro -f extract` with other parameters")
    if not counts["kept"]:
        found = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common())
        raise InputError(
            f"{raw}: none of the {counts['articles_in']} articles is kept ({found}); "
            f"loosen the rules in the section clean of params.yaml or extract more articles"
        )
