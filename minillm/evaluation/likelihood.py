"""How probable the model finds a split: loss, perplexity and accuracy, each target counted once.

A pass yields the scores of each target, batch by batch (training/scoring.py). Whatever is measured from them
is summed on the way, in float64, so that memory does not grow with the split. The model is in evaluation mode
(dropout off) and computes in float32.
"""

import math
from collections.abc import Iterator
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from minillm.errors import InputError
from minillm.files import Metrics
from minillm.model.minigpt import MiniGPT
from minillm.tokens.batches import evaluation_batches
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import UNK
from minillm.training.scoring import Scores, score_batch
from minillm.training.threads import ONE_THREAD, Threads


def score(
    model: MiniGPT,
    shard: Shard,
    batch_size: int,
    threads: Threads = ONE_THREAD,
    stride: int | None = None,
) -> Iterator[Scores]:
    """Yield the scores of every target of the shard, each once, in an order that never changes.

    A `stride` below the context (its default) lets windows overlap, so that no target but those at an
    article's beginning has fewer than context − stride tokens before it.
    """
    model.eval()
    batches = evaluation_batches(shard, model.config.context, batch_size, stride)
    return threads.map(partial(score_batch, model), batches)


def stride_of(asked: int | Literal["auto"], context: int) -> int:
    """evaluate.stride for a model of that context. Raises InputError if it leaves targets out."""
    if asked == "auto":
        return max(1, context // 2)
    if asked > context:
        raise InputError(
            f"evaluate.stride = {asked}: above the model's context of {context}, tokens between two windows "
            f"would not be scored; use auto or 1 to {context}"
        )
    return asked


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
            "perplexity": math.exp(self.loss),
            "accuracy": int(self.article_hits.sum()) / self.targets,
            "accuracy_known": int(self.article_known_hits.sum()) / self.targets,
        }


def article_nll(
    model: MiniGPT, shard: Shard, batch_size: int, threads: Threads = ONE_THREAD
) -> npt.NDArray[np.float64]:
    """NLL of each article of the shard, in nats."""
    likelihood = Likelihood(shard)
    for scores in score(model, shard, batch_size, threads):
        likelihood.add(scores)
    return likelihood.article_nll
