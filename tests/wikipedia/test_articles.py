from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from minillm.errors import InputError
from minillm.wikipedia import articles as articles_module
from minillm.wikipedia.articles import Article, read_articles, write_articles


def article(number: int, wikitext: str = "Texto") -> Article:
    title = f"Título {number}"
    return Article(
        number, 1000 + number, "2024-01-02T03:04:05Z", title, f"https://a.org/{number}", wikitext, "0" * 40
    )


@pytest.mark.parametrize("count", [0, 1, 7, 14, 15])
def test_articles_come_back_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(articles_module, "_ROW_GROUP_ARTICLES", 7)
    path = tmp_path / "raw" / "articles.parquet"
    written = [article(number, "ñ😀\r\n\t" * number) for number in range(count, 0, -1)]
    assert write_articles(path, iter(written)) == count
    assert list(read_articles(path)) == written
    assert pq.ParquetFile(path).num_row_groups == -(-count // 7)
    assert list(path.parent.iterdir()) == [path]


def test_row_groups_of_long_articles_end_earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles_module, "_ROW_GROUP_CHARACTERS", 100)
    path = tmp_path / "articles.parquet"
    written = [article(number, "x" * 40) for number in range(1, 8)]
    write_articles(path, written)
    groups = pq.ParquetFile(path).metadata
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [3, 3, 1]
    assert list(read_articles(path)) == written


def test_the_same_articles_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_articles(tmp_path / name, map(article, range(50)))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_error_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    def failing() -> Iterator[Article]:
        yield article(1)
        raise InputError("cut")

    path = tmp_path / "articles.parquet"
    write_articles(path, [article(5)])
    with pytest.raises(InputError, match="cut"):
        write_articles(path, failing())
    assert list(read_articles(path)) == [article(5)]
    assert list(tmp_path.iterdir()) == [path]


def test_a_cut_file_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "articles.parquet"
    write_articles(path, map(article, range(3)))
    whole = path.read_bytes()
    for cut in range(0, len(whole), 13):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError, match=r"articles\.parquet is no readable.*dvc repro -f extract"):
            list(read_articles(path))


def test_damaged_pages_are_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "articles.parquet"
    write_articles(path, map(article, range(3)))
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\xff" * 300 + whole[304:])
    with pytest.raises(InputError, match="no readable Parquet file"):
        list(read_articles(path))


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"id": ["1"], "text": ["otro"]}),
        pa.Table.from_pylist([dict.fromkeys(articles_module.ARTICLE_SCHEMA.names, "1")]),
    ],
    ids=["other columns", "other types"],
)
def test_a_foreign_file_is_a_clear_error(tmp_path: Path, table: pa.Table) -> None:
    path = tmp_path / "articles.parquet"
    pq.write_table(table, path)
    with pytest.raises(InputError, match=r"has the columns .* and not page_id.*dvc repro -f extract"):
        list(read_articles(path))


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is missing; run `dvc repro extract`"):
        list(read_articles(tmp_path / "none.parquet"))
