"""Rows of JSON Lines, CSV and Parquet: which field holds the text, which the title, which the address.

The fields are asked for once a file, of its header or its first row, and one that is not there is named along
with those that are. A row without a text is skipped and counted; a text that is no text, but a number or a
list, is an error with its line.
"""

import csv
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from minillm.errors import InputError, reason, shown
from minillm.own.encoding import MAX_LINE_CHARACTERS, read_lines
from minillm.parquet import open_anybodys

TITLE, URL = "title", "url"
"""Fields that are taken if they are there; they are called so in wikimedia/wikipedia, and in most others."""

_BATCH_ROWS = 64
_DELIMITERS = ",;\t"
_MOST_NAMED = 20


class Record(NamedTuple):
    """A row: its text, None if there is none, and what it says beside it."""

    text: str | None
    title: str = ""
    url: str = ""


class Fields(NamedTuple):
    """Names of fields; an empty one is not there."""

    text: str
    title: str
    url: str = URL

    def among(self, names: Sequence[str], path: Path) -> "Fields":
        """Those that the file has. Raises InputError if one that was asked for is not among `names`."""
        for key, name in (("text_field", self.text), ("title_field", self.title)):
            if name and name not in names:
                there = ", ".join(shown(each) for each in names[:_MOST_NAMED]) or "none"
                more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
                raise InputError(
                    f"extract.{key} = {shown(name)}: {path} has no such field; there are {there}{more}"
                )
        title = self.title or (TITLE if TITLE in names else "")
        return Fields(self.text, title, self.url if self.url in names else "")

    def record(self, row: Mapping[str, object], place: str) -> Record:
        """What a row says; `place` is where it stands, for an error."""
        text = row.get(self.text)
        if text is not None and not isinstance(text, str):
            raise InputError(f"{place}: {shown(self.text)} is {shown(text)} and no text")
        title, url = (row.get(name) for name in (self.title, self.url))
        return Record(text, *(value if isinstance(value, str) else "" for value in (title, url)))


def read_jsonl(path: Path, asked: Fields) -> Iterator[Record]:
    """Yield the rows of a file with a JSON object on each line. Raises InputError with the line's number."""
    fields = None
    for number, line in enumerate(read_lines(path, "utf-8-sig"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.rstrip())
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{path}, line {number}: no JSON ({_json_fault(error)}); each line has to be an object"
            ) from None
        if not isinstance(row, dict):
            raise InputError(f"{path}, line {number}: {shown(row)} is no JSON object, which a line has to be")
        fields = fields or asked.among(list(row), path)
        yield fields.record(row, f"{path}, line {number}")


def _json_fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):  # whose own words count lines of the line
        return f"{error.msg} at character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else reason(error)


def read_csv(path: Path, asked: Fields, encoding: str) -> Iterator[Record]:
    """Yield the rows of a file whose first line names the fields, with commas, semicolons or tabs between.

    Raises InputError with the number of the row's last line.
    """
    lines = read_lines(path, encoding)
    first = next(lines, "")
    rows = _csv_rows(path, itertools.chain([first], lines), max(_DELIMITERS, key=first.count))
    _, header = next(rows, (1, []))
    names = [name.strip() for name in header]
    fields = asked.among(names, path)
    for line, values in rows:
        if len(values) != len(names):
            raise InputError(
                f"{path}, line {line}: the row has {len(values)} fields and the first line {len(names)}; "
                f"a field with a comma, a quotation mark or a line end in it stands in quotation marks"
            )
        yield fields.record(dict(zip(names, values, strict=True)), f"{path}, line {line}")


def _csv_rows(path: Path, lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line."""
    characters = 0

    def bounded() -> Iterator[str]:
        nonlocal characters
        for line in lines:
            characters += len(line)
            if characters > MAX_LINE_CHARACTERS:
                raise InputError(
                    f"{path}: the row up to line {reader.line_num} has more than {MAX_LINE_CHARACTERS} "
                    f"characters; is a quotation mark not closed?"
                )
            yield line

    csv.field_size_limit(MAX_LINE_CHARACTERS)  # of all that read CSV here: 131,072 is less than an article
    reader = csv.reader(bounded(), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
            characters = 0
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: no CSV ({reason(error)}); mend the line") from None


def read_parquet(path: Path, asked: Fields) -> Iterator[Record]:
    """Yield the rows, a batch of the columns that are asked for in memory. Raises InputError."""
    with open_anybodys(path, "make or download it again") as file:
        types = {field.name: field.type for field in file.schema_arrow}
        fields = asked.among(list(types), path)
        if not _is_text(types[fields.text]):
            texts = ", ".join(shown(name) for name, kind in types.items() if _is_text(kind)) or "none"
            raise InputError(
                f"extract.text_field = {shown(fields.text)}: in {path} this column holds no text, but "
                f"{types[fields.text]}; columns of text: {texts}"
            )
        names = list(dict.fromkeys(name for name in fields if name and _is_text(types[name])))
        for batch in file.iter_batches(_BATCH_ROWS, columns=names, use_threads=False):
            for row in batch.to_pylist():
                yield fields.record(row, str(path))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
