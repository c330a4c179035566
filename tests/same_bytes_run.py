"""Trains and evaluates in prepared folders, in one process, and says what came out as hashes.

`python -m tests.same_bytes_run FOLDER … [--cores N] [--stop FOLDER …]` runs the stages train and evaluate in
each folder and prints JSON, file to SHA-256. In those after --stop the training ends after some steps, as by
a signal, its state saved, and is not evaluated. tests/test_same_bytes.py runs this on other CPUs, on which a
process takes half a minute to import torch.
"""

import argparse
import contextlib
import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import torch

import stages.evaluate
import stages.train
from minillm.evaluation import bleu, comparison, speed
from minillm.model.portable import linear, matmul
from minillm.params import Params, read_params
from minillm.training import threads
from minillm.training.device import own_bytes
from minillm.training.interrupts import Interrupts

STEPS = 3
"""Before a training is stopped: less than an epoch of the shortest."""


def main() -> None:
    """Run the stages everywhere."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--stop", nargs="*", type=Path, default=[])
    arguments = parser.parse_args()
    assert own_bytes(torch.device("cpu")) == ""
    threads.usable_cores = lambda: arguments.cores
    comparison.DRAWS = bleu.DRAWS = 10  # an emulated CPU is slow
    speed._WARM_UP_RUNS = 0  # and what is timed is not compared
    hashes = {"operations": operations()}
    with contextlib.redirect_stdout(sys.stderr):
        for folder in arguments.stop:
            os.chdir(folder)
            stop_early(read_params(Path("params.yaml")))
        for folder in arguments.folders:
            os.chdir(folder)
            params = read_params(Path("params.yaml"))
            stages.train.main(params)
            stages.evaluate.main(params)
            hashes |= {f"{folder.name}/{name}": digest for name, digest in outputs().items()}
    sys.stdout.write(json.dumps(hashes) + "\n")


def stop_early(params: Params) -> None:
    """Train until a signal comes after some steps."""
    left = STEPS

    def check(self: Interrupts) -> None:
        nonlocal left
        left -= 1
        if not left:
            self.received = signal.SIGTERM
            original(self)

    original, Interrupts.check = Interrupts.check, check  # type: ignore[method-assign]
    with contextlib.suppress(SystemExit):
        stages.train.main(params)
    Interrupts.check = original  # type: ignore[method-assign]
    assert list(Path(".state/train").glob("*/state.safetensors"))


def outputs() -> dict[str, str]:
    """The hashes of all that the stages wrote here but times."""
    files = [
        path
        for folder in ("checkpoints", "metrics")
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.stem not in ("performance", "latency", ".gitignore")
    ]
    return {path.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def operations() -> str:
    """Of what a small model is too small for: products of several blocks, and of shapes that leave a rest."""
    digest = hashlib.sha256()
    random = torch.Generator().manual_seed(0)
    for rows, inner, columns in ((5, 900, 333), (400, 70, 17), (1, 500, 64)):
        a = torch.randn(rows, inner, generator=random)
        b = torch.randn(columns, inner, generator=random)
        for product in (linear(a, b), matmul(a[None], b.mT[None]), matmul(b, a.mT)):
            digest.update(np.ascontiguousarray(product.numpy()).tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
