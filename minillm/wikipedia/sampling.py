"""A uniform sample of articles that depends on nothing but the seed and the articles' ids.

Each article gets a number from a hash of the seed and its id; the sample of n are the n smallest. So it is
the same in whatever order the articles come, and a larger n only adds articles.

One pass over the dump and O(n) numbers in memory: an article that is among the n smallest so far goes to a
temporary file (of N articles in all, about n (1 + ln(N/n)) do), and what was displaced later is left out
when that file is read again.
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path

from minillm.wikipedia.articles import Article, read_articles, write_articles


def sample_articles(articles: Iterable[Article], count: int, seed: int, spool: Path) -> Iterator[Article]:
    """Yield `count` of the articles (all, if there are fewer) in their order; `spool` is a temporary file."""
    smallest: list[int] = []  # a heap of the negated numbers, so that the largest is at its root

    def candidates() -> Iterator[Article]:
        for article in articles:
            number = sampling_number(article.page_id, seed)
            if len(smallest) < count:
                heapq.heappush(smallest, -number)
            elif number < -smallest[0]:
                heapq.heapreplace(smallest, -number)
            else:
                continue
            yield article

    try:
        if write_articles(spool, candidates()) == 0:
            return
        largest = -smallest[0]
        for article in read_articles(spool):
            if sampling_number(article.page_id, seed) <= largest:
                yield article
    finally:
        spool.unlink(missing_ok=True)


def sampling_number(page_id: int, seed: int) -> int:
    """A uniform number of 64 bits. The prefix keeps it independent of the one that decides on the split."""
    digest = hashlib.blake2b(f"extract:{seed}:{page_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
