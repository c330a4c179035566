"""The API source against a real MediaWiki: what it draws, pins, caches, and makes of each of its traps."""

import random
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.files import Metrics
from minillm.params import CleanParams, ExtractParams, read_params
from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_extraction import extract_api
from minillm.wikipedia.api_sampling import PageInfos, highest_page_id
from minillm.wikipedia.api_texts import fetch_texts
from minillm.wikipedia.articles import Article, read_articles
from minillm.wikipedia.cache import RevisionText, TextCache
from minillm.wikipedia.extraction import extract_dump
from minillm.wikipedia.revisions import Revision, read_revisions, write_manifest
from tests.conftest import ROOT
from tests.mediawiki.pages import GIANTS, ODD_TITLES, VERSIONS, article, composed
from tests.mediawiki.wiki import Wiki
from tests.spanish import clean_articles
from tests.wikipedia.faulty_server import Fault, Request
from tests.wikipedia.settings import extract_params

pytestmark = pytest.mark.mediawiki

CONTACT = "prueba@example.org"
SEED = 42


def params(
    articles: int = 100, min_chars: int = 500, *, allow_missing: bool = False, dump: str = ""
) -> ExtractParams:
    return extract_params(
        source="api",
        dump=dump,
        contact=CONTACT,
        allow_missing=allow_missing,
        articles=articles,
        min_chars=min_chars,
    )


class Extraction:
    """Runs of the stage's function on one wiki and one state, with the waits noted and not slept."""

    def __init__(self, wiki: Wiki, folder: Path) -> None:
        self.wiki, self.folder = wiki, folder
        self.state = folder / "state"
        self.waits: list[float] = []
        self.out = folder / "articles.parquet"

    def api(self) -> WikiApi:
        return WikiApi(self.wiki.url, CONTACT, sleep=self.waits.append)

    def run(
        self, given: ExtractParams | None = None, pins: list[Revision] | None = None, seed: int = SEED
    ) -> Metrics:
        return extract_api(given or params(), seed, pins or [], self.out, self.api(), self.state)

    def bytes(
        self, given: ExtractParams | None = None, pins: list[Revision] | None = None, seed: int = SEED
    ) -> bytes:
        self.run(given, pins, seed)
        return self.out.read_bytes()

    def articles(self) -> list[Article]:
        return list(read_articles(self.out))

    def manifest(self) -> list[Revision]:
        path = self.folder / "revisions.csv"
        write_manifest(self.out, path)
        return read_revisions(path)

    def requests(self) -> list[Request]:
        """Those since the last call."""
        requests, self.wiki.server.requests = self.wiki.server.requests, []
        return requests

    def fetch(self, *revision_ids: int) -> dict[int, object]:
        texts = fetch_texts(self.api(), TextCache(self.state / "texts"), revision_ids)
        return {number: "text" if isinstance(text, RevisionText) else text for number, text in texts.items()}


@pytest.fixture
def extraction(wiki: Wiki, tmp_path: Path) -> Extraction:
    return Extraction(wiki, tmp_path)


def another(extraction: Extraction, name: str) -> Extraction:
    """The same wiki, nothing downloaded yet."""
    folder = extraction.folder / name
    folder.mkdir()
    return Extraction(extraction.wiki, folder)


def skipped_pages(metrics: Metrics) -> dict[str, object]:
    skipped = metrics["skipped"]
    assert isinstance(skipped, Mapping)
    return dict(skipped)


def asked(requests: list[Request]) -> list[int]:
    return list(chain.from_iterable(request.revision_ids for request in requests))


# What is drawn


@pytest.mark.parametrize(("articles", "expected"), [(10, 10), (100, 100), (10_000, 594)])
def test_the_api_and_the_wikis_own_dump_give_the_same_bytes(
    extraction: Extraction, articles: int, expected: int
) -> None:
    dump = extraction.wiki.dump(extraction.folder / "dump.xml")
    from_dump = extraction.folder / "from_dump.parquet"
    given = params(articles, dump=str(dump))
    dump_metrics = extract_dump(given, SEED, from_dump)
    metrics = extraction.run(given)
    assert extraction.out.read_bytes() == from_dump.read_bytes()
    assert metrics["articles"] == dump_metrics["articles"] == expected
    assert metrics["characters"] == dump_metrics["characters"]
    if articles > expected:  # all pages were seen
        skipped = {k: v for k, v in skipped_pages(metrics).items() if k != "missing"}
        assert skipped == dump_metrics["skipped"]
        assert skipped["redirect"] == 43


