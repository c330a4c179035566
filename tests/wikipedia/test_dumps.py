"""A folder of dumps is one corpus: parts of a wiki, several wikis, packed in different ways."""

import bz2
import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.shards import Part
from minillm.wikipedia import dump_ranges, dump_shards
from minillm.wikipedia.articles import Article, read_articles
from minillm.wikipedia.dump import Skipped
from minillm.wikipedia.dump_ranges import read_range
from minillm.wikipedia.dumps import IDS_OF_A_WIKI
from minillm.wikipedia.extraction import extract_dump, extract_part
from minillm.wikipedia.revisions import read_revisions, write_manifest
from minillm.wikipedia.wiki import read_wiki
from tests.wikipedia.dumps import dump, page
from tests.wikipedia.settings import extract_params

PAGES = [
    page(1, "Uno {{ancha|1}}." * 9),
    page(2, "Dos." * 9),
    page(3, redirect="Página 1"),
    page(4, "Cuatro." * 200),
    page(2, "Otra vez lo mismo."),
    page(5, "{{{1}}} m", title="Plantilla:Ancha", ns=10),
    page(6, "Seis." * 9),
]


def other_wiki(*pages: str) -> bytes:
    return dump(*pages).replace(b"Wikipedia<", b"Wikisource<").replace(b"eswiki<", b"eswikisource<")


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def extracted(path: Path, out: Path, articles: int = 0, threads: int = 0) -> tuple[object, list[bytes]]:
    """With threads: in shards, which so many processes make."""
    params = extract_params(dump=str(path), articles=articles, min_chars=10)
    with ExitStack() as at_end:
        metrics = extract_dump(params, 42, out, threads=threads or 1, at_end=at_end if threads else None)
    return metrics, [
        each.read_bytes() for each in (out, out.with_name("templates.json"), out.with_name("wiki.json"))
    ]


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PAGES in three parts, one of which is read in ranges, beside what is no dump."""
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setattr(dump_ranges, "PLAIN_BYTES", 500)
    return written(
        tmp_path / "parts",
        {
            "p3.xml.gz": gzip.compress(dump(*PAGES[5:])),
            "p1.xml.bz2": bz2.compress(dump(*PAGES[:2])),
            "p2.xml": dump(*PAGES[2:5]),
            "README.md": b"Not me",
            ".gitignore": b"Nor me",
        },
    )


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "whole.xml"
    path.write_bytes(dump(*PAGES))
    return path


@pytest.mark.parametrize("articles", [0, 3])
def test_parts_of_a_wiki_are_its_dump(tmp_path: Path, parts: Path, whole: Path, articles: int) -> None:
    metrics, files = extracted(whole, tmp_path / "one/raw.parquet", articles)
    assert isinstance(metrics, dict)
    assert (metrics["eligible"], metrics["articles"]) == (4, articles or 4)
    assert metrics["skipped"]["repeated"] == 1
    assert articles or b"{{{1}}} m" in files[1]
    assert extracted(parts, tmp_path / "many/raw.parquet", articles) == (metrics, files)


def test_the_only_dump_of_a_folder_is_as_if_it_were_named(tmp_path: Path, whole: Path) -> None:
    alone = written(tmp_path / "alone", {"x.xml": whole.read_bytes()})
    assert extracted(alone, tmp_path / "a/raw.parquet") == extracted(whole, tmp_path / "b/raw.parquet")


@pytest.mark.parametrize("threads", [1, 2])
def test_a_killed_run_goes_on_from_dump_to_dump(
    tmp_path: Path, parts: Path, whole: Path, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = extracted(whole, tmp_path / "one/raw.parquet")
    read = list[str]()

    def dying(path: Path, number: int, *others: object) -> Iterator[Article | Skipped]:
        if len(read) == 2:
            read.append("killed")
            raise KeyboardInterrupt
        read.append(f"{path.name} {number}")
        yield from read_range(path, number, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(dump_shards, "read_range", dying)
    with pytest.raises(KeyboardInterrupt):
        extracted(parts, tmp_path / "many/raw.parquet", threads=1)
    assert extracted(parts, tmp_path / "many/raw.parquet", threads=threads) == expected
    if threads == 1:
        count = (parts / "p2.xml").stat().st_size // 500
        ranges = [f"p2.xml {number}" for number in range(count)]
        assert count > 2
        assert read == ["p1.xml.bz2 0", ranges[0], "killed", *ranges[1:], "p3.xml.gz 0"]


def test_computers_share_the_dumps_of_a_folder(
    tmp_path: Path, parts: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params = extract_params(dump=str(parts), articles=0, min_chars=10)
    said = " ".join(extract_part(params, Part(number, 2), 1) for number in (2, 1))
    count = (parts / "p2.xml").stat().st_size // 500 + 2
    assert f"{count // 2} of {count} shards made" in said
    expected = extracted(whole, tmp_path / "one/raw.parquet")
    assert extracted(parts, tmp_path / "many/raw.parquet", threads=1) == expected
    assert f"going on, {count} of {count} shards are there" in capsys.readouterr().out


@pytest.mark.parametrize("threads", [0, 1])
def test_ids_that_two_wikis_have_are_two_articles(tmp_path: Path, threads: int) -> None:
    base = b"<base>https://es.wikisource.org/wiki/Portada</base>"
    folder = written(
        tmp_path / "wikis",
        {
            "1.xml": dump(page(1, "Una enciclopedia."), page(2, "Otra página.")),
            "2.xml": other_wiki(page(1, "Un libro entero."), page(9, "Otro libro.")).replace(
                b"<dbname>", base + b"<dbname>"
            ),
            "3.xml": dump(page(2, "Otra página."), page(3, "La tercera.")),
        },
    )
    out = tmp_path / "out/raw.parquet"
    metrics, _ = extracted(folder, out, threads=threads)
    assert isinstance(metrics, dict)
    assert metrics["skipped"]["repeated"] == 1
    assert [(each.page_id, each.title, each.url) for each in read_articles(out)] == [
        (1, "Página 1", ""),
        (2, "Página 2", ""),
        (IDS_OF_A_WIKI + 1, "Página 1", "https://es.wikisource.org/wiki/P%C3%A1gina_1"),
        (IDS_OF_A_WIKI + 9, "Página 9", "https://es.wikisource.org/wiki/P%C3%A1gina_9"),
        (3, "Página 3", ""),
    ]
    wiki = read_wiki(out.with_name("wiki.json"))
    assert (wiki.sitename, [each.sitename for each in wiki.others]) == ("Wikipedia", ["Wikisource"])
    write_manifest(out, tmp_path / "revisions.csv")
    assert len(read_revisions(tmp_path / "revisions.csv")) == 5


def test_a_sample_is_drawn_from_all_dumps(tmp_path: Path) -> None:
    files = {
        f"{number}.xml": make(*(page(each, f"Texto {each} de {number}.") for each in range(1, 21)))
        for number, make in enumerate((dump, other_wiki))
    }
    folder, out = written(tmp_path / "wikis", files), tmp_path / "out/raw.parquet"
    metrics, _ = extracted(folder, out, articles=20)
    assert isinstance(metrics, dict)
    assert (metrics["eligible"], metrics["articles"]) == (40, 20)
    of_the_second = sum(each.page_id > IDS_OF_A_WIKI for each in read_articles(out))
    assert 0 < of_the_second < 20


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, r"^extract\.dump = .*wikis: no dump is in the folder; put some into it"),
        ({"README.md": b"x", ".x.xml": b"x"}, r"^extract\.dump = .*wikis: no dump is in the folder"),
        (
            {"a.xml": dump(page(1)), "sums.txt": b"d41d8cd9  a.xml"},
            r"^.*sums\.txt: .* does not begin as a MediaWiki export .*; every file in .*wikis is read",
        ),
        (
            {"a.xml": dump(page(1)), "b.xml": dump(page(2)).replace(b"<dbname>eswiki</dbname>", b"")},
            r"^.*b\.xml: does not say which wiki it is of .* take it alone$",
        ),
    ],
)
def test_a_folder_that_is_no_corpus_is_one_line(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    folder = written(tmp_path / "wikis", files)
    with pytest.raises(InputError, match=message) as error:
        extracted(folder, tmp_path / "out/raw.parquet")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_in_the_folder_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "wikis", {"a.xml": dump(page(1))})
    (folder / "more").mkdir()
    with pytest.raises(InputError, match=r"every file in the folder is read, and more is none; move it"):
        extracted(folder, tmp_path / "out/raw.parquet")


@pytest.mark.parametrize("threads", [0, 1])
def test_of_several_dumps_the_one_that_is_cut_is_named(tmp_path: Path, parts: Path, threads: int) -> None:
    (parts / "p2.xml").write_bytes(dump(*PAGES[2:5])[:-30])
    with pytest.raises(InputError, match=r"p2\.xml: no element found, at byte (\d+) of \1, .*'Página 4'"):
        extracted(parts, tmp_path / "many/raw.parquet", threads=threads)
    params = extract_params(dump=str(parts), articles=0, min_chars=10)
    with pytest.raises(InputError, match=r"p2\.xml: .* in a shard; `dvc repro extract` reads it as one"):
        extract_part(params, Part(1, 1), 1)


def test_a_wiki_without_others_is_written_as_ever(tmp_path: Path, whole: Path) -> None:
    _, files = extracted(whole, tmp_path / "raw.parquet")
    assert "others" not in json.loads(files[2])
