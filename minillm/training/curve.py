"""What a training run has seen so far: the curve, the steps, and the position, all as plain numbers.

The curve has one row per validation, once an epoch or every `train.validate_every` steps; its train figures
are means over the steps since the last row, with dropout on. The position is two integers, the epoch and how
many of its steps are done: with the seed they say which batch comes next and what is drawn for it.
"""

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple, Self

from minillm.training.validation import Figures

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
_STEP_ROWS = 200
"""At least so many, and fewer than twice as many, where there are so many steps."""


class StepRow(NamedTuple):
    """One row of the steps, in the order of STEP_COLUMNS."""

    step: int
    train_loss: float
    learning_rate: float
    gradient_norm: float


@dataclass(frozen=True)
class CurveRow:
    """What a validation found."""

    step: int
    epoch: float
    """How many epochs are done; an int at the end of one."""
    train: Figures
    validation: Figures
    learning_rate: float
    gradient_norm: float
    """Mean over the steps since the last row, before clipping."""

    def row(self) -> tuple[int | float, ...]:
        """Values in the order of CURVE_COLUMNS."""
        train, validation = self.train, self.validation
        losses = (train.loss, validation.loss, math.exp(train.loss), math.exp(validation.loss))
        accuracies = (train.accuracy, validation.accuracy)
        return (self.step, self.epoch, *losses, *accuracies, self.learning_rate, self.gradient_norm)


def step_spacing(step: int) -> int:
    """How far the rows are apart after so many steps: a power of two, so that some of them are the rows of
    later."""
    return 1 << max(0, (step // _STEP_ROWS).bit_length() - 1)


@dataclass
class Progress:
    """Where a run stands, and its figures. A float in JSON comes back as the same float."""

    epoch: int = 1
    """The one under way, from 1."""
    steps_done: int = 0
    """Of this epoch; all of them until the first step of the next one is due."""
    sums: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """NLL, hits and gradient norms over the steps since the last row of the curve."""
    targets: int = 0
    """Over these steps."""
    curve: list[CurveRow] = field(default_factory=list)
    """One row per validation."""
    steps: list[StepRow] = field(default_factory=list)
    """Evenly spaced, by `step_spacing`."""
    last_step: int = 0
    """Where the run ends, if the validation loss keeps falling."""

    @property
    def best(self) -> CurveRow:
        """The row with the lowest validation loss, the earliest of equals."""
        return min(self.curve, key=lambda row: row.validation.loss)

    @property
    def validated_step(self) -> int:
        """The one after which the last validation was; 0: there was none."""
        return self.curve[-1].step if self.curve else 0

    def is_complete(self, patience: int) -> bool:
        """Whether all steps are done and validated, or the validation loss falls no longer."""
        return bool(self.curve) and (self.validated_step >= self.last_step or self.stops_early(patience))

    def stops_early(self, patience: int) -> bool:
        """Whether the best validation is so many validations ago."""
        return bool(self.curve) and len(self.curve) - 1 - self.curve.index(self.best) >= patience

    def stops_before(self, step: int, patience: int) -> bool:
        """Whether a run would have stopped early before this step was done."""
        earlier = [row for row in self.curve if row.step < step]
        return any(
            replace(self, curve=earlier[:count]).stops_early(patience) for count in range(1, len(earlier) + 1)
        )

    def begin_epoch(self) -> None:
        """Go to the beginning of the next one."""
        self.epoch, self.steps_done = self.epoch + 1, 0

    def add_step(self, row: StepRow) -> None:
        """Add to the steps; those before it stay that are spaced as it is."""
        spacing = step_spacing(row.step)
        self.steps = [*(former for former in self.steps if former.step % spacing == 0), row]

    def add_row(self, row: CurveRow) -> None:
        """Add to the curve, and begin the sums of the next row."""
        self.curve.append(row)
        self.sums, self.targets = (0.0, 0.0, 0.0), 0

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Read back what `as_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        curve = [
            CurveRow(**{**row, "train": Figures(**row["train"]), "validation": Figures(**row["validation"])})
            for row in content["curve"]
        ]
        nll, hits, norms = content["sums"]
        steps = [StepRow(*row) for row in content["steps"]]
        return cls(**{**content, "sums": (nll, hits, norms), "curve": curve, "steps": steps})
