"""Parquet files: written a row group at a time, read a row group at a time, every fault of one a line.

Whoever reads a file says which columns it has to have, in which types, and which stage wrote it. A file that
is missing, cut, damaged, no Parquet at all or of other columns is then an InputError that names the stage to
run again; other columns beside those are left unread. What is wrong with the disk stays an OSError.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from pyarrow.parquet import ParquetFile, ParquetWriter

from minillm.errors import InputError, reason
from minillm.files import check

_BUFFER_BYTES = 2**20
"""Read of a column at once: without a buffer it is a whole row group's, in a file of ours or of anybody's."""


class RowWriter:
    """A file that is written row by row; a row group ends at `most_rows` or `most_characters`."""

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        most_rows: int,
        most_characters: int,
        *,
        dictionary: bool = False,
    ) -> None:
        self._schema = schema
        self._most_rows = most_rows
        self._most_characters = most_characters
        self._writer = ParquetWriter(path, schema, compression="zstd", use_dictionary=dictionary)
        self._rows: list[Mapping[str, Any]] = []
        self._characters = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._writer:
            if not error:
                self._flush()

    def add(self, row: Mapping[str, Any], characters: int = 0) -> None:
        """Write a row of so many characters; what is no column of the file is left out."""
        self._rows.append(row)
        self._characters += characters
        if len(self._rows) == self._most_rows or self._characters >= self._most_characters:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows, self._characters = [], 0


@contextmanager
def open_parquet(path: Path, columns: pa.Schema, stage: str) -> Iterator[ParquetFile]:
    """A file of the pipeline's, to be read from in the block. InputError as above, also while it is read."""
    if not path.exists():
        raise InputError(f"{path} is missing; run `dvc repro {stage}`")
    advice = f"run `dvc repro -f {stage}`"
    with open_anybodys(path, advice) as file:
        there = {field.name: field.type for field in file.schema_arrow}
        if any(there.get(field.name) != field.type for field in columns):
            has, wanted = map(_described, (file.schema_arrow, columns))
            raise InputError(f"{path} has the columns {has} and not {wanted}; {advice}")
        yield file


@contextmanager
def open_anybodys(path: Path, advice: str) -> Iterator[ParquetFile]:
    """A file of any columns; what is wrong with it, or turns out while it is read, is an InputError."""
    try:
        with ParquetFile(path, buffer_size=_BUFFER_BYTES) as file:
            yield file
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the disk's fault, not the file's
            raise
        raise InputError(f"{path} is no readable Parquet file ({reason(error)}); {advice}") from None


def read_rows(path: Path, columns: pa.Schema, stage: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows in the file's order, the values of each in the order of `columns`.

    A row group of these columns is in memory. Raises InputError as above, and if there is a checksum beside
    the file that is another file's.
    """
    check(path, stage)
    with open_parquet(path, columns, stage) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns.names)
            yield from zip(*(table[name].to_pylist() for name in columns.names), strict=True)


def row_at(file: ParquetFile, index: int) -> dict[str, Any]:
    """One row, for which its row group is read."""
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if index < rows:
            row: dict[str, Any] = file.read_row_group(group).slice(index, 1).to_pylist()[0]
            return row
        index -= rows
    raise AssertionError(index)


def _described(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in schema) or "none"
