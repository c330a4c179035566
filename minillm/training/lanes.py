"""Lanes: the constant parts of a batch, each computed from forward to gradients by itself.

A lane is what a core computes, what a process is dealt, and what a pass is where gradients are accumulated.
Each has its rows of the batch and its own random numbers, and what they find is summed in one fixed tree,
(0 + 1) + (2 + 3): however many cores and processes there are, the bytes are the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from minillm.errors import InputError
from minillm.params import TrainParams

_AUTO_ON_CPU = 4


@dataclass(frozen=True)
class Lanes:
    """How many lanes a batch has, and which of them this process computes."""

    count: int
    own: range

    def rows(self, lane: int, batch_size: int) -> slice:
        """The rows of a lane; their numbers differ by one at most."""
        return slice(lane * batch_size // self.count, (lane + 1) * batch_size // self.count)


def deal_lanes(params: TrainParams, device: str, rank: int = 0, processes: int = 1) -> Lanes:
    """The lanes of one of several processes on a kind of device.

    Raises InputError for more lanes than rows, and for lanes that the processes cannot share evenly.
    """
    count = _count(params, device, processes)
    if count > params.batch_size:
        raise InputError(
            f"train.lanes = {count}: a batch of train.batch_size = {params.batch_size} has fewer rows; "
            f"use auto, fewer lanes or more rows"
        )
    if count % processes:
        raise InputError(
            f"train.processes = {processes}: must divide train.lanes = {count}, since a process computes "
            f"whole lanes; use one of {[n for n in range(1, count + 1) if count % n == 0]}, or more lanes"
        )
    share = count // processes
    return Lanes(count, range(rank * share, (rank + 1) * share))


def tree_sum(parts: Iterator[Sequence[Tensor]], count: int) -> Sequence[Tensor]:
    """The sum of `count` lists of tensors, a power of two; the first list's tensors become it.

    Taken from the iterator one by one, so that no more than log₂ of them wait if it makes them as it goes.
    """
    if count == 1:
        return next(parts)
    first, second = tree_sum(parts, count // 2), tree_sum(parts, count // 2)
    for tensor, other in zip(first, second, strict=True):
        tensor.add_(other)
    return first


def _count(params: TrainParams, device: str, processes: int) -> int:
    if params.lanes != "auto":
        return int(params.lanes)
    if device != "cpu":
        return processes
    count = _AUTO_ON_CPU
    while count > params.batch_size:
        count //= 2
    return count
