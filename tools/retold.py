"""The study, retold: `python -m tools.retold` writes docs/study.md and docs/estudio.md, and nobody else does.

Their words stand in docs/study/*.md.jinja, their figures come from what ran: modelo-1's from metrics/;
the others' from the newest experiment of their name in this repository (`make study` runs them,
`dvc exp pull` brings another repository's), else as docs/study/experiments.json has kept them; those of the
mistakes from docs/study/mistakes.json, which `python -m benchmarks.false_figures` writes. What the study
reported stands here, with the arithmetic on it.
"""

import csv
import json
import math
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from minillm.core_yaml import read_mapping
from minillm.errors import InputError
from minillm.evaluation.alarms import accuracy_limit
from minillm.evaluation.measured import flatten
from minillm.files import write_metrics, write_text
from minillm.params import read_params
from minillm.report.expected import deciding, read_recipes
from tools.study import EXPERIMENTS, read_experiments

FOLDER = Path("docs/study")
PAGES = {"en": Path("docs/study.md"), "es": Path("docs/estudio.md")}
KEPT, MISTAKES = FOLDER / "experiments.json", FOLDER / "mistakes.json"
METRICS = Path("metrics")
OTHERS = ("modelo-2", "moderno", "abierto")

REPORTED: Mapping[str, Any] = {
    "train": {"loss": 0.0691, "perplexity": 1.07, "accuracy": 0.9855},
    "validation": {"loss": 0.1905, "perplexity": 1.21, "accuracy": 0.9736},
    "test": {"perplexity": 1.20},
    "overfitting": {"ratio": 2.7582, "gap": 0.1214},
    "bias": {"mean": 211.8321, "absolute": 239.4894, "variance": 563029.68},
    "bleu": {"1": 0.0731, "2": 0.0160, "3": 0.0057, "4": 0.0026},
    "latency": {"mean": 3.05, "std": 0.63},
    "first": {"accuracy": 0.96, "loss": 1.45, "perplexity": 4.11},
    "second": {"accuracy": 0.64, "loss": 3.23, "perplexity": 27.77},
}
"""What the study says of its model, and of the first and the second one in the table of its improvements."""


