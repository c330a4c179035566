import bz2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from minillm.errors import InputError
from minillm.params import ExtractParams, read_params
from minillm.wikipedia import seen_ids
from minillm.wikipedia.articles import read_articles
from minillm.wikipedia.extraction import extract_dump
from minillm.wikipedia.revisions import read_revisions, write_manifest
from minillm.wikipedia.seen_ids import SeenIds
from minillm.wikipedia.wiki import Wiki, read_wiki
from tests.conftest import ROOT
from tests.wikipedia.dumps import dump, page, revision, text_element
from tests.wikipedia.settings import extract_params
from tests.wikipedia.stage import HEADER, run_stage

SAMPLE = ROOT / "data" / "sample" / "eswiki-sample.xml"


def params(path: Path, articles: int = 0, min_chars: int = 0) -> ExtractParams:
    return extract_params(dump=str(path), articles=articles, min_chars=min_chars)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "dump.xml"
    hidden = revision("", element='<text bytes="9" deleted="deleted" />', sha1="")
    wrong = revision("a", element=text_element("a", "0" * 31))
    path.write_bytes(
        dump(
            page(1, "x" * 20),
            page(2, ns=10),
            page(3, redirect="Página 1"),
            page(4, "x" * 9),
            page(5, "ñ" * 10),
            page(6, revisions=hidden),
            page(7, revisions=wrong),
            page(8, redirect="Página 2"),
        )
    )
    return path


def test_every_page_is_counted_once(tmp_path: Path, mixed: Path) -> None:
    out = tmp_path / "raw" / "articles.parquet"
    metrics = extract_dump(params(mixed, min_chars=10), 42, out)
    assert metrics == {
        "pages_read": 8,
        "skipped": {
            "other_namespace": 1,
            "redirect": 2,
            "deleted_text": 1,
            "too_large": 0,
            "sha1_mismatch": 1,
            "too_short": 1,
        },
        "eligible": 2,
        "articles": 2,
        "characters": 30,
    }
    assert [article.page_id for article in read_articles(out)] == [1, 5]


def test_the_wiki_stands_beside_the_articles_by_its_own_account(tmp_path: Path, mixed: Path) -> None:
    out = tmp_path / "raw" / "articles.parquet"
    extract_dump(params(mixed), 42, out)
    wiki = read_wiki(out.with_name("wiki.json"))
    assert wiki == Wiki("Wikipedia", "eswiki", language="es")
    assert not wiki.is_wikimedia  # it does not say where it is
    assert {article.url for article in read_articles(out)} == {""}
    extract_dump(params(SAMPLE, 3), 42, out)
    assert read_wiki(out.with_name("wiki.json")).embedded


def test_a_sample_is_the_same_articles_as_without_one(tmp_path: Path) -> None:
    everything, some, all_drawn = (
        tmp_path / name for name in ("all.parquet", "some.parquet", "drawn.parquet")
    )
    assert extract_dump(params(SAMPLE, 0, 500), 42, everything)["articles"] == 572
    metrics = extract_dump(params(SAMPLE, 100, 500), 42, some)
    extract_dump(params(SAMPLE, 10_000, 500), 42, all_drawn)
    drawn = list(read_articles(some))
    order = {article: number for number, article in enumerate(read_articles(everything))}
    assert (metrics["eligible"], metrics["articles"], len(drawn)) == (572, 100, 100)
    assert metrics["characters"] == sum(len(article.wikitext) for article in drawn)
    assert [order[article] for article in drawn] == sorted(order[article] for article in drawn)
    assert all_drawn.read_bytes() == everything.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "all.parquet",
        "drawn.parquet",
        "some.parquet",
        "templates.json",
        "wiki.json",
    ]


def test_the_bytes_do_not_depend_on_how_the_dump_is_packed(tmp_path: Path) -> None:
    packed = tmp_path / "dump.xml.bz2"
    packed.write_bytes(bz2.compress(SAMPLE.read_bytes()))
    outs = [tmp_path / name for name in ("plain.parquet", "packed.parquet")]
    metrics = [
        extract_dump(params(dump, 50), 7, out) for dump, out in zip((SAMPLE, packed), outs, strict=True)
    ]
    assert metrics[0] == metrics[1]
    assert outs[0].read_bytes() == outs[1].read_bytes()


@pytest.mark.parametrize("articles", [0, 5])
def test_a_cut_dump_leaves_no_file(tmp_path: Path, articles: int) -> None:
    cut = tmp_path / "cut.xml"
    cut.write_bytes(SAMPLE.read_bytes()[:1_000_000])
    out = tmp_path / "raw" / "articles.parquet"
    with pytest.raises(InputError, match=r"cut\.xml: no element found, at byte 1000000 of 1000000, line \d+"):
        extract_dump(params(cut, articles), 42, out)
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("articles", [0, 5])
def test_no_article_at_all_is_a_clear_error(tmp_path: Path, mixed: Path, articles: int) -> None:
    out = tmp_path / "raw" / "articles.parquet"
    message = (
        r"none of its 8 pages is an article of at least extract\.min_chars = 21 .*redirect 2.*too_short 3"
    )
    with pytest.raises(InputError, match=message):
        extract_dump(params(mixed, articles, min_chars=21), 42, out)
    empty = tmp_path / "empty.xml"
    empty.write_bytes(dump())
    with pytest.raises(InputError, match=r"none of its 0 pages is an article .*it has no page"):
        extract_dump(params(empty, articles), 42, out)
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("articles", [0, 5])
def test_repeated_ids_are_skipped_and_the_rows_are_pins_that_are_accepted(
    tmp_path: Path, articles: int
) -> None:
    pages = [page(number, f"Texto {number}") for number in (3, 1, 2, 9, 8, 7, 6)]
    repeated = [page(number, "Otro texto") for number in (2, 3, 6)]
    same_revision = page(5, revisions=revision("Más", 7))
    path = tmp_path / "dump.xml"
    path.write_bytes(dump(*pages, *repeated, same_revision, *repeated))
    out, manifest = tmp_path / "articles.parquet", tmp_path / "revisions.csv"
    metrics = extract_dump(params(path, articles), 42, out)
    skipped = metrics["skipped"]
    assert isinstance(skipped, dict)
    assert (skipped["repeated"], metrics["eligible"], metrics["pages_read"]) == (7, 7, 14)
    assert metrics["articles"] == (articles or 7)
    write_manifest(out, manifest)
    rows = read_revisions(manifest)
    assert len(rows) == (articles or 7)
    assert "Otro texto" not in [article.wikitext for article in read_articles(out)]
    result = run_stage(tmp_path, dump=str(path), articles=articles, min_chars=0)
    assert "7 articles with the id of an earlier page or revision are skipped" in result.stdout


