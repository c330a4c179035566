"""Cleaned articles as a stream: data/clean/articles.parquet, batch by batch."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from minillm.errors import InputError
from minillm.files import check

COLUMNS = ("id", "title", "text")
_BATCH_ARTICLES = 1000


class Text(NamedTuple):
    """One cleaned article."""

    id: str
    title: str
    text: str


def read_texts(path: Path) -> Iterator[Text]:
    """Yield the articles in the file's order, holding a thousand of them at a time.

    Raises InputError if the file is missing, damaged or without the columns id, title and text.
    """
    check(path, "clean")
    try:
        with pq.ParquetFile(path) as file:
            missing = [name for name in COLUMNS if name not in file.schema_arrow.names]
            if missing:
                raise InputError(f"{path}: column {', '.join(missing)} is missing; run `dvc repro clean`")
            for batch in file.iter_batches(_BATCH_ARTICLES, columns=list(COLUMNS)):
                columns = (batch.column(name).to_pylist() for name in COLUMNS)
                yield from map(Text, *columns)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `dvc repro clean`") from None
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no readable Parquet file ({error}); run `dvc repro -f clean`") from None
