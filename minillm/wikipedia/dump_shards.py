"""The pages of a large dump in shards (`minillm/shards.py`), a range of it in each (`dump_ranges.py`).

A shard has a row for each page, be it an article or skipped, and for each template that may be wanted: who
reads them in their order is told all that reading the dump as one would have told.
"""

from collections.abc import Iterator
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
from minillm.wikipedia.templates import TemplatePages, is_short
from minillm.wikipedia.wiki import Wiki

_SCHEMA = pa.schema([*ARTICLE_SCHEMA, ("skipped", pa.string()), ("redirect", pa.string())])
_ROW_GROUP_PAGES = 1000
_ROW_GROUP_CHARACTERS = 16 * 2**20


def dump_shards(dump: Path, wiki: Wiki, state: Path) -> Shards | None:
    """The shards of a dump, in the folder of `state` that is named by all that they depend on; None: none."""
    count = count_ranges(dump)
    if count == 1:
        return None
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return Shards(state / key_of([asdict(wiki), count], [dump, *sources]), count)


def read_pages(
    dump: Path, wiki: Wiki, templates: TemplatePages, shards: Shards | None, workers: int
) -> Iterator[Article | Skipped]:
    """Yield the pages of a dump as `read_dump` does, by way of its shards if there are some."""
    if shards is not None:
        try:
            make_shards(dump, wiki, shards, workers)
        except CutError:  # reading the dump as one says what is wrong, if that is more than where it was cut
            shards = None
    if shards is None:
        yield from read_dump(dump, workers, wiki, templates)
    else:
        yield from _pages(shards, templates)


def make_shards(dump: Path, wiki: Wiki, shards: Shards, workers: int, part: Part = ALL) -> int:
    """Have the missing shards made, and return how many they were. Raises CutError if one cannot be read."""
    return shards.make(partial(write_range, dump, wiki, shards.count), workers, part)


def write_range(dump: Path, wiki: Wiki, count: int, number: int, path: Path) -> None:
    """Write a shard: the rows of one of `count` ranges."""
    with RowWriter(path, _SCHEMA, _ROW_GROUP_PAGES, _ROW_GROUP_CHARACTERS) as rows:

        def take_template(title: str, wikitext: str, redirect: str | None) -> None:
            if redirect is not None or is_short(wikitext):
                rows.add({"title": title, "wikitext": wikitext, "redirect": redirect}, len(wikitext))

        for page in read_range(dump, number, count, wiki, take_template):
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
