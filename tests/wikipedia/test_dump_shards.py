"""A dump that is read in ranges gives what it gives as one, wherever it is cut."""

import bz2
import gzip
import itertools
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.shards import Part
from minillm.wikipedia import dump_ranges, dump_shards
from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import Skipped, read_dump
from minillm.wikipedia.dump_ranges import CutError, count_ranges, read_range
from minillm.wikipedia.extraction import extract_dump, extract_part
from minillm.wikipedia.templates import TemplatePages
from minillm.wikipedia.wiki import UNKNOWN
from tests.wikipedia.dumps import dump, page
from tests.wikipedia.settings import extract_params

PAGES = [
    page(1, "Uno." * 9),
    page(2, redirect="Página 1"),
    page(3, "{{{1}}} m", title="Plantilla:Ancho", ns=10),
    page(4, "x" * 3000, title="Plantilla:Larga", ns=10),
    page(5, "&lt;page> y <page>\n\n" * 40),
    page(6, redirect="Plantilla:Ancho", title="Plantilla:Ancha", ns=10),
    page(7, "Mide {{ancha|7}}." * 5),
    page(7, "Otra vez lo mismo."),
    page(8, "ñandú " * 50),
    page(9, "Mide {{Ancho|9}}."),
]
Found = tuple[list[Article | Skipped], list[tuple[str, str, str | None]]]


class Noted(TemplatePages):
    """Notes what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: list[tuple[str, str, str | None]] = []

    def add(self, title: str, wikitext: str, redirect: str | None) -> None:
        self.pages.append((title, wikitext, redirect))
        super().add(title, wikitext, redirect)


def as_one(path: Path) -> Found:
    noted = Noted()
    return list(read_dump(path, templates=noted)), noted.pages


def in_ranges(path: Path, count: int) -> Found:
    noted = Noted()
    found = [each for number in range(count) for each in read_range(path, number, count, UNKNOWN, noted.add)]
    return found, noted.pages


def streams(content: bytes, cuts: list[int]) -> bytes:
    """Multistream bzip2 that is cut at these bytes of the content."""
    ends = [0, *cuts, len(content)]
    return b"".join(bz2.compress(content[a:b]) for a, b in itertools.pairwise(ends))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 50, 1000])
def test_ranges_of_a_plain_dump_have_its_pages_in_order(tmp_path: Path, count: int) -> None:
    path = tmp_path / "dump.xml"
    path.write_bytes(dump(*PAGES))
    assert len(as_one(path)[0]) == len(PAGES)
    assert in_ranges(path, count) == as_one(path)


def test_ranges_may_be_cut_at_any_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dump.xml"
    path.write_bytes(dump(*PAGES[:3]))
    expected = as_one(path)
    for chunk_bytes in (1, 5, 2**18):
        monkeypatch.setattr(dump_ranges, "_CHUNK_BYTES", chunk_bytes)
        assert in_ranges(path, 3) == expected
    assert in_ranges(path, path.stat().st_size) == expected


@pytest.mark.parametrize("seed", range(10))
def test_streams_may_be_cut_anywhere(tmp_path: Path, seed: int) -> None:
    content, draw = dump(*PAGES), random.Random(seed)
    at_a_tag = content.index(b"<page>", 1500) + draw.randrange(7)
    path = tmp_path / "dump.xml.bz2"
    path.write_bytes(streams(content, sorted([*draw.sample(range(len(content)), 8), at_a_tag])))
    expected = as_one(path)
    assert len(expected[0]) == len(PAGES)
    for count in (1, 2, 7, 40):
        assert in_ranges(path, count) == expected


def test_one_stream_is_one_range_whatever_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = dump(*PAGES)
    names = {"dump.xml": content, "one.bz2": bz2.compress(content), "dump.gz": gzip.compress(content)}
    names["many.bz2"] = streams(content, [500, 1000, 1500])
    for name, packed in names.items():
        (tmp_path / name).write_bytes(packed)
        assert count_ranges(tmp_path / name) == 1
    monkeypatch.setattr(dump_ranges, "PLAIN_BYTES", 1000)
    monkeypatch.setattr(dump_ranges, "BZIP2_BYTES", 500)
    counts = {name: count_ranges(tmp_path / name) for name in names}
    assert counts == {
        "dump.xml": len(content) // 1000,
        "one.bz2": 1,
        "dump.gz": 1,
        "many.bz2": len(names["many.bz2"]) // 500,
    }
    assert min(counts["dump.xml"], counts["many.bz2"]) > 1


@pytest.mark.parametrize(
    "hidden",
    ["<!-- <page> -->", "<!-- <page><title>Nada</title></page> -->", "<page><title><![CDATA[<page>]]>"],
)
def test_a_tag_that_is_none_is_seen(tmp_path: Path, hidden: str) -> None:
    path = tmp_path / "dump.xml"
    if hidden.startswith("<page>"):
        pages = [PAGES[0], hidden + PAGES[1].removeprefix("<page><title>"), PAGES[2]]
    else:
        pages = [PAGES[0], hidden, PAGES[2]]
    path.write_bytes(dump(*pages))
    assert len(as_one(path)[0]) == len(pages) - ("!--" in hidden)
    with pytest.raises(CutError):
        in_ranges(path, path.stat().st_size)


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dump of several ranges."""
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setattr(dump_ranges, "PLAIN_BYTES", 1000)
    path = tmp_path / "dump.xml"
    path.write_bytes(dump(*PAGES))
    assert count_ranges(path) > 3
    return path


