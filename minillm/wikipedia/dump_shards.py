"""The pages of large dumps in shards (`minillm/shards.py`), a range of one in each (`dump_ranges.py`).

A shard has a row for each page, be it an article or skipped, and for each template that may be wanted: who
reads them in their order is told all that reading the dumps as they are would have told.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import cast

import pyarrow as pa

from minillm.parquet import RowWriter
from minillm.shards import ALL, Part, Shards, key_of
from minillm.wikipedia.articles import ARTICLE_SCHEMA, Article
from minillm.wikipedia.dump import Skipped, read_dump
from minillm.wikipedia.dump_ranges import CutError, count_ranges, read_range
from minillm.wikipedia.dumps import Dump
from minillm.wikipedia.templates import TemplatePages, is_short

_SCHEMA = pa.schema([*ARTICLE_SCHEMA, ("skipped", pa.string()), ("redirect", pa.string())])
_ROW_GROUP_PAGES = 1000
_ROW_GROUP_CHARACTERS = 16 * 2**20


def dump_shards(dumps: Sequence[Dump], state: Path) -> Shards | None:
    """The shards of dumps, in the folder of `state` that is named by all that they depend on; None: none."""
    ranges = _ranges(dumps)
    if len(ranges) == 1:
        return None
    sources = sorted(Path(__file__).parent.glob("*.py"))
    settings = [[asdict(dump.wiki), dump.first_id, count_ranges(dump.path)] for dump in dumps]
    return Shards(state / key_of(settings, [*(dump.path for dump in dumps), *sources]), len(ranges))


def _ranges(dumps: Sequence[Dump]) -> list[tuple[Dump, int, int]]:
    """All ranges in order: of which dump, the number, and how many that dump has."""
    counts = [(dump, count_ranges(dump.path)) for dump in dumps]
    return [(dump, number, count) for dump, count in counts for number in range(count)]


def read_pages(
    dumps: Sequence[Dump], templates: TemplatePages, shards: Shards | None, workers: int
) -> Iterator[Article | Skipped]:
    """Yield the pages of dumps as `read_dump` does, by way of their shards if there are some."""
    if shards is not None:
        try:
            make_shards(dumps, shards, workers)
        except CutError as error:
            # Reading the dump as one says what is wrong, if that is more than where it was cut. Among several
            # that is said before the others are read.
            if len(dumps) > 1:
                deque(read_dump(error.dump, workers), maxlen=0)
            shards = None
    if shards is not None:
        yield from _pages(shards, templates)
        return
    for dump in dumps:
        yield from dump.numbered(read_dump(dump.path, workers, dump.wiki, templates))


def make_shards(dumps: Sequence[Dump], shards: Shards, workers: int, part: Part = ALL) -> int:
    """Have the missing shards made, and return how many they were. Raises CutError if one cannot be read."""
    return shards.make(partial(write_range, _ranges(dumps)), workers, part)


def write_range(ranges: Sequence[tuple[Dump, int, int]], shard: int, path: Path) -> None:
    """Write a shard: the rows of one of the ranges."""
    dump, number, count = ranges[shard]
    with RowWriter(path, _SCHEMA, _ROW_GROUP_PAGES, _ROW_GROUP_CHARACTERS) as rows:

        def take_template(title: str, wikitext: str, redirect: str | None) -> None:
            if redirect is not None or is_short(wikitext):
                rows.add({"title": title, "wikitext": wikitext, "redirect": redirect}, len(wikitext))

        for page in dump.numbered(read_range(dump.path, number, count, dump.wiki, take_template)):
            if isinstance(page, Article):
                rows.add({name: getattr(page, name) for name in ARTICLE_SCHEMA.names}, len(page.wikitext))
            else:
                rows.add({"skipped": page})


def _pages(shards: Shards, templates: TemplatePages) -> Iterator[Article | Skipped]:
    for *columns, skipped, redirect in shards.rows(_SCHEMA, "extract"):
        row = dict(zip(ARTICLE_SCHEMA.names, columns, strict=True))
        if skipped is not None:
            yield cast(Skipped, skipped)
        elif row["page_id"] is None:
            templates.add(row["title"], row["wikitext"], redirect)
        else:
            yield Article(**row)
