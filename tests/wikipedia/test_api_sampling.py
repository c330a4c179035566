import hashlib
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import InputError
from minillm.params import ExtractParams
from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_extraction import extract_api
from minillm.wikipedia.api_sampling import PageInfos, draw_pages, highest_page_id, ordered_ids
from minillm.wikipedia.api_texts import fetch_texts
from minillm.wikipedia.articles import read_articles
from minillm.wikipedia.cache import TextCache
from minillm.wikipedia.revisions import Revision
from minillm.wikipedia.sampling import sampling_number
from minillm.wikipedia.state import state_folder
from minillm.wikipedia.wiki import Wiki, read_wiki
from tests.wikipedia.faulty_server import Answer, FaultyServer, Request, json_answer
from tests.wikipedia.settings import extract_params

CONTACT = "prueba@example.org"


class FakeWiki:
    """As much of MediaWiki's API as is asked of it, for pages `id: text`; page n has revision 1000 + n."""

    def __init__(self, texts: dict[int, str]) -> None:
        self.texts = texts
        self.server = FaultyServer(self._answer)
        base = self.server.url.replace("/w/api.php", "/wiki/Portada")
        general = {"sitename": "Prueba", "wikiid": "eswiki", "base": base, "lang": "es"}
        rights = {"url": "https://creativecommons.org/publicdomain/zero/1.0/", "text": "CC0"}
        self.site: dict[str, dict[str, str]] = {"general": general, "rightsinfo": rights}

    def _answer(self, request: Request) -> Answer:
        ids = [int(number) for number in request.params.get("pageids", "").split("|") if number]
        ids += [number - 1000 for number in request.revision_ids] if "revids" in request.params else []
        assert len(ids) <= 50
        if request.params.get("meta") == "siteinfo":
            return json_answer({"batchcomplete": True, "query": self.site})
        pages = [self._page(number) for number in ids]
        return json_answer({"batchcomplete": True, "query": {"pages": pages}})

    def _page(self, number: int) -> dict[str, object]:
        if number not in self.texts:
            return {"pageid": number, "missing": True}
        content = self.texts[number].encode("utf-8", "surrogatepass")
        sha1 = hashlib.sha1(self.texts[number].encode(errors="replace"), usedforsecurity=False).hexdigest()
        main = {"size": len(content), "sha1": sha1, "content": self.texts[number]}
        revision = {"revid": 1000 + number, "timestamp": "2026-01-02T03:04:05Z", "slots": {"main": main}}
        return {
            "pageid": number,
            "ns": 0,
            "title": f"Página {number}",
            "length": len(content),
            "lastrevid": 1000 + number,
            "revisions": [revision],
        }


class KnownIds(PageInfos):
    """Page ids that exist, without a wiki."""

    def __init__(self, ids: set[int]) -> None:
        self.ids, self.asked = ids, 0

    def ask(self, page_ids):  # type: ignore[no-untyped-def]
        assert len(page_ids) <= 50
        self.asked += 1
        return dict.fromkeys(self.ids.intersection(page_ids))


@pytest.mark.parametrize("highest", [1, 2, 49, 50, 51, 1000, 123_457, 11_000_000])
def test_the_highest_id_of_pages_without_gaps_is_found_in_few_requests(highest: int) -> None:
    infos = KnownIds(set(range(1, highest + 1)))
    assert highest_page_id(infos) == highest
    assert infos.asked <= 25


@given(distances=st.lists(st.integers(1, 25), min_size=1, max_size=300))
def test_the_highest_id_above_any_gaps_of_24_deleted_pages_is_found(distances: list[int]) -> None:
    ids = set(accumulate(distances))
    assert highest_page_id(KnownIds(ids)) == max(ids)


def test_a_wiki_without_pages_has_no_highest_id() -> None:
    assert highest_page_id(KnownIds(set())) == 0


@given(highest=st.integers(0, 300), seed=st.integers(0, 2**32 - 1), expected=st.integers(1, 400))
def test_ids_come_in_the_order_of_their_numbers_whatever_the_bands(
    highest: int, seed: int, expected: int
) -> None:
    ids = list(ordered_ids(highest, seed, expected))
    assert ids == sorted(range(1, highest + 1), key=lambda page_id: sampling_number(page_id, seed))


def params(articles: int, min_chars: int = 1) -> ExtractParams:
    return extract_params(source="api", contact=CONTACT, articles=articles, min_chars=min_chars)


def test_the_articles_with_the_smallest_numbers_are_drawn(tmp_path: Path) -> None:
    wiki = FakeWiki({number: "ñ" * (number % 40) for number in range(1, 301) if number % 3})
    out = tmp_path / "articles.parquet"
    with wiki.server.running():
        api = WikiApi(wiki.server.url, CONTACT)
        metrics = extract_api(params(60, 20), 7, [], out, api, tmp_path / "state")
    eligible = [number for number in wiki.texts if number % 40 >= 20]
    smallest = sorted(eligible, key=lambda page_id: sampling_number(page_id, 7))[:60]
    assert [each.page_id for each in read_articles(out)] == sorted(smallest)
    last = sampling_number(smallest[-1], 7)
    seen = [number for number in range(1, 300) if sampling_number(number, 7) <= last]
    short = sum(number in wiki.texts and number % 40 < 20 for number in seen)
    missing = sum(number not in wiki.texts for number in seen)
    assert (metrics["pages_read"], metrics["articles"]) == (len(seen), 60)
    assert metrics["skipped"] == {
        "missing": missing,
        "other_namespace": 0,
        "redirect": 0,
        "too_short": short,
        "deleted_text": 0,
        "too_large": 0,
        "sha1_mismatch": 0,
    }
    assert not (tmp_path / "state" / "draw").exists()  # the next run asks what the wiki is then


