import bz2
import gzip
import hashlib
import io
import re
import sys
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import InputError
from minillm.wikipedia import compression
from minillm.wikipedia import dump as dump_module
from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import read_dump
from tests.wikipedia.dumps import dump, head, page, revision, sha1_base36, text_element

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "eswiki-sample.xml"
FORMATS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda xml: xml,
    "gzip": lambda xml: gzip.compress(xml, mtime=0),
    "bzip2": bz2.compress,
}
LEGAL_XML = st.text(
    st.characters(
        exclude_categories=["Cs"],
        exclude_characters=[chr(code) for code in range(32) if chr(code) not in "\t\n\r"]
        + ["\ufffe", "\uffff"],
    )
)


def read(folder: Path, content: bytes, name: str = "dump") -> list[object]:
    """The pages of a dump; the name says nothing of the format."""
    path = folder / name
    path.write_bytes(content)
    return list(read_dump(path))


def read_articles_of(folder: Path, *pages: str) -> list[Article]:
    result = read(folder, dump(*pages))
    assert all(isinstance(item, Article) for item in result), result
    return [item for item in result if isinstance(item, Article)]


def test_an_article_has_everything_that_the_dump_says_of_it(tmp_path: Path) -> None:
    text = "El '''Ebro''' & «otros» <ref>1</ref>\n\n* uno\n"
    assert read(tmp_path, dump(page(12, text, title="Río Ebro (España)"))) == [
        Article(
            page_id=12,
            revision_id=1012,
            timestamp="2024-01-13T00:00:00Z",
            title="Río Ebro (España)",
            url="",  # this dump does not say where its wiki is
            wikitext=text,
            sha1=hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
        )
    ]


def test_the_sample_is_read_as_by_an_independent_reader() -> None:
    space = "{http://www.mediawiki.org/xml/export-0.11/}"
    expected: list[object] = []
    for element in ElementTree.parse(SAMPLE).getroot().iter(f"{space}page"):
        if element.find(f"{space}redirect") is not None:
            expected.append("redirect")
            continue
        latest = element.find(f"{space}revision")
        fields = [element.findtext(space + name) for name in ("id", "title")]
        fields += [latest.findtext(space + name) for name in ("id", "timestamp", "text", "sha1")]
        expected.append(fields)
    actual = [
        item
        if isinstance(item, str)
        else [
            str(item.page_id),
            item.title,
            str(item.revision_id),
            item.timestamp,
            item.wikitext,
            sha1_base36(item.wikitext),
        ]
        for item in read_dump(SAMPLE)
    ]
    assert len(actual) == 643
    assert actual == expected


