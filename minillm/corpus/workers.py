"""A function over batches in worker processes: results in the order of the batches, few of them in memory.

At most `_BATCHES_PER_WORKER` batches for each worker are under way; the next one is taken from its source
when the oldest result has been handed on. So a slow reader, a slow worker and a slow writer each hold up the
others instead of filling the memory, and neither the results nor their order depend on the number of workers.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from minillm.errors import InputError

Batch = TypeVar("Batch")
Result = TypeVar("Result")

_BATCHES_PER_WORKER = 3
_WORKER: list[Callable[[Any], Any]] = []  # in a worker process: what it is for


def ordered_map(
    function: Callable[[Batch], Result], batches: Iterable[Batch], workers: int
) -> Iterator[Result]:
    """Yield function(batch) for each batch, in order; one worker is this process itself.

    What the function raises is raised here. Raises InputError if a worker process is killed.
    """
    if workers == 1 or not _can_share():
        yield from map(function, batches)
        return
    # Spawned and not forked: a fork of a process with threads (pyarrow's, numpy's) may wait for ever.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _begin_worker, (function,))
    waiting: deque[Future[Result]] = deque()
    try:
        for batch in batches:
            if len(waiting) == workers * _BATCHES_PER_WORKER:
                yield waiting.popleft().result()
            waiting.append(pool.submit(_call, batch))
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise InputError(
            f"one of {workers} worker processes was killed, usually for want of memory; set machine.workers "
            f"in params.yaml to less (the result does not depend on it)"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _can_share() -> bool:
    """Whether processes can wait for each other: a container without /dev/shm makes no semaphore."""
    try:
        multiprocessing.get_context("spawn").Lock()
    except OSError:
        return False
    return True


def _begin_worker(function: Callable[[Any], Any]) -> None:
    """Keep the function, which may hold megabytes, so that it is sent once and not with each batch."""
    _WORKER.append(function)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent ends the others
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _call(batch: Any) -> Any:
    return _WORKER[0](batch)


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, so they watch it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
