"""Speed of the named experiments beside each other: `python -m benchmarks.study`.

The training steps of `experiments.yaml` as the train stage makes them, in turns, one of each, so that a busy
machine slows them alike. The articles are those of data/splits, whatever vocabulary an experiment has.
Printed: parameters, the median step, tokens/s, and the minutes that a million tokens take.
"""

import argparse
import itertools
import statistics
import time
from pathlib import Path

from benchmarks.recipe import with_overrides
from minillm.training.trainer import Trainer
from tools.study import choose, read_experiments

SPLITS = Path("data/splits")


def main() -> None:
    """Print one row per experiment."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    trainers = {}
    for name, overrides in choose(read_experiments()).items():
        params = with_overrides(overrides)
        trainers[name] = Trainer(params, SPLITS, params.vocab.vocab_size)
    batches = {name: itertools.cycle(trainer.batches(epoch=1)) for name, trainer in trainers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(arguments.rounds + 2):
        for name, trainer in trainers.items():
            inputs, targets = next(batches[name])
            started = time.perf_counter()
            trainer.train_step(inputs, targets)
            seconds[name].append(time.perf_counter() - started)
    print(f"{trainers['modelo-1'].threads.count} cores, {trainers['modelo-1'].dtype}")
    print("| experiment | parameters | seconds a step | tokens/s | minutes a million tokens |")
    print("|---|---|---|---|---|")
    for name, trainer in trainers.items():
        step = statistics.median(seconds[name][2:])
        tokens = trainer.params.batch_size * trainer.model.config.context
        print(
            f"| {name} | {trainer.model.parameter_count():,} | {step:.2f} | {tokens / step:,.0f} | "
            f"{step * 1e6 / tokens / 60:.1f} |"
        )


if __name__ == "__main__":
    main()