def extracted(path: Path, out: Path, *, shards: bool, threads: int = 1) -> tuple[object, list[bytes]]:
    params = extract_params(dump=str(path), articles=0, min_chars=10)
    with ExitStack() as at_end:
        metrics = extract_dump(params, 42, out, threads=threads, at_end=at_end if shards else None)
    return metrics, [
        each.read_bytes() for each in (out, out.with_name("templates.json"), out.with_name("wiki.json"))
    ]


@pytest.mark.parametrize("threads", [1, 2])
def test_extract_writes_the_same_bytes(large: Path, tmp_path: Path, threads: int) -> None:
    metrics, files = extracted(large, tmp_path / "one" / "raw.parquet", shards=False)
    assert b"Ancho" in files[1]
    assert isinstance(metrics, dict)
    assert metrics["skipped"]["repeated"] == 1
    assert extracted(large, tmp_path / "many" / "raw.parquet", shards=True, threads=threads) == (
        metrics,
        files,
    )
    assert list((tmp_path / ".state" / "shards" / "extract").iterdir()) == []


def test_a_killed_extract_goes_on(large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = extracted(large, tmp_path / "one" / "raw.parquet", shards=False)
    count, read = count_ranges(large), list[int]()

    def dying(dump: Path, number: int, *others: object) -> Iterator[Article | Skipped]:
        read.append(number)
        if len(read) == 3:
            raise KeyboardInterrupt
        yield from read_range(dump, number, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(dump_shards, "read_range", dying)
    with pytest.raises(KeyboardInterrupt):
        extracted(large, tmp_path / "many" / "raw.parquet", shards=True)
    assert extracted(large, tmp_path / "many" / "raw.parquet", shards=True) == expected
    assert read == [0, 1, 2, *range(2, count)]


def test_a_dump_that_cannot_be_cut_is_read_as_one(tmp_path: Path, large: Path) -> None:
    large.write_bytes(dump(*PAGES[:4], "<!-- <page> -->", *PAGES[4:]))
    expected = extracted(large, tmp_path / "one" / "raw.parquet", shards=False)
    assert extracted(large, tmp_path / "many" / "raw.parquet", shards=True) == expected
    large.write_bytes(dump(*PAGES)[:-30])
    messages = []
    for shards in (False, True):
        with pytest.raises(
            InputError, match=r"at byte \d+ of \d+, line \d+, .*after page 'Página 8'"
        ) as error:
            extracted(large, tmp_path / "cut" / "raw.parquet", shards=shards)
        messages.append(str(error.value))
    assert messages[0] == messages[1]


def test_parts_of_several_computers_are_merged(
    large: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = extracted(large, tmp_path / "one" / "raw.parquet", shards=False)
    params, count = extract_params(dump=str(large), articles=0, min_chars=10), count_ranges(large)
    said = [extract_part(params, Part(index, 2), 1) for index in (2, 1)]
    assert [line.partition(" shards")[0] for line in said] == [
        f"{count // 2} of {count}",
        f"{(count + 1) // 2} of {count}",
    ]
    assert extracted(large, tmp_path / "many" / "raw.parquet", shards=True) == expected
    assert f"going on, {count} of {count} shards are there" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("articles", "content", "message"),
    [
        (5, dump(*PAGES), r"^--shard: only all .* extract\.articles is 5; set it to 0"),
        (0, dump(PAGES[0])[:900], r"^--shard: .*dump\.xml is read as one, since it is small"),
        (0, dump(*PAGES)[:-30], r"dump\.xml: .* in a shard; `dvc repro extract` reads it as one"),
    ],
)
def test_what_has_no_parts_is_a_clear_error(large: Path, articles: int, content: bytes, message: str) -> None:
    large.write_bytes(content)
    with pytest.raises(InputError, match=message):
        extract_part(extract_params(dump=str(large), articles=articles), Part(1, 1), 1)
