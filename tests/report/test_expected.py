"""The law through the measured points, and what is said of a run beside them."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.expected_tables import DOCUMENTS, with_tables
from benchmarks.recipe import with_overrides
from minillm.files import Metric
from minillm.report.expected import (
    EMBEDDED,
    Point,
    deciding,
    deviation,
    fit_law,
    read_points,
    read_recipes,
    write_points,
)
from minillm.report.normal import Run, place, placed
from minillm.report.page import render_page
from minillm.report.results import PARAMS, read_results
from tests.conftest import ROOT
from tests.report.files import change_figure, use_wiki, write_results
from tools.study import read_experiments

SIZES = {"1/8": 20_000, "1/4": 40_000, "1/2": 80_000, "1": 160_000}
RECIPE: dict[str, Metric] = {
    "vocab.vocab_size": 5000,
    "model.dim": 256,
    "model.norm": "layernorm",
    "train.lr": 3e-4,
    "train.epochs": 10,
}
RECIPES = {"modelo": RECIPE, "otro": RECIPE | {"model.dim": 512, "train.lr": 1e-3}}


def point(fraction: str, loss: float, **changes: object) -> Point:
    known = Point(
        recipe="modelo",
        changed="",
        texts=EMBEDDED,
        fraction=fraction,
        seed=42,
        training_tokens=SIZES[fraction],
        vocab_size=5000,
        parameters=10**6,
        validation_unknown=0.2,
        train_loss=4.5,
        validation_loss=loss,
        best_epoch=10,
        epochs=10,
        test_loss=4.5,
        test_bits_per_byte=2.0,
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def line(tokens: float) -> float:
    return 6.0 - 0.15 * math.log(tokens)


POINTS = [
    point("1/8", line(20_000) + 0.01),
    point("1/8", line(20_000) - 0.01, seed=43),
    point("1", line(160_000) + 0.01),
    point("1", line(160_000) - 0.01, seed=43),
    point("1/8", line(20_000) + 0.31, changed="train.lr=3e-3"),
    point("1/8", line(20_000) + 1.01, changed="train.lr=3e-5"),
    point("1/8", line(20_000) + 0.21, changed="model.norm=rmsnorm"),
    point("1/8", line(20_000) + 0.51, texts="novels"),
]
RUN = Run(
    RECIPE,
    embedded=True,
    training_tokens=160_000,
    validation_unknown=0.2,
    train_loss=4.5,
    validation_loss=line(160_000),
)


def said(run: Run) -> str:
    return place(run, POINTS, RECIPES)


def test_points_of_a_power_give_back_its_parameters() -> None:
    points = [point(name, 3.2 + 12 * tokens**-0.23) for name, tokens in SIZES.items()]
    law = fit_law(points)
    assert law
    assert (law.constant, law.scale, law.exponent) == pytest.approx((3.2, 12, 0.23), abs=1e-6)
    assert law.loss(60_000) == pytest.approx(3.2 + 12 * 60_000**-0.23)
    assert law.formula == "3.200 + 12·N^−0.23"
    three = fit_law([*points[:3], replace(points[0], seed=43)])
    assert three
    assert (three.constant, three.scale, three.exponent) == pytest.approx((3.2, 12, 0.23), abs=1e-6)


def test_fewer_points_give_a_straight_line_and_one_size_gives_itself() -> None:
    points = [point(name, line(SIZES[name])) for name in ("1/8", "1/4", "1")]
    law = fit_law(points)
    assert law
    assert (law.constant, law.scale, law.exponent) == pytest.approx((6.0, 0.15, 0))
    assert law.loss(60_000) == pytest.approx(line(60_000))
    assert law.formula == "6.000 − 0.1500·ln N"
    assert law.reaches(10_001)
    assert not law.reaches(9_999)
    single = fit_law(
        [points[0], replace(points[0], seed=43, validation_loss=points[0].validation_loss + 0.2)]
    )
    assert single
    assert single.loss(20_000) == pytest.approx(line(20_000) + 0.1)
    assert single.reaches(21_000)
    assert not single.reaches(40_000)
    assert fit_law([]) is None


def test_points_that_fall_as_a_straight_line_get_one_however_many_they_are() -> None:
    points = [point(name, line(tokens) - 0.02 * math.log(tokens) ** 2) for name, tokens in SIZES.items()]
    law = fit_law(points)  # ever steeper: no power above a floor
    assert law
    assert law.exponent == 0


def test_the_band_is_the_distance_of_all_points_from_their_laws() -> None:
    assert deviation(POINTS) == pytest.approx(math.sqrt(4 * 0.01**2 / (4 - 2)))
    other = [replace(p, recipe="otro", validation_loss=p.validation_loss + 1) for p in POINTS[:3]]
    assert deviation(POINTS + other) == pytest.approx(math.sqrt((4 * 0.01**2 + 2 * 0.01**2) / (2 + 1)))
    assert deviation(POINTS[:3:2]) is None


def test_a_run_of_a_recipe_is_as_expected_within_the_band_and_not_beyond() -> None:
    assert "With 160,000 training tokens of the embedded corpus modelo reaches" in said(RUN)
    assert f"a validation loss of {line(160_000):.2f} ± 0.03 nats per token; yours is" in said(RUN)
    assert said(replace(RUN, validation_loss=line(160_000) + 0.02)).endswith("yours is 4.22: as expected.")
    assert "too high by 0.04." in said(replace(RUN, validation_loss=line(160_000) + 0.04))
    assert "too low by 0.50." in said(replace(RUN, validation_loss=line(160_000) - 0.5))


@pytest.mark.parametrize(
    ("higher", "changes", "mistake"),
    [
        (
            0.5,
            {"validation_unknown": 0.1},
            "vocabulary or cleaning: 10.0% of the validation tokens",
        ),
        (-0.5, {"validation_unknown": 0.3}, "vocabulary or cleaning"),
        (-0.5, {}, "in the data: validation articles that training has seen"),
        (0.5, {"train_loss": 5.0}, "in the optimization or in the code"),
        (0.5, {"train_loss": 4.4}, "in the data, validation articles of another kind"),
    ],
)
def test_the_likeliest_mistake_comes_from_what_else_the_run_shows(
    higher: float, changes: dict[str, float], mistake: str
) -> None:
    assert mistake in said(replace(RUN, validation_loss=line(160_000) + higher, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "cost"),
    [
        ({"train.lr": 1e-3}, "train.lr: train.lr=3e-3 moved it by +0.30 on 1/8 of the corpus."),
        ({"train.lr": 1e-5}, "train.lr: train.lr=3e-5 moved it by +1.00 on 1/8 of the corpus."),
        ({"model.norm": "rmsnorm"}, "model.norm: model.norm=rmsnorm moved it by +0.20 on 1/8 of the corpus."),
        ({"train.epochs": 3}, "train.epochs; nothing was measured that would explain it."),
        ({"train.lr": 1e-5, "train.epochs": 3}, "train.lr or train.epochs: train.lr=3e-5 moved it by +1.00"),
    ],
)
def test_a_changed_parameter_is_named_with_what_the_like_has_cost(
    changed: dict[str, Metric], cost: str
) -> None:
    sentence = said(replace(RUN, parameters=RECIPE | changed, validation_loss=5.0))
    assert "No named recipe; the nearest is modelo, from which" in sentence
    assert f"The likeliest cause is {cost}" in sentence
    assert said(replace(RUN, parameters=RECIPE | changed)).endswith("as expected.")
    low = said(replace(RUN, parameters=RECIPE | changed, validation_loss=3.0))
    assert low.endswith("; nothing was measured that would explain it.")


def test_a_parameter_that_the_recipe_has_not_is_named_so() -> None:
    sentence = said(replace(RUN, parameters=RECIPE | {"train.teacher": "data/one"}))
    assert "from which train.teacher = data/one (not there) differs." in sentence


def test_what_does_not_compare_is_not_judged() -> None:
    high = replace(RUN, validation_loss=9.0)
    vocabulary = said(replace(high, parameters=RECIPE | {"vocab.vocab_size": 300}))
    assert vocabulary.endswith("the loss per token does not compare; bits per byte does.")
    texts = said(replace(high, embedded=False))
    assert texts.endswith("to which this does not apply (novels moved it by +0.50).")
    assert "4.20 ± 0.03" in texts
    size = said(replace(high, training_tokens=10**9))
    assert "with 20,000 to 160,000 training tokens; these are 1,000,000,000, too far" in size
    no_recipe = said(replace(high, parameters=dict.fromkeys(RECIPE, 1)))
    assert no_recipe.startswith("No named recipe: even from the nearest, modelo, 5 of the parameters")
    assert "too little was measured" in place(high, POINTS[:3:2], RECIPES)
    assert "too little was measured" in place(high, [], RECIPES)
    for sentence in (vocabulary, texts, size, no_recipe):
        assert "mistake" not in sentence
        assert "cause" not in sentence


def test_points_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "points.tsv"
    write_points(POINTS, path)
    for read, written in zip(read_points(path), POINTS, strict=True):
        assert read.key == written.key
        assert read.validation_loss == pytest.approx(written.validation_loss, abs=1e-4)


def test_the_machine_makes_no_other_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    same = with_overrides(["train.lanes=2", "train.processes=2", "train.device=cuda", "evaluate.top_k=7"])
    assert deciding(same) == deciding(with_overrides([]))
    assert deciding(with_overrides(["train.patience=9"])) != deciding(with_overrides([]))


def test_the_measured_recipes_are_those_of_experiments_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    recipes, experiments = read_recipes(), read_experiments()
    points = read_points()
    assert {known.recipe for known in points} <= set(recipes) <= set(experiments)
    for name, recipe in recipes.items():
        assert deciding(with_overrides(experiments[name])) == recipe, f"{name}: benchmarks.expected anew"
    assert len({known.key for known in points}) == len(points) > 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_the_tables_of_the_docs_are_those_of_the_points(document: Path) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert with_tables(text, read_points()) == text, "run `python -m benchmarks.expected_tables`"
    assert "<!-- table " in text


def test_a_table_of_the_docs_holds_what_its_name_says() -> None:
    marked = "A\n<!-- table {} -->\nold\n<!-- end -->\nB"
    mistakes = with_tables(marked.format("mistakes"), [replace(p, recipe="modelo-1") for p in POINTS])
    assert "| `train.lr=3e-3` | +0.300 | 1/8 | 42 | 20,000 | 20.0% | 4.500 | 4.824 |" in mistakes
    assert "| `train.lr=3e-5` | +1.000 |" in mistakes
    assert mistakes.count("\n| `") == 3
    assert (mistakes[:2], mistakes[-2:]) == ("A\n", "\nB")
    laws = with_tables(marked.format("laws"), POINTS)
    assert "| `modelo` | 6.000 − 0.1500·ln N | 4 | 2 |" in laws
    assert "± 0.028 nats per token" in laws
    assert with_tables(marked.format("texts"), POINTS).count("novels") == 1


def test_the_report_places_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [replace(p, recipe="modelo-1") for p in POINTS]
    monkeypatch.setattr("minillm.report.normal.read_points", lambda: points)
    root = write_results(tmp_path)
    change_figure(root, "train", "best.validation_loss", 4.206)
    sentence = placed(read_results(root))
    assert sentence.startswith("The recipe is modelo-1. With 160,682 training tokens")
    assert sentence.endswith("a validation loss of 4.20 ± 0.03 nats per token; yours is 4.21: as expected.")
    assert sentence in render_page(read_results(root), None, (root / PARAMS).read_text(encoding="utf-8"))
    use_wiki(root)
    assert "The texts are others" in placed(read_results(root))
