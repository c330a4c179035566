"""What the named recipes reached with so many training tokens, and the law through it.

`expected.tsv` holds the measured points and `expected.json` the parameters that make each recipe; `python -m
benchmarks.expected` writes both. Through the points of a recipe goes a law by least squares: a power of the
tokens above a floor, L(N) = E + A·N^−α (Hestness et al. 2017), where there are four points of three sizes or
more, else the straight line L(N) = a − b·ln N; of a single size it is the mean, and holds just there. How far
a run may stand from it is twice the standard deviation of all recipes' points from their laws; these are of
several seeds, each with articles of its own to validate on.
"""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import get_type_hints

import numpy as np
import numpy.typing as npt

from minillm.evaluation.measured import flatten
from minillm.files import Metric, write_tsv
from minillm.params import Params

FOLDER = Path(__file__).parent
POINTS = FOLDER / "expected.tsv"
RECIPES = FOLDER / "expected.json"
EMBEDDED = "embedded"
"""What the column `texts` calls the embedded corpus."""
SIZES_OF_A_POWER = 3
"""Fewer do not tell floor, scale and exponent; and there must be more points than these."""
BAND_DEVIATIONS = 2
BEYOND = 2
"""By this factor the law is followed beyond the smallest and the largest size that was measured …"""
BEYOND_ONE_SIZE = 1.1
"""… if there is more than one: a seed moves the training tokens by some per cent."""
_MACHINE = {"train.lanes", "train.processes", "train.device", "train.precision", "train.compile"}
_EXPONENTS = np.arange(1, 201) / 100


@dataclass(frozen=True)
class Point:
    """One training of a recipe, or of one with some parameters changed."""

    recipe: str
    changed: str
    """`KEY=VALUE …` over the recipe; empty: the recipe itself."""
    texts: str
    fraction: str
    """Of the training articles."""
    seed: int
    training_tokens: int
    vocab_size: int
    parameters: int
    validation_unknown: float
    """Share of [UNK] among the validation tokens."""
    train_loss: float
    """Of the last epoch, with dropout."""
    validation_loss: float
    """The best, in nats per token."""
    best_epoch: float
    epochs: float
    test_loss: float
    test_bits_per_byte: float

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What no two points share."""
        return self.recipe, self.changed, self.texts, self.fraction, self.seed


@dataclass(frozen=True)
class Law:
    """L(N) = constant + scale · N^−exponent; with exponent 0 a straight line, constant − scale · ln N."""

    constant: float
    scale: float
    exponent: float
    tokens: tuple[int, int]
    """The smallest and the largest size that was measured."""

    @property
    def parameters(self) -> int:
        """How many were fitted."""
        return 3 if self.exponent else 2 if self.scale else 1

    def loss(self, tokens: float) -> float:
        """Nats per token after so many training tokens."""
        return self.constant + self.scale * float(_falling(np.array(tokens), self.exponent))

    def reaches(self, tokens: float) -> bool:
        """Whether the size is near what was measured."""
        beyond = BEYOND if self.scale else BEYOND_ONE_SIZE
        return self.tokens[0] / beyond <= tokens <= self.tokens[1] * beyond

    @property
    def formula(self) -> str:
        """As text."""
        if self.exponent:
            return f"{self.constant:.3f} + {self.scale:.4g}·N^−{self.exponent:.2f}"
        if not self.scale:
            return f"{self.constant:.3f}"
        return f"{self.constant:.3f} {'−' if self.scale > 0 else '+'} {abs(self.scale):.4f}·ln N"


def base_of(points: Sequence[Point], changed: Point) -> Point | None:
    """The recipe itself on the same articles as one that has something changed."""
    key = (changed.recipe, "", *changed.key[2:])
    return next((point for point in points if changed.changed and point.key == key), None)


def of_recipe(points: Sequence[Point], name: str) -> list[Point]:
    """Those that its law is fitted to."""
    return [p for p in points if (p.recipe, p.changed, p.texts) == (name, "", EMBEDDED)]


def fit_law(points: Sequence[Point]) -> Law | None:
    """The law through the validation losses; None without points."""
    tokens = np.array([point.training_tokens for point in points], dtype=np.float64)
    losses = np.array([point.validation_loss for point in points])
    sizes = len({point.fraction for point in points})
    if not sizes:
        return None
    measured = int(tokens.min()), int(tokens.max())
    if sizes == 1:
        return Law(float(losses.mean()), 0, 0, measured)
    if sizes >= SIZES_OF_A_POWER and len(points) > SIZES_OF_A_POWER:
        fits = {float(exponent): _fitted(tokens, losses, float(exponent)) for exponent in _EXPONENTS}
        exponent = min(fits, key=lambda exponent: fits[exponent][2])
        constant, scale, _ = fits[exponent]
        if _EXPONENTS[0] < exponent < _EXPONENTS[-1] and scale > 0:
            return Law(constant, scale, exponent, measured)
    constant, scale, _ = _fitted(tokens, losses, 0)
    return Law(constant, scale, 0, measured)


def deviation(points: Sequence[Point]) -> float | None:
    """The standard deviation of the points from the laws of their recipes, all recipes together.

    None where no recipe has more points than its law has parameters.
    """
    squares, freedom = 0.0, 0
    for name in sorted({point.recipe for point in points}):
        own = of_recipe(points, name)
        if law := fit_law(own):
            squares += sum((point.validation_loss - law.loss(point.training_tokens)) ** 2 for point in own)
            freedom += len(own) - law.parameters
    return math.sqrt(squares / freedom) if freedom > 0 else None


def _fitted(
    tokens: npt.NDArray[np.float64], losses: npt.NDArray[np.float64], exponent: float
) -> tuple[float, float, float]:
    """Constant, scale and sum of squared residuals for this exponent."""
    columns = np.stack([np.ones_like(tokens), _falling(tokens, exponent)], axis=1)
    (constant, scale), *_ = np.linalg.lstsq(columns, losses, rcond=None)
    residuals = losses - columns @ (constant, scale)
    return float(constant), float(scale), float(residuals @ residuals)


def _falling(tokens: npt.NDArray[np.float64], exponent: float) -> npt.NDArray[np.float64]:
    return tokens**-exponent if exponent else -np.log(tokens)


def read_points(path: Path = POINTS) -> list[Point]:
    """The measured points, in the order in which they were."""
    types = get_type_hints(Point)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [Point(**{name: kind(row[name]) for name, kind in types.items()}) for row in rows]


def write_points(points: Sequence[Point], path: Path = POINTS) -> None:
    """Write them, atomically."""
    write_tsv(path, [field.name for field in fields(Point)], [astuple(point) for point in points])


def read_recipes(path: Path = RECIPES) -> dict[str, dict[str, Metric]]:
    """The parameters that made each recipe when its points were measured."""
    recipes: dict[str, dict[str, Metric]] = json.loads(path.read_text(encoding="utf-8"))
    return recipes


def deciding(params: Params) -> dict[str, Metric]:
    """The parameters that make a recipe: of vocabulary, model and training, without the machine's."""
    sections = {name: getattr(params, name).model_dump() for name in ("vocab", "model")}
    flat: Mapping[str, Metric] = flatten(sections | {"train": params.train.recorded()})
    return {
        name: str(value) if isinstance(value, list) else value
        for name, value in flat.items()
        if name not in _MACHINE
    }
