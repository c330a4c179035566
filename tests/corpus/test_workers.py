import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing.context import BaseContext
from pathlib import Path

import psutil
import pytest

from minillm.corpus.workers import _BATCHES_PER_WORKER, ordered_map
from minillm.errors import InputError
from tests.conftest import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]


def square(number: int, slow: int = -1) -> int:
    if number == slow:
        time.sleep(0.5)
    return number * number


def identify(_batch: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def fail(number: int) -> int:
    raise ZeroDivisionError(str(number))


def kill_itself(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_without_dev_shm_one_process_does_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_lock(_context: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")  # of a semaphore

    monkeypatch.setattr(BaseContext, "Lock", no_lock)
    assert {*ordered_map(identify, range(5), 3)} == {os.getpid()}


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_the_order_of_the_batches(workers: int) -> None:
    results = list(ordered_map(partial(square, slow=3), range(40), workers))
    assert results == [number * number for number in range(40)]


def test_one_worker_is_this_process_and_several_are_others() -> None:
    assert set(ordered_map(identify, range(3), 1)) == {os.getpid()}
    others = set(ordered_map(identify, range(12), 2))
    assert len(others) == 2
    assert os.getpid() not in others


def test_no_more_batches_are_taken_than_are_under_way() -> None:
    taken = []

    def batches() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = ordered_map(square, batches(), 2)
    for done in range(1, 101):
        next(results)
        assert len(taken) <= done + 2 * _BATCHES_PER_WORKER
    assert len(taken) == 100


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_function_raises_is_raised_here(workers: int) -> None:
    with pytest.raises(ZeroDivisionError):
        list(ordered_map(fail, range(20), workers))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_a_killed_worker_is_a_clear_error_and_ends_the_others() -> None:
    with pytest.raises(InputError, match=r"one of 2 worker processes was killed.*machine\.workers"):
        list(ordered_map(kill_itself, range(20), 2))
    assert not [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def test_results_that_nobody_takes_leave_no_process() -> None:
    results = ordered_map(square, range(50), 2)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert not [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_workers_end_with_a_parent_that_is_killed() -> None:
    code = (
        "from tests.corpus.test_workers import identify\n"
        "from minillm.corpus.workers import ordered_map\n"
        "if __name__ == '__main__':\n"
        "    for pid in ordered_map(identify, range(10**6), 2): print(pid, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        workers = {int(parent.stdout.readline()) for _ in range(8)}
        processes = [psutil.Process(pid) for pid in workers]
        parent.kill()
    assert processes
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)
    assert alive == []
