import bz2
import json
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.files import write_checksums
from minillm.wikipedia.dump import read_dump, wiki_of_dump
from minillm.wikipedia.wiki import (
    EMBEDDED_DBNAME,
    EMBEDDED_SHA256,
    UNKNOWN,
    Wiki,
    described,
    read_wiki,
    web_address,
    write_wiki,
)
from tests.conftest import ROOT
from tests.wikipedia.dumps import page

SAMPLE = ROOT / "data/sample/eswiki-sample.xml"
PORTADA = "https://es.wikipedia.org/wiki/Wikipedia:Portada"
ROOT_TAG = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="{language}">'
)


def of(folder: Path, siteinfo: str, language: str = "es", pages: str = "") -> Wiki:
    path = folder / "dump.xml"
    path.write_text(f"{ROOT_TAG.format(language=language)}{siteinfo}{pages}</mediawiki>", encoding="utf-8")
    return wiki_of_dump(path)


def siteinfo(sitename: str = "A", dbname: str = "b", base: str = PORTADA) -> str:
    return (
        f"<siteinfo><sitename>{sitename}</sitename><dbname>{dbname}</dbname><base>{base}</base>"
        '<generator>MediaWiki 1.43</generator><case>first-letter</case><namespaces><namespace key="0" />'
        "</namespaces></siteinfo>"
    )


def test_a_dump_says_which_wiki_it_is_of(tmp_path: Path) -> None:
    assert of(tmp_path, siteinfo("Recetario", "recetas"), "pt-br") == Wiki(
        "Recetario", "recetas", PORTADA, "pt-br"
    )
    assert of(tmp_path, "", "en", page(1)) == Wiki(language="en")
    assert of(tmp_path, "<siteinfo/>", "", page(1)) == UNKNOWN
    later = page(1).replace("</page>", f"</page>{' ' * 2**17}{siteinfo()}")
    assert of(tmp_path, "", "es", later) == Wiki(language="es")


@pytest.mark.parametrize("content", [None, b"", b"BZhxx", b"<html>", b"\x1f\x8bxx"])
def test_a_file_that_is_no_dump_is_of_an_unknown_wiki(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "dump"
    if content is not None:
        path.write_bytes(content)
    assert wiki_of_dump(path) == UNKNOWN


def test_the_embedded_corpus_is_told_by_its_bytes_wherever_it_lies_and_however_packed(tmp_path: Path) -> None:
    content = SAMPLE.read_bytes()
    packed, forged = tmp_path / "x.bz2", tmp_path / "eswiki-sample.xml"
    packed.write_bytes(bz2.compress(content))
    forged.write_bytes(content.replace(b"faro", b"FARO", 1))
    assert forged.read_bytes() != content
    expected = Wiki("Muestra enciclopédica", EMBEDDED_DBNAME, "", "es", embedded=True)
    assert wiki_of_dump(SAMPLE) == wiki_of_dump(packed) == expected
    assert not wiki_of_dump(forged).embedded
    assert EMBEDDED_SHA256 in (ROOT / "data/sample/README.md").read_text(encoding="utf-8")


def test_a_name_is_one_line_of_bounded_length(tmp_path: Path) -> None:
    wiki = of(tmp_path, siteinfo("  Mi\n\twiki \u202e\u2028&#x85;<![CDATA[<b>]]>" + "x" * 999))
    assert wiki.sitename.startswith("Mi wiki <b>xxx")
    assert len(wiki.sitename) == 200
    assert wiki.sitename.isprintable()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)//",
        "data:text/html,x",
        "file:///etc/passwd",
        "//es.wikipedia.org/wiki/",
        "https:///wiki/",
        "https://es.wikipedia.org@evil.example/wiki/",
        "https://ana:secreto@example.org/",
        "https://a b.example/",
        "https://example.org/a b",
        "https://example.org/\n",
        "https://example.org/\u202e",
        "https://example.org/\ud800",
        "https://example.org/#x",
        "https://eſ.wikipedia.org/wiki/",
        "httpſ://example.org/",
        "https://example.org:x",
        "https://example.org:8080@evil.example",
        "https://example.org/" + "x" * 500,
        "https://example.org/" + "ñ" * 200,
    ],
)
def test_what_is_no_plain_address_of_the_web_is_none(address: str) -> None:
    assert web_address(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org",
        "http://example.org:8080",
        "https://example.org?x=1",
        "HTTPS://Example.ORG/wiki/",
    ],
)
def test_an_address_needs_no_path_and_no_lower_case(address: str) -> None:
    assert web_address(address) == address


def test_an_address_ends_neither_a_link_of_markdown_nor_an_attribute() -> None:
    encoded = "http://w.example:8080/a%28b%29%5Bc%5D%22%27%3C%3E%60%5C%7C%2A%C3%B1?x=1&y=%20"
    assert web_address("http://w.example:8080/a(b)[c]\"'<>`\\|*ñ?x=1&y=%20") == encoded
    assert web_address(encoded) == encoded


