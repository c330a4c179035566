"""What a recipe reaches with so much text: `python -m benchmarks.expected modelo-1 --fraction 1/8 1/4`.

Each row of minillm/report/expected.tsv is one run of the pipeline's steps from the clean articles on, outside
DVC: vocabulary, splits, training, likelihood of the test articles. A fraction is of the training articles,
drawn by the seed, the smaller within the larger; validation and test articles stay the same, so that points
of one seed compare. A seed is `seed` in params.yaml: another one splits, draws and initializes anew. A row
is written as soon as it is there, and one that stands in the table is not run again. The n-gram baseline's
loss of the test articles is printed before the training.

`--change "train.lr=3e-3"` runs the recipe with that changed. `--texts FOLDER` takes files as
`extract.source=files` does, in place of data/clean. `--run FOLDER` runs nothing: it takes the row from a
pipeline that has run there with a recipe's parameters.
"""

import argparse
import contextlib
import dataclasses
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import expected_tables
from benchmarks.data import CLEAN, Data, make_data
from benchmarks.recipe import with_overrides
from minillm.corpus.corpus import CLEAN_SCHEMA, clean_articles
from minillm.corpus.judging import Judging
from minillm.errors import InputError
from minillm.evaluation.baselines import fit_ngrams
from minillm.evaluation.code_length import measure_texts
from minillm.evaluation.likelihood import score, stride_of
from minillm.evaluation.measured import flatten
from minillm.evaluation.split_likelihood import Likelihood
from minillm.files import Metric, write_json
from minillm.own.extraction import extract_files
from minillm.own.finding import find_files
from minillm.params import Params, read_params
from minillm.parquet import RowWriter, read_rows
from minillm.report.expected import (
    EMBEDDED,
    POINTS,
    RECIPES,
    Point,
    deciding,
    read_points,
    read_recipes,
    write_points,
)
from minillm.report.results import read_figures
from minillm.tokens.assignment import split_of
from minillm.tokens.shards import open_shard
from minillm.tokens.tokenizer import load_tokenizer
from minillm.training.checkpoints import load_checkpoint
from minillm.training.loop import train
from minillm.training.outputs import Outputs
from minillm.training.threads import threads_for
from tools.study import choose, read_experiments

_ROW_GROUP_CHARACTERS = 16 * 2**20


def main() -> None:
    """Run what is asked for and not in the table yet."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("recipe", help="experiment of experiments.yaml")
    parser.add_argument("--fraction", nargs="+", type=Fraction, default=[Fraction(1)], help="such as 1/8 1/4")
    parser.add_argument("--seed", nargs="+", type=int, default=[42])
    parser.add_argument("--change", nargs="+", default=[""], metavar="KEY=VALUE …", help="one run each")
    parser.add_argument("--texts", type=Path, help="folder of text files (default: the clean articles)")
    parser.add_argument("--run", type=Path, help="folder where the pipeline has run: only its row")
    arguments = parser.parse_args()
    try:
        overrides = choose(read_experiments(), [arguments.recipe])[arguments.recipe]
        keep_recipe(arguments.recipe, with_overrides(overrides))
        if arguments.run:
            add(point_of_run(arguments.run, arguments.recipe))
            return
        for run in itertools.product(arguments.seed, arguments.fraction, arguments.change):
            measure_once(arguments.recipe, overrides, *run, arguments.texts)
    except InputError as error:
        sys.exit(f"error: {error}")


def measure_once(
    recipe: str, overrides: list[str], seed: int, fraction: Fraction, change: str, texts: Path | None
) -> None:
    """Run the recipe and add its row, if it is not there."""
    name = texts.name if texts else EMBEDDED
    if (recipe, change, name, str(fraction), seed) in {point.key for point in read_points()}:
        return
    params = with_overrides([*overrides, *change.split()]).model_copy(update={"seed": seed})
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        figures = measure(params, fraction, Path(folder), texts)
    add(Point(recipe, change, name, str(fraction), seed, **figures))
    print(f"{time.perf_counter() - started:.0f} s", flush=True)


def add(point: Point) -> None:
    """Append a row to the table and to those of the docs, and print it."""
    write_points([*(known for known in read_points() if known.key != point.key), point])
    expected_tables.main()
    print(json.dumps(dataclasses.asdict(point), ensure_ascii=False), flush=True)


def keep_recipe(name: str, params: Params) -> None:
    """Write down a recipe's parameters. Raises InputError if rows of the table are of other ones."""
    recipes = read_recipes(RECIPES) if RECIPES.exists() else {}
    if name in recipes and recipes[name] != deciding(params):
        raise InputError(f"{POINTS} has rows of another {name}; remove them and its entry in {RECIPES}")
    write_json(RECIPES, recipes | {name: deciding(params)})