@pytest.mark.parametrize("pack", FORMATS.values(), ids=FORMATS)
def test_the_format_is_told_by_the_content(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    xml = dump(*map(page, range(1, 50)))
    assert read(tmp_path, pack(xml), "a.xml") == read(tmp_path, pack(xml), "b.bz2") == read(tmp_path, xml)
    assert len(read(tmp_path, xml)) == 49


@pytest.mark.parametrize("pack", [FORMATS["gzip"], FORMATS["bzip2"]], ids=["members", "multistream"])
def test_all_streams_of_a_file_are_read(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    pages = list(map(page, range(1, 21)))
    streams = [head(), *("".join(pages[start : start + 5]) for start in range(0, 20, 5)), "</mediawiki>"]
    packed = b"".join(pack(stream.encode()) for stream in streams)
    assert [item.page_id for item in read(tmp_path, packed) if isinstance(item, Article)] == list(
        range(1, 21)
    )


@pytest.mark.parametrize("chunk_bytes", [1, 2, 3, 7, 100])
def test_it_does_not_matter_where_chunks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int
) -> None:
    xml = dump(page(1, "«ñ» 東京 😀 & <b>\r\n"), page(2, redirect="Página 1"), page(3, "Otro texto"))
    expected = read(tmp_path, xml)
    monkeypatch.setattr(compression, "_CHUNK_BYTES", chunk_bytes)
    assert read(tmp_path, xml) == expected
    assert isinstance(expected[0], Article)
    assert expected[0].wikitext == "«ñ» 東京 😀 & <b>\r\n"


@given(title=LEGAL_XML.filter(bool), text=LEGAL_XML)
def test_every_legal_character_survives(
    tmp_path_factory: pytest.TempPathFactory, title: str, text: str
) -> None:
    articles = read_articles_of(tmp_path_factory.getbasetemp(), page(1, text, title=title))
    assert [(article.title, article.wikitext) for article in articles] == [(title, text)]


def test_other_namespaces_and_redirects_are_skipped(tmp_path: Path) -> None:
    pages = [
        page(1, ns=14, title="Categoría:Ríos"),
        page(2, redirect="Río & mar"),
        page(3),
        page(4, ns=104, redirect="Anexo"),
    ]
    assert [item if isinstance(item, str) else item.page_id for item in read(tmp_path, dump(*pages))] == [
        "other_namespace",
        "redirect",
        3,
        "other_namespace",
    ]


def test_the_last_revision_counts(tmp_path: Path) -> None:
    history = page(1, revisions=revision("vieja", 1) + revision("media", 2) + revision("nueva", 3))
    article = read_articles_of(tmp_path, history)[0]
    assert (article.revision_id, article.wikitext, article.timestamp) == (
        1003,
        "nueva",
        "2024-01-04T00:00:00Z",
    )


def test_hidden_text_is_skipped_unless_a_later_revision_has_text(tmp_path: Path) -> None:
    hidden = revision("", element='<text bytes="9" deleted="deleted" />', sha1="")
    assert read(tmp_path, dump(page(1, revisions=revision("antes", 1) + hidden))) == ["deleted_text"]
    assert read(tmp_path, dump(page(1, revisions=""))) == ["deleted_text"]
    assert (
        read_articles_of(tmp_path, page(1, revisions=hidden + revision("después", 2)))[0].wikitext
        == "después"
    )


def test_an_empty_page_is_an_article_without_text(tmp_path: Path) -> None:
    assert read_articles_of(tmp_path, page(1, ""))[0].wikitext == ""
    whole = revision("", element='<text xml:space="preserve"></text>')
    assert read_articles_of(tmp_path, page(1, revisions=whole))[0].wikitext == ""


def test_slots_beside_the_main_one_are_not_the_text(tmp_path: Path) -> None:
    slot = "<content><role>datos</role><model>json</model><format>text/json</format>"
    slot += text_element("{}") + "</content>"
    main = revision("Texto", sha1="0" * 31)  # the revision's hash covers all slots
    page_with_slot = page(1, revisions=main.replace("</revision>", slot + "</revision>"))
    assert read_articles_of(tmp_path, page_with_slot)[0].wikitext == "Texto"
    without_text_hash = page_with_slot.replace(f' sha1="{sha1_base36("Texto")}"', "")
    assert read_articles_of(tmp_path, without_text_hash)[0].wikitext == "Texto"


def test_schema_0_10_has_the_hash_at_the_revision_alone(tmp_path: Path) -> None:
    def old(sha1: str) -> bytes:
        element = '<text bytes="5" xml:space="preserve">Texto</text>'
        return dump(page(1, revisions=revision("Texto", element=element, sha1=sha1)), version="0.10")

    assert isinstance(read(tmp_path, old(sha1_base36("Texto")))[0], Article)
    assert isinstance(read(tmp_path, old(""))[0], Article)  # no hash, nothing to compare
    assert read(tmp_path, old(sha1_base36("texto"))) == ["sha1_mismatch"]


@pytest.mark.parametrize("sha1", [sha1_base36("otro"), "0", "no es base 36", "z" * 5000])
def test_a_text_that_is_not_the_hashed_one_is_skipped(tmp_path: Path, sha1: str) -> None:
    wrong = page(1, revisions=revision("Texto", element=text_element("Texto", sha1)))
    assert read(tmp_path, dump(wrong, page(2)))[0] == "sha1_mismatch"
    assert isinstance(read(tmp_path, dump(wrong, page(2)))[1], Article)
    lost = page(1, revisions=revision("Texto", element=text_element("", sha1_base36("Texto"))))
    assert read(tmp_path, dump(lost)) == ["sha1_mismatch"]


def test_a_hash_with_leading_zeros_is_recognized(tmp_path: Path) -> None:
    text = next(text for text in map(str, range(1000)) if sha1_base36(text).startswith("0"))
    article = read_articles_of(tmp_path, page(1, text))[0]
    assert (article.wikitext, len(article.sha1)) == (text, 40)


@pytest.mark.parametrize("pack", FORMATS.values(), ids=FORMATS)
def test_a_dump_cut_anywhere_is_a_clear_error(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    whole = pack(dump(page(1), page(2, redirect="Página 1")))
    assert len(read(tmp_path, whole)) == 2
    for cut in range(len(whole)):
        # bzip2's last whole block is what can be said: before it there is none
        position = 0 if whole.startswith(b"BZh") and cut > 2 else cut
        with pytest.raises(
            InputError, match=rf"{tmp_path}/dump: .+, at byte {position} of {cut}, line \d+, column"
        ):
            read(tmp_path, whole[:cut])


def test_a_multistream_dump_cut_between_streams_is_a_clear_error(tmp_path: Path) -> None:
    streams = [bz2.compress(part.encode()) for part in (head(), page(1, title="Río Ebro"), "</mediawiki>")]
    assert len(read(tmp_path, b"".join(streams))) == 1
    with pytest.raises(InputError, match=r"no element found.*after page 'Río Ebro'; .*download it again"):
        read(tmp_path, b"".join(streams[:2]))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_bzip2_gives_the_same_pages_on_any_number_of_threads(tmp_path: Path, threads: int) -> None:
    xml = SAMPLE.read_bytes()
    single, streams = tmp_path / "single", tmp_path / "streams"
    single.write_bytes(bz2.compress(xml, 1))
    parts = [xml[start : start + 150_000] for start in range(0, len(xml), 150_000)]
    streams.write_bytes(b"".join(map(bz2.compress, parts)))
    expected = list(read_dump(SAMPLE))
    assert len(expected) == 643
    assert list(read_dump(single, threads)) == list(read_dump(streams, threads)) == expected


def test_damage_is_found_by_threads_too_and_after_the_pages_before_it(tmp_path: Path) -> None:
    packed = bytearray(bz2.compress(SAMPLE.read_bytes(), 1))
    packed[len(packed) * 3 // 4] ^= 0x10
    path = tmp_path / "damaged.xml.bz2"
    path.write_bytes(packed)
    pages = []
    with pytest.raises(InputError, match=r"not a whole bzip2 file, at byte \d{6} of \d{6}, .* after page '"):
        pages.extend(read_dump(path, 3))


@pytest.mark.parametrize("pack", FORMATS.values(), ids=FORMATS)
def test_a_changed_byte_is_an_error_or_changes_nothing_that_was_packed(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    whole = pack(dump(page(1)))
    expected = read(tmp_path, whole)
    errors = 0
    for position in range(len(whole)):
        damaged = whole[:position] + bytes([whole[position] ^ 0x15]) + whole[position + 1 :]
        try:
            pages = read(tmp_path, damaged)
        except InputError:
            errors += 1
        else:
            assert pages == expected or damaged.startswith(b"<")
    assert errors > len(whole) // 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no element found.*does not begin as a MediaWiki export"),
        (b"\x00\xffgarbage", "syntax error.*does not begin as a MediaWiki export"),
        (b"7z\xbc\xaf\x27\x1c", "not well-formed.*does not begin as a MediaWiki export"),
        (b"BZh9garbage", "not a whole bzip2 file, at byte 0 of 11"),
        (b"\x1f\x8bgarbage!", "Unknown compression method"),
        (
            b"<!DOCTYPE html><html></html>",
            "a DOCTYPE, which no export has.*does not begin as a MediaWiki export",
        ),
        (b"<html></html>", "the root element is <html.*does not begin as a MediaWiki export"),
        (dump(page(1)).replace(b"export-0.11", b"export-0.3"), "the root element is <mediawiki.*export-0.3"),
        (dump(page(1)).replace(b'"0.11"', b'"0.12"'), "version='0.12'"),
        (dump(page(1)).replace(b' xmlns="http', b' xmlns:mw="http'), "xmlns=''"),
        (dump(page(1)) + b"<mediawiki />", "junk after document element.*after page 'P\xe1gina 1'"),
        (dump(page(1), "<page></mediawiki>"), "mismatched tag.*after page.*cut or damaged"),
        (
            dump(page(1, "&nbsp;")).replace(b"&amp;nbsp;", b"&nbsp;"),
            "undefined entity.*before the first page",
        ),
        (dump(page(1)).replace(b"Un texto", b"Un \xff texto"), "not well-formed"),
        (dump(page(1)).replace(b"Un texto", b"Un &#1; texto"), "reference to invalid character number"),
        (dump(page(1).replace("Un texto", "Un <b>texto</b>")), "<b> inside <text>, which has text alone"),
        (dump(page(1).replace("<ns>0</ns>", "")), "a <page> without <ns>"),
        (dump(page(1).replace("Página 1", "")), "a <page> without <title>"),
        (dump(page(1).replace("<id>1</id>", "")), "a <page> without <id>"),
        (dump(page(1).replace("<id>1001</id>", "")), "a <revision> without <id>"),
        (dump(page(1).replace("2024-01-02T00:00:00Z", "")), "a <revision> without <timestamp>"),
        (dump(page(1).replace("<id>1</id>", "<id>uno</id>")), "<id> is 'uno' and no number"),
        (dump(page(1).replace("<id>1</id>", "<id>9999999999999999999</id>")), "and no number"),
    ],
)
def test_a_faulty_dump_is_a_clear_error(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_missing_dump_says_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"no such file or folder; data/sample.*https://dumps\.wikimedia\.org/eswiki/"
    ):
        list(read_dump(tmp_path / "none.xml"))


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    laughs = b'<!DOCTYPE mediawiki [<!ENTITY a "ja"><!ENTITY b "&a;&a;&a;">]>'
    bomb = laughs + dump(page(1, "X")).replace(b">X<", b">&b;<")
    with pytest.raises(InputError, match="a DOCTYPE, which no export has"):
        read(tmp_path, bomb)


def test_another_declared_encoding_has_no_effect(tmp_path: Path) -> None:
    expected = read(tmp_path, dump(page(1, "ñ")))
    for encoding in ("UTF-8", "iso-8859-1", "nonsense"):
        declaration = f'<?xml version="1.0" encoding="{encoding}"?>'.encode()
        assert read(tmp_path, declaration + dump(page(1, "ñ"))) == expected


def write_packed(path: Path, parts: Iterable[str]) -> Path:
    with gzip.open(path, "wb", compresslevel=1) as file:
        for part in parts:
            file.write(part.encode())
    return path


def peak_bytes(path: Path) -> tuple[int, list[str | int]]:
    """The most memory that reading takes, and each page's number of characters or why it was skipped."""
    tracemalloc.start()
    try:
        pages = [item if isinstance(item, str) else len(item.wikitext) for item in read_dump(path)]
        return tracemalloc.get_traced_memory()[1], pages
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_dump(tmp_path: Path) -> None:
    pages = (page(number, f"Texto {number}. " * 300) for number in range(1, 5001))
    path = write_packed(tmp_path / "dump.gz", [head(), *pages, "</mediawiki>"])
    peak, read_pages = peak_bytes(path)
    assert len(read_pages) == 5000
    assert sum(size for size in read_pages if isinstance(size, int)) > 17_000_000
    assert peak < 2_000_000


def test_memory_does_not_grow_with_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump_module, "MAX_TEXT_CHARACTERS", 500_000)
    huge = page(1, "X").split(">X<")
    parts = [head(), huge[0], ">", *["x" * 100_000] * 300, "<", huge[1], page(2), "</mediawiki>"]
    peak, pages = peak_bytes(write_packed(tmp_path / "dump.gz", parts))
    assert pages == ["too_large", len("Un texto.")]
    assert peak < 3_000_000


def test_the_limit_of_a_page_is_exact_and_for_the_last_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump_module, "MAX_TEXT_CHARACTERS", 1000)
    assert read_articles_of(tmp_path, page(1, "ñ" * 1000))[0].wikitext == "ñ" * 1000
    assert read(tmp_path, dump(page(1, "ñ" * 1001))) == ["too_large"]
    then_short = page(1, revisions=revision("x" * 5000, 1) + revision("corta", 2))
    assert read_articles_of(tmp_path, then_short)[0].wikitext == "corta"
    then_long = page(1, revisions=revision("corta", 1) + revision("x" * 5000, 2))
    assert read(tmp_path, dump(then_long)) == ["too_large"]
    with pytest.raises(InputError, match="<title> has more than 1000 characters"):
        read(tmp_path, dump(page(1, title="x" * 1001)))


