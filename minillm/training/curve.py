"""What a training run has seen so far: the curve, the steps, and the position, all as plain numbers.

The curve has one row per epoch; its train figures are means over the epoch's steps, with dropout on. The
position is two integers, the epoch and how many of its steps are done: with the seed they say which batch
comes next and what is drawn for it.
"""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

from minillm.training.loss import Figures

CURVE_COLUMNS = (
    "step",
    "epoch",
    "train_loss",
    "validation_loss",
    "train_perplexity",
    "validation_perplexity",
    "train_accuracy",
    "validation_accuracy",
    "learning_rate",
    "gradient_norm",
)
STEP_COLUMNS = ("step", "train_loss", "learning_rate", "gradient_norm")


class StepRow(NamedTuple):
    """One row of the steps, in the order of STEP_COLUMNS."""

    step: int
    train_loss: float
    learning_rate: float
    gradient_norm: float


@dataclass(frozen=True)
class EpochFigures:
    """One row of the curve."""

    step: int
    epoch: int
    train: Figures
    validation: Figures
    learning_rate: float
    gradient_norm: float
    """Mean over the epoch's steps, before clipping."""

    def row(self) -> tuple[int | float, ...]:
        """Values in the order of CURVE_COLUMNS."""
        train, validation = self.train, self.validation
        losses = (train.loss, validation.loss, math.exp(train.loss), math.exp(validation.loss))
        accuracies = (train.accuracy, validation.accuracy)
        return (self.step, self.epoch, *losses, *accuracies, self.learning_rate, self.gradient_norm)


@dataclass
class Progress:
    """Where a run stands, and its figures. A float in JSON comes back as the same float."""

    epoch: int = 1
    """The one under way, from 1."""
    steps_done: int = 0
    """Of this epoch; all of them are done when only its validation is missing."""
    sums: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """NLL, hits and gradient norms over these steps."""
    targets: int = 0
    """Over these steps."""
    curve: list[EpochFigures] = field(default_factory=list)
    """One row per finished epoch."""
    steps: list[StepRow] = field(default_factory=list)
    """Evenly spaced over the run."""

    @property
    def best(self) -> EpochFigures:
        """The epoch with the lowest validation loss, the earliest of equals."""
        return min(self.curve, key=lambda figures: figures.validation.loss)

    def is_complete(self, epochs: int, patience: int) -> bool:
        """Whether all epochs are done, or the validation loss falls no longer."""
        return self.epoch > epochs or self.stops_early(patience)

    def stops_early(self, patience: int) -> bool:
        """Whether the best epoch is so many epochs ago."""
        return bool(self.curve) and self.curve[-1].epoch - self.best.epoch >= patience

    def finish_epoch(self, figures: EpochFigures) -> None:
        """Add the epoch's row and go to the beginning of the next."""
        self.curve.append(figures)
        self.epoch, self.steps_done = self.epoch + 1, 0
        self.sums, self.targets = (0.0, 0.0, 0.0), 0

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Read back what `as_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        curve = [
            EpochFigures(
                **{**row, "train": Figures(**row["train"]), "validation": Figures(**row["validation"])}
            )
            for row in content["curve"]
        ]
        nll, hits, norms = content["sums"]
        steps = [StepRow(*row) for row in content["steps"]]
        return cls(**{**content, "sums": (nll, hits, norms), "curve": curve, "steps": steps})
