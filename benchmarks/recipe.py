"""Train with several settings and compare: `python -m benchmarks.recipe "train.lr=1e-3" "model.dropout=0.3"`.

Each argument is one run: `KEY=VALUE` pairs over params.yaml, or over the experiment of experiments.yaml that
`--base` names. The data are those of data/splits. One run at a time; its result does not depend on the
others. Prints a row as soon as a run ends: the best validation loss and its step, the loss after the first
`--early` tokens, and the training loss of the end.
"""

import argparse
import contextlib
import csv
import sys
import tempfile
import time
from pathlib import Path

from minillm.core_yaml import parse_mapping, read_mapping
from minillm.params import Params, parse_params
from minillm.tokens.tokenizer import load_tokenizer
from minillm.training.loop import Outputs, train
from tools.study import read_experiments

COLUMNS = ("setting", "best loss", "at step", "of", "tokens", "early loss", "train loss", "seconds")


def main() -> None:
    """Print one row per setting."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("settings", nargs="+", metavar="KEY=VALUE …", help="one run each; '' is the base")
    parser.add_argument("--base", default="modelo-1", help="experiment to start from (experiments.yaml)")
    parser.add_argument("--early", type=int, default=319_488, help="tokens: a fifth of modelo-1's 1,597,440")
    arguments = parser.parse_args()
    base = read_experiments()[arguments.base]
    print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|", flush=True)
    for setting in arguments.settings:
        params = with_overrides([*base, *setting.split()])
        print(
            "| " + " | ".join([setting or arguments.base, *run(params, arguments.early)]) + " |", flush=True
        )


def with_overrides(overrides: list[str]) -> Params:
    """params.yaml with some of its values replaced."""
    content = read_mapping(Path("params.yaml"))
    for override in overrides:
        key, _, value = override.partition("=")
        section, _, name = key.partition(".")
        content[section][name] = parse_mapping(f"value: {value}", override)["value"]
    return parse_params(content, "settings")


def run(params: Params, early_tokens: int) -> list[str]:
    """The columns after the first."""
    vocab_size = load_tokenizer(Path("data/vocab/tokenizer.json")).get_vocab_size()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(sys.stderr):
        folder = Path(name)
        outputs = Outputs(folder / "best", folder / "curve.tsv", folder / "steps.tsv")
        train(params, Path("data/splits"), vocab_size, outputs)
        with outputs.curve.open(encoding="utf-8", newline="") as file:
            curve = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file, delimiter="\t")]
    tokens = params.train.batch_size * params.model.context
    best = min(curve, key=lambda row: row["validation_loss"])
    early = [row["validation_loss"] for row in curve if row["step"] * tokens <= early_tokens]
    return [
        f"{best['validation_loss']:.3f}",
        f"{best['step']:.0f}",
        f"{curve[-1]['step']:.0f}",
        f"{tokens:,}",
        f"{min(early):.3f}" if early else "–",
        f"{curve[-1]['train_loss']:.3f}",
        f"{time.perf_counter() - started:.0f}",
    ]


if __name__ == "__main__":
    main()
