"""Have a stage's shards made on Slurm or Ray: `python -m tools.cluster clean --engine ray --parts 100`.

The checkout lies in a folder that all computers have under the same path, with the same environment of
Python: `pip install -c constraints.txt -e ".[cluster]"`, for Ray `.[ray]`. On Slurm datatrove starts the
parts. On Ray its tasks are: datatrove 0.10.1 waits there for ever for a process of its pool that was killed,
and for an actor that is lost while it starts, where Ray itself starts lost tasks anew (docs/cluster.md).
"""

import argparse
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from minillm.cluster import make_part
from minillm.errors import InputError, check_range, reason
from minillm.params import read_params

STAGES = ("extract", "clean", "split")
MOST_PARTS, MOST_GB = 100_000, 10_000
"""More than any cluster takes: each part is a task, which the one who starts them holds."""
RETRIES = 5
"""How often Ray starts a part anew that failed, or whose process or node was killed."""


def main() -> None:
    """What the arguments ask for."""
    arguments = _parser().parse_args()
    check_range("--parts", arguments.parts, 1, MOST_PARTS)
    check_range("--memory-gb", arguments.memory_gb, 1, MOST_GB)
    workers = read_params(Path("params.yaml")).machine.workers
    if workers == "auto":
        raise InputError(
            "machine.workers = auto: set it in params.yaml to the cores of one part, such as 4: so many are "
            "asked of the cluster, and Ray binds nobody to them"
        )
    try:
        {"slurm": _slurm, "ray": _ray}[arguments.engine](arguments, int(workers))
    except ModuleNotFoundError as error:
        raise InputError(
            f'no module {error.name}: pip install -c constraints.txt -e ".[ray]" has it'
        ) from None


def _slurm(arguments: argparse.Namespace, workers: int) -> None:
    from datatrove.executor.slurm import SlurmPipelineExecutor

    # The job finds datatrove's programs by its PATH, which is this one's.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    executor = SlurmPipelineExecutor(
        [partial(make_part, arguments.stage, os.getcwd(), workers)],
        tasks=arguments.parts,
        cpus_per_task=workers,
        mem_per_cpu_gb=arguments.memory_gb,
        time=arguments.time,
        partition=arguments.partition,
        job_name=f"minillm-{arguments.stage}",
        logging_dir=os.path.abspath(f"logs/cluster/{arguments.stage}-{time.strftime('%Y%m%d-%H%M%S')}"),
        qos=None,
    )
    try:
        executor.run()
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(f"sbatch: {reason(error)}; what it says is above") from None
    print(f"job {executor.job_id}; when it has ended (squeue), dvc repro makes what it left, and merges")


def _ray(arguments: argparse.Namespace, workers: int) -> None:
    import ray

    try:
        ray.init(address="auto")
    except ConnectionError:
        raise InputError("no Ray answers: ray start --head (docs/cluster.md), or set RAY_ADDRESS") from None
    part = ray.remote(
        num_cpus=workers,
        memory=arguments.memory_gb * workers * 2**30,
        max_retries=RETRIES,
        retry_exceptions=True,
    )(make_part)
    ranks = range(arguments.parts)
    parts = [part.remote(arguments.stage, os.getcwd(), workers, None, rank, len(ranks)) for rank in ranks]
    try:
        ray.get(parts)
    except ray.exceptions.RayError as error:
        raise InputError(
            f"a part failed {RETRIES + 1} times, see above ({type(error).__name__}); what is there stays"
        ) from None
    print(f"all {arguments.parts} parts are made: dvc repro merges them")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.cluster", description=__doc__, allow_abbrev=False)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--engine", choices=("slurm", "ray"), required=True)
    parser.add_argument("--parts", type=int, required=True, help="how many parts the shards are dealt to")
    parser.add_argument("--memory-gb", type=int, default=2, help="memory for each core (default: 2)")
    parser.add_argument("--partition", default="main", help="Slurm's (default: main)")
    parser.add_argument("--time", default="24:00:00", help="Slurm's limit for a part (default: 24:00:00)")
    return parser


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(f"error: {error}")
