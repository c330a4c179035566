"""Starting several processes of the training on this computer, with torchrun's own launcher, and ending them.

The processes run `python -m stages.train` once more, each with torchrun's variables. If one of them ends, all
are ended, and one line says why; if the launcher is told to end, it ends them first; if the launcher is
killed, the kernel ends them (PR_SET_PDEATHSIG in minillm/stage.py). Nothing is restarted: the next
`dvc repro` goes on from the state that the first process saved.
"""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from minillm.errors import InputError
from minillm.training.processes import LostProcessError

_ERROR_FILE = "TORCHELASTIC_ERROR_FILE"  # where torchrun's processes say why they failed
_GRACE_SECONDS = 30  # to finish a step and save the state, before SIGKILL


def launch(module: str, processes: int) -> None:
    """Run `python -m module` in so many processes until all have ended.

    Raises InputError with the error of the one that failed first, and ends like a process that was
    interrupted or terminated if this one is.
    """
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)  # its tables of tracebacks
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=f"minillm-{os.getpid()}",
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        max_restarts=0,
        logs_specs=DefaultLogsSpecs(),
        shutdown_timeout=_GRACE_SECONDS,
    )
    try:
        elastic_launch(config, sys.executable)("-m", module)
    except ChildFailedError as error:
        raise InputError(_reason(list(error.failures.values()), processes)) from None
    except SignalException as error:
        if error.sigval == signal.SIGINT:
            raise KeyboardInterrupt from None
        sys.exit(128 + error.sigval)


def _reason(failures: list[ProcessFailure], processes: int) -> str:
    """What the process that failed first said, or how it ended if it said nothing.

    The others fail as well when it is gone, with a message about the connection at most.
    """
    for failure in failures:
        message = failure.error_file_data.get("message")
        if isinstance(message, str) and message != "<NONE>":
            return message
    killed = [failure for failure in failures if failure.exitcode < 0]
    first = min(killed or failures, key=lambda failure: failure.timestamp)
    how = f"was killed by {first.signal_name()}" if first.exitcode < 0 else f"ended with {first.exitcode}"
    return (
        f"train.processes: process {first.local_rank} of {processes} {how}, so all were ended; "
        f"run it again: it goes on from the last saved state"
    )


@contextmanager
def errors_to_the_launcher() -> Iterator[None]:
    """Let the launcher print a user's error once, where every process would print it."""
    path = os.environ.get(_ERROR_FILE)
    if path is None:
        yield
        return
    try:
        yield
    except LostProcessError:  # the launcher knows which
        sys.exit(1)
    except (InputError, OSError) as error:
        _tell(Path(path), str(error))


def _tell(path: Path, message: str) -> NoReturn:
    """End this process with the message in torchrun's file."""
    content = {"message": message, "timestamp": int(time.time())}
    path.write_text(json.dumps(content), encoding="utf-8")
    sys.exit(1)
