"""Batches of token ids: packed or padded for training, and every target exactly once for evaluation.

Packed: the epoch's articles in shuffled order form one endless text that is cut into rows of `context`
tokens, so no position is wasted on padding. Padded (the studied system's dynamic batching): windows of at
most `context` targets, article by article, grouped by length and padded to the longest of their batch.
A curriculum puts the easiest articles first, in the first epoch.
Order and position derive from (seed, epoch) alone. A target that must not count ([PAD], or the [BOS] of the
next article) is PAD.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from minillm.errors import InputError
from minillm.params import TrainParams
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS, PAD

Batch = tuple[Tensor, Tensor]
"""inputs (B, T) and targets (B, T), int64."""

_GROUP_BATCHES = 50  # padded: windows are sorted by length within the windows of so many batches


class PackedRows(Dataset[Tensor]):
    """Rows of context + 1 tokens out of the epoch's shuffled articles, put together when asked for."""

    def __init__(
        self,
        shard: Shard,
        context: int,
        shuffle_seed: Sequence[int] | None,
        difficulty: npt.NDArray[np.float64] | None = None,
    ) -> None:
        articles = np.arange(len(shard))
        self._shard, self._context = shard, context
        self._rows = np.arange((len(shard.tokens) - 1) // context)
        if difficulty is not None:
            articles = np.argsort(difficulty, kind="stable")
        elif shuffle_seed is not None:
            random = np.random.default_rng(shuffle_seed)
            articles = random.permutation(articles)
            self._rows = random.permutation(self._rows)
        self._articles = articles
        lengths = np.diff(shard.offsets)[articles]
        self._ends = np.cumsum(lengths)  # of each shuffled article in the epoch's text

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Tensor:
        start = int(self._rows[index]) * self._context
        stop = start + self._context + 1
        pieces = []
        at = int(np.searchsorted(self._ends, start, side="right"))
        while start < stop:
            tokens = self._shard.article(int(self._articles[at]))
            offset = start - (int(self._ends[at]) - len(tokens))
            piece = tokens[offset : offset + stop - start]
            pieces.append(piece)
            start, at = start + len(piece), at + 1
        return torch.from_numpy(np.concatenate(pieces).astype(np.int64))  # (context + 1,)


class Windows(Dataset[Tensor]):
    """Windows of at most context + 1 tokens that do not leave their article, one beginning every `stride`.

    Each target is in one, or in the first of several and `seen` by the others, which begin before it.
    """

    def __init__(self, shard: Shard, context: int, stride: int | None = None) -> None:
        self._tokens = shard.tokens
        self.starts, self.lengths, self.seen = _windows(shard, context, stride or context)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> Tensor:
        start, length = int(self.starts[index]), int(self.lengths[index])
        return torch.from_numpy(self._tokens[start : start + length].astype(np.int64))  # (length,)


def training_batches(
    shard: Shard,
    context: int,
    params: TrainParams,
    seed: int,
    epoch: int,
    first: int = 0,
    pin_memory: bool = False,
) -> DataLoader[Tensor]:
    """Batches of one epoch, as a DataLoader of (inputs, targets), each (batch_size, T).

    Without those before number `first`, which a resumed run has seen. Raises InputError if the training split
    is too small for one packed row or one batch.
    """
    shuffle_seed = [seed, epoch] if params.shuffle else None
    rows: PackedRows | Windows
    if params.batches == "packed":
        rows = PackedRows(shard, context, shuffle_seed, _difficulty(shard, params.curriculum, epoch))
        order = np.arange(len(rows))
        batches = _full_batches(order, params.batch_size)
    else:
        rows = Windows(shard, context)
        batches = _length_grouped(rows.lengths, params.batch_size, shuffle_seed)
    if not batches:
        raise InputError(
            f"model.context = {context}, train.batch_size = {params.batch_size}: the training split has only "
            f"{len(shard.tokens)} tokens, too few for one batch; lower them or add articles"
        )
    return DataLoader(
        rows,
        batch_sampler=batches[first:],
        collate_fn=collate,
        pin_memory=pin_memory,
        # A generator of its own: the loader draws a number per epoch, from the global one otherwise.
        generator=torch.Generator().manual_seed(0),
    )


def collate(rows: Sequence[Tensor]) -> Batch:
    """Rows of at most T + 1 tokens to inputs (B, T) and targets (B, T), padded on the right."""
    padded = torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True, padding_value=PAD)
    inputs, targets = padded[:, :-1], padded[:, 1:]
    return inputs.contiguous(), targets.masked_fill(targets == BOS, PAD)