@given(st.lists(st.integers(0, 2**63) | st.integers(0, 10_000), max_size=50))
def test_ids_that_were_seen_are_known(ids: list[int]) -> None:
    seen, expected = SeenIds(), set[int]()
    for number in ids:
        assert (number in seen) == (number in expected)
        seen.add(number)
        expected.add(number)
    assert all(number in seen for number in ids)


def test_ids_too_far_apart_are_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_ids, "MAX_BLOCKS", 3)
    seen = SeenIds()
    with pytest.raises(InputError, match=r"further apart than any wiki's, up to 40000: use another dump"):
        for number in range(10_000, 50_000, 10_000):
            seen.add(number)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<id>1</id>", "<id>0</id>", "<id> is '0' and no number"),
        ("2024-01-02T00:00:00Z", "ayer", "<timestamp> is 'ayer' and not as 2026-"),
    ],
)
def test_what_would_be_refused_as_a_pin_is_refused_in_a_dump(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "dump.xml"
    path.write_bytes(dump(page(1).replace(old, new)))
    with pytest.raises(InputError, match=message):
        extract_dump(params(path), 42, tmp_path / "articles.parquet")


def test_a_stub_dump_is_recognized(tmp_path: Path) -> None:
    stubs = tmp_path / "stubs.xml"
    stub = revision("Texto", element=text_element("Texto").split(" xml:space")[0] + " />")
    stubs.write_bytes(dump(page(1, revisions=stub)))
    with pytest.raises(InputError, match=r"sha1_mismatch 1 \(a stub dump has hashes without texts"):
        extract_dump(params(stubs), 42, tmp_path / "articles.parquet")


def test_the_stage_writes_articles_and_metrics(tmp_path: Path) -> None:
    seed = read_params(ROOT / "params.yaml").seed
    expected = extract_dump(params(SAMPLE, 1000, 500), seed, tmp_path / "expected.parquet")
    result = run_stage(tmp_path, dump=str(SAMPLE), articles=1000, min_chars=500)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0] == "extract.articles = 1000: the dump has fewer; all are taken"
    assert "572 of 572 eligible articles" in result.stdout
    articles = tmp_path / "data" / "raw" / "articles.parquet"
    assert articles.read_bytes() == (tmp_path / "expected.parquet").read_bytes()
    assert YAML(typ="safe").load(tmp_path / "metrics" / "extract.json") == expected
    revisions = read_revisions(tmp_path / "data" / "raw" / "revisions.csv")
    assert [(each.page_id, each.sha1) for each in revisions] == [
        (each.page_id, each.sha1) for each in read_articles(articles)
    ]


def test_a_dump_is_read_without_requests(tmp_path: Path) -> None:
    """As if it were not installed: offline, nothing of the API is needed."""
    (tmp_path / "requests.py").write_text("raise ImportError('not needed')\n", encoding="utf-8")
    result = run_stage(tmp_path, dump=str(SAMPLE), articles=10)
    assert (result.returncode, result.stderr) == (0, "")
    result = run_stage(tmp_path, source="api", articles=10)
    assert "ImportError: not needed" in result.stderr  # the stage runs in a folder where they are broken


def test_pins_are_not_looked_at_with_a_dump_and_that_is_said(tmp_path: Path) -> None:
    run_stage(tmp_path, dump=str(SAMPLE), articles=10)
    expected = (tmp_path / "data" / "raw" / "articles.parquet").read_bytes()
    pins = tmp_path / "data" / "revisions.csv"
    pins.write_text(HEADER + f"1,2,2026-01-02T03:04:05Z,{'0' * 40},Uno\n", encoding="utf-8")
    result = run_stage(tmp_path, dump=str(SAMPLE), articles=10)
    assert "the revisions in data/revisions.csv are not looked at" in result.stdout
    assert (tmp_path / "data" / "raw" / "articles.parquet").read_bytes() == expected


@pytest.mark.parametrize(
    ("extract", "message"),
    [
        ({"source": "api"}, "error: extract.contact = '': a wiki has to know whom to write to"),
        (
            {"source": "api", "contact": "a@b.c", "api_url": "es.wikipedia.org"},
            "error: extract.api_url = 'es",
        ),
        ({"source": "api", "contact": "a@b.c", "articles": 0}, "error: extract.articles = 0: the API is not"),
        ({"dump": "none.xml"}, "error: extract.dump = none.xml: there is no such file"),
    ],
)
def test_the_stage_says_an_error_in_one_line(
    tmp_path: Path, extract: dict[str, object], message: str
) -> None:
    result = run_stage(tmp_path, **extract)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(message)
    assert len(result.stderr.splitlines()) == 1
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"params.yaml", "data/revisions.csv"}
