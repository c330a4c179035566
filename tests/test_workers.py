import multiprocessing
import os
import signal
import subprocess
import sys
import time
from functools import partial
from multiprocessing.context import BaseContext
from pathlib import Path

import psutil
import pytest

from minillm.errors import InputError
from minillm.workers import in_workers
from tests.conftest import PATIENCE_SECONDS, ROOT


def square(number: int) -> int:
    return number * number


def identify(_number: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def meet(folder: Path, number: int) -> int:
    """Wait until the other of two numbers is worked on too."""
    (folder / str(number)).touch()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (folder / str(1 - number)).exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return os.getpid()


def fail(number: int) -> int:
    raise ZeroDivisionError(str(number))


def sleep(number: int) -> int:
    if number:
        time.sleep(PATIENCE_SECONDS)
    return number


def killed_at_first(folder: Path, deadly: int, number: int) -> int:
    """The deadly number kills its worker, the first time."""
    begun = folder / str(number)
    again = begun.exists()
    begun.touch()
    if number == deadly and not again:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def kill_itself(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def workers_left() -> list[object]:
    return [child for child in multiprocessing.active_children() if "Spawn" in type(child).__name__]


def test_without_dev_shm_one_process_does_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_lock(_context: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")  # of a semaphore

    monkeypatch.setattr(BaseContext, "Lock", no_lock)
    assert {*in_workers(identify, range(5), 3)} == {os.getpid()}


def test_one_worker_is_this_process_and_several_are_others(tmp_path: Path) -> None:
    assert {*in_workers(identify, range(3), 1)} == {os.getpid()}
    others = {*in_workers(partial(meet, tmp_path), range(2), 2)}
    assert len(others) == 2
    assert os.getpid() not in others


@pytest.mark.parametrize("workers", [1, 3])
def test_each_number_is_done_once(workers: int) -> None:
    results = list(in_workers(square, range(40), workers))
    assert sorted(results) == [number * number for number in range(40)]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_function_raises_is_raised_here_and_ends_the_workers(workers: int) -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_workers(fail, range(20), workers))
    assert workers_left() == []


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_what_a_killed_worker_was_at_is_done_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = list(in_workers(partial(killed_at_first, tmp_path, 5), range(12), 2))
    assert sorted(results) == list(range(12))
    assert "a worker process was killed: what was under way is done again" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_workers_that_are_killed_again_and_again_are_a_clear_error() -> None:
    with pytest.raises(InputError, match=r"one of 2 .* was killed, 3 times in a row.*machine\.workers"):
        list(in_workers(kill_itself, range(6), 2))
    assert workers_left() == []


def test_results_that_nobody_takes_end_the_workers_at_what_they_are() -> None:
    started = time.monotonic()
    results = in_workers(sleep, range(4), 2)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert workers_left() == []
    assert time.monotonic() - started < PATIENCE_SECONDS


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_workers_end_with_a_parent_that_is_killed() -> None:
    code = (
        "from tests.test_workers import identify\n"
        "from minillm.workers import in_workers\n"
        "if __name__ == '__main__':\n"
        "    for pid in in_workers(identify, range(10**4), 2): print(pid, flush=True)\n"
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


@pytest.mark.skipif(os.name == "nt", reason="no process groups on Windows")
def test_ctrl_c_while_workers_start_prints_no_traceback() -> None:
    code = (
        "import sys\n"
        "from minillm.workers import in_workers\n"
        "from tests.test_workers import sleep\n"
        "if __name__ == '__main__':\n"
        "    try: list(in_workers(sleep, range(1, 9), 2))\n"
        "    except KeyboardInterrupt: sys.exit(130)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True) as parent:
        assert parent.stderr
        process, patience = psutil.Process(parent.pid), time.monotonic() + PATIENCE_SECONDS
        while not any("spawn_main" in " ".join(child.cmdline()) for child in process.children()):
            assert time.monotonic() < patience
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stderr.read() == b""
    assert parent.returncode == 130
