from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.wikipedia.articles import Article, write_articles
from minillm.wikipedia.revisions import Revision, read_revisions, write_manifest
from tests.conftest import ROOT
from tests.wikipedia.stage import HEADER

SHA1 = "0123456789abcdef0123456789abcdef01234567"
ROW = f"7,107,2026-01-02T03:04:05Z,{SHA1},Ávila"
TITLES = ["Ávila", 'Comillas "dobles", y coma', "東京 😀", "1 + 1 = 2", "=cmd", "A\u0301vila"]


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "revisions.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_the_manifest_of_articles_comes_back(tmp_path: Path) -> None:
    articles = [
        Article(
            number, 100 + number, "2026-01-02T03:04:05Z", title, "https://example.org/", "x" * number, SHA1
        )
        for number, title in enumerate(TITLES, 1)
    ]
    write_articles(tmp_path / "articles.parquet", articles)
    write_manifest(tmp_path / "articles.parquet", tmp_path / "revisions.csv")
    assert read_revisions(tmp_path / "revisions.csv") == [
        Revision(each.page_id, each.revision_id, each.timestamp, each.sha1, each.title) for each in articles
    ]
    text = (tmp_path / "revisions.csv").read_bytes().decode()
    assert text.splitlines()[:2] == [HEADER.strip(), f"1,101,2026-01-02T03:04:05Z,{SHA1},Ávila"]
    assert "\r" not in text


def test_the_repository_pins_nothing() -> None:
    assert (ROOT / "data" / "revisions.csv").read_text(encoding="utf-8") == HEADER
    assert read_revisions(ROOT / "data" / "revisions.csv") == []


def test_rows_come_in_the_order_of_their_page_ids_whatever_a_spreadsheet_did(tmp_path: Path) -> None:
    other = ROW.replace("7,107", "3,999")
    path = write(tmp_path, "\ufeff" + HEADER.replace("\n", "\r\n") + f"{ROW}\r\n{other}\r\n")
    assert [revision.page_id for revision in read_revisions(path)] == [3, 7]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("7;107;x", "line 2: 1 fields; there must be 5"),
        (ROW.replace("7,107", "0,107"), "line 2: page_id = '0'"),
        (ROW.replace("7,107", "7,1" + "0" * 18), "both must be positive numbers"),
        (ROW.replace("7,107", "٧,107"), "both must be positive numbers"),
        (ROW.replace("2026-01-02T03:04:05Z", "02/01/2026"), "line 2: timestamp = '02/01/2026'"),
        (ROW.replace(SHA1, SHA1.upper()), "40 hexadecimal digits in lower case"),
        (ROW.replace("Ávila", ""), "line 2: there is no title"),
        (f"{ROW}\n{ROW.replace('7,107', '8,107')}", "line 3: revision_id 107 stands on line 2 already"),
        (f"{ROW}\n{ROW.replace('7,107', '7,108')}", "line 3: page_id 7 stands on line 2 already"),
        (f'{ROW}\n8,108,"x', r"no CSV file in UTF-8 \(unexpected end of data\)"),
        (f"{ROW}\n\n", "line 3: 0 fields"),
    ],
)
def test_a_row_that_is_no_revision_is_one_clear_line(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        read_revisions(write(tmp_path, HEADER + rows + "\n"))
    assert "\n" not in str(error.value)
    assert "revisions.csv" in str(error.value)


def test_another_header_encoding_or_no_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the first line is ''; it must be page_id,revision_id"):
        read_revisions(write(tmp_path, ""))
    with pytest.raises(InputError, match=r"the first line is 'page_id;revision_id"):
        read_revisions(write(tmp_path, HEADER.replace(",", ";")))
    with pytest.raises(InputError, match="no CSV file in UTF-8"):
        read_revisions(write(tmp_path, HEADER + ROW, "latin-1"))
    with pytest.raises(InputError, match="is missing; `git checkout"):
        read_revisions(tmp_path / "none.csv")
