"""Contamination: are test articles too near to training ones?

A test article that stands in the training split, whole or in long parts, measures memory. For each, the share
of its 8-grams that occur there is counted: a few per cent for any prose (dates, set phrases), most of it for
a copy. Cleaning drops near duplicates by their words; this is the check that it did.
"""

from typing import NamedTuple

import numpy as np

from minillm.evaluation.measured import Measured, Table
from minillm.evaluation.verbatim import find_ngrams, share_found
from minillm.tokens.choice import draw_tokens
from minillm.tokens.shards import Shard

CONTAMINATION_COLUMNS = ("title", "ngrams", "copied_share")
NEAR_SHARE = 0.5
"""An article with so many of its 8-grams in the training split is too near to it."""
MAX_TEST_TOKENS = 2_000_000
"""Of the articles that are searched, drawn by seed: their hashes stay in memory."""
_FEWEST_NGRAMS = 10  # a share of fewer says nothing
_TABLE_ARTICLES = 10


class Contamination(NamedTuple):
    """Per searched test article: its number, its 8-grams without [UNK], and their share in training."""

    articles: list[int]
    ngrams: list[int]
    shares: list[float | None]
    """None where there is no 8-gram."""

    def measured(self, titles: list[str]) -> Measured:
        """The share of articles too near, and the nearest of them, given the title of each article.

        Where not all of them are long enough to tell, also how many are.
        """
        told = sum(count >= _FEWEST_NGRAMS for count in self.ngrams) / len(self.ngrams)
        part = {"near_test_measured_share": told} if told < 1 else {}
        return Measured(
            {"near_test_articles": self.near_share, **part},
            {"tables/near_articles": Table(CONTAMINATION_COLUMNS, self.table(titles))},
            compared=["near_test_articles"],
        )

    @property
    def near_share(self) -> float | None:
        """Share of articles too near, among those that are long enough to tell; None if none is."""
        near = [
            share >= NEAR_SHARE
            for count, share in zip(self.ngrams, self.shares, strict=True)
            if share is not None and count >= _FEWEST_NGRAMS
        ]
        return sum(near) / len(near) if near else None

    def table(self, titles: list[str]) -> list[tuple[str, int, float | None]]:
        """Rows of CONTAMINATION_COLUMNS: the nearest articles first, given the title of each article."""
        nearest = sorted(range(len(self.shares)), key=lambda index: (-(self.shares[index] or 0), index))
        return [
            (titles[self.articles[index]], self.ngrams[index], self.shares[index])
            for index in nearest[:_TABLE_ARTICLES]
        ]


def measure_contamination(test: Shard, train: Shard, seed: int) -> Contamination:
    """Search the 8-grams of the test articles in the training split."""
    articles = np.flatnonzero(draw_tokens(test, MAX_TEST_TOKENS, seed)).tolist()
    results = find_ngrams([test.article(index)[1:-1] for index in articles], train)
    counts = [int(searched.sum()) for searched, _ in results]
    return Contamination(articles, counts, [share_found([result]) for result in results])
