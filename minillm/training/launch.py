"""Starting several processes of the training on this computer, and ending them.

The processes run `python -m stages.train` once more, each with torchrun's variables. They meet in a file of
a private folder and talk over the loopback interface: nothing listens to the network. If one of them ends,
all are ended, and one line says why; if the launcher is told to end, it ends them first; if it is killed, the
kernel ends them (PR_SET_PDEATHSIG in minillm/stage.py). Nothing is restarted: the next `dvc repro` goes on
from the state that the first process saved.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from minillm.errors import InputError
from minillm.training.processes import RENDEZVOUS, LostProcessError

_GRACE_SECONDS = 30  # to finish a step and save the state, before SIGKILL
_LOOK_SECONDS = 0.05
_LOOPBACK = {"linux": "lo", "darwin": "lo0"}.get(sys.platform, "")

Processes = Sequence["subprocess.Popen[bytes]"]


def launch(module: str, count: int) -> None:
    """Run `python -m module` in so many processes until all have ended.

    Raises InputError with the error of the one that failed first.
    """
    with tempfile.TemporaryDirectory(prefix="minillm-") as folder:
        processes: list[subprocess.Popen[bytes]] = []
        try:
            processes += (_start(module, rank, count, Path(folder)) for rank in range(count))
            failed = _first_failed(processes)
        finally:
            _end(processes)
        if failed:
            raise InputError(_reason(processes, failed, Path(folder)))


def _start(module: str, rank: int, count: int, folder: Path) -> "subprocess.Popen[bytes]":
    variables = {
        "RANK": str(rank),
        "WORLD_SIZE": str(count),
        "LOCAL_RANK": str(rank),
        "LOCAL_WORLD_SIZE": str(count),
        RENDEZVOUS: str(folder / "rendezvous"),
    }
    if _LOOPBACK:
        variables |= {"GLOO_SOCKET_IFNAME": _LOOPBACK, "NCCL_SOCKET_IFNAME": _LOOPBACK}
    # A session of its own: a terminal's Ctrl-C reaches the launcher, which passes it on once.
    command = [sys.executable, "-m", module]
    return subprocess.Popen(command, env=os.environ | variables, start_new_session=True)


def _first_failed(processes: Processes) -> list[int]:
    """Wait until one has failed, or all have ended; the ranks of those that had failed then."""
    while True:
        codes = [process.poll() for process in processes]
        if any(codes) or None not in codes:
            return [rank for rank, code in enumerate(codes) if code]
        time.sleep(_LOOK_SECONDS)


def _end(processes: Processes) -> None:
    """Ask those that still run to end, and kill those that do not."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + _GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _reason(processes: Processes, failed: list[int], folder: Path) -> str:
    """What a process that failed first said, or how it ended if it said nothing."""
    for rank in failed:
        if _message(folder, rank).exists():
            return _message(folder, rank).read_text(encoding="utf-8")
    codes = {rank: processes[rank].returncode for rank in failed}
    rank = min(codes, key=lambda rank: codes[rank])  # killed before ended: the others then end by themselves
    how = (
        f"was killed by {signal.Signals(-codes[rank]).name}"
        if codes[rank] < 0
        else f"ended with {codes[rank]}"
    )
    return (
        f"train.processes: process {rank} of {len(processes)} {how}, so all were ended; "
        f"run it again: it goes on from the last saved state"
    )


@contextmanager
def errors_to_the_launcher() -> Iterator[None]:
    """Let the launcher print a user's error once, where every process would print it."""
    if RENDEZVOUS not in os.environ:
        yield
        return
    try:
        yield
    except LostProcessError:  # the launcher knows which
        sys.exit(1)
    except (InputError, OSError) as error:
        folder = Path(os.environ[RENDEZVOUS]).parent
        _message(folder, int(os.environ["RANK"])).write_text(str(error), encoding="utf-8")
        sys.exit(1)


def _message(folder: Path, rank: int) -> Path:
    """Where a process says why it failed."""
    return folder / f"error-{rank}"
