"""How probable the model finds a split: loss, perplexity and accuracy, each target counted once.

A pass yields the scores of each target, batch by batch (training/scoring.py). Whatever is measured from them
is summed on the way, in float64, so that memory does not grow with the split. The model is in evaluation mode
(dropout off) and computes in float32.
"""

from collections.abc import Iterator
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from minillm.errors import InputError
from minillm.evaluation.split_likelihood import Likelihood
from minillm.model.minigpt import MiniGPT
from minillm.tokens.batches import evaluation_batches
from minillm.tokens.shards import Shard
from minillm.training.scores import Scores
from minillm.training.scoring import score_batch
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


def article_nll(
    model: MiniGPT, shard: Shard, batch_size: int, threads: Threads = ONE_THREAD
) -> npt.NDArray[np.float64]:
    """NLL of each article of the shard, in nats."""
    likelihood = Likelihood(shard)
    for scores in score(model, shard, batch_size, threads):
        likelihood.add(scores)
    return likelihood.article_nll
