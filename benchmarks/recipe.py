"""Train with several settings by several seeds and compare: `python -m benchmarks.recipe "train.lr=1e-3" ""`.

Each argument is one setting: `KEY=VALUE` pairs over params.yaml, or over the experiment of experiments.yaml
that `--base` names, and before them its name, if it is to have one: `NAME: KEY=VALUE …`. The articles of each
split are those of data/splits for all seeds, which decide on first weights, order and dropout; a setting with
another vocabulary (or split) has its own in RUNS/data. Trained are the first setting by all seeds, then the
second. In a setting {runs} is the folder of all these settings and {seed} the seed, so
that a later one may learn from an earlier:

    python -m benchmarks.recipe --base moderno "first:" "second: train.teacher={runs}/first/{seed}" \\
        "third: train.teacher={runs}/second/{seed}" "of-three: train.teacher={runs}/first" --seeds 42 43 44

RUNS/BASE/NAME/SEED keeps the best checkpoint, the curves and what they depend on. What has ended is not
trained again, and what was killed goes on: the same command ends what is left and prints the whole table.
Printed of each run are its best validation loss (nats per token), what that is in bits per byte, by which
vocabularies compare, and when it was reached, the best loss within the first `--early` tokens, and the
training loss of the end; then their means over the seeds.
"""

import argparse
import contextlib
import csv
import hashlib
import json
import re
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

from benchmarks.data import CLEAN, PIPELINES, Data, make_data
from minillm.core_yaml import parse_mapping, read_mapping
from minillm.errors import InputError
from minillm.evaluation.code_length import SplitText, measure_texts
from minillm.files import sha256, write_json
from minillm.params import Params, parse_params, read_params
from minillm.stage import PARAMS_PATH
from minillm.tokens.batches import tokens_per_step
from minillm.tokens.shards import open_shard
from minillm.tokens.tokenizer import load_tokenizer
from minillm.training.curve import CURVE_COLUMNS
from minillm.training.fingerprint import Fingerprint, fingerprint, named
from minillm.training.interrupts import Interrupts
from minillm.training.loop import train
from minillm.training.outputs import Outputs
from minillm.training.state import open_state
from stages.train import input_files
from tools.study import choose, read_experiments

COLUMNS = (
    "setting",
    "seed",
    "best loss",
    "bits per byte",
    "at step",
    "of",
    "tokens a step",
    "early loss",
    "train loss",
)
MEANS = ("setting", "seeds", "best loss", "bits per byte", "early loss")
INPUTS, CURVE = "inputs.json", "training.tsv"


class Figures(NamedTuple):
    """What is compared of a run."""

    best_loss: float
    bits_per_byte: float
    best_step: int
    steps: int
    tokens_per_step: int
    early_loss: float | None
    train_loss: float


