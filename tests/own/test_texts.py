"""What becomes an article, whatever it comes in: the readers as the stage calls them."""

import csv
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.errors import InputError
from minillm.own import encoding, records, texts
from minillm.own.finding import ALL, find_files
from minillm.own.texts import read_texts, text_id
from minillm.wikipedia.articles import Article, text_sha1
from tests.wikipedia.settings import extract_params

PROSE = "El río baja de la sierra.\n\nY llega al mar — «tarde» 😀."


def read(files: Path, **params: object) -> list[Article | str]:
    return list(read_texts(find_files(files, ALL)[0], extract_params(source="files", **params)))


def articles(files: Path, **params: object) -> list[Article]:
    found = read(files, **params)
    assert all(isinstance(each, Article) for each in found), found
    return [each for each in found if isinstance(each, Article)]


def fault(files: Path, **params: object) -> str:
    with pytest.raises(InputError) as caught:
        read(files, **params)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def write_txt(folder: Path, rows: Sequence[str]) -> None:
    for number, row in enumerate(rows):
        (folder / f"{number:03}.txt").write_bytes(row.encode())


def write_jsonl(folder: Path, rows: Sequence[str]) -> None:
    (folder / "a.jsonl").write_text(
        "".join(f"{json.dumps({'text': row})}\n" for row in rows), encoding="utf-8"
    )


def write_gzip(folder: Path, rows: Sequence[str]) -> None:
    lines = "".join(f"{json.dumps({'text': row}, ensure_ascii=False)}\n" for row in rows)
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode()))


def write_zstd(folder: Path, rows: Sequence[str]) -> None:
    lines = "".join(f"{json.dumps({'n': 1, 'text': row})}\r\n" for row in rows)
    (folder / "a.jsonl.zst").write_bytes(pa.Codec("zstd").compress(lines.encode(), asbytes=True))


def write_csv(folder: Path, rows: Sequence[str], delimiter: str = ",") -> None:
    with (folder / "a.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["id", "text"])
        writer.writerows(enumerate(rows))


def write_semicolons(folder: Path, rows: Sequence[str]) -> None:
    write_csv(folder, rows, ";")


def write_parquet(folder: Path, rows: Sequence[str]) -> None:
    table = pa.table({"text": pa.array(rows, pa.large_string()), "n": list(range(len(rows)))})
    pq.write_table(table, folder / "a.parquet", row_group_size=2)


Writer = Callable[[Path, Sequence[str]], None]
WRITERS: list[Writer] = [write_jsonl, write_gzip, write_zstd, write_csv, write_semicolons, write_parquet]
# NUL: no text file has it. A mark of UTF-8 at the beginning is no part of the text.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"))


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(TEXTS, min_size=1, max_size=5))
def test_the_same_texts_are_the_same_articles_whatever_they_come_in(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    found = []
    for write in (write_txt, *WRITERS):
        folder = tmp_path_factory.mktemp("texts")
        write(folder, rows)
        found.append([(each.page_id, each.wikitext, each.sha1) for each in articles(folder)])
    expected = [row.replace("\r\n", "\n").replace("\r", "\n").strip() for row in rows]
    assert [text for _, text, _ in found[0]] == expected
    assert found == [found[0]] * len(found)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), write=st.sampled_from([write_txt, *WRITERS]))
def test_damaged_bytes_give_articles_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, write: Writer
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    write(folder, [PROSE * 3, "Otro. " * 9])
    path = min(folder.iterdir())
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))])
    try:
        read(folder)
    except InputError as error:
        said = str(error)
        if "\n" in said:
            raise AssertionError(said) from error


def test_an_id_is_of_the_text_and_not_of_its_name_place_or_order(tmp_path: Path) -> None:
    for name in ("b/uno.txt", "a/dos.txt"):
        (tmp_path / name).parent.mkdir()
    (tmp_path / "b/uno.txt").write_bytes(b"Uno.\r\n")
    (tmp_path / "a/dos.txt").write_bytes(b"\xef\xbb\xbfDos.\n\n")
    first = articles(tmp_path)
    assert [(each.title, each.wikitext) for each in first] == [("dos", "Dos."), ("uno", "Uno.")]
    (tmp_path / "b/uno.txt").rename(tmp_path / "0.md")
    second = articles(tmp_path)
    assert [each.page_id for each in second] == [each.page_id for each in first[::-1]]
    assert first[0].page_id == text_id("Dos.") == 278208620113876354
    assert first[0].revision_id == first[0].page_id
    assert (first[0].sha1, first[0].timestamp, first[0].url) == (text_sha1("Dos."), "", "")


def test_ids_are_numbers_that_pins_and_parquet_hold() -> None:
    ids = {text_id(str(number)) for number in range(2000)}
    assert len(ids) == 2000
    assert min(ids) > 0
    assert 10**17 < max(ids) < 10**18


