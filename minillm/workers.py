"""A function over numbers in worker processes, any of which may be killed.

A worker that is killed, for want of memory as a rule, breaks the pool that it belongs to (BrokenProcessPool
of concurrent.futures), and the others end with it: a new pool does what is not done. So the function has to
be one that can be begun again, such as the making of a file that is there when it is whole (`shards.py`).
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, suppress
from typing import Any, TypeVar

from tqdm import tqdm

from minillm.errors import InputError

Result = TypeVar("Result")

_MOST_DEATHS = 3
"""So many pools in a row that broke with nothing done: it would happen again."""
_WORKER: list[Callable[[int], Any]] = []  # in a worker process: what it is for


def in_workers(
    function: Callable[[int], Result], numbers: Sequence[int], workers: int
) -> Generator[Result, None, None]:
    """Yield function(number) for each number, as they are done; one worker is this process itself.

    What the function raises is raised here, and ends the workers, as closing the generator does. Raises
    InputError if workers are killed again and again.
    """
    if workers == 1 or not _can_share():
        yield from map(function, numbers)
        return
    left = dict.fromkeys(numbers)
    deaths = 0
    while left:
        with closing(_until_one_is_killed(function, list(left), workers)) as results:
            for number, result in results:
                del left[number]
                deaths = 0
                yield result
        if left:
            deaths += 1
            if deaths == _MOST_DEATHS:
                raise InputError(
                    f"one of {workers} worker processes was killed, {deaths} times in a row, usually for "
                    f"want of memory; set machine.workers in params.yaml to less (the result does not depend "
                    f"on it) and run it again: what is done stays"
                )
            tqdm.write("a worker process was killed: what was under way is done again")


def _until_one_is_killed(
    function: Callable[[int], Result], numbers: Sequence[int], workers: int
) -> Generator[tuple[int, Result], None, None]:
    with suppress(BrokenProcessPool), _pool(function, workers) as pool:
        with _ctrl_c_later():
            futures = {pool.submit(_call, number): number for number in numbers}
        for future in as_completed(futures):
            yield futures[future], future.result()


@contextmanager
def _pool(function: Callable[[int], Any], workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes end with the block: after what they are at, but at once if it raises."""
    others = {*multiprocessing.active_children()}
    # Spawned and not forked: a fork of a process with threads (pyarrow's, numpy's) may wait for ever.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _begin_worker, (function,))
    try:
        yield pool
    except BaseException:
        for worker in {*multiprocessing.active_children()} - others:
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Ctrl-C reaches all processes: in this one after the block, in those that it starts never.

    They inherit that SIGINT is blocked, also in their imports, where Python would print a traceback.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _can_share() -> bool:
    """Whether processes can wait for each other: a container without /dev/shm makes no semaphore."""
    try:
        multiprocessing.get_context("spawn").Lock()
    except OSError:
        return False
    return True


def _begin_worker(function: Callable[[int], Any]) -> None:
    """Keep the function, so that it is sent once and not with each number."""
    _WORKER.append(function)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _call(number: int) -> Any:
    return _WORKER[0](number)


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, so they watch it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