@dataclass(frozen=True)
class EvaluationBatch:
    """Rows of one evaluation pass: (B, T) ids, PAD where there is no target."""

    inputs: Tensor
    targets: Tensor
    positions: npt.NDArray[np.int64]
    """(B,): where each row's first target stands in the shard's tokens; the others follow it."""


def evaluation_batches(
    shard: Shard, context: int, batch_size: int, stride: int | None = None
) -> Iterator[EvaluationBatch]:
    """Yield every target of the shard exactly once, in rows of similar length.

    With a stride below the context rows overlap: but for the beginning of an article, a target has at least
    context − stride tokens before it. Without one it is the context, and rows begin without any.
    """
    windows = Windows(shard, context, stride)
    order = np.argsort(-windows.lengths, kind="stable")
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        inputs, targets = collate([windows[int(index)] for index in chosen])
        seen = torch.from_numpy(windows.seen[chosen])[:, None]  # (B, 1)
        targets = targets.masked_fill(torch.arange(targets.shape[1]) < seen, PAD)
        yield EvaluationBatch(inputs, targets, windows.starts[chosen] + 1)


def _difficulty(shard: Shard, curriculum: str, epoch: int) -> npt.NDArray[np.float64] | None:
    """By what the articles of the first epoch are ordered (Bengio et al. 2009), easiest first.

    short: their length. simple: the mean logarithm of their ids; a word vocabulary's ids are ranks, from
    frequent to rare, and BPE's are in the order of its merges.
    """
    if curriculum == "none" or epoch > 1:
        return None
    if curriculum == "short":
        return np.diff(shard.offsets).astype(np.float64)
    words = (shard.article(index)[1:-1] for index in range(len(shard)))  # without [BOS] and [EOS]
    return np.array([np.log(ids, dtype=np.float64).sum() / max(1, len(ids)) for ids in words])


def _windows(
    shard: Shard, context: int, stride: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Start and length of each window, and how many of its first targets the one before has had.

    Article by article, `context` targets a window; with a stride of the context, neighbours share one token,
    the last target of one being the first input of the next.
    """
    assert 1 <= stride <= context
    targets = np.diff(shard.offsets) - 1
    counts = 1 - (-np.maximum(targets - context, 0) // stride)  # windows per article
    first = np.repeat(shard.offsets[:-1], counts)
    number = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = first + number * stride
    ends = np.minimum(starts + context + 1, np.repeat(shard.offsets[1:], counts))
    return starts, ends - starts, np.where(number > 0, context - stride, 0)


def _full_batches(order: npt.NDArray[np.int64], batch_size: int) -> list[list[int]]:
    """Consecutive batches of exactly `batch_size`; a smaller rest waits for the next epoch's order."""
    count = len(order) // batch_size
    batches: list[list[int]] = order[: count * batch_size].reshape(count, batch_size).tolist()
    return batches


def _length_grouped(
    lengths: npt.NDArray[np.int64], batch_size: int, shuffle_seed: Sequence[int] | None
) -> list[list[int]]:
    """Batches of windows of similar length, in random order (or from long to short without shuffling)."""
    if shuffle_seed is None:
        return _full_batches(np.argsort(-lengths, kind="stable"), batch_size)
    random = np.random.default_rng(shuffle_seed)
    order = random.permutation(len(lengths))
    group = batch_size * _GROUP_BATCHES
    chunks = [order[start : start + group] for start in range(0, len(order), group)]
    batches = [
        batch
        for chunk in chunks
        for batch in _full_batches(chunk[np.argsort(-lengths[chunk], kind="stable")], batch_size)
    ]
    return [batches[int(index)] for index in random.permutation(len(batches))]
