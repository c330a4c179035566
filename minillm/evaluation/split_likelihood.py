"""What a pass of the model over a split sums up to, each target counted once.

Without torch: the report and the summary, which read results alone, get by without its two seconds.
"""

import math

import numpy as np
import numpy.typing as npt

from minillm.files import Metrics
from minillm.tokens.assignment import Split
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import UNK
from minillm.training.scores import Scores

HELD_OUT: tuple[Split, ...] = ("validation", "test")
"""The splits that are not trained on."""
_MOST_NATS = 709.0
"""Its exponential is the largest that a float can hold, but for a factor of 2."""


def perplexity(loss: float) -> float:
    """exp(loss); above 709 nats that of 709, since a model that is no good may be that bad on some text."""
    return math.exp(min(loss, _MOST_NATS))


class Likelihood:
    """What a pass over a split sums up to."""

    def __init__(self, shard: Shard) -> None:
        self._shard, self._offsets = shard, shard.offsets
        self.article_nll = np.zeros(len(shard))
        """NLL of each article, in nats."""
        self.article_targets = np.diff(shard.offsets) - 1
        self.article_hits = np.zeros(len(shard), dtype=np.int64)
        """How many targets of each article were the likeliest token."""
        self.article_known_hits = np.zeros(len(shard), dtype=np.int64)
        """The same without targets that are [UNK]."""

    def add(self, scores: Scores) -> None:
        """Count a batch."""
        articles = np.searchsorted(self._offsets, scores.positions, side="right") - 1
        np.add.at(self.article_nll, articles, scores.nll)
        right = scores.predicted == scores.targets
        np.add.at(self.article_hits, articles, right)
        np.add.at(self.article_known_hits, articles, right & (scores.targets != UNK))

    @property
    def targets(self) -> int:
        """How many targets were scored: all tokens but the first of each article."""
        return int(self.article_targets.sum())

    def target_counts(self, vocab_size: int) -> npt.NDArray[np.int64]:
        """How often each id is one of them, (vocab_size,)."""
        return self._shard.target_counts(vocab_size)

    @property
    def nll(self) -> float:
        """NLL of the whole split, in nats."""
        return float(self.article_nll.sum())

    @property
    def loss(self) -> float:
        """Mean NLL per target, in nats."""
        return self.nll / self.targets

    def metrics(self) -> Metrics:
        """Loss, perplexity and the share of targets whose likeliest token is right.

        `accuracy_known` counts a target that is [UNK] as wrong: guessing [UNK] says nothing about the text.
        """
        return {
            "loss": self.loss,
            "perplexity": perplexity(self.loss),
            "accuracy": int(self.article_hits.sum()) / self.targets,
            "accuracy_known": int(self.article_known_hits.sum()) / self.targets,
        }