def test_the_columns_of_wikimedias_data_set_are_taken_as_they_are(tmp_path: Path) -> None:
    rows = [
        {"id": "7", "url": "https://es.wikipedia.org/wiki/R%C3%ADo", "title": "Río", "text": PROSE},
        {"id": "9", "url": "javascript:alert(1)", "title": "Mar\nabierto", "text": "Otro."},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    found = articles(tmp_path)
    assert [(each.title, each.url, each.wikitext) for each in found] == [
        ("Río", "https://es.wikipedia.org/wiki/R%C3%ADo", PROSE),
        ("Mar abierto", "", "Otro."),
    ]


def test_other_fields_are_taken_by_their_names(tmp_path: Path) -> None:
    row = {"cuerpo": "Uno.", "titular": "T", "title": "no", "text": "no"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (found,) = articles(tmp_path, text_field="cuerpo", title_field="titular")
    assert (found.title, found.wikitext) == ("T", "Uno.")


def test_without_a_title_the_beginning_of_the_text_is_one(tmp_path: Path) -> None:
    write_jsonl(tmp_path, ["Una  frase\ncorta.", "palabra " * 50])
    assert [each.title for each in articles(tmp_path)] == ["Una frase", ("palabra " * 50)[:59] + "…"]


def test_rows_without_a_text_are_counted_and_so_are_texts_that_are_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "MAX_TEXT_CHARACTERS", 10)
    monkeypatch.setattr(texts, "_MOST_FILE_BYTES", 44)
    lines = ['{"text": "Uno."}', "", '{"text": null}', '{"other": 1}', '{"text": "Mucho más de diez."}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    pq.write_table(pa.table({"text": ["Dos.", None]}), tmp_path / "b.parquet")
    (tmp_path / "c.txt").write_text("x" * 45, encoding="utf-8")
    (tmp_path / "d.txt").write_text("x" * 11, encoding="utf-8")
    found = [each if isinstance(each, str) else each.wikitext for each in read(tmp_path)]
    assert found == ["Uno.", "no_text", "no_text", "too_large", "Dos.", "no_text", "too_large", "too_large"]


def test_halves_of_characters_that_json_can_hold_go(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        r'{"text": "a\ud83d\ude00b\ud83dc", "title": "t\udc00"}', encoding="utf-8"
    )
    (found,) = articles(tmp_path)
    assert (found.title, found.wikitext) == ("t", "a😀bc")


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.timestamp("us", "Nowhere/Land"), pa.date32()])
def test_a_column_of_titles_that_is_no_text_is_not_read_whatever_it_holds(
    tmp_path: Path, kind: pa.DataType
) -> None:
    days = kind == pa.date32()
    beyond = pa.array([2**30 if days else 2**60], pa.int32() if days else pa.int64()).cast(kind)
    pq.write_table(pa.table({"text": ["Uno dos."], "title": beyond}), tmp_path / "a.parquet")
    (found,) = articles(tmp_path)
    assert found.wikitext == "Uno dos."


def test_a_columns_strings_may_stand_in_a_dictionary(tmp_path: Path) -> None:
    column = pa.array(["Uno.", "Dos.", "Uno."]).dictionary_encode()
    pq.write_table(pa.table({"text": column}), tmp_path / "a.parquet")
    assert [each.wikitext for each in articles(tmp_path)] == ["Uno.", "Dos.", "Uno."]


def test_markdown_loses_its_marks_and_wikitext_keeps_its(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"# Uno\r\n\r\n* dos\r\n* [tres](x)\r\n")
    (tmp_path / "b.txt").write_text("# [[Uno]]\n''dos''", encoding="utf-8")
    assert [each.wikitext for each in articles(tmp_path)] == ["Uno\n\ndos\ntres", "# [[Uno]]\n''dos''"]
    assert "a.md is Markdown; set extract.markup to none" in fault(tmp_path, markup="wikitext")
    (only,) = articles(tmp_path / "b.txt", markup="wikitext")
    assert only.wikitext == "# [[Uno]]\n''dos''"


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("kind", ["txt", "csv"])
def test_an_encoding_is_told_by_its_mark_or_by_being_utf_8(tmp_path: Path, name: str, kind: str) -> None:
    head = "text\r\n" if kind == "csv" else ""
    (tmp_path / f"a.{kind}").write_bytes(f"{head}El año 😀".encode(name))
    assert [each.wikitext for each in articles(tmp_path, encoding="cp850")] == ["El año 😀"]