@pytest.mark.parametrize(
    ("before", "repeated", "message"),
    [
        ("<!--", "x" * 100_000, "a single tag or comment of more than"),
        (head() + "<!--", "x" * 100_000, "a single tag or comment of more than"),
        (head() + '<page a="', "x" * 100_000, "a single tag or comment of more than"),
        (head() + "<page", "x" * 100_000, "a single tag or comment of more than"),
        (head() + "<page>&", "x" * 100_000, "a single tag or comment of more than"),
        (head(), "<b>" * 30_000, "elements nested more than"),
    ],
    ids=["comment first", "comment", "attribute", "name", "reference", "nesting"],
)
def test_what_the_parser_holds_back_is_bounded(
    tmp_path: Path, before: str, repeated: str, message: str
) -> None:
    path = write_packed(tmp_path / "dump.gz", [before, *[repeated] * 300])
    tracemalloc.start()
    with pytest.raises(InputError, match=message):
        list(read_dump(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000


def test_how_many_names_the_parser_keeps_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="different names"):
        read(tmp_path, (head() + "".join(f"<a{number} />" for number in range(20_000))).encode())


def test_a_dump_that_is_not_read_to_its_end_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml"
    path.write_bytes(dump(*map(page, range(1, 1000))))
    pages = read_dump(path)
    assert isinstance(next(pages), Article)
    pages.close()  # type: ignore[attr-defined]
    with pytest.raises(StopIteration):
        next(pages)


def test_progress_is_shown_on_a_terminal_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    xml = dump(*map(page, range(1, 100)))
    for screen in (io.StringIO(), Terminal()):
        monkeypatch.setattr(sys, "stderr", screen)
        assert len(read(tmp_path, xml, "pages.xml")) == 99
        assert ("pages.xml: 100%" in screen.getvalue()) == screen.isatty()
        assert bool(screen.getvalue()) == screen.isatty()


def test_the_readme_of_the_sample_has_its_numbers() -> None:
    readme = (SAMPLE.parent / "README.md").read_text(encoding="utf-8")
    pages = list(read_dump(SAMPLE))
    articles = [item for item in pages if isinstance(item, Article)]
    disambiguations = [a for a in articles if re.search(r"\{\{desambiguación", a.wikitext, re.IGNORECASE)]
    long_enough = [article for article in articles if len(article.wikitext) >= 500]
    for row, number in [
        ("pages", len(pages)),
        ("… redirects", pages.count("redirect")),
        ("… disambiguation pages", len(disambiguations)),
        ("… articles of at least 500 characters", len(long_enough)),
        ("wikitext of the articles, characters", sum(len(article.wikitext) for article in articles)),
        ("file, bytes", SAMPLE.stat().st_size),
        ("SHA-256", f"`{hashlib.sha256(SAMPLE.read_bytes()).hexdigest()}`"),
    ]:
        assert f"| {row} | {number if isinstance(number, str) else f'{number:,}'} |\n" in readme
