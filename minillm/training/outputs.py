"""What a training leaves: curve, steps, metrics, what its checkpoint says of itself; and its lines."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minillm.files import Metrics, write_tsv
from minillm.params import Params
from minillm.tokens.tokenizer import TOKENIZER_KEY
from minillm.training.curve import CURVE_COLUMNS, STEP_COLUMNS, CurveRow, Progress
from minillm.training.device import own_bytes
from minillm.training.trainer import Trainer


@dataclass(frozen=True)
class Outputs:
    """Where a training leaves its results."""

    best: Path
    curve: Path
    steps: Path

    def write_curve(self, progress: Progress) -> None:
        """Write the curve and the steps so far."""
        write_tsv(self.curve, CURVE_COLUMNS, [figures.row() for figures in progress.curve])
        write_tsv(self.steps, STEP_COLUMNS, progress.steps)


def metadata(params: Params, trainer: Trainer, row: CurveRow) -> dict[str, Any]:
    """What checkpoint.json says of the model at this row of the curve."""
    return {
        "epoch": row.epoch,
        "step": row.step,
        TOKENIZER_KEY: trainer.tokenizer_sha256,
        "metrics": dict(zip(CURVE_COLUMNS, row.row(), strict=True)),
        "params": {
            "seed": params.seed,
            "model": params.model.model_dump(),
            "train": params.train.recorded(),
        },
    }


def metrics(trainer: Trainer, progress: Progress) -> Metrics:
    """What metrics/train.json holds."""
    best, last = progress.best, progress.curve[-1]
    return {
        "parameters": trainer.model.parameter_count(),
        "epochs": last.epoch,
        "steps": last.step,
        "best": {
            "epoch": best.epoch,
            "validation_loss": best.validation.loss,
            "validation_perplexity": math.exp(best.validation.loss),
            "validation_accuracy": best.validation.accuracy,
        },
        "last": {"train_loss": last.train.loss, "validation_loss": last.validation.loss},
    }


def description(trainer: Trainer) -> str:
    """What is trained, in a line, and in a second one whose bytes it will have if not those of all."""
    processes = f", {trainer.world.size} processes" if trainer.world.size > 1 else ""
    own = own_bytes(trainer.device, trainer.dtype, compiled=trainer.params.compile)
    return (
        f"{trainer.model.parameter_count():,} parameters, {trainer.steps} steps of "
        f"{trainer.params.batch_size} × {trainer.model.config.context} tokens on {trainer.device} in "
        f"{str(trainer.dtype).removeprefix('torch.')}{processes}{trainer.taught_by}{trainer.validates_on}"
        + (f"\nthe bytes of the result are this machine's: computed {own}" if own else "")
    )


def validation_line(trainer: Trainer, row: CurveRow, tokens_per_second: float) -> str:
    """A row of the curve as it is shown while training; no speed where nothing was trained before it."""
    return (
        f"epoch {round(row.epoch, 2):>2}/{round(trainer.epochs(trainer.steps), 2)}  "
        f"step {row.step:>5}  "
        f"train loss {row.train.loss:.3f}  validation loss {row.validation.loss:.3f}  "
        f"perplexity {math.exp(row.validation.loss):.1f}  "
        f"accuracy {100 * row.validation.accuracy:.1f} %"
        + (f"  {tokens_per_second:,.0f} tokens/s" if tokens_per_second else "")
    )
