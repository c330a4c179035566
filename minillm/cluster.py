"""A part of a stage's shards as a step for engines that start it on many computers (docs/cluster.md).

Rank r of n runs `python -m stages.STAGE --shard r+1/n`: what is there is not made again, whoever made it, and
what is lost is made by the next run or by the stage that merges. The signature is datatrove's for a step.
"""

import os
import subprocess
import sys


def make_part(stage: str, folder: str, workers: int, _documents: object, rank: int, ranks: int) -> None:
    """Make a part of the shards in a checkout. CalledProcessError if its process fails or is killed."""
    command = [sys.executable, "-m", f"stages.{stage}", "--shard", f"{rank + 1}/{ranks}"]
    threads = {"RAYON_NUM_THREADS": str(workers)}  # split's; the others read machine.workers
    subprocess.run(command, cwd=folder, env=os.environ | threads, check=True)