@pytest.mark.parametrize("name", ["windows-1252", "iso-8859-15", "mac-roman", "cp850"])
def test_an_older_encoding_has_to_be_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.txt").write_bytes("Uno\nEl año".encode(name))
    (tmp_path / "b.txt").write_bytes("El año en UTF-8".encode())
    said = fault(tmp_path)
    assert "a.txt: byte 0x" in said
    assert "at position 8, in line 2, is no utf-8; save the file as UTF-8, or say by extract.encoding" in said
    assert [each.wikitext for each in articles(tmp_path, encoding=name)] == ["Uno\nEl año", "El año en UTF-8"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\0b", "holds NUL characters, as no text does"),
        ("El año".encode("utf-16-le"), "is no utf-8"),
        ("El mar".encode("utf-16-le"), "it is UTF-16 without its mark, or no text; save it as UTF-8"),
        ("El año".encode("utf-16")[:-1], "is no utf-16"),
        (b"x" * 2**16 + b"\n\xc3", "byte 0xc3 at position 65537, in line 2, is no utf-8"),
        (b"x" * (2**16 - 1) + b"\xc3x", "byte 0xc3 at position 65535, in line 1, is no utf-8"),
    ],
)
def test_what_is_no_text_is_refused_in_words(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    assert said in fault(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.jsonl",
            b'{"text": "a"}\n{"text": "b"\n',
            "a.jsonl, line 2: no JSON (Expecting ',' delimiter at character 13)",
        ),
        ("a.jsonl", b"\n\n[1, 2]\n", "a.jsonl, line 3: [1, 2] is no JSON object, which a line has to be"),
        ("a.jsonl", b'{"text": 5}', "a.jsonl, line 1: 'text' is 5 and no text"),
        ("a.jsonl", b"[" * 10**5, "a.jsonl, line 1: no JSON (nested too deeply)"),
        ("a.jsonl", b'{"text": ' + b"1" * 5000 + b"}", "line 1: no JSON (Exceeds the limit"),
        ("a.jsonl", b'{"text": "a"}\n{"text": "\xf1"}', "a.jsonl, line 2: byte 0xf1 is no utf-8; save"),
        ("a.jsonl", '{"text": "a"}'.encode("utf-16"), "a.jsonl, line 1: byte 0xff is no utf-8"),
        (
            "a.jsonl",
            b'{"texto": "a", "n": 1}',
            "text_field = 'text': {} has no such field; there are 'texto', 'n'",
        ),
        ("a.csv", b"texto,n\na,1\n", "text_field = 'text': {} has no such field; there are 'texto', 'n'"),
        ("a.csv", b"", "has no such field; there are none"),
        (
            "a.csv",
            b"text,n\na,1\nb\n",
            "a.csv, line 3: the row has 1 fields and the first line 2; a field with",
        ),
        ("a.csv", b'text,n\n"a\nb,1\n', "a.csv, line 3: no CSV (unexpected end of data)"),
        ("a.csv", b'text,n\n"a"b,1\n', "a.csv, line 2: no CSV ("),
        ("a.csv", b"text\ra\rb", "a.csv, line 1: no CSV (new-line character seen in unquoted field"),
        ("a.csv", b"text\na\xf1o\n", "a.csv: byte 0xf1 at position 6, in line 2, is no utf-8"),
        ("a.jsonl.gz", b'{"text": "a"}', "is no gzip file, as its name says"),
        ("a.jsonl.zst", gzip.compress(b'{"text": "a"}', mtime=0), "is no zstd file, as its name says"),
        ("a.parquet", b"PAR1", "a.parquet is no readable Parquet file ("),
    ],
)
def test_a_wrong_file_is_one_line_that_says_where(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert said.replace("{}", str(tmp_path / name)) in fault(tmp_path)


def test_a_cut_packed_file_is_one_line(tmp_path: Path) -> None:
    for write, name in ((write_gzip, "a.jsonl.gz"), (write_zstd, "a.jsonl.zst")):
        write(tmp_path, [PROSE * 50] * 3)
        content = (tmp_path / name).read_bytes()
        for cut in range(20, len(content), 7):
            (tmp_path / name).write_bytes(content[:cut])
            assert f"{name} is cut or damaged in line " in fault(tmp_path / name)


def test_a_field_that_was_asked_for_has_to_be_there(tmp_path: Path) -> None:
    write_csv(tmp_path, ["Uno."])
    assert "extract.title_field = 'titel': " in fault(tmp_path, title_field="titel")
    pq.write_table(pa.table({"text": [1], "b": ["x"], "c": [["y"]]}), tmp_path / "b.parquet")
    said = fault(tmp_path / "b.parquet")
    assert "this column holds no text, but int64; columns of text: 'b'" in said


def test_memory_ends_at_a_line_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (encoding, records):
        monkeypatch.setattr(module, "MAX_LINE_CHARACTERS", 10**5)
    for name, head in (("a.jsonl", b'{"text": "'), ("a.csv", b'text\n"')):
        (tmp_path / name).write_bytes(head + b"x" * 10**6)
        assert "line" in fault(tmp_path / name)
        assert "has more than 100000 characters" in fault(tmp_path / name)
    (tmp_path / "b.csv").write_bytes(b'text\n"' + b"x\n" * 10**6)
    assert "the row up to line " in fault(tmp_path / "b.csv")
    assert "is a quotation mark not closed?" in fault(tmp_path / "b.csv")
