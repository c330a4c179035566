"""Runs the train stage in the current folder again and again, each time killed: `python -m … HOW`.

Each attempt is a process of its own, forked after the imports to save time, in which the stage runs as
`python -m stages.train` does, but saves its state after every step. HOW is one of:

never      one attempt that is left alone
writes     the n-th attempt dies by SIGKILL within its n-th write, link, rename or removal of a file
writes:5   within its first, sixth, eleventh …
times      each attempt dies by SIGKILL from outside, some milliseconds after one of its next saves

The outputs are deleted before each attempt, as DVC does. Prints a line of JSON: how the attempts ended.
"""

import contextlib
import json
import os
import random
import runpy
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Imported here so that a fork does not have to.
import minillm.training.loop  # noqa: F401
from minillm.training import checkpoints, state

LOG = Path("log")


def main() -> None:
    """Repeat attempts until one ends by itself."""
    how, _, stride = sys.argv[1].partition(":")
    endings: list[int] = []
    random.seed(7)
    while not endings or endings[-1] == -signal.SIGKILL:
        assert len(endings) < 300, "it comes to no end"
        for outputs in ("checkpoints", "metrics"):
            shutil.rmtree(outputs, ignore_errors=True)
        child = os.fork()
        if child == 0:
            run_stage(1 + int(stride or 1) * len(endings) if how == "writes" else None)
        if how == "times":
            wait_for_saves(child, random.randint(0, 4))
            time.sleep(random.uniform(0, 0.02))
            os.kill(child, signal.SIGKILL)
        endings.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    sys.stdout.write(json.dumps(endings))


def wait_for_saves(child: int, count: int) -> None:
    """Wait until the state has been replaced so often, or the child has ended.

    Saves are counted, and not seconds, so that a quick computer does not get past what is to be tested.
    """
    saved = state_file()
    while count > 0 and not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        now = state_file()
        count -= now != saved
        saved = now
        time.sleep(0.0005)


def state_file() -> tuple[int, int] | None:
    """Which file the state is, and of when; None: there is none."""
    for path in Path(".state/train").glob("*/state.safetensors"):
        with contextlib.suppress(FileNotFoundError):  # the run has just ended
            found = path.stat()
            return found.st_ino, found.st_mtime_ns
    return None


def run_stage(deadly_write: int | None) -> None:
    """The stage, in a forked process; does not return."""
    log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    state._LEAST_INTERVAL_SECONDS = 0.0
    state._INTERVAL_IN_COSTS = 0
    if deadly_write:
        die_in_write(deadly_write)
    sys.argv = ["train.py"]
    code: Any = 1
    try:
        runpy.run_module("stages.train", run_name="__main__")
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            sys.stdout.write(code + "\n")
            code = 1
    sys.stdout.flush()
    os._exit(code)


def die_in_write(number: int) -> None:
    """Let this process die within its `number`-th change of a file."""
    count = 0

    def dying(function: Callable[..., Any], *, half: bool = False) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == number:
                if half:
                    function(*arguments, **options)
                    path = Path(arguments[1])
                    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return wrapper

    checkpoints.save_file = dying(checkpoints.save_file, half=True)  # type: ignore[assignment]
    for owner, name in (
        (os, "fsync"),
        (os, "link"),
        (Path, "replace"),
        (Path, "unlink"),
        (Path, "write_text"),
        (shutil, "rmtree"),
    ):
        setattr(owner, name, dying(getattr(owner, name)))


if __name__ == "__main__":
    main()
