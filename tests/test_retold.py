"""docs/study.md and docs/estudio.md: every figure in them is what ran, or what the study reported."""

import copy
import json
import math
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minillm.evaluation.alarms import raise_alarms
from tests.conftest import ROOT, environment
from tests.evaluation.test_summary import metrics as honest_metrics
from tools import retold
from tools.retold import PAGES, REPORTED, pages, read_figures, render, smoothed_entropy, take_experiments


@pytest.fixture(autouse=True)
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_the_committed_pages_are_what_metrics_and_experiments_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [pages(read_figures())]
    for path in [*Path("metrics").glob("*.json"), Path("metrics/machine/documented.json")]:
        committed = subprocess.check_output(["git", "show", f"HEAD:{path}"], text=True)
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(committed, encoding="utf-8")
    monkeypatch.setattr(retold, "METRICS", tmp_path / "metrics")
    made.append(
        pages(read_figures())
    )  # those here may be of another machine or of parameters that were tried
    for page in PAGES.values():
        text = page.read_text(encoding="utf-8")
        assert text in [texts[page] for texts in made], f"{page}: python -m tools.retold writes it anew"


def test_the_figures_out_of_tables_are_of_the_committed_evaluation() -> None:
    """The tables are not in Git; one figure of them is in the metrics, too."""
    kept = json.loads(retold.KEPT.read_text(encoding="utf-8"))["modelo-1"]
    committed = json.loads(subprocess.check_output(["git", "show", "HEAD:metrics/evaluate.json"], text=True))
    here = json.loads(Path("metrics/evaluate.json").read_text(encoding="utf-8"))
    found = [(metrics["bleu"]["bleu_4"], metrics["bleu"]["chance_4"]) for metrics in (committed, here)]
    assert (kept["bleu"]["4"], kept["chance"]["4"]) in found


@pytest.mark.parametrize("language", PAGES)
def test_no_figure_is_typed_into_a_page(language: str) -> None:
    """Nothing outside the template's expressions has decimals, a percentage or more than two digits."""
    template = (ROOT / f"docs/study/{PAGES[language].stem}.md.jinja").read_text(encoding="utf-8")
    words = re.sub(r"\{[{%].*?[%}]\}|\]\(.*?\)|`.*?`", "", template, flags=re.DOTALL)
    assert len(words) > 5000
    assert re.findall(r"\d+[.,]\d+|\d+ ?%|\d{3,}", words) == []


CHANGES: list[tuple[tuple[str, ...], object]] = [
    (("evaluate", "test", "perplexity"), 12.345),
    (("evaluate", "train", "loss"), 3.2109),
    (("tables", "bias", "rank_difference"), -7.6543),
    (("experiments", "moderno", "bits_per_byte"), 1.2345),
    (("mistakes", "no_mask", "validation", "perplexity"), 9.8765),
    (("mistakes", "padding", "test", "words", "perplexity"), 4321.0),
]


@pytest.mark.parametrize(("path", "value"), CHANGES)
def test_another_figure_makes_another_page(path: tuple[str, ...], value: object) -> None:
    figures = read_figures()
    changed = copy.deepcopy(figures)
    place = changed
    for key in path[:-1]:
        place = place[key]
    assert path[-1] in place
    place[path[-1]] = value
    for language in PAGES:
        assert render(language, changed) != render(language, figures)


def test_both_pages_say_the_same_figures() -> None:
    figures = read_figures()
    english = re.sub(r"(?<=\d),(?=\d{3})", "", render("en", figures))
    spanish = re.sub(r"(?<=\d)\N{NO-BREAK SPACE}(?=\d{3})", "", render("es", figures)).replace(",", ".")
    said = [
        Counter(re.findall(r"−?\d+(?:\.\d+)?", re.sub(r"`.*?`", "", text))) for text in (english, spanish)
    ]
    assert said[0].total() > 150
    assert said[0] == said[1]


