"""What each way of drawing articles costs in requests to a wiki's API.

First on a real MediaWiki on loopback that holds the embedded corpus (`make mediawiki`), then for a wiki as
large as es.wikipedia.org, simulated: page ids up to 11 million, one in six of them an article of 500
characters, three in ten deleted. (The two million articles are published; the other figures are assumed.)

Usage: python -m benchmarks.api_sampling
"""

import math
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from minillm.wikipedia.api import REQUESTS_PER_MINUTE, WikiApi
from minillm.wikipedia.api_sampling import IDS_PER_ARTICLE, PageInfos, draw_pages
from minillm.wikipedia.api_texts import batches, fetch_texts
from minillm.wikipedia.cache import TextCache
from minillm.wikipedia.replies import Page
from minillm.wikipedia.sampling import sampling_number
from tests.mediawiki.wiki import Wiki

SAMPLE = Path("data/sample/eswiki-sample.xml")
SEED = 42
MIN_CHARACTERS = 500
ARTICLES = 100

LARGE_IDS = 11_000_000
LARGE_ARTICLES = 2_000_000
LARGE_SAMPLES = (1_000, 10_000)


def main() -> None:
    """Print both tables."""
    print(f"A real MediaWiki, {ARTICLES} articles of at least {MIN_CHARACTERS} characters")
    print("way                                       requests to draw   for texts   reproducible")
    with tempfile.TemporaryDirectory() as folder, Wiki(Path(folder) / "wiki", [SAMPLE]).running() as wiki:
        _measure(wiki, folder, "page ids by their numbers (this stage)", _by_numbers, "yes")
        _measure(wiki, folder, "list=allpages, whole, then by numbers", _by_list, "yes")
        _measure(wiki, folder, "list=random", _by_random, "no")
    print(f"\nThe size of es.wikipedia.org, simulated; minutes at {REQUESTS_PER_MINUTE} requests a minute")
    print("articles   way          requests to draw   for texts   minutes   seconds to order the ids")
    for articles in LARGE_SAMPLES:
        _simulate(articles)


def _measure(
    wiki: Wiki, folder: str, name: str, draw: Callable[[WikiApi, Path], list[int]], reproducible: str
) -> None:
    api = WikiApi(wiki.url, "benchmark@example.org")
    state = Path(folder) / draw.__name__
    wiki.requests.clear()
    revision_ids = draw(api, state)
    to_draw = len(wiki.requests)
    cache = TextCache(state / "texts")
    for batch in batches(revision_ids):
        fetch_texts(api, cache, batch)
    print(f"{name:42}{to_draw:16}{len(wiki.requests) - to_draw:12}   {reproducible}", flush=True)


def _by_numbers(api: WikiApi, state: Path) -> list[int]:
    infos = PageInfos(api, state / "draw")
    expected = IDS_PER_ARTICLE * ARTICLES
    pages = draw_pages(infos, SEED, expected, MIN_CHARACTERS, lambda _reason: None)
    return [page.revision_id for page in islice(pages, ARTICLES)]


def _by_list(api: WikiApi, _state: Path) -> list[int]:
    listing = api.read(
        dict, list="allpages", aplimit="max", apfilterredir="nonredirects", apminsize=MIN_CHARACTERS
    )
    ids = [page["pageid"] for query in listing for page in query["allpages"]]
    drawn = sorted(ids, key=lambda page_id: sampling_number(page_id, SEED))[:ARTICLES]
    return _latest(api, drawn)


def _by_random(api: WikiApi, _state: Path) -> list[int]:
    query = next(api.read(dict, list="random", rnnamespace=0, rnfilterredir="nonredirects", rnlimit=ARTICLES))
    return _latest(api, [page["id"] for page in query["random"]])


def _latest(api: WikiApi, page_ids: Sequence[int]) -> list[int]:
    return [
        page["lastrevid"]
        for batch in batches(page_ids)
        for query in api.read(dict, prop="info", pageids="|".join(map(str, batch)))
        for page in query["pages"]
    ]


class _SimulatedInfos(PageInfos):
    """Answers from a checksum of the id, and counts how often it was asked."""

    def __init__(self) -> None:
        self.requests = 0

    def ask(self, page_ids: Sequence[int]) -> dict[int, Page]:
        self.requests += 1
        return {page_id: page for page_id in page_ids if (page := self._page(page_id))}

    def _page(self, page_id: int) -> Page | None:
        share = zlib.crc32(str(page_id).encode()) / 2**32
        if page_id > LARGE_IDS or share > 0.7:
            return None
        return Page(page_id, 0 if share < 1 / 6 else 1, "", False, 1000, page_id)


def _simulate(articles: int) -> None:
    infos = _SimulatedInfos()
    start = time.perf_counter()
    pages = draw_pages(infos, SEED, IDS_PER_ARTICLE * articles, MIN_CHARACTERS, lambda _reason: None)
    drawn = sum(1 for _ in islice(pages, articles))
    seconds = time.perf_counter() - start
    texts = math.ceil(drawn / 50)
    listed = math.ceil(LARGE_ARTICLES / 500) + texts
    for way, requests, cpu in (("numbers", infos.requests, f"{seconds:.1f}"), ("allpages", listed, "")):
        minutes = (requests + texts) / REQUESTS_PER_MINUTE
        print(f"{drawn:8}   {way:10}{requests:19}{texts:12}{minutes:10.1f}   {cpu:>10}", flush=True)


if __name__ == "__main__":
    main()