def test_the_clean_stage_too_gives_the_same_bytes_from_the_api_and_the_dump(extraction: Extraction) -> None:
    dump = extraction.wiki.dump(extraction.folder / "dump.xml")
    from_dump = extraction.folder / "from_dump.parquet"
    extract_dump(params(1000, dump=str(dump)), SEED, from_dump)
    extraction.run(params(1000))
    clean_params: CleanParams = read_params(ROOT / "params.yaml").clean
    cleaned = []
    for raw in (extraction.out, from_dump):
        clean, rejected = raw.with_suffix(".clean"), raw.with_suffix(".rejected")
        metrics = clean_articles(raw, clean, rejected, clean_params)
        assert int(str(metrics["kept"])) > 500
        cleaned.append((clean.read_bytes(), rejected.read_bytes()))
    assert cleaned[0] == cleaned[1]


def test_the_same_seed_draws_the_same_articles_and_another_one_others(extraction: Extraction) -> None:
    first = extraction.bytes(params(50))
    assert another(extraction, "again").bytes(params(50)) == first
    assert another(extraction, "other").bytes(params(50), seed=43) != first


def test_drawing_needs_few_requests(extraction: Extraction) -> None:
    extraction.run(params(100))
    requests = extraction.requests()
    drawn = [request for request in requests if request.params.get("prop") == "info"]
    texts = [request for request in requests if request.revision_ids]
    assert len(texts) == 2  # 50 each
    assert len(drawn) < 10
    templates = [request for request in requests if "titles" in request.params]
    assert len(templates) < 10
    assert len(drawn) + len(texts) + len(templates) + 1 == len(requests)  # and what the wiki says of itself


def test_requests_are_polite(extraction: Extraction) -> None:
    extraction.run(params(100))
    requests = extraction.requests()
    assert len(requests) > 5
    for request in requests:
        assert request.headers["User-Agent"].startswith(f"miniLLM/0.1.0 ({CONTACT}) python-requests/")
        assert request.headers["Accept-Encoding"] == "gzip"
        assert (request.params["maxlag"], request.params["formatversion"]) == ("5", "2")
        asked = [request.params.get(key, "") for key in ("revids", "pageids", "titles")]
        assert all(len(each.split("|")) <= 50 for each in asked)
    assert extraction.waits == []


def test_the_highest_page_id_is_found_also_above_deleted_pages(extraction: Extraction) -> None:
    highest = extraction.wiki.sql("select max(page_id) from page")[0][0]
    for page_id in (*range(highest - 24, highest), *range(100, 400)):
        extraction.wiki.sql("delete from page where page_id = ?", page_id)
    infos = PageInfos(extraction.api(), extraction.folder / "draw")
    assert highest_page_id(infos) == highest
    assert len(extraction.requests()) < 12


def test_odd_titles_and_their_texts_come_out_as_they_are_in_the_wiki(extraction: Extraction) -> None:
    extraction.run(params(1000))
    by_title = {each.title: each.wikitext for each in extraction.articles()}
    assert {title: by_title[title] for title in map(composed, ODD_TITLES)} == {
        title: article(title) for title in map(composed, ODD_TITLES)
    }
    assert ODD_TITLES[-1] not in by_title  # it was decomposed when it was imported


def test_a_text_that_the_wiki_has_decomposed_is_skipped_by_both_sources(extraction: Extraction) -> None:
    """An import does not compose it, API and export do so on their way out, and its hash is another one."""
    dump = extraction.wiki.dump(extraction.folder / "dump.xml")
    from_dump = extract_dump(params(1000, dump=str(dump)), SEED, extraction.folder / "from_dump.parquet")
    from_api = extraction.run(params(1000))
    for metrics in (from_dump, from_api):
        assert skipped_pages(metrics)["sha1_mismatch"] == 1
    assert "Texto descompuesto" not in {each.title for each in extraction.articles()}


