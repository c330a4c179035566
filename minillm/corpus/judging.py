"""The shards of the clean stage: each has the articles of a row group of the raw ones, cleaned and judged.

`judge_shard` is a pure function of what `Judging` holds and a number; it writes a Parquet file with all that
is left to know of each article: its row, the reason if the rules reject it, what it lost, how it is counted,
and else its fingerprint, by which `corpus.py` finds the duplicates when it merges the shards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from typing import Any

import pyarrow as pa

from minillm.corpus.cleaning import judged
from minillm.corpus.duplicates import Fingerprint
from minillm.errors import InputError, shown
from minillm.params import CleanParams
from minillm.parquet import RowWriter
from minillm.shards import Shards, count_groups, key_of, read_group
from minillm.wikipedia.articles import ARTICLE_SCHEMA, Article, text_sha1
from minillm.wikipedia.templates import NO_DEFINITIONS, read_definitions

SHARD_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "url": pa.string(),
    "title": pa.string(),
    "text": pa.string(),
    "revision_id": pa.int64(),
    "timestamp": pa.string(),
    "page_id": pa.int64(),
    "reason": pa.string(),
    "detail": pa.string(),
    "characters_in": pa.int64(),
    "characters": pa.int64(),
    "words": pa.int64(),
    "losses": pa.list_(pa.struct([("template", pa.string()), ("closed", pa.int64()), ("taken", pa.int64())])),
    "lost_characters": pa.int64(),
    "shingles": pa.binary(),
    "bands": pa.binary(),
    "digest": pa.uint64(),
}
"""The last three are the fingerprint's, and null for an article that is rejected."""
ROW_GROUP_ARTICLES = 1000
ROW_GROUP_CHARACTERS = 16 * 2**20
"""A row group ends at whichever bound comes first."""

_SHARD_SCHEMA = pa.schema(SHARD_COLUMNS)
_MINILLM = Path(__file__).parents[1]
_SOURCES = ("corpus", "languages", "wikipedia", "wikitext")


@dataclass(frozen=True)
class Judging:
    """What is judged, and by what."""

    raw: Path
    """The articles, as extract writes them."""
    params: CleanParams
    language: str
    """A code, the name of a folder of minillm/languages."""
    plain: bool = False
    """Whether the articles are plain text and no wikitext."""
    definitions: Path | None = None
    """What extract kept of the wiki's own pages of templates."""

    def shards(self, state: Path) -> Shards:
        """The shards, in the folder of `state` that is named by all that they depend on.

        Raises InputError if articles or definitions cannot be read or are not as extract wrote them.
        """
        count = count_groups(self.raw, ARTICLE_SCHEMA, "extract")
        files = [self.raw, _MINILLM / "unicode.py"]
        for package in _SOURCES:
            files += sorted((_MINILLM / package).rglob("*.py"))
        if self.definitions:
            read_definitions(self.definitions)
            files.append(self.definitions)
        key = key_of([self.params.model_dump(), self.language, self.plain], files)
        return Shards(state / key, count)


def judge_shard(judging: Judging, number: int, path: Path) -> None:
    """Write the shard of this number. Raises InputError for a text that its checksum is not of."""
    known = read_definitions(judging.definitions) if judging.definitions else NO_DEFINITIONS
    results = judged(
        _articles(judging.raw, number),
        judging.params,
        judging.language,
        plain=judging.plain,
        definitions=known,
    )
    with RowWriter(path, _SHARD_SCHEMA, ROW_GROUP_ARTICLES, ROW_GROUP_CHARACTERS) as rows:
        for row, fingerprint in results:
            rows.add(row | _columns(fingerprint), row["characters"])


def _articles(raw: Path, number: int) -> Iterator[Article]:
    """The articles of a row group, each with the text that its checksum is of."""
    for article in starmap(Article, read_group(raw, ARTICLE_SCHEMA, "extract", number)):
        if (found := text_sha1(article.wikitext)) != article.sha1:
            raise InputError(
                f"{raw}: article {article.page_id}, {shown(article.title)}, has a text of SHA-1 {found} and "
                f"sha1 = {shown(article.sha1)}; run `dvc repro -f extract`"
            )
        yield article


def _columns(fingerprint: Fingerprint | None) -> dict[str, Any]:
    if fingerprint is None:
        return {}
    shingles, bands, digest = fingerprint
    return {"shingles": shingles.tobytes(), "bands": bands.tobytes(), "digest": digest}
