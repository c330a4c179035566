"""A thread for each core of this computer, which computes by itself.

torch's own threads divide every operation and wait for each other at its end: how they divide it decides in
which order sums are made, and a core that is taken makes all others wait. Here each item, a part of a batch
or of the parameters, is computed by one thread from beginning to end, so that their number changes no byte.
Python's threads serve, since torch and NumPy leave the interpreter's lock while they compute.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

from minillm.cores import usable_cores

Item = TypeVar("Item")
Result = TypeVar("Result")


class Threads:
    """So many threads; a single one is the thread that asks."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool = ThreadPoolExecutor(count, "core", torch.set_num_threads, (1,)) if count > 1 else None

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply `function` to each item; the results in the items' order, a few of them ahead of time."""
        if self._pool is None:
            yield from map(function, items)
            return
        ahead: deque[Future[Result]] = deque()
        for item in items:
            ahead.append(self._pool.submit(function, item))
            if len(ahead) > 2 * self.count:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


ONE_THREAD = Threads(1)


def threads_for(device: torch.device, processes: int = 1, *, compiled: bool = False) -> Threads:
    """One for each core of this computer, which so many processes share.

    One on a GPU, which computes one thing after another, and for compiled code, whose loops torch's own
    threads divide as ever.
    """
    if device.type != "cpu" or compiled:
        return ONE_THREAD
    torch.set_num_threads(1)
    return Threads(max(1, usable_cores() // processes))
