"""Which of two sentences a model finds likelier: the right one, or the one with a fault in it?

A model is right if the whole sentence that is correct has the higher log-likelihood, from [BOS] on; equal
ones count as half. Pairs of one cluster (a template, or a sentence with several faults) are not independent:
intervals draw the clusters anew, and of the lead over the n-gram model it is the difference that is drawn
(minillm/evaluation/comparison.py). Where all clusters are alike (all right, or a constant choice: one of each
twins), all draws are the same; the interval then allows for as many others as Wilson's for none of so many
clusters, 1 in 9 for 30 of them. A phenomenon without a pair has no share.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from minillm.evaluation.comparison import Interval, bootstrap, wilson
from minillm.evaluation.unmeasured import mark_unmeasured
from minillm.files import Metrics
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS

LOCAL = 0.95
"""Where an n-gram model is right so often, the neighbouring words decide, and no grammar is asked."""
_TIE = 1e-6  # nats; the same factors in another order differ by rounding

SCORE_COLUMNS = (
    *("phenomenon", "model", "clusters", "pairs", "skipped", "share", "low", "high"),
    *("lead", "lead_low", "lead_high", "local"),
)
PAIR_COLUMNS = ("phenomenon", "right", "wrong", "advantage")

ArticleNll = Callable[[Shard], npt.NDArray[np.float64]]
"""NLL of each article of a shard, in nats; here an article is a sentence."""
Floats = npt.NDArray[np.float64]


class Pair(NamedTuple):
    """Two sentences, one of them wrong."""

    phenomenon: str
    cluster: str
    """What pairs of the same origin share."""
    right: str
    wrong: str


class Questions(NamedTuple):
    """What models are asked."""

    pairs: Sequence[Pair]
    skipped: Sequence[Pair]
    """Left out, because the vocabulary lacks a word."""
    shard: Shard
    """Right and wrong sentence of each pair in turn, as articles without [EOS]: none of them ends one."""


def questions(pairs: Sequence[Pair], ids: Sequence[Sequence[int]], known: Sequence[bool]) -> Questions:
    """Those pairs that are `known`; `ids` are the tokens of their right and wrong sentences in turn."""
    sentences = [
        [BOS, *ids[2 * index + side]] for index, asked in enumerate(known) if asked for side in (0, 1)
    ]
    tokens = np.array([token for sentence in sentences for token in sentence], dtype=np.uint32)
    return Questions(
        [pair for pair, asked in zip(pairs, known, strict=True) if asked],
        [pair for pair, asked in zip(pairs, known, strict=True) if not asked],
        Shard(tokens, np.cumsum([0, *map(len, sentences)])),
    )


class Score(NamedTuple):
    """How often a model was right; None where nothing was asked."""

    phenomenon: str
    model: str
    clusters: int
    pairs: int
    skipped: int
    share: Interval | None
    lead: Interval | None
    """How much more often than the n-gram model; the n-gram model itself has none."""
    local: bool
    """Whether the n-gram model was right in LOCAL of the pairs or more."""

    def row(self) -> tuple[object, ...]:
        """Under SCORE_COLUMNS."""
        return (*self[:5], *(self.share or (None,) * 3), *(self.lead or (None,) * 3), self.local)


class Answers:
    """What the models answered; one of them is the n-gram."""

    def __init__(self, asked: Questions, models: Mapping[str, ArticleNll], seed: int) -> None:
        self.pairs, self.skipped, shard = asked
        self.advantages: dict[str, Floats] = {}
        """By model: log p(right) − log p(wrong) of each pair, in nats."""
        for name, article_nll in models.items():
            nll = article_nll(shard) if self.pairs else np.zeros(0)
            self.advantages[name] = nll[1::2] - nll[::2]
        self._seed = seed
        phenomena = dict.fromkeys(pair.phenomenon for pair in (*self.pairs, *self.skipped))
        self.scores = [self._score(model, name) for name in (*phenomena, None) for model in models]
        """Each phenomenon, then all, each with every model."""

    def of_all(self, model: str) -> Score:
        """The score over all pairs."""
        return next(score for score in reversed(self.scores) if score.model == model)

    def _score(self, model: str, phenomenon: str | None) -> Score:
        """The share of pairs of a phenomenon (None: of all) in which the model was right."""
        name = phenomenon or "all"
        asked = np.array([phenomenon in (None, pair.phenomenon) for pair in self.pairs], dtype=bool)
        skipped = sum(phenomenon in (None, pair.phenomenon) for pair in self.skipped)
        if not asked.any():
            return Score(name, model, 0, 0, skipped, share=None, lead=None, local=False)
        clusters = [pair.cluster for pair, counts in zip(self.pairs, asked, strict=True) if counts]
        numbers = np.unique(clusters, return_inverse=True)[1]
        pairs = np.bincount(numbers)
        right, ngram = (
            np.bincount(numbers, self._right(one)[asked]).astype(np.float64) for one in (model, "ngram")
        )
        share = _interval(right, pairs, self._seed, lowest=0)
        lead = None if model == "ngram" else _interval(right - ngram, pairs, self._seed, lowest=-1)
        local = bool(ngram.sum() >= LOCAL * pairs.sum())
        return Score(name, model, len(pairs), int(pairs.sum()), skipped, share, lead, local)

    def _right(self, model: str) -> Floats:
        """1 for each pair in which the model is right, ½ where it finds both sentences as likely."""
        advantage = self.advantages[model]
        return np.where(np.abs(advantage) <= _TIE, 0.5, advantage > 0)

    def table(self) -> list[tuple[object, ...]]:
        """Rows of SCORE_COLUMNS."""
        return [score.row() for score in self.scores]

    def percent_right(self, model: str) -> list[tuple[str, float]]:
        """Each phenomenon that was asked about, then all, with the share of right answers in per cent."""
        scores = [score for score in self.scores if score.model == model]
        return [(score.phenomenon, 100 * score.share.mean) for score in scores if score.share]

    def pair_table(self, model: str) -> list[tuple[object, ...]]:
        """Rows of PAIR_COLUMNS."""
        return [
            (pair.phenomenon, pair.right, pair.wrong, float(advantage))
            for pair, advantage in zip(self.pairs, self.advantages[model], strict=True)
        ]

    def metrics(self) -> Metrics:
        """Share of all pairs by model, MiniGPT's lead over the n-gram, and how many pairs there were."""
        scores = {model: self.of_all(model) for model in self.advantages}
        shares = {model: score.share.mean if score.share else None for model, score in scores.items()}
        lead = scores["minigpt"].lead
        return {
            **mark_unmeasured({**shares, "lead": lead.metrics() if lead else None}),
            "pairs": len(self.pairs),
            "skipped": len(self.skipped),
        }


def _interval(values: Floats, pairs: npt.NDArray[np.int64], seed: int, lowest: float) -> Interval:
    """Mean per pair of what each cluster sums up to, between `lowest` and 1."""
    means = values / pairs
    if len(pairs) < 2 or np.ptp(means) > 0:
        return bootstrap(values, pairs, seed)
    mean = float(means[0])
    unseen = wilson(0, len(pairs)).high
    assert unseen is not None
    return Interval(mean, mean + unseen * (lowest - mean), mean + unseen * (1 - mean))