class TestArithmetic:
    def test_the_least_smoothed_loss_is_that_of_the_smoothed_distribution(self) -> None:
        target = np.full(50, 0.1 / 50)
        target[7] += 0.9
        assert smoothed_entropy(0.1, 50) == pytest.approx(-float(np.sum(target * np.log(target))))

    def test_so_many_predictions_are_wrong_at_least(self) -> None:
        """Any differences with these moments: here the ones for which the bound is reached."""
        found = read_figures()["found"]["wrong_at_least"]
        bias = REPORTED["bias"]
        squares = bias["variance"] + bias["mean"] ** 2
        size = squares / bias["absolute"]  # wrong ones all by the same
        assert bias["absolute"] / size == pytest.approx(found)

    def test_what_the_study_says_agrees_with_itself_where_the_page_says_so(self) -> None:
        for split in ("train", "validation"):
            assert math.exp(REPORTED[split]["loss"]) == pytest.approx(REPORTED[split]["perplexity"], abs=5e-3)
        assert REPORTED["overfitting"]["gap"] == pytest.approx(0.1905 - 0.0691)
        found = read_figures()["found"]
        assert found["first"]["perplexity"] > REPORTED["first"]["perplexity"] + 0.1
        assert found["first"]["limit"] < REPORTED["first"]["accuracy"]
        assert found["first"]["smoothed_loss"] < REPORTED["first"]["loss"]
        assert found["second"]["perplexity"] < REPORTED["second"]["perplexity"]
        assert found["second"]["limit"] > REPORTED["second"]["accuracy"]
        for split in ("train", "validation"):
            assert found["padding_by_loss"][split] == pytest.approx(
                found["padding_by_accuracy"][split], abs=0.011
            )


@pytest.mark.parametrize(
    ("name", "alarms"),
    [
        ("padding", {"too_good"}),
        ("no_mask", {"too_good", "leak", "overfitting"}),
        ("copied", {"too_good", "near_test_articles"}),
    ],
)
def test_the_alarms_fire_on_what_each_mistake_gave(name: str, alarms: set[str]) -> None:
    mistake = json.loads(retold.MISTAKES.read_text(encoding="utf-8"))[name]
    figures: dict[str, Any] = honest_metrics()
    for split in ("train", "validation", "test"):
        figures[split] |= {key: mistake[split][key] for key in ("loss", "accuracy")} | {"accuracy_limit": 1.0}
    own = ("overfitting", "causal_difference", "near_test_articles")
    figures |= {key: mistake[key] for key in own if key in mistake}
    figures["causal"] = figures["causal_difference"] < 1
    assert {alarm.name for alarm in raise_alarms(figures) if alarm.raised} == alarms
    assert alarms <= mistake["alarms"].keys()


def test_each_mistake_reaches_the_reported_region() -> None:
    mistakes = json.loads(retold.MISTAKES.read_text(encoding="utf-8"))
    for name in ("padding", "no_mask"):
        for split in ("train", "validation", "test"):
            assert 1.0 < mistakes[name][split]["perplexity"] < 1.25, (name, split)
            assert 0.95 < mistakes[name][split]["accuracy"] < 1
    assert mistakes["padding"]["test"]["words"]["perplexity"] > 50


def test_the_alarms_that_the_pages_name_for_the_study_are_those_that_its_figures_raise() -> None:
    figures: dict[str, Any] = honest_metrics()
    for split in ("train", "validation", "test"):
        figures[split] = figures[split] | REPORTED[split]
        figures[split]["loss"] = math.log(figures[split]["perplexity"])
    figures["overfitting"] = {"ratio": REPORTED["overfitting"]["ratio"]}
    for split in ("train", "validation", "test"):
        figures[split]["accuracy_limit"] = 1.0
    assert {alarm.name for alarm in raise_alarms(figures) if alarm.raised} == {"too_good", "overfitting"}


def test_figures_come_from_the_newest_experiment_of_the_name_and_else_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "start")
    base = git("rev-parse", "HEAD")
    for number, perplexity in ((1, 50.0), (2, 46.5)):
        test = {"accuracy": 0.28, "perplexity": perplexity, "bits_per_byte": 1.9}
        Path("metrics").mkdir(exist_ok=True)
        Path("metrics/train.json").write_text(json.dumps({"parameters": 7}), encoding="utf-8")
        evaluated = {"test": test, "overfitting": {"ratio": 1.2}}
        Path("metrics/evaluate.json").write_text(json.dumps(evaluated), encoding="utf-8")
        git("add", "-A")
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-11-0{number}T00:00:00")
        git("commit", "-q", "-m", f"{number}")
        git("update-ref", f"refs/exps/{number}{base[1]}/{base[2:]}/moderno", "HEAD")
    kept = {
        "modelo-1": {"bleu": {}},
        "modelo-2": {"commit": "a", "perplexity": 88.9},
        "moderno": {"commit": "b", "perplexity": 1.0},
        "abierto": {"commit": "c", "perplexity": 77.7},
    }
    found = take_experiments(kept)
    assert found["modelo-1"] == kept["modelo-1"]  # no tables here
    assert found["modelo-2"] == kept["modelo-2"]
    assert found["moderno"] == {
        "commit": f"2{base[1:7]}",
        "parameters": 7,
        "accuracy": 0.28,
        "perplexity": 46.5,
        "bits_per_byte": 1.9,
        "overfitting_ratio": 1.2,
    }