@pytest.mark.parametrize(
    ("base", "wikimedia", "revision_url"),
    [
        (PORTADA, True, "https://es.wikipedia.org/w/index.php?oldid="),
        ("https://EN.Wiktionary.org/wiki/X", True, "https://en.wiktionary.org/w/index.php?oldid="),
        ("https://es.wikinews.org/wiki/Portada", False, "https://es.wikinews.org/wiki/Portada?oldid="),
        (
            "https://es.wikipedia.org.evil.example/w/",
            False,
            "https://es.wikipedia.org.evil.example/w/?oldid=",
        ),
        ("https://eswikipedia.org/w/", False, "https://eswikipedia.org/w/?oldid="),
        ("https://es.wikipedia.org:8443/w/", False, "https://es.wikipedia.org:8443/w/?oldid="),
        ("http://w.example/index.php?title=A", False, "http://w.example/index.php?title=A&oldid="),
        ("", False, ""),
    ],
)
def test_only_a_wikimedia_projects_address_makes_one(base: str, wikimedia: bool, revision_url: str) -> None:
    wiki = described({"base": base})
    assert (wiki.is_wikimedia, wiki.revision_url) == (wikimedia, revision_url)


@pytest.mark.parametrize(
    ("title", "path"),
    [
        ("Río Ebro", "R%C3%ADo_Ebro"),
        ("Mercurio (planeta)", "Mercurio_(planeta)"),
        ("AC/DC", "AC/DC"),
        ("C++", "C%2B%2B"),
        ("¿Qué es esto?", "%C2%BFQu%C3%A9_es_esto%3F"),
        ("L'Hospitalet", "L%27Hospitalet"),
        ('Comillas "dobles"', "Comillas_%22dobles%22"),
        ("Año 100 % real", "A%C3%B1o_100_%25_real"),
        ("Ópera & ballet", "%C3%93pera_%26_ballet"),
        ("1 + 1 = 2", "1_%2B_1_%3D_2"),
        ("Misión: imposible", "Misi%C3%B3n:_imposible"),
        ("a;b@c$d!e*f,g~h-i.j", "a;b@c$d!e*f,g~h-i.j"),
        ("東京", "%E6%9D%B1%E4%BA%AC"),
        ("😀", "%F0%9F%98%80"),
    ],
)
def test_urls_are_those_of_mediawiki(title: str, path: str) -> None:
    assert described({"base": PORTADA}).article_url(title, 7) == f"https://es.wikipedia.org/wiki/{path}"


def test_an_articles_address_is_on_its_own_wiki_or_unknown() -> None:
    other = described({"base": "https://w.example/wiki/Portada"})
    assert other.article_url("Río", 7) == "https://w.example/wiki/Portada?oldid=7"
    assert UNKNOWN.article_url("Río", 7) == ""


def test_articles_of_a_dump_have_addresses_of_its_wiki(tmp_path: Path) -> None:
    wiki = of(tmp_path, siteinfo(), "es", page(12, title="Río"))
    (article,) = read_dump(tmp_path / "dump.xml", wiki=wiki)
    assert not isinstance(article, str)
    assert article.url == "https://es.wikipedia.org/wiki/R%C3%ADo"


def test_a_wiki_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    for wiki in (
        Wiki("A", "b", PORTADA, "es", "CC0", "https://example.org/", embedded=True),
        Wiki(language="es", files=True),
        Wiki("A", others=(Wiki("B", base=PORTADA), Wiki("C", embedded=True))),
    ):
        write_wiki(tmp_path / "wiki.json", wiki)
        assert read_wiki(tmp_path / "wiki.json") == wiki
    write_checksums(tmp_path / "wiki.json")
    write_wiki(tmp_path / "wiki.json", UNKNOWN)
    with pytest.raises(InputError, match=r"is not as extract wrote it"):
        read_wiki(tmp_path / "wiki.json")


@pytest.mark.parametrize(
    "change",
    [
        None,
        {},
        {"embedded": 1},
        {"files": 1},
        {"sitename": 3},
        {"x": ""},
        {"others": 1},
        {"others": [{}]},
        "cut",
    ],
)
def test_another_file_is_one_clear_line(tmp_path: Path, change: object) -> None:
    path = tmp_path / "wiki.json"
    if change is None:
        with pytest.raises(InputError, match=r"wiki\.json is missing; run `dvc repro extract`"):
            read_wiki(path)
        return
    write_wiki(path, UNKNOWN)
    content = json.loads(path.read_text(encoding="utf-8"))
    changed = content | change if isinstance(change, dict) and change else change
    path.write_text("[" * 9999 if change == "cut" else json.dumps(changed), encoding="utf-8")
    with pytest.raises(InputError, match=r"wiki\.json does not describe a wiki; run `dvc repro -f extract`"):
        read_wiki(path)
