"""The clean stage: raw articles in, clean and rejected ones out, both in the order of the input.

Two passes, since only when all articles have been seen is it known which are duplicates. The first cleans
and judges every article, a shard at a time (`judging.py`), in worker processes; the second merges the
shards: it finds the duplicates and deals the rows out. Nothing here grows with the number of articles but the
index of the duplicates (`duplicates.py`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from minillm.corpus.cleaning import Row
from minillm.corpus.duplicates import Duplicate, DuplicateFinder, Fingerprint
from minillm.corpus.judging import (
    ROW_GROUP_ARTICLES,
    ROW_GROUP_CHARACTERS,
    SHARD_COLUMNS,
    Judging,
    judge_shard,
)
from minillm.corpus.losses import TemplateLosses
from minillm.corpus.rules import EXACT_DUPLICATE, NEAR_DUPLICATE, reasons
from minillm.errors import InputError
from minillm.files import Metrics, atomic_path, temporary_folder
from minillm.languages.loading import load_language
from minillm.parquet import RowWriter
from minillm.shards import Shards
from minillm.wikitext.layout import Loss


def _schema(*columns: str) -> pa.Schema:
    return pa.schema({name: SHARD_COLUMNS[name] for name in columns})


CLEAN_SCHEMA = _schema("id", "url", "title", "text", "revision_id", "timestamp")
"""The four columns of the data set wikimedia/wikipedia, and which revision the text is of."""
REJECTED_SCHEMA = _schema("page_id", "title", "reason", "detail", "text")


def clean_articles(
    judging: Judging,
    clean: Path,
    rejected: Path,
    *,
    templates: Path | None = None,
    shards: Shards | None = None,
    workers: int = 1,
) -> Metrics:
    """Clean the articles; write the good ones to `clean` and the others, with why, to `rejected`.

    `templates` gets a table of what was lost for each of them. `shards`: those of `judging`, of which the
    missing ones are made; without them they are in a temporary folder. The bytes depend neither on those that
    are there nor on the number of worker processes. Returns articles_in, kept, rejected (a count for every
    reason), characters_in, characters_out, words_out and losses (of the articles that the rules keep,
    duplicates included). Raises InputError if the articles cannot be read, are none or have other texts than
    their checksums are of, or if nothing is kept.
    """
    counts = Counter[str]()
    losses = TemplateLosses()
    with temporary_folder(clean) as scratch:
        shards = shards or judging.shards(scratch)
        shards.make(partial(judge_shard, judging), workers)
        with DuplicateFinder(judging.params.max_duplicate_similarity, scratch / "shingles") as finder:
            _count(shards, counts, losses, finder)
            duplicates = finder.find()
        with atomic_path(clean) as kept, atomic_path(rejected) as others:
            found = _deal_out(_with_duplicates(shards, duplicates), kept, others, counts)
            _refuse_empty(judging.raw, counts, found)
    if templates:
        losses.write(templates)
    return {
        "articles_in": counts["articles_in"],
        "kept": counts["kept"],
        "rejected": {reason: found[reason] for reason in reasons(load_language(judging.language))},
        "characters_in": counts["characters_in"],
        "characters_out": counts["characters_out"],
        "words_out": counts["words_out"],
        "losses": {
            "holes_closed": losses.holes,
            "sentences": losses.sentences,
            "characters_share": counts["lost"] / max(1, counts["lost"] + counts["judged"]),
        },
    }


def _count(shards: Shards, counts: Counter[str], losses: TemplateLosses, finder: DuplicateFinder) -> None:
    """What there is to count of the articles before duplicates are known, and the fingerprints."""
    columns = ("title", "reason", "characters_in", "characters", "losses", "lost_characters")
    for row in _read_rows(shards, *columns, "shingles", "bands", "digest"):
        counts.update(articles_in=1, characters_in=row["characters_in"])
        if not row["reason"]:
            losses.add(row["title"], (Loss(**loss) for loss in row["losses"]))
            counts.update(lost=row["lost_characters"], judged=row["characters"])
            shingles, bands = (np.frombuffer(row[name], np.uint32) for name in ("shingles", "bands"))
            finder.add(Fingerprint(shingles, bands, row["digest"]))


def _deal_out(rows: Iterator[Row], clean: Path, rejected: Path, counts: Counter[str]) -> Counter[str]:
    """Write each row to the file where it belongs; returns for which reasons how many were rejected."""
    found = Counter[str]()
    with _writer(clean, CLEAN_SCHEMA) as kept, _writer(rejected, REJECTED_SCHEMA) as others:
        for row in rows:
            if row["reason"]:
                others.add(row, row["characters"])
                found[row["reason"]] += 1
            else:
                kept.add(row, row["characters"])
                counts.update(kept=1, characters_out=row["characters"], words_out=row["words"])
    return found


def _writer(path: Path, schema: pa.Schema) -> RowWriter:
    return RowWriter(path, schema, ROW_GROUP_ARTICLES, ROW_GROUP_CHARACTERS)


def _with_duplicates(shards: Shards, duplicates: Mapping[int, Duplicate]) -> Iterator[Row]:
    """The rows, those of duplicates with their reason. Indices count the rows without one."""
    originals = {duplicate.original for duplicate in duplicates.values()}
    names = {
        index: f"{row['id']} {row['title']}"
        for index, row in enumerate(_accepted(_read_rows(shards, "id", "title", "reason")))
        if index in originals
    }
    index = 0
    columns = dict.fromkeys([*CLEAN_SCHEMA.names, *REJECTED_SCHEMA.names, "characters", "words"])
    for row in _read_rows(shards, *columns):
        if not row["reason"]:
            if duplicate := duplicates.get(index):
                row["reason"] = EXACT_DUPLICATE if duplicate.exact else NEAR_DUPLICATE
                row["detail"] = f"{names[duplicate.original]} ({duplicate.similarity:.3f})"
            index += 1
        yield row


def _accepted(rows: Iterator[Row]) -> Iterator[Row]:
    return (row for row in rows if not row["reason"])


def _read_rows(shards: Shards, *columns: str) -> Iterator[Row]:
    return (dict(zip(columns, row, strict=True)) for row in shards.rows(_schema(*columns), "clean"))


def _refuse_empty(raw: Path, counts: Mapping[str, int], reasons: Counter[str]) -> None:
    if not counts["articles_in"]:
        raise InputError(f"{raw} holds no article; run `dvc repro -f extract` with other parameters")
    if not counts["kept"]:
        found = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common())
        raise InputError(
            f"{raw}: none of the {counts['articles_in']} articles is kept ({found}); "
            f"loosen the rules in the section clean of params.yaml or extract more articles"
        )