def main() -> None:
    """Print one row per run as soon as it has ended, and the means."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("settings", nargs="+", metavar="[NAME:] KEY=VALUE …", help="'' is the base")
    parser.add_argument("--base", default="modelo-1", help="experiment to start from (experiments.yaml)")
    parser.add_argument("--seeds", nargs="+", type=int, default=[42])
    parser.add_argument("--runs", type=Path, default=Path(".state/recipe"), help="where they are kept")
    parser.add_argument("--early", type=int, default=319_488, help="tokens: a fifth of modelo-1's 1,597,440")
    arguments = parser.parse_args()
    try:
        base, runs = choose(read_experiments(), [arguments.base]), arguments.runs / arguments.base
        settings = dict(map(named_setting, arguments.settings))
        if len(settings) < len(arguments.settings):
            raise InputError("two settings have the same name")
        trials = {  # all of them, so that no fault of the last one is found after days
            name: [
                params_of([*base[arguments.base], *setting.split()], runs, seed) for seed in arguments.seeds
            ]
            for name, setting in settings.items()
        }
        print_row(COLUMNS)
        print_row(["---"] * len(COLUMNS))
        found = {
            name: [measured(name, params, runs, arguments.early) for params in by_seed]
            for name, by_seed in trials.items()
        }
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")
    if len(arguments.seeds) > 1:
        print()
        print_row(MEANS)
        print_row(["---"] * len(MEANS))
        for name, figures in found.items():
            compared = [(run.best_loss, run.bits_per_byte, run.early_loss) for run in figures]
            print_row([name, str(len(figures)), *map(means, zip(*compared, strict=True))])


def named_setting(argument: str) -> tuple[str, str]:
    """Its name and its `KEY=VALUE` pairs; without a name of its own it is called by these."""
    if found := re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9_.-]*):(?: (.*))?", argument):
        return found[1], found[2] or ""
    return re.sub("[^A-Za-z0-9_.=-]+", "_", argument) or "base", argument


def params_of(setting: Sequence[str], runs: Path, seed: int) -> Params:
    """Of a run."""
    filled = [pair.replace("{runs}", runs.as_posix()).replace("{seed}", str(seed)) for pair in setting]
    return with_overrides(filled, seed)


def measured(name: str, params: Params, runs: Path, early: int) -> Figures:
    """Train, unless that has been done, and print the row."""
    data, folder = data_of(params, runs.parent / "data"), runs / name / str(params.seed)
    train_once(params, data, folder)
    figures = read_figures(folder, params, data, early)
    print_row(
        [
            name,
            str(params.seed),
            f"{figures.best_loss:.3f}",
            f"{figures.bits_per_byte:.3f}",
            str(figures.best_step),
            str(figures.steps),
            f"{figures.tokens_per_step:,}",
            "–" if figures.early_loss is None else f"{figures.early_loss:.3f}",
            f"{figures.train_loss:.3f}",
        ]
    )
    return figures


def with_overrides(overrides: Sequence[str], seed: int | None = None) -> Params:
    """params.yaml with some of its values replaced, and with another seed if it is given."""
    content = read_mapping(Path("params.yaml"))
    if seed is not None:
        content["seed"] = seed
    for override in overrides:
        key, _, value = override.partition("=")
        section, _, name = key.partition(".")
        if not isinstance(content.get(section), dict):
            raise InputError(f"{override}: must be section.key=value, with a section of params.yaml")
        if section in ("extract", "clean"):
            raise InputError(
                f"{override}: all have the articles of {CLEAN}; change params.yaml, run `dvc repro clean`"
            )
        content[section][name] = parse_mapping(f"value: {value}", override)["value"]
    return parse_params(content, "settings")


def data_of(params: Params, folder: Path) -> Data:
    """The pipeline's data, or a setting's own, which are made once.

    The articles of a split are the same for all: they follow from the seed of params.yaml.
    """
    default = read_params(PARAMS_PATH)
    if (params.vocab, params.split) == (default.vocab, default.split):
        return PIPELINES
    params = default.model_copy(update={"vocab": params.vocab, "split": params.split})
    if not CLEAN.is_file():
        raise InputError(f"{CLEAN} is missing; run `dvc repro clean`")
    decide = [params.vocab.model_dump(), params.split.model_dump(), params.seed, sha256(CLEAN)]
    folder /= hashlib.sha256(json.dumps(decide).encode()).hexdigest()[:16]
    if not folder.exists():
        unfinished = folder.with_name(f".{folder.name}")
        make_data(CLEAN, params, unfinished)
        unfinished.rename(folder)
    return Data(CLEAN, folder / "vocab" / "tokenizer.json", folder / "splits")


def train_once(params: Params, data: Data, folder: Path) -> None:
    """Train into `folder`, or go on with what was killed; nothing if it has been done.

    Raises InputError if what is there was trained with other parameters, data or teachers. What the code was
    does not count then: a search goes on for days.
    """
    files = input_files(params, data.tokenizer, data.splits)
    inputs = fingerprint(params, files)
    digests = {path.as_posix(): inputs.files[path.as_posix()] for path in files}
    known = Fingerprint(inputs.parameters, {}, digests)
    if folder.exists():
        if changes := former_inputs(folder).changes(known):
            raise InputError(
                f"{folder} was trained with other inputs ({named(changes)}): name this setting otherwise, or "
                f"remove the folder"
            )
        return
    unfinished = folder.with_name(f".{folder.name}")  # hidden, and so nobody's teacher yet
    outputs = Outputs(unfinished, unfinished / CURVE, unfinished / "steps.tsv")
    vocab_size = load_tokenizer(data.tokenizer).get_vocab_size()
    with contextlib.redirect_stdout(sys.stderr), open_state(inputs) as state, Interrupts() as interrupts:
        train(params, data.splits, vocab_size, outputs, state, interrupts)
        write_json(unfinished / INPUTS, asdict(known))
        unfinished.rename(folder)
        state.remove()


def former_inputs(folder: Path) -> Fingerprint:
    """What a run that has been done was trained with."""
    with refused_if_damaged(folder / INPUTS):
        return Fingerprint(**json.loads((folder / INPUTS).read_text(encoding="utf-8")))


@contextlib.contextmanager
def refused_if_damaged(path: Path) -> Iterator[None]:
    """Within this block a file of a run is read that has been done."""
    try:
        yield
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{path} is damaged: remove its folder, and the run is trained again") from None


def read_figures(folder: Path, params: Params, data: Data, early_tokens: int) -> Figures:
    """What the curve of a run says."""
    with (folder / CURVE).open(encoding="utf-8", newline="") as file, refused_if_damaged(folder / CURVE):
        rows = csv.DictReader(file, delimiter="\t")
        curve = [{name: float(row[name]) for name in CURVE_COLUMNS} for row in rows]
        best = min(curve, key=lambda row: row["validation_loss"])
    tokens = tokens_per_step(open_shard(data.splits, "train"), params.model.context, params.train)
    early = [row["validation_loss"] for row in curve if row["step"] * tokens <= early_tokens]
    text, targets = validation_text(data)
    return Figures(
        best["validation_loss"],
        text.bits_per_byte(best["validation_loss"] * targets),
        int(best["step"]),
        int(curve[-1]["step"]),
        tokens,
        min(early, default=None),
        curve[-1]["train_loss"],
    )


@cache
def validation_text(data: Data) -> tuple[SplitText, int]:
    """What the validation tokens stand for, and how many targets they are."""
    texts = measure_texts(data.clean, data.splits, load_tokenizer(data.tokenizer))
    return texts["validation"], open_shard(data.splits, "validation").targets


def means(losses: Sequence[float | None]) -> str:
    """Mean ± standard deviation (of a sample)."""
    known = [loss for loss in losses if loss is not None]
    if len(known) < 2:
        return f"{known[0]:.3f}" if known else "–"
    return f"{statistics.mean(known):.3f} ± {statistics.stdev(known):.3f}"


def print_row(cells: Sequence[str]) -> None:
    """A row of a Markdown table."""
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
