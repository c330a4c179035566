"""Speed of the named experiments beside each other: `python -m benchmarks.study`.

`python -m benchmarks.study modelo-1 "moderno model.layers=2"` takes those alone, the second one changed.

The training steps of `experiments.yaml` as the train stage makes them, in turns, one of each, so that a busy
machine slows them alike. The articles are those of data/clean, in each experiment's own vocabulary.
Printed: parameters, the median step, tokens/s, and the minutes that a million tokens take.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.data import CLEAN, make_data
from benchmarks.recipe import with_overrides
from minillm.errors import InputError
from minillm.params import Params
from minillm.tokens.tokenizer import load_tokenizer
from minillm.training.trainer import Trainer
from tools.study import choose, read_experiments


def main() -> None:
    """Print one row per experiment."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("settings", nargs="*", metavar="EXPERIMENT KEY=VALUE …", help="default: all")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    experiments = read_experiments()
    settings = {}
    try:
        for setting in arguments.settings or choose(experiments):
            name, *changes = setting.split()
            settings[setting] = with_overrides([*choose(experiments, [name])[name], *changes])
    except InputError as error:
        sys.exit(f"error: {error}")
    with tempfile.TemporaryDirectory() as folder:
        measure(settings, Path(folder), arguments.rounds)


def measure(settings: Mapping[str, Params], folder: Path, rounds: int) -> None:
    """Print the rows; `folder` takes the data."""
    trainers = {}
    for number, (name, params) in enumerate(settings.items()):
        data, _ = make_data(CLEAN, params, folder / str(number))
        trainers[name] = Trainer(params, data.splits, load_tokenizer(data.tokenizer).get_vocab_size())
    batches = {name: itertools.cycle(trainer.batches(epoch=1)) for name, trainer in trainers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(rounds + 2):
        for name, trainer in trainers.items():
            inputs, targets = next(batches[name])
            started = time.perf_counter()
            trainer.train_step(inputs, targets)
            seconds[name].append(time.perf_counter() - started)
    first = next(iter(trainers.values()))
    print(f"{first.threads.count} cores, {first.dtype}")
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
