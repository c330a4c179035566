"""A part of a stage's shards as a step of datatrove's, whose executors start it on Slurm or Ray.

Rank r of n runs `python -m stages.STAGE --shard r+1/n` (docs/cluster.md): what is there is not made again,
whoever made it, and what is lost is made by the next run or by the stage that merges.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

_WATCH = f"import os, sys; sys.stdin.read() or os.kill(int(sys.argv[1]), {int(signal.SIGKILL)})"


def make_part(stage: str, folder: str, workers: int, _documents: object, rank: int, ranks: int) -> None:
    """Make a part of the shards in a checkout. CalledProcessError if its process fails or is killed."""
    command = [sys.executable, "-m", f"stages.{stage}", "--shard", f"{rank + 1}/{ranks}"]
    threads = {"RAYON_NUM_THREADS": str(workers)}  # split's; the others read machine.workers
    on_ray = os.environ.get("DATATROVE_EXECUTOR") == "RAY"
    with _ends_with_this_one(os.getppid()) if on_ray else nullcontext():
        subprocess.run(command, cwd=folder, env=os.environ | threads, check=True)


@contextmanager
def _ends_with_this_one(actor: int) -> Iterator[None]:
    """Within this block, have a process killed if this one is.

    datatrove's actor has a pool of processes, and waits for ever for one that was killed (0.10.1). The ranks
    of a killed actor it starts anew.
    """
    with subprocess.Popen([sys.executable, "-c", _WATCH, str(actor)], stdin=subprocess.PIPE) as watch:
        try:
            yield
        finally:
            watch.communicate(b"ended")
