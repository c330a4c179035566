"""Overfitting: how much harder the validation text is for the model than the text it was trained on."""

import csv
from collections.abc import Mapping
from pathlib import Path

from minillm.errors import InputError
from minillm.evaluation.measured import Measured, Table
from minillm.evaluation.split_likelihood import Likelihood
from minillm.files import check
from minillm.tokens.assignment import Split

OVERFITTING_COLUMNS = ("epoch", "ratio", "gap")

Curve = list[tuple[float, float, float]]
"""Rows of OVERFITTING_COLUMNS."""


def measured_overfitting(likelihoods: Mapping[Split, Likelihood], curve: Curve) -> Measured:
    """Of the checkpoint as the evaluation scores it, and by epoch as training measured it."""
    ratio = overfitting(likelihoods["train"].loss, likelihoods["validation"].loss)["ratio"]
    return Measured(
        {"overfitting": {"ratio": ratio}},
        {"plots/overfitting": Table(OVERFITTING_COLUMNS, curve)},
        compared=["overfitting.ratio"],
    )


def epochs_of(text: str) -> float:
    """A cell of the column epoch: an int at the end of one, as training wrote it."""
    number = float(text)
    return int(number) if number.is_integer() else number


def overfitting(train_loss: float, validation_loss: float) -> dict[str, float]:
    """Ratio and gap (in nats per token) of validation over train loss; 1 and 0 without overfitting.

    The ratio to a train loss of 0, of who has learnt few articles by heart, is that to a millionth.
    """
    return {"ratio": validation_loss / max(train_loss, 1e-6), "gap": validation_loss - train_loss}


def overfitting_by_epoch(curve: Path) -> Curve:
    """Rows of OVERFITTING_COLUMNS out of the curve that training wrote.

    There the train loss is the mean over the steps since the row before, with dropout on and while the
    model still learns, so that it lies above the loss of the same model in evaluation mode: early ratios are
    below 1.
    Raises InputError for a curve that is missing or not as training wrote it.
    """
    check(curve, "train")
    try:
        with curve.open(encoding="utf-8", newline="") as file:
            rows = []
            for row in csv.DictReader(file, delimiter="\t"):
                figures = overfitting(float(row["train_loss"]), float(row["validation_loss"]))
                rows.append((epochs_of(row["epoch"]), figures["ratio"], figures["gap"]))
    except FileNotFoundError:
        raise InputError(f"{curve} is missing; run `dvc repro train`") from None
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise InputError(f"{curve} is not training's curve ({error!r}); run `dvc repro -f train`") from None
    return rows