def measure(params: Params, fraction: Fraction, folder: Path, texts: Path | None) -> dict[str, Any]:
    """Make vocabulary, splits and model in `folder` and measure them: the figures of a Point by name."""
    whole = clean_files(texts, params, folder) if texts else CLEAN
    clean = folder / "articles.parquet"
    cut(whole, clean, fraction, params)
    data, metrics = make_data(clean, params, folder)
    print(
        f"Kneser–Ney on the same tokens: {ngram_loss(params, data):.3f} nats of the test articles", flush=True
    )
    outputs = Outputs(folder / "best", folder / "curve.tsv", folder / "steps.tsv")
    trained = train(params, data.splits, load_tokenizer(data.tokenizer).get_vocab_size(), outputs)
    test_loss, bits_per_byte = score_test(params, outputs.best, data)
    test = {"loss": test_loss, "bits_per_byte": bits_per_byte}
    return figures_of(flatten({**metrics, "train": trained, "evaluate": {"test": test}}))


def clean_files(texts: Path, params: Params, folder: Path) -> Path:
    """The files' articles, extracted and cleaned as the pipeline does it."""
    extract = params.extract.model_copy(
        update={"source": "files", "files": texts, "markup": "none", "articles": 0, "glob": "*"}
    )
    files, _ = find_files(texts, extract.glob)
    raw, clean = folder / "raw" / "articles.parquet", folder / "whole.parquet"
    raw.parent.mkdir()
    extract_files(files, extract, params.seed, raw)
    clean_articles(
        Judging(raw, params.clean, params.language, plain=True), clean, folder / "rejected.parquet"
    )
    return clean


def cut(whole: Path, out: Path, fraction: Fraction, params: Params) -> None:
    """Write the articles, of those for training only the first `fraction` in an order drawn by the seed."""
    rows = [
        dict(zip(CLEAN_SCHEMA.names, row, strict=True)) for row in read_rows(whole, CLEAN_SCHEMA, "clean")
    ]
    training = [row["id"] for row in rows if split_of(row["id"], params.seed, params.split) == "train"]
    order = np.random.default_rng(params.seed).permutation(len(training))
    left_out = {training[index] for index in order[round(len(training) * fraction) :]}
    with RowWriter(out, CLEAN_SCHEMA, len(rows), _ROW_GROUP_CHARACTERS) as writer:
        for row in rows:
            if row["id"] not in left_out:
                writer.add(row, len(row["text"]))


def ngram_loss(params: Params, data: Data) -> float:
    """Loss of the test articles by the evaluate stage's n-gram baseline, in nats per token."""
    vocab_size = load_tokenizer(data.tokenizer).get_vocab_size()
    orders = {"ngram": params.evaluate.baseline_order}
    ngram = fit_ngrams(open_shard(data.splits, "train"), vocab_size, orders, params.seed)["ngram"]
    return float(np.concatenate([nll for _, nll in ngram.nll(open_shard(data.splits, "test"))]).mean())


def score_test(params: Params, checkpoint: Path, data: Data) -> tuple[float, float]:
    """Loss and bits per byte of the test articles, as the evaluate stage measures them."""
    model = load_checkpoint(checkpoint, torch.device("cpu")).model
    shard = open_shard(data.splits, "test")
    likelihood = Likelihood(shard)
    stride = stride_of(params.evaluate.stride, params.model.context)
    threads = threads_for(torch.device("cpu"))
    for scores in score(model, shard, params.evaluate.batch_size, threads, stride):
        likelihood.add(scores)
    text = measure_texts(data.clean, data.splits, load_tokenizer(data.tokenizer))["test"]
    return likelihood.loss, text.bits_per_byte(likelihood.nll)


def point_of_run(root: Path, recipe: str) -> Point:
    """The row of a pipeline that has run with the recipe's parameters on the embedded corpus.

    Raises InputError if it has others.
    """
    params = read_params(root / "params.yaml")
    if deciding(params) != deciding(with_overrides(read_experiments()[recipe])):
        raise InputError(f"{root / 'params.yaml'} is not {recipe}")
    found = {
        f"{name}.{figure}": value
        for name in ("vocab", "split", "train", "evaluate")
        for figure, value in read_figures(root / "metrics" / f"{name}.json").items()
    }
    return Point(recipe, "", EMBEDDED, "1", params.seed, **figures_of(found))


def figures_of(metrics: Mapping[str, Metric]) -> dict[str, Any]:
    """The figures of a Point by name, of the stages' metrics by theirs."""
    names = {
        "training_tokens": "split.train.tokens",
        "vocab_size": "vocab.size",
        "parameters": "train.parameters",
        "validation_unknown": "vocab.validation.unk_rate",
        "train_loss": "train.last.train_loss",
        "validation_loss": "train.best.validation_loss",
        "best_epoch": "train.best.epoch",
        "epochs": "train.epochs",
        "test_loss": "evaluate.test.loss",
        "test_bits_per_byte": "evaluate.test.bits_per_byte",
    }
    return {name: metrics[figure] for name, figure in names.items()}


if __name__ == "__main__":
    main()