def test_what_is_known_of_a_page_is_not_asked_twice(tmp_path: Path) -> None:
    wiki = FakeWiki({1: "Uno", 3: "Tres"})
    with wiki.server.running():
        infos = PageInfos(WikiApi(wiki.server.url, CONTACT), tmp_path)
        first = infos.ask([1, 2, 3])
        assert infos.ask([1, 2, 3]) == first
        assert sorted(first) == [1, 3]
        assert len(wiki.server.requests) == 1
        infos.forget()
        assert infos.ask([1, 2, 3]) == first
        assert len(wiki.server.requests) == 2


def test_pages_are_asked_for_only_as_they_are_needed(tmp_path: Path) -> None:
    wiki = FakeWiki(dict.fromkeys(range(1, 1001), "x"))
    with wiki.server.running():
        infos = PageInfos(WikiApi(wiki.server.url, CONTACT), tmp_path)
        highest_page_id(infos)
        before = len(wiki.server.requests)
        pages = draw_pages(infos, 42, 1000, 1, lambda _reason: None)
        for _ in range(60):
            next(pages)
        assert len(wiki.server.requests) == before + 2


def test_a_text_with_a_lone_surrogate_is_none(tmp_path: Path) -> None:
    wiki = FakeWiki({1: "Uno", 2: "D\ud800s"})
    with wiki.server.running():
        texts = fetch_texts(WikiApi(wiki.server.url, CONTACT), TextCache(tmp_path), [1001, 1002])
    assert texts[1002] == "sha1_mismatch"
    assert not isinstance(texts[1001], str)


def test_no_article_at_all_is_a_clear_error(tmp_path: Path) -> None:
    wiki = FakeWiki({1: "Uno", 2: "Dos"})
    out = tmp_path / "articles.parquet"
    with (
        wiki.server.running(),
        pytest.raises(InputError, match=r"extract\.min_chars = 9 characters: too_short 2;"),
    ):
        extract_api(params(5, 9), 42, [], out, WikiApi(wiki.server.url, CONTACT), tmp_path / "state")
    assert not out.exists()


def extract_one(wiki: FakeWiki, folder: Path) -> Wiki:
    api = WikiApi(wiki.server.url, CONTACT)
    extract_api(params(1), 42, [], folder / "articles.parquet", api, folder / "state")
    return read_wiki(folder / "wiki.json")


def test_the_wiki_says_whose_the_articles_are_and_is_asked_once(tmp_path: Path) -> None:
    fake = FakeWiki({1: "Uno"})
    with fake.server.running():
        wiki = extract_one(fake, tmp_path)
        assert (wiki.sitename, wiki.host, wiki.licence) == ("Prueba", "127.0.0.1", "CC0")
        (article,) = read_articles(tmp_path / "articles.parquet")
        assert article.url == f"{wiki.base}?oldid=1001"
        fake.site["general"]["sitename"] = "Otra"
        assert extract_one(fake, tmp_path) == wiki
    assert sum("meta" in request.params for request in fake.server.requests) == 1


def test_a_wiki_that_claims_another_host_is_at_none(tmp_path: Path) -> None:
    fake = FakeWiki({1: "Uno"})
    fake.site["general"]["base"] = "https://es.wikipedia.org/wiki/Portada"
    with fake.server.running():
        wiki = extract_one(fake, tmp_path)
    assert (wiki.sitename, wiki.base, wiki.is_wikimedia) == ("Prueba", "", False)


def test_a_whole_wiki_is_not_for_the_api(tmp_path: Path) -> None:
    api = WikiApi("https://es.wikipedia.org/w/api.php", CONTACT)
    with pytest.raises(InputError, match=r"extract\.articles = 0: .*dumps\.wikimedia\.org/eswiki"):
        extract_api(params(0), 42, [], tmp_path / "articles.parquet", api, tmp_path / "state")


def test_pins_need_no_number_of_articles(tmp_path: Path) -> None:
    wiki = FakeWiki({1: "Uno"})
    sha1 = hashlib.sha1(b"Uno", usedforsecurity=False).hexdigest()
    pin = Revision(5, 1001, "2020-01-02T03:04:05Z", sha1, "El título de entonces")
    out = tmp_path / "articles.parquet"
    with wiki.server.running():
        extract_api(params(0, 500), 42, [pin], out, WikiApi(wiki.server.url, CONTACT), tmp_path / "state")
    (article,) = read_articles(out)
    assert (article.page_id, article.title, article.wikitext) == (5, "El título de entonces", "Uno")
    assert article.timestamp == "2020-01-02T03:04:05Z"


def test_each_wiki_has_a_folder_of_its_own_in_the_main_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", "/repo")
    urls = [
        "https://es.wikipedia.org/w/api.php",
        "https://ca.wikipedia.org/w/api.php",
        "http://127.0.0.1:80/api.php",
    ]
    folders = [state_folder(url) for url in urls]
    assert folders[0] == Path("/repo/.state/extract/es.wikipedia.org_w_api.php")
    assert len(set(folders)) == 3
    assert {folder.parent for folder in folders} == {Path("/repo/.state/extract")}
    long = [state_folder(f"https://w.example/{'ñ' * 200}/{number}/api.php") for number in range(2)]
    assert len(set(long)) == 2
    assert max(len(folder.name.encode()) for folder in long) < 200
    monkeypatch.delenv("DVC_ROOT")
    assert state_folder(urls[0]) == Path(".state/extract/es.wikipedia.org_w_api.php")
