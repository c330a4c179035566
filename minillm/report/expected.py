"""Is my loss normal? What the named recipes reached with so many training tokens, and where a run stands.

expected.tsv holds the measured points and expected.json the recipes' parameters; `python -m
benchmarks.expected` writes both.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import get_type_hints

from minillm.evaluation.alarms import flatten
from minillm.files import Metric, write_tsv
from minillm.params import Params

FOLDER = Path(__file__).parent
POINTS = FOLDER / "expected.tsv"
RECIPES = FOLDER / "expected.json"
EMBEDDED = "embedded"
"""What the column `texts` calls the embedded corpus."""
_MACHINE = {"train.lanes", "train.processes", "train.device", "train.precision", "train.compile"}


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


def read_points(path: Path = POINTS) -> list[Point]:
    """The measured points, in the order in which they were."""
    types = get_type_hints(Point)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [Point(**{name: kind(row[name]) for name, kind in types.items()}) for row in rows]


def write_points(points: Sequence[Point], path: Path = POINTS) -> None:
    """Write them, atomically."""
    write_tsv(path, [field.name for field in fields(Point)], [astuple(point) for point in points])


def deciding(params: Params) -> dict[str, Metric]:
    """The parameters that make a recipe: of vocabulary, model and training, without the machine's."""
    sections = {name: getattr(params, name).model_dump() for name in ("vocab", "model", "train")}
    flat: Mapping[str, Metric] = flatten(sections)
    return {
        name: str(value) if isinstance(value, list) else value
        for name, value in flat.items()
        if name not in _MACHINE
    }
