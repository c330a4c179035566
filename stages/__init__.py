"""The stages of the pipeline, a page each, run as `python -m stages.NAME`."""

import contextlib
import ctypes
import os
import signal
import sys
import threading

import psutil

from minillm.cores import tell_libraries
from minillm.errors import interrupt_in_one_line

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _die_with_dvc() -> None:
    """Let the kernel send SIGTERM when the parent dies, and send it when a shell's parent does.

    DVC starts a page in $SHELL, or in sh. bash becomes the page, but Debian's dash stays in between, and goes
    on waiting when `dvc` is killed: its parent is watched by a thread.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    with contextlib.suppress(psutil.Error):  # a parent that has just ended
        parents = psutil.Process().parents()
        if "DVC_STAGE" in os.environ and len(parents) > 1 and parents[0].cmdline()[-2:-1] == ["-c"]:
            threading.Thread(target=_terminate_after, args=(parents[1],), daemon=True).start()


def _terminate_after(process: psutil.Process) -> None:
    process.wait()
    os.kill(os.getpid(), signal.SIGTERM)


# argv[0] is "-m" until the page is found. minillm/stage.py asks for the same, but only after the imports of
# the page, which for train take seconds: a `dvc` killed in them would leave an orphan behind.
if sys.argv[0] == "-m":
    interrupt_in_one_line()
    if sys.platform == "linux":
        _die_with_dvc()
        tell_libraries()