def main() -> None:
    """Take the figures of the experiments that are here, and write both pages."""
    try:
        refuse_another_model()
        write_metrics(KEPT, take_experiments(read_json(KEPT)))
        for page, text in pages(read_figures()).items():
            write_text(page, text)
            print(f"wrote {page}")
    except (InputError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")


def refuse_another_model() -> None:
    """Raises InputError where an experiment lies in the workspace: its figures are not modelo-1's."""
    if deciding(read_params(Path("params.yaml"))) != read_recipes()["modelo-1"]:
        raise InputError(
            "params.yaml is another recipe than modelo-1's, which the pages are about; go back to it first: "
            "git checkout -- params.yaml dvc.lock metrics && dvc checkout"
        )


def take_experiments(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of the newest finished experiments, or the kept ones where none is in this repository."""
    figures = {**kept, "modelo-1": take_tables() or kept["modelo-1"]}
    for name in OTHERS:
        found = _git("for-each-ref", "--sort=-committerdate", "--format=%(refname)", f"refs/exps/*/*/{name}")
        if not found:
            print(f"{name}: no such experiment here (make study), its figures stay as {KEPT} has them")
            continue
        ref = found.split()[0]  # refs/exps/<two digits of the commit it began on>/<the others>/<name>
        commit = "".join(ref.split("/")[2:4])[:7]
        train, evaluate = (
            all_figures(json.loads(_git("show", f"{ref}:metrics/{file}.json")))
            for file in ("train", "evaluate")
        )
        figures[name] = {
            "commit": commit,
            "parameters": train["parameters"],
            **{key: evaluate["test"][key] for key in ("accuracy", "perplexity", "bits_per_byte")},
            "overfitting_ratio": evaluate["overfitting"]["ratio"],
        }
        print(f"{name}: the experiment of {commit}")
    return figures


def take_tables() -> dict[str, Any] | None:
    """What the pages say of modelo-1 out of tables, which DVC keeps and not Git; None without them."""
    try:
        bias, bleu = rows("tables/bias"), rows("plots/bleu")
    except FileNotFoundError:
        return None
    return {
        "bias": {row["figure"]: float(row["value"]) for row in bias},
        **{what: {row["order"]: float(row[what]) for row in bleu} for what in ("bleu", "chance")},
    }


def read_figures() -> dict[str, Any]:
    """All that the pages say, by name."""
    ours = {path.stem: all_figures(read_json(path)) for path in sorted(METRICS.glob("*.json"))}
    evaluate, params, kept = ours["evaluate"], read_mapping(Path("params.yaml")), read_json(KEPT)
    latencies = {row["what"]: row for row in read_json(METRICS / "machine" / "documented.json")["latencies"]}
    return {
        "reported": REPORTED,
        **ours,
        "params": params,
        "tables": kept["modelo-1"],
        "latency": latencies,
        "experiments": {
            "modelo-1": {
                "commit": "here",
                "parameters": ours["train"]["parameters"],
                **{key: evaluate["test"][key] for key in ("accuracy", "perplexity", "bits_per_byte")},
                "overfitting_ratio": evaluate["overfitting"]["ratio"],
            },
            **{name: kept[name] for name in OTHERS},
        },
        "mistakes": read_json(MISTAKES),
        "found": arithmetic(evaluate, params, second_vocabulary()),
    }


def second_vocabulary() -> int:
    """Words that the study's second model knows, which is modelo-2."""
    (size,) = (o.partition("=")[2] for o in read_experiments(EXPERIMENTS)["modelo-2"] if "vocab_size" in o)
    return int(size)


def arithmetic(ours: Mapping[str, Any], params: Mapping[str, Any], second_words: int) -> dict[str, Any]:
    """What the reported figures say of themselves, and beside ours."""
    words, smoothing = params["vocab"]["vocab_size"], params["train"]["label_smoothing"]
    bias = REPORTED["bias"]
    splits = ("train", "validation")
    return {
        "perplexity": {split: math.exp(REPORTED[split]["loss"]) for split in splits},
        "ratio": REPORTED["validation"]["loss"] / REPORTED["train"]["loss"],
        "gap": REPORTED["validation"]["loss"] - REPORTED["train"]["loss"],
        "our_gap": ours["validation"]["loss"] - ours["train"]["loss"],
        # So much of what was counted would have to cost nothing, or be right, if the rest were like ours.
        "padding_by_loss": {split: 1 - REPORTED[split]["loss"] / ours[split]["loss"] for split in splits},
        "padding_by_accuracy": {
            split: 1 - (1 - REPORTED[split]["accuracy"]) / (1 - ours[split]["accuracy"]) for split in splits
        },
        # Of one window the last target alone is unknown to a model that sees the others.
        "last_target_loss": ours["train"]["loss"] / params["model"]["context"],
        # (E|d|)² ≤ E[d²] P(d ≠ 0), by Cauchy and Schwarz, whatever the vocabulary.
        "wrong_at_least": bias["absolute"] ** 2 / (bias["variance"] + bias["mean"] ** 2),
        "four_right": REPORTED["validation"]["accuracy"] ** 4,
        "first": {
            "perplexity": math.exp(REPORTED["first"]["loss"]),
            "limit": accuracy_limit(REPORTED["first"]["loss"], words, 0.0),
            "smoothed_loss": smoothed_entropy(smoothing, words),
        },
        "second": {
            "perplexity": math.exp(REPORTED["second"]["loss"]),
            "limit": accuracy_limit(REPORTED["second"]["loss"], second_words, 0.0),
        },
    }


def smoothed_entropy(smoothing: float, words: int) -> float:
    """The least loss, in nats, that label smoothing leaves: the entropy of its target distribution."""
    other = smoothing / words
    target = 1 - smoothing + other
    return -target * math.log(target) - (words - 1) * other * math.log(other)


def pages(figures: Mapping[str, Any]) -> dict[Path, str]:
    """Both pages' texts."""
    return {page: render(language, figures) for language, page in PAGES.items()}


def render(language: str, figures: Mapping[str, Any]) -> str:
    """A page in one language."""
    environment = Environment(  # noqa: S701  # Markdown of our own figures, not HTML
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    spanish = language == "es"
    environment.filters["n"] = partial(number, comma=spanish)
    environment.filters["percent"] = lambda share, digits=1: number(100 * share, digits, comma=spanish) + " %"
    return environment.get_template(f"{PAGES[language].stem}.md.jinja").render(figures)


def number(value: float, digits: int = 0, *, comma: bool) -> str:
    """So many decimals, a real minus, thousands set apart; in Spanish (`comma`) from five digits on."""
    text = f"{value:,.{digits}f}".replace("-", "−")
    if not comma:
        return text
    return text.replace(",", "\N{NO-BREAK SPACE}" if abs(value) >= 10_000 else "").replace(".", ",")


def rows(name: str) -> list[dict[str, str]]:
    """A table of metrics/."""
    with (METRICS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file, delimiter="\t")]


def all_figures(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Nested by their names, those among them that a metrics file has as details."""
    figures: dict[str, Any] = {}
    for name, value in flatten(metrics).items():
        *groups, last = name.split(".")
        place = figures
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = value
    return figures


def read_json(path: Path) -> dict[str, Any]:
    """A file of figures."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _git(*arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], encoding="utf-8").strip()


if __name__ == "__main__":
    main()