# Pinned revisions


def test_pinned_revisions_give_the_same_bytes_after_edits_moves_and_in_any_order(
    extraction: Extraction,
) -> None:
    first = extraction.bytes(params(1000))
    pins = extraction.manifest()
    assert len(pins) > 500
    extraction.wiki.edit("Łódź", "Otro texto. " * 100)
    extraction.wiki.move("C++", "C más más")
    extraction.wiki.edit("Página nueva", article("la nueva"))
    fresh = another(extraction, "fresh")
    random.Random(0).shuffle(pins)
    assert fresh.bytes(params(1), pins) == first
    assert fresh.manifest() == sorted(pins, key=lambda pin: pin.page_id)
    assert {"Łódź", "C++"} <= {each.title for each in fresh.articles()}
    # Without pins the wiki of today is another one.
    assert another(extraction, "today").bytes(params(1000)) != first


def test_an_older_revision_can_be_pinned(extraction: Extraction) -> None:
    ids = extraction.wiki.revisions("Historial largo")
    assert len(ids) == VERSIONS
    text = fetch_texts(extraction.api(), TextCache(extraction.state / "texts"), ids[3:4])[ids[3]]
    assert isinstance(text, RevisionText)
    pin = Revision(9, ids[3], text.timestamp, text.sha1, "Historial largo")
    extraction.run(pins=[pin])
    assert [each.wikitext for each in extraction.articles()] == [article("la versión 3")]


def test_what_is_gone_is_named_and_stops_the_run_unless_allowed(extraction: Extraction) -> None:
    extraction.run(params(1000))
    pins = extraction.manifest()
    older = extraction.wiki.revisions("Historial largo")[2]
    place = next(k for k, pin in enumerate(pins) if pin.title == "Historial largo")
    pins[place] = Revision(pins[place].page_id, older, pins[place].timestamp, "0" * 40, "Historial largo")
    extraction.wiki.sql("update revision set rev_deleted = 1 where rev_id = ?", older)
    deleted = next(pin for pin in pins if pin.title == "Página borrada").revision_id
    extraction.wiki.delete("Página borrada")
    fresh = another(extraction, "fresh")
    message = (
        rf"2 of {len(pins)} pinned revisions are gone from the wiki: "
        rf"{older} of «Historial largo» \(deleted_text\), "
        rf"{deleted} of «Página borrada» \(missing\); .*extract\.allow_missing=true"
    )
    with pytest.raises(InputError, match=message):
        fresh.run(pins=pins)
    assert not fresh.out.exists()
    fresh.requests()
    metrics = fresh.run(params(allow_missing=True), pins)
    assert metrics["articles"] == len(pins) - 2
    assert asked(fresh.requests()) == [older, deleted]  # the others were there already
    assert {pin.revision_id for pin in pins} - {pin.revision_id for pin in fresh.manifest()} == {
        older,
        deleted,
    }


def test_a_pin_with_another_hash_stops_the_run(extraction: Extraction) -> None:
    extraction.run(params(3))
    pin = extraction.manifest()[0]
    other = Revision(pin.page_id, pin.revision_id, pin.timestamp, "0" * 40, pin.title)
    with pytest.raises(
        InputError, match=rf"revision {pin.revision_id} .* has sha1 0{{40}} there and {pin.sha1}"
    ):
        extraction.run(params(allow_missing=True), [other])


# Cache and resume


def test_nothing_is_fetched_twice_also_for_more_articles_or_another_seed(extraction: Extraction) -> None:
    extraction.run(params(100))
    first = set(asked(extraction.requests()))
    assert len(first) >= 100
    extraction.run(params(100))
    assert asked(extraction.requests()) == []
    larger = extraction.bytes(params(200))
    second = asked(extraction.requests())
    assert len(second) >= 100
    assert not first & set(second)
    extraction.run(params(200), extraction.manifest())
    assert extraction.requests() == []  # pinned and cached: the wiki is not asked at all
    assert extraction.out.read_bytes() == larger
    extraction.run(params(200), seed=43)
    assert not (first | set(second)) & set(asked(extraction.requests()))


