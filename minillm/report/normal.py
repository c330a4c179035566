"""Is my loss normal? Where a run stands beside what the named recipes reached, in words.

A loss per token is one of its vocabulary and its text. So only a run on the embedded corpus with all the
parameters of a recipe that decide is judged; of others it is said what differs. The likeliest mistake is told
from what else the run shows (share of [UNK], train loss), that of a changed parameter from measured changes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minillm.files import Metric
from minillm.report.expected import (
    BAND_DEVIATIONS,
    EMBEDDED,
    Point,
    base_of,
    deciding,
    deviation,
    fit_law,
    of_recipe,
    read_points,
    read_recipes,
)
from minillm.report.results import Results
from minillm.report.wording import joined, number, share

MOST_CHANGES = 3
"""A run with more parameters that differ is no variant of a recipe."""
UNKNOWN_SLACK = 0.03
"""By so much the share of [UNK] may differ: for four seeds it does by 0.006, from one size to half of it by
0.02 to 0.03."""


@dataclass(frozen=True)
class Run:
    """What is known of the run that is to be placed."""

    parameters: Mapping[str, Metric]
    """Those that decide."""
    embedded: bool
    training_tokens: int
    validation_unknown: float
    train_loss: float
    validation_loss: float


def placed(results: Results) -> str:
    """Whether the loss of the run is what its recipe reaches, in a few sentences."""
    metrics = results.metrics
    run = Run(
        deciding(results.params),
        results.origin.embedded,
        int(metrics["split"].number("train.tokens")),
        metrics["vocab"].number("validation.unk_rate"),
        metrics["train"].number("last.train_loss"),
        metrics["train"].number("best.validation_loss"),
    )
    return place(run, read_points(), read_recipes())


def place(run: Run, points: Sequence[Point], recipes: Mapping[str, Mapping[str, Metric]]) -> str:
    """The same, given what was measured."""
    name, changes = nearest_recipe(run.parameters, recipes)
    if len(changes) > MOST_CHANGES:
        return (
            f"No named recipe: even from the nearest, {name}, {len(changes)} of the parameters that decide "
            "differ, so that nothing was measured to compare with."
        )
    changed = {key: (run.parameters[key], recipes[name].get(key)) for key in changes}
    said = _named(name, changed)
    if any(key.startswith("vocab.") for key in changed):
        return f"{said} Of another vocabulary the loss per token does not compare; bits per byte does."
    own = of_recipe(points, name)
    law, spread = fit_law(own), deviation(points)
    if law is None or spread is None:
        return f"{said} Of {name} too little was measured to say what is normal."
    if not law.reaches(run.training_tokens):
        return (
            f"{said} It was measured with {law.tokens[0]:,} to {law.tokens[1]:,} training tokens; these are "
            f"{run.training_tokens:,}, too far from there to say what is normal."
        )
    expected, band = law.loss(run.training_tokens), BAND_DEVIATIONS * spread
    said += (
        f" With {run.training_tokens:,} training tokens of the embedded corpus {name} reaches a validation "
        f"loss of {expected:.2f} ± {band:.2f} nats per token; yours is {run.validation_loss:.2f}"
    )
    if not run.embedded:
        return f"{said}. The texts are others, to which this does not apply{_other_texts(points, name)}."
    higher = run.validation_loss - expected
    if abs(higher) <= band:
        return f"{said}: as expected."
    said += f": too {'high' if higher > 0 else 'low'} by {abs(higher):.2f}."
    if changed:
        return f"{said} {_cost_of_changes(points, name, changed, too_high=higher > 0)}"
    nearest = min(own, key=lambda point: abs(math.log(point.training_tokens / run.training_tokens)))
    return f"{said} {_likeliest_mistake(run, nearest, band, too_high=higher > 0)}"


def _named(name: str, changed: Mapping[str, tuple[Metric, Metric | None]]) -> str:
    """Which recipe it is, or what differs from the nearest."""
    if not changed:
        return f"The recipe is {name}."
    pairs = [
        f"{key} = {here} ({'not there' if there is None else f'there {there}'})"
        for key, (here, there) in changed.items()
    ]
    return f"No named recipe; the nearest is {name}, from which {joined(pairs)} differs."


def nearest_recipe(
    parameters: Mapping[str, Metric], recipes: Mapping[str, Mapping[str, Metric]]
) -> tuple[str, list[str]]:
    """The recipe from which the fewest parameters differ, and which those are."""
    changes = {
        name: [key for key in parameters if parameters[key] != recipe.get(key)]
        for name, recipe in recipes.items()
    }
    name = min(changes, key=lambda name: len(changes[name]))
    return name, changes[name]


def _likeliest_mistake(run: Run, nearest: Point, band: float, *, too_high: bool) -> str:
    """What would explain a loss beside the law although all parameters are the recipe's."""
    unknown = run.validation_unknown - nearest.validation_unknown
    if abs(unknown) > UNKNOWN_SLACK:
        return (
            f"The likeliest mistake is in vocabulary or cleaning: {share(run.validation_unknown)} of the "
            f"validation tokens are [UNK], in the measured run {share(nearest.validation_unknown)}."
        )
    if not too_high:
        return (
            "The likeliest mistake is in the data: validation articles that training has seen, nearly the "
            "same article in both, or text that repeats itself."
        )
    if run.train_loss - nearest.train_loss > band:
        return (
            f"Training itself got less far (train loss {number(run.train_loss)}, in the measured run "
            f"{number(nearest.train_loss)}): the likeliest mistake is in the optimization or in the code of "
            "the model."
        )
    return (
        f"Training got as far as it should (train loss {number(run.train_loss)}, in the measured run "
        f"{number(nearest.train_loss)}): the likeliest mistake is in the data, validation articles of "
        "another kind than those for training."
    )


def _cost_of_changes(
    points: Sequence[Point],
    name: str,
    changed: Mapping[str, tuple[Metric, Metric | None]],
    *,
    too_high: bool,
) -> str:
    """What the like of each change, from the recipe's value to the run's, has cost where it was measured.

    Only what would explain it: a cost for a loss that is too high, a gain for one that is too low.
    """
    found = []
    for point in points:
        key, _, value = point.changed.partition("=")
        base = base_of(points, point)
        if point.recipe == name and base and key in changed and _alike(value, *changed[key]):
            cost = point.validation_loss - base.validation_loss
            if (cost > 0) == too_high:
                found.append(f"{point.changed} moved it by {cost:+.2f} on {point.fraction} of the corpus")
    cause = f"The likeliest cause is {' or '.join(changed)}"
    if not found:
        return f"{cause}; nothing was measured that would explain it."
    return f"{cause}: {joined(found)}."


def _alike(tried: str, here: Metric, there: Metric | None) -> bool:
    """Whether a measured change goes the way of this one: the same word, or a number on the same side."""
    if isinstance(here, bool | str) or isinstance(there, bool | str | None):
        return tried.lower() == str(here).lower()
    return (float(tried) > there) == (here > there)


def _other_texts(points: Sequence[Point], name: str) -> str:
    """How much another text of the same size has moved the loss, where that was measured."""
    differences = [
        f"{point.texts} moved it by {point.validation_loss - base.validation_loss:+.2f}"
        for point in points
        if (point.recipe, point.changed) == (name, "") and point.texts != EMBEDDED
        for base in points
        if base.key == (name, "", EMBEDDED, point.fraction, point.seed)
    ]
    return f" ({differences[-1]})" if differences else ""
