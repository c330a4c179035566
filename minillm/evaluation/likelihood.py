"""How probable the model finds a split: loss, perplexity and accuracy, each target counted once.

A pass yields, batch by batch, the negative log-likelihood (NLL, in nats) of each target and the token that
the model would have chosen. Whatever is measured from them is summed on the way, in float64, so that memory
does not grow with the split. The model is in evaluation mode (dropout off) and computes in float32; the
loss is without label smoothing, whatever the training used.
"""

from collections.abc import Iterator
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from minillm.errors import InputError
from minillm.evaluation.scores import Likelihood, Scores
from minillm.model.minigpt import MiniGPT
from minillm.model.portable import argmax
from minillm.tokens.batches import EvaluationBatch, evaluation_batches
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import PAD
from minillm.training.threads import ONE_THREAD, Threads

_CHUNK_LOGITS = 2**22  # 16 MB in float32, for each core: the logits of a whole batch may not fit the memory


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
    return threads.map(partial(_scores, model), batches)


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


@torch.inference_mode()
def _scores(model: MiniGPT, batch: EvaluationBatch) -> Scores:
    device = next(model.parameters()).device
    positions = torch.from_numpy(batch.positions)[:, None] + torch.arange(batch.targets.shape[1])  # (B, T)
    counted = batch.targets != PAD
    targets = batch.targets[counted]  # (N,)
    hidden = model.hidden(batch.inputs.to(device))[counted.to(device)]  # (N, D)
    nll, predicted, log_confidence = _nll_and_choice(model, hidden, targets.to(device))
    return Scores(
        positions[counted].numpy(),
        targets.numpy(),
        predicted.cpu().numpy(),
        nll.double().cpu().numpy(),
        np.exp(log_confidence.double().cpu().numpy()),
    )


def _nll_and_choice(
    model: MiniGPT, hidden: torch.Tensor, targets: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """NLL, likeliest token and its log-probability, each (N,), for hidden (N, D) and targets (N,)."""
    rows = max(1, _CHUNK_LOGITS // model.config.vocab_size)
    parts = []
    for some_hidden, some_targets in zip(torch.split(hidden, rows), torch.split(targets, rows), strict=True):
        log_p = model.head(some_hidden).float().log_softmax(dim=1)  # (n, V)
        predicted = argmax(log_p)
        of_target, highest = (log_p.gather(1, ids[:, None])[:, 0] for ids in (some_targets, predicted))
        parts.append((-of_target, predicted, highest))
    nll, predicted, log_confidence = (torch.cat(part) for part in zip(*parts, strict=True))
    return nll, predicted, log_confidence


def article_nll(
    model: MiniGPT, shard: Shard, batch_size: int, threads: Threads = ONE_THREAD
) -> npt.NDArray[np.float64]:
    """NLL of each article of the shard, in nats."""
    likelihood = Likelihood(shard)
    for scores in score(model, shard, batch_size, threads):
        likelihood.add(scores)
    return likelihood.article_nll
