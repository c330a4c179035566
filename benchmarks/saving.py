"""What it costs to be able to go on after a kill: `python -m benchmarks.saving`.

At params.yaml's shapes, on random tokens. Steps and saves of the resume state take turns, as in a run that
saves after a hundred times the cost of a save, which is what training does; printed are the medians and
the share of the training time that saving takes in `--seconds` of it.
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from minillm.files import write_json
from minillm.params import Params, read_params
from minillm.tokens.shards import VOCABULARY, Vocabulary
from minillm.tokens.tokenizer import BOS, EOS
from minillm.training.curve import Progress
from minillm.training.fingerprint import Fingerprint
from minillm.training.state import STATE, ResumeState
from minillm.training.trainer import Trainer


def main() -> None:
    """Print the cost of a save and the share of the time."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    params = read_params(Path("params.yaml"))
    # Of ten steps: a schedule that does not end before the seconds do.
    params = params.model_copy(update={"train": params.train.model_copy(update={"epochs": 1000})})
    Path(".state").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=".state", prefix="saving-") as name:  # the disk that training uses
        folder = Path(name)
        write_random_shards(params, folder / "splits")
        trainer = Trainer(params, folder / "splits", params.vocab.vocab_size)
        steps, saves = measure(
            trainer, ResumeState(folder / "state", Fingerprint({}, {}, {})), arguments.seconds
        )
        size_bytes = (folder / "state" / STATE).stat().st_size
    total = sum(steps) + sum(saves)
    print(
        f"{trainer.model.parameter_count():,} parameters, state {size_bytes / 1e6:.1f} MB, "
        f"{params.train.batch_size} × {params.model.context} tokens a step, {trainer.device}, "
        f"{trainer.threads.count} cores\n"
        f"step {1e3 * statistics.median(steps):.0f} ms; save {1e3 * statistics.median(saves):.0f} ms "
        f"(longest {1e3 * max(saves):.0f} ms)\n"
        f"{len(saves)} saves in {total:.0f} s: {sum(saves) / total:.2%} of the time"
    )


def measure(trainer: Trainer, state: ResumeState, seconds: float) -> tuple[list[float], list[float]]:
    """Seconds of each step and of each save."""
    steps: list[float] = []
    saves: list[float] = []
    batches = list(trainer.batches(1))
    trainer.train_step(*batches[0])
    while sum(steps) + sum(saves) < seconds:
        for inputs, targets in batches:
            started = time.perf_counter()
            trainer.train_step(inputs, targets)
            steps.append(time.perf_counter() - started)
            if state.is_due():
                started = time.perf_counter()
                state.save(trainer, Progress())
                saves.append(time.perf_counter() - started)
    return steps, saves


def write_random_shards(params: Params, folder: Path) -> None:
    """Shards of random tokens for ten steps and a row of validation."""
    random = np.random.default_rng(0)
    folder.mkdir()
    rows = {"train": 10 * params.train.batch_size + 1, "validation": 1}
    for split, count in rows.items():
        tokens = random.integers(EOS + 1, params.vocab.vocab_size, count * params.model.context + 2)
        tokens[[0, -1]] = BOS, EOS
        tokens.astype("<u2" if params.vocab.vocab_size <= 2**16 else "<u4").tofile(folder / f"{split}.bin")
        np.save(folder / f"{split}.idx.npy", np.array([0, len(tokens)], dtype="<i8"))
    words = [str(number) for number in range(params.vocab.vocab_size)]
    write_json(folder / VOCABULARY, asdict(Vocabulary(sha256="", words=words)))


if __name__ == "__main__":
    main()
