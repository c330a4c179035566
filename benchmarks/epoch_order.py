"""What the order of an epoch costs before its first batch: seconds, and memory of each process.

Usage: python -m benchmarks.epoch_order [--tokens 1e9] [--context 64] [--batch-size 32]

The articles have lengths like Wikipedia's and no content: a token is never read but for one batch.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.memory import peak_mb
from minillm.params import read_params
from minillm.tokens.batches import training_batches
from minillm.tokens.shards import Shard

KINDS = ("packed", "padded")
_TOKENS_PER_ARTICLE = 600


def main() -> None:
    """Measure each kind of batches in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tokens", type=float, default=1e9, help="of the training split")
    parser.add_argument("--context", type=int, default=64, help="model.context")
    parser.add_argument("--batch-size", type=int, default=32, help="train.batch_size")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        found = measure(arguments.measure, int(arguments.tokens), arguments.context, arguments.batch_size)
        print(json.dumps(found))
        return
    print("batches        rows   seconds   MB beside the shard")
    for kind in KINDS:
        command = [sys.executable, "-m", "benchmarks.epoch_order", "--measure", kind, *sys.argv[1:]]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"{kind:7}{found['rows']:12,}{found['seconds']:10.1f}{found['mb']:22,.0f}", flush=True)


def measure(kind: str, tokens: int, context: int, batch_size: int) -> dict[str, float]:
    """Rows in an epoch, seconds until its first batch is there, and the peak of memory."""
    train = read_params(Path("params.yaml")).train
    params = train.model_copy(update={"batches": kind, "batch_size": batch_size})
    shard = _shard(tokens)
    training_batches(_shard(100_000), context, params, 42, 1)  # what is imported and kept by the first one
    before, started = peak_mb(), time.perf_counter()
    batches = training_batches(shard, context, params, 42, 1)
    next(iter(batches))
    seconds = time.perf_counter() - started
    return {"rows": len(batches) * batch_size, "seconds": seconds, "mb": peak_mb() - before}


def _shard(tokens: int) -> Shard:
    """Articles of lognormal lengths; zeros take no memory until they are read."""
    random = np.random.default_rng(0)
    lengths = 2 + random.lognormal(np.log(_TOKENS_PER_ARTICLE) - 0.5, 1.0, tokens // _TOKENS_PER_ARTICLE)
    offsets = np.concatenate(([0], np.cumsum(lengths.astype(np.int64))))
    return Shard(np.zeros(int(offsets[-1]), np.uint16), offsets)


if __name__ == "__main__":
    main()
