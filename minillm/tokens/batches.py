"""Batches of token ids: packed or padded for training, and every target exactly once for evaluation.

Packed: the epoch's articles in shuffled order form one endless text that is cut into rows of `context`
tokens, so no position is wasted on padding. Padded (the studied system's dynamic batching): windows of at
most `context` targets, article by article, grouped by length and padded to the longest of their batch.
Order and position derive from (seed, epoch) alone. A target that must not count ([PAD], or the [BOS] of the
next article) is PAD.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from minillm.errors import InputError
from minillm.params import TrainParams
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS, PAD

Batch = tuple[Tensor, Tensor]
"""inputs (B, T) and targets (B, T), int64."""

Numbers = npt.NDArray[np.integer]

_GROUP_BATCHES = 50  # padded: windows are sorted by length within the windows of so many batches


class PackedRows(Dataset[Tensor]):
    """Rows of context + 1 tokens out of the epoch's shuffled articles, put together when asked for."""

    def __init__(self, shard: Shard, context: int, shuffle_seed: Sequence[int] | None) -> None:
        articles = np.arange(len(shard))
        self._shard, self._context = shard, context
        self._rows = _numbers(_packed_rows(shard, context))
        if shuffle_seed is not None:
            random = np.random.default_rng(shuffle_seed)
            random.shuffle(articles)
            random.shuffle(self._rows)
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


def batches_per_epoch(shard: Shard, context: int, params: TrainParams) -> int:
    """How many `training_batches` gives. Raises InputError if the training split is too small for one."""
    rows = _rows(shard, context, params)
    if rows < params.batch_size:
        raise InputError(
            f"model.context = {context}, train.batch_size = {params.batch_size}: the training split has only "
            f"{len(shard.tokens)} tokens, too few for one batch; lower them or add articles"
        )
    return rows // params.batch_size


def tokens_per_step(shard: Shard, context: int, params: TrainParams) -> int:
    """Of packed batches, which all have the same; of padded ones the mean, without the padding."""
    if params.batches == "packed":
        return params.batch_size * context
    return max(1, shard.targets * params.batch_size // _rows(shard, context, params))


def _rows(shard: Shard, context: int, params: TrainParams) -> int:
    """Of an epoch, with those that fill no batch."""
    if params.batches == "packed":
        return _packed_rows(shard, context)
    return int(_windows_per_article(shard, context, context).sum())


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

    Without those before number `first`, which a resumed run has seen.
    """
    shuffle_seed = [seed, epoch] if params.shuffle else None
    rows: PackedRows | Windows
    if params.batches == "packed":
        rows = PackedRows(shard, context, shuffle_seed)
        batches = FullBatches(range(len(rows)), params.batch_size, first)
    else:
        rows = Windows(shard, context)
        batches = _length_grouped(rows.lengths, params.batch_size, first, shuffle_seed)
    return DataLoader(
        rows,
        batch_sampler=batches,
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


def _windows(
    shard: Shard, context: int, stride: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Start and length of each window, and how many of its first targets the one before has had.

    Article by article, `context` targets a window; with a stride of the context, neighbours share one token,
    the last target of one being the first input of the next.
    """
    assert 1 <= stride <= context
    counts = _windows_per_article(shard, context, stride)
    first = np.repeat(shard.offsets[:-1], counts)
    number = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = first + number * stride
    ends = np.minimum(starts + context + 1, np.repeat(shard.offsets[1:], counts))
    return starts, ends - starts, np.where(number > 0, context - stride, 0)


class FullBatches(Sampler[list[int]]):
    """Consecutive batches of exactly `batch_size` rows of an order, or these batches in an order of theirs.

    A smaller rest waits for the next epoch. The batches are cut when they are asked for: as lists they would
    be 50 bytes a row (benchmarks/epoch_order.py).
    """

    def __init__(
        self, order: Sequence[int] | Numbers, batch_size: int, first: int, batches: Numbers | None = None
    ) -> None:
        self._order, self._batch_size, self._first = order, batch_size, first
        self._batches = range(len(order) // batch_size) if batches is None else batches

    def __len__(self) -> int:
        return max(0, len(self._batches) - self._first)

    def __iter__(self) -> Iterator[list[int]]:
        for number in map(int, self._batches[self._first :]):
            rows = self._order[number * self._batch_size : (number + 1) * self._batch_size]
            yield [int(row) for row in rows]


def _length_grouped(
    lengths: npt.NDArray[np.int64], batch_size: int, first: int, shuffle_seed: Sequence[int] | None
) -> FullBatches:
    """Batches of windows of similar length, in random order (or from long to short without shuffling)."""
    if shuffle_seed is None:
        return FullBatches(np.argsort(-lengths, kind="stable"), batch_size, first)
    random = np.random.default_rng(shuffle_seed)
    order, batches = _numbers(len(lengths)), _numbers(len(lengths) // batch_size)
    random.shuffle(order)
    group = batch_size * _GROUP_BATCHES
    for start in range(0, len(order), group):
        chunk = order[start : start + group]
        chunk[:] = chunk[np.argsort(-lengths[chunk], kind="stable")]
    random.shuffle(batches)
    return FullBatches(order, batch_size, first, batches)


def _packed_rows(shard: Shard, context: int) -> int:
    return (len(shard.tokens) - 1) // context


def _windows_per_article(shard: Shard, context: int, stride: int) -> npt.NDArray[np.int64]:
    targets = np.diff(shard.offsets) - 1
    counts: npt.NDArray[np.int64] = 1 - (-np.maximum(targets - context, 0) // stride)
    return counts


def _numbers(count: int) -> Numbers:
    """0, 1, … in as few bytes as they take; NumPy shuffles them alike whatever these are."""
    return np.arange(count, dtype=np.uint32 if count <= 2**32 else np.int64)
