"""Parquet files between the stages: what is read is what was written, or one line."""

import ast
import contextlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.errors import InputError
from minillm.files import write_checksums
from minillm.parquet import RowWriter, open_parquet, read_rows
from tests.conftest import ROOT

SCHEMA = pa.schema({"id": pa.int64(), "text": pa.string()})
ROWS = [{"id": number, "text": "ñ😀\r\n" * number} for number in range(9)]


def written(path: Path, most_rows: int = 4, most_characters: int = 10**6) -> Path:
    with RowWriter(path, SCHEMA, most_rows, most_characters) as writer:
        for row in ROWS:
            writer.add(row, len(str(row["text"])))
    return path


def rows(path: Path, *columns: str) -> list[tuple[object, ...]]:
    schema = pa.schema([SCHEMA.field(name) for name in columns or SCHEMA.names])
    return list(read_rows(path, schema, "clean"))


def test_rows_come_back_in_their_order_with_the_columns_that_were_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet")
    assert pq.ParquetFile(path).num_row_groups == 3
    assert rows(path) == [(row["id"], row["text"]) for row in ROWS]
    assert rows(path, "text", "id") == [(row["text"], row["id"]) for row in ROWS]


def test_a_row_group_ends_at_the_characters_that_it_may_hold(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", most_rows=100, most_characters=30)
    groups = pq.ParquetFile(path).metadata
    sizes = [groups.row_group(number).num_rows for number in range(groups.num_row_groups)]
    assert sizes == [5, 2, 2]  # of 0 + 4 + 8 + 12 + 16 characters, of 20 + 24, of 28 + 32
    assert rows(path) == [(row["id"], row["text"]) for row in ROWS]


def test_an_error_while_writing_is_that_error(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"^no more$"),
        RowWriter(tmp_path / "a.parquet", SCHEMA, 4, 100) as writer,
    ):
        writer.add(ROWS[0])
        raise InputError("no more")


def test_a_missing_file_names_the_stage_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.parquet is missing; run `dvc repro clean`$"):
        rows(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("table", "has"),
    [
        (pa.table({"id": [1]}), r"id \(int64\)"),
        (pa.table({"id": ["1"], "text": ["x"]}), r"id \(string\), text \(string\)"),
        (pa.table({}), "none"),
    ],
    ids=["a column too few", "another type", "no column"],
)
def test_other_columns_are_one_line_that_names_both(tmp_path: Path, table: pa.Table, has: str) -> None:
    pq.write_table(table, tmp_path / "a.parquet")
    expected = rf"has the columns {has} and not id \(int64\), text \(string\); run `dvc repro -f clean`$"
    with pytest.raises(InputError, match=expected):
        rows(tmp_path / "a.parquet")


def test_columns_beside_those_that_are_read_do_no_harm(tmp_path: Path) -> None:
    pq.write_table(pa.table({"more": [[1, 2]], "text": ["x"], "id": [7]}), tmp_path / "a.parquet")
    assert rows(tmp_path / "a.parquet") == [(7, "x")]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all", b"PAR1" + bytes(40) + b"PAR1"])
def test_what_is_no_parquet_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.parquet is no readable Parquet file \([^\n]+\); run [^\n]+$"):
        rows(tmp_path / "a.parquet")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_bytes_give_an_input_error_or_rows(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("damaged", numbered=True) / "a.parquet"
    content = bytearray(written(path).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    with contextlib.suppress(InputError):
        assert all(len(row) == 2 for row in rows(path))


def test_a_file_that_is_not_as_its_stage_wrote_it_is_refused_before_a_row(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet")
    write_checksums(path)
    assert len(rows(path)) == 9
    pq.write_table(pa.table({"id": [1], "text": ["x"]}), path)
    with pytest.raises(InputError, match="is not as clean wrote it"):
        rows(path)


def test_a_folder_in_its_place_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+is a directory\); run `dvc repro -f clean`$"):
        rows(tmp_path)


def test_what_is_wrong_with_the_disk_is_the_systems_error(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet")
    with pytest.raises(OSError, match="Input/output error"), open_parquet(path, SCHEMA, "clean"):
        raise OSError(5, "Input/output error", "a.parquet")


def test_no_other_module_opens_a_parquet_file_by_hand() -> None:
    folders = ("minillm", "stages", "tools", "benchmarks")
    modules = [path for name in folders for path in (ROOT / name).rglob("*.py")]
    assert len(modules) > 100
    users = []
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if "pyarrow.parquet" in names:
                users.append(path.relative_to(ROOT).as_posix())
    assert users == ["minillm/parquet.py"]
