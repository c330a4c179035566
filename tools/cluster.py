"""Have a stage's shards made on Slurm or Ray by datatrove: `python -m tools.cluster clean --engine ray …`.

The checkout lies in a folder that all computers have under the same path, with the same environment of
Python. It needs `pip install -c constraints.txt -e ".[ray]"` (Slurm alone: `.[cluster]`); docs/cluster.md
says when it is of use.
"""

import argparse
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from minillm.cluster import make_part
from minillm.errors import InputError
from minillm.params import read_params

STAGES = ("extract", "clean", "split")
ROUNDS = 3
"""So many times Ray is asked for parts that failed; those on a node that went it starts anew by itself."""


def main() -> None:
    """What the arguments ask for."""
    arguments = _parser().parse_args()
    if arguments.parts < 1:
        raise InputError(f"--parts = {arguments.parts}: must be at least 1")
    workers = read_params(Path("params.yaml")).machine.workers
    if workers == "auto":
        raise InputError(
            "machine.workers = auto: set it in params.yaml to the cores of one part, such as 4: so many are "
            "asked of the cluster, and Ray binds nobody to them"
        )
    logs = Path("logs", "cluster", f"{arguments.stage}-{time.strftime('%Y%m%d-%H%M%S')}").resolve()
    options: dict[str, Any] = {
        "pipeline": [partial(make_part, arguments.stage, os.getcwd(), int(workers))],
        "tasks": arguments.parts,
        "cpus_per_task": int(workers),
        "mem_per_cpu_gb": arguments.memory_gb,
        "logging_dir": str(logs),
    }
    try:
        {"slurm": _slurm, "ray": _ray}[arguments.engine](arguments, options)
    except ModuleNotFoundError as error:
        raise InputError(
            f'no module {error.name}: pip install -c constraints.txt -e ".[ray]" has it'
        ) from None


def _slurm(arguments: argparse.Namespace, options: dict[str, Any]) -> None:
    from datatrove.executor.slurm import SlurmPipelineExecutor

    # The job finds datatrove's programs by its PATH, which is this one's.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    executor = SlurmPipelineExecutor(
        **options,
        time=arguments.time,
        partition=arguments.partition,
        job_name=f"minillm-{arguments.stage}",
        qos=None,
    )
    executor.run()
    print(
        f"job {executor.job_id}: squeue shows it; when it has ended, dvc repro makes what it left, and merges"
    )


def _ray(arguments: argparse.Namespace, options: dict[str, Any]) -> None:
    import ray
    from datatrove.executor.ray import RayPipelineExecutor

    try:
        ray.init(address="auto")
    except ConnectionError:
        raise InputError(
            "no Ray answers here: ray start --head (docs/cluster.md), or set RAY_ADDRESS"
        ) from None
    executor = RayPipelineExecutor(**options)
    for _ in range(ROUNDS):
        executor.run()
        left = executor.get_incomplete_ranks()
        if not left:
            print(f"all {arguments.parts} parts are made: dvc repro merges them")
            return
    raise InputError(
        f"{len(left)} of {arguments.parts} parts failed {ROUNDS} times, the first is part {left[0] + 1}: "
        f"{options['logging_dir']} says why"
    )


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