def test_a_corrupted_entry_is_fetched_again_and_no_other(extraction: Extraction) -> None:
    first = extraction.bytes(params(60))
    victims = [pin.revision_id for pin in extraction.manifest()[5:8]]
    cache = TextCache(extraction.state / "texts")
    for number, damage in zip(victims, (b"", b"{}\n{}", None), strict=True):
        content = bytearray(cache.path(number).read_bytes())
        content[len(content) // 2] ^= 1
        cache.path(number).write_bytes(content if damage is None else damage)
    extraction.requests()
    assert extraction.bytes(params(60)) == first
    assert sorted(asked(extraction.requests())) == victims


def test_what_was_interrupted_goes_on_with_the_same_draw(extraction: Extraction) -> None:
    clean = another(extraction, "clean").bytes(params(120))
    extraction.requests()
    extraction.wiki.server.faults.extend([None] * 9 + [Fault("drop")] * 10)
    with pytest.raises(InputError, match=r"given up after 10 tries .*what is downloaded stays"):
        extraction.run(params(120))
    done = [request for request in extraction.requests() if not request.fault]
    assert asked(done)
    # Meanwhile the wiki goes on: whatever was drawn already is not drawn anew.
    drawn = {request.params.get("pageids") for request in done}
    extraction.wiki.server.faults.clear()
    assert extraction.bytes(params(120)) == clean
    later = extraction.requests()
    assert not set(asked(done)) & set(asked(later))
    assert not (drawn - {None}) & {request.params.get("pageids") for request in later}


# Traps


def test_a_reply_that_is_cut_at_the_size_limit_is_completed(extraction: Extraction) -> None:
    ids = [extraction.wiki.revisions(title)[-1] for title in (*GIANTS, "C++", "Łódź")]
    extraction.wiki.settings("$wgAPIMaxResultSize = 250000;")
    assert extraction.fetch(*ids) == dict.fromkeys(ids, "text")
    requests = extraction.requests()
    assert any("rvcontinue" in request.params for request in requests)  # it was cut
    assert len(requests) == 2


def test_a_page_alone_over_the_limit_ends_the_endless_continue_and_takes_no_other_with_it(
    extraction: Extraction,
) -> None:
    titles = ["C++", *GIANTS[:1], "Łódź", *GIANTS[1:], "東京"]
    ids = [extraction.wiki.revisions(title)[-1] for title in titles]
    extraction.wiki.settings("$wgAPIMaxResultSize = 100000;")
    texts = extraction.fetch(*ids)
    assert {title: texts[number] for title, number in zip(titles, ids, strict=True)} == {
        title: "too_large" if title in GIANTS else "text" for title in titles
    }
    assert len(extraction.requests()) < 20


def test_what_the_wiki_has_lost_is_skipped_with_its_reason(extraction: Extraction) -> None:
    before = skipped_pages(extraction.run(params(1000)))
    extraction.wiki.sql("update page set page_latest = 0 where page_title = 'C++'")
    extraction.wiki.sql("update page set page_latest = 888888 where page_title = 'Łódź'")
    (slots,) = extraction.wiki.revisions("東京")
    extraction.wiki.sql("delete from slots where slot_revision_id = ?", slots)
    fresh = another(extraction, "fresh")
    after = skipped_pages(fresh.run(params(1000)))
    assert {
        name: int(str(after[name])) - int(str(count))
        for name, count in before.items()
        if after[name] != count
    } == {
        "missing": 2,
        "deleted_text": 1,
    }
    assert not {"C++", "Łódź", "東京"} & {each.title for each in fresh.articles()}


def test_a_drawn_page_over_the_limit_is_skipped_with_its_reason(extraction: Extraction) -> None:
    extraction.wiki.settings("$wgAPIMaxResultSize = 100000;")
    metrics = extraction.run(params(1000))
    assert metrics["articles"] == 594 - len(GIANTS)
    assert skipped_pages(metrics)["too_large"] == len(GIANTS)


def test_a_lagged_wiki_is_left_alone_for_as_long_as_it_asks(extraction: Extraction) -> None:
    ids = extraction.wiki.revisions("C++")
    lag = extraction.wiki.folder / "lag"
    lag.write_text("..")  # as many replies with a lag as it has characters
    extraction.wiki.settings(
        f"""$wgHooks['ApiMaxLagInfo'][] = function ( &$info ) {{
            $left = file_get_contents( '{lag}' );
            if ( $left ) {{
                file_put_contents( '{lag}', substr( $left, 1 ) );
                $info = [ 'host' => 'db1', 'lag' => 7.3, 'type' => 'db' ];
            }}
        }};"""
    )
    assert extraction.fetch(*ids) == {ids[0]: "text"}
    assert len(extraction.waits) == 2
    assert all(wait >= 5 for wait in extraction.waits)  # Retry-After: 5


def test_an_error_inside_the_wiki_is_asked_again_and_a_refusal_is_not(extraction: Extraction) -> None:
    ids = extraction.wiki.revisions("C++")
    extraction.wiki.sql("alter table slots rename to elsewhere")
    with pytest.raises(InputError, match="internal_api_error_DBQueryError"):
        extraction.fetch(*ids)
    assert len(extraction.waits) == 9
    extraction.wiki.reset()
    with pytest.raises(InputError, match="refused, toomanyvalues: "):
        list(extraction.api().read(dict, prop="info", pageids="|".join(map(str, range(1, 52)))))
    assert len(extraction.requests()) == 1


FAULTS = [
    Fault(status=429, headers={"Retry-After": "3"}),
    Fault(status=500),
    Fault(status=503, headers={"Retry-After": "1"}),
    Fault("drop"),
    Fault("break_off"),
    Fault("cut_json"),
    Fault("empty"),
    Fault("html"),
    Fault("slow"),
    Fault("trickle"),
    Fault("spoil"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}-{fault.status}")
def test_a_fault_costs_a_request_and_changes_nothing(extraction: Extraction, fault: Fault) -> None:
    ids = [extraction.wiki.revisions(title)[-1] for title in ("C++", "Łódź")]
    extraction.fetch(extraction.wiki.revisions("東京")[-1])
    extraction.requests()
    extraction.wiki.server.faults.append(fault)
    assert extraction.fetch(*ids) == dict.fromkeys(ids, "text")
    requests = extraction.requests()
    assert requests[0].fault == fault
    assert len(requests) == (1 if fault.kind in ("slow", "trickle") else 2)
    asked_seconds = float(fault.headers.get("Retry-After", 0))
    spoiled = (
        fault.kind == "spoil"
    )  # the wiki has answered, and a text that is not the revision's is asked anew
    assert len(extraction.waits) == (0 if spoiled else len(requests) - 1)
    assert all(wait >= max(0.5, asked_seconds) for wait in extraction.waits)


def test_a_fault_before_a_third_of_the_requests_changes_no_byte(extraction: Extraction) -> None:
    clean = another(extraction, "clean").bytes(params(1000))
    without_faults = len(extraction.requests())
    generator = random.Random(7)

    def some() -> Iterator[Fault | None]:
        for _ in range(10 * without_faults):
            yield generator.choice(FAULTS) if generator.random() < 1 / 3 else None

    extraction.wiki.server.faults.extend(some())
    assert extraction.bytes(params(1000)) == clean
    requests = extraction.requests()
    met = {(request.fault.kind, request.fault.status) for request in requests if request.fault}
    assert len(requests) > 1.2 * without_faults
    assert len(met) >= 8
    assert len(extraction.waits) > 5


def test_a_text_that_is_never_as_declared_is_skipped_with_its_reason(extraction: Extraction) -> None:
    number = extraction.wiki.revisions("C++")[-1]
    extraction.wiki.sql(
        "update content set content_sha1 = 'x' where content_id = "
        "(select slot_content_id from slots where slot_revision_id = ?)",
        number,
    )
    assert extraction.fetch(number) == {number: "sha1_mismatch"}
    assert len(extraction.requests()) == 2
