"""Cleaned articles as a stream: data/clean/articles.parquet, a row group at a time."""

from collections.abc import Iterator
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from minillm.parquet import read_rows


class Text(NamedTuple):
    """One cleaned article."""

    id: str
    title: str
    text: str


_SCHEMA = pa.schema(dict.fromkeys(Text._fields, pa.string()))


def read_texts(path: Path) -> Iterator[Text]:
    """Yield the articles in the file's order, holding a row group of them at a time.

    Raises InputError if the file is missing, damaged or without the columns id, title and text.
    """
    return starmap(Text, read_rows(path, _SCHEMA, "clean"))
