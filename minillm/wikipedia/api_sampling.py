"""Draws articles of a wiki by seed, without a list of them: the very sample that its dump would give.

`sampling.py` gives each page id a number by seed; a sample is the eligible articles with the smallest
numbers. For that nobody has to list the two million articles (4,000 requests): we know all ids that there
can be, 1 to the highest, so we go through them in the order of their numbers and ask the wiki what each
is, 50 a request, until enough are eligible. The same seed and the same state of the wiki give the same
articles; another page at the end changes at most one. `generator=random` cannot do that.

The replies are kept until the run succeeds, so that one that was killed goes on with the same draw.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Literal

from minillm.errors import InputError
from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_texts import BATCH, batches
from minillm.wikipedia.cache import entry_path, read_entry, write_entry
from minillm.wikipedia.disk import check_room
from minillm.wikipedia.replies import Page, page_infos
from minillm.wikipedia.sampling import sampling_number

NoArticle = Literal["missing", "other_namespace", "redirect", "too_short"]
"""Why a page id is not drawn, known before its text is asked for."""

IDS_PER_ARTICLE = 16
"""Ids to put in order per article wanted, at first. On eswiki about one id in six is an article."""

# Where to look for pages above the highest known id: next to it, and further and further away.
_PROBES = [*range(1, 26), *(25 + 2**power for power in range(1, 26))]
_NUMBERS = 2**64
_MAX_BAND = 2**20  # ids in memory at once, to be put in order: 100 MB

MAX_PAGE_ID = 2**29
"""Three times that of Commons, the largest wiki."""
MAX_ROUNDS = 1000
"""Of the search for the highest id: about 25 with 11 million."""
MAX_IDS_WITHOUT_ARTICLE = 2**20
"""Then a draw is given up. On eswiki one in six is an article; 20,000 requests have brought none."""


class PageInfos:
    """Asks what page ids are; what is known already comes from the folder."""

    def __init__(self, api: WikiApi, folder: Path) -> None:
        self._api = api
        self._folder = folder

    def ask(self, page_ids: Sequence[int]) -> dict[int, Page]:
        """The pages among at most 50 ids that exist."""
        assert len(page_ids) <= BATCH
        joined = "|".join(map(str, page_ids))
        entry = entry_path(self._folder, joined)
        try:
            pages = [Page(*row) for row in read_entry(entry)]
        except TypeError:  # there is none, or it has other fields
            pages = self._ask(page_ids, joined)
            check_room(self._folder, 0, "the draw of articles")
            write_entry(entry, [astuple(page) for page in pages])
        return {page.page_id: page for page in pages}

    def _ask(self, page_ids: Sequence[int], joined: str) -> list[Page]:
        infos: dict[int, Page | None] = {}
        for found in self._api.read(partial(page_infos, asked=set(page_ids)), prop="info", pageids=joined):
            infos |= found
        unanswered = [page_id for page_id in page_ids if page_id not in infos]
        if unanswered:  # as a page that does not exist it would change the draw without a word
            raise InputError(
                f"extract.api_url: of page ids {joined:.80} … the wiki's reply leaves out {len(unanswered)}, "
                f"{unanswered[0]} first; no MediaWiki does: run it again, or take a dump"
            )
        return [page for page in infos.values() if page]

    def forget(self) -> None:
        """Ask anew from now on."""
        shutil.rmtree(self._folder, ignore_errors=True)


def highest_page_id(infos: PageInfos) -> int:
    """The highest id that a page has, by a search from 0 upwards; 0 if there is none.

    No query of the API returns it. Each request looks at 50 ids above the highest known so far, near and
    far; the farthest that exists is the new one. Pages may be overlooked only if all ids probed below them
    are deleted ones, 25 in a row among them. InputError if the wiki finds ever more.
    """
    highest = 0
    for _ in range(MAX_ROUNDS):
        found = infos.ask([highest + distance for distance in _PROBES])
        if not found:
            return highest
        highest = max(found)
        if highest > MAX_PAGE_ID:
            break
    raise InputError(
        f"extract.api_url: the wiki says that page id {highest} exists and, after {MAX_ROUNDS} requests or "
        f"above {MAX_PAGE_ID}, ever higher ones; no wiki has them: take another one, or a dump"
    )


def ordered_ids(highest: int, seed: int, expected: int) -> Iterator[int]:
    """Yield the ids 1 to `highest` in the order of their sampling numbers.

    In bands of numbers, the first with about `expected` ids in it and each next one with twice as many, up
    to a million: one pass over all ids a band, and only a band in memory.
    """
    widest = max(1, _NUMBERS * _MAX_BAND // max(1, highest))
    low, width = 0, min(widest, max(1, _NUMBERS * expected // max(1, highest)))
    while low < _NUMBERS:
        numbered = ((sampling_number(page_id, seed), page_id) for page_id in range(1, highest + 1))
        yield from (
            page_id for _, page_id in sorted(pair for pair in numbered if low <= pair[0] < low + width)
        )
        low, width = low + width, min(widest, width * 2)


def draw_pages(
    infos: PageInfos, seed: int, expected: int, min_bytes: int, skip: Callable[[NoArticle], None]
) -> Iterator[Page]:
    """Yield the pages that are articles, in the order in which they are drawn; `skip` hears of the others.

    `expected` is about how many ids will be looked at, `min_bytes` the least size of the wikitext.
    """
    for page_ids in batches(ordered_ids(highest_page_id(infos), seed, expected)):
        pages = infos.ask(page_ids)
        for page_id in page_ids:
            page = pages.get(page_id)
            reason = _no_article(page, min_bytes)
            if reason:
                skip(reason)
            elif page:
                yield page


def _no_article(page: Page | None, min_bytes: int) -> NoArticle | None:
    if page is None:
        return "missing"
    if page.namespace != 0:
        return "other_namespace"
    if page.is_redirect:
        return "redirect"
    return "too_short" if page.size_bytes < min_bytes else None
