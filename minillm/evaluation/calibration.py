"""Calibration: of the predictions that the model is 30 % sure of, are 30 % right?

Predictions are put into ten bins by their probability. The expected calibration error (Naeini et al. 2015;
Guo et al. 2017) is the mean distance between a bin's mean probability and its share of right predictions,
weighted by the number of predictions.
"""

import numpy as np

from minillm.evaluation.measured import Measured, Table
from minillm.training.scores import Scores

CALIBRATION_COLUMNS = ("confidence", "accuracy", "predictions")
_BINS = 10


class Calibration:
    """Sums over a pass."""

    def __init__(self) -> None:
        self.predictions = np.zeros(_BINS, dtype=np.int64)
        self._right = np.zeros(_BINS, dtype=np.int64)
        self._confidence = np.zeros(_BINS)

    def add(self, scores: Scores) -> None:
        """Count a batch."""
        bins = np.minimum((scores.confidence * _BINS).astype(np.int64), _BINS - 1)
        right = scores.predicted == scores.targets
        self.predictions += np.bincount(bins, minlength=_BINS)
        self._right += np.bincount(bins[right], minlength=_BINS)
        self._confidence += np.bincount(bins, weights=scores.confidence, minlength=_BINS)

    def measured(self) -> Measured:
        """The error, and the bins that it is of."""
        table = Table(CALIBRATION_COLUMNS, self.table())
        return Measured(
            {"calibration_error": self.error}, {"plots/calibration": table}, compared=["calibration_error"]
        )

    @property
    def error(self) -> float:
        """The expected calibration error, 0 to 1."""
        return float(np.abs(self._confidence - self._right).sum()) / int(self.predictions.sum())

    def table(self) -> list[tuple[float, float, int]]:
        """Rows of CALIBRATION_COLUMNS, for the bins that hold predictions."""
        return [
            (self._confidence[index] / count, self._right[index] / count, count)
            for index, count in enumerate(self.predictions.tolist())
            if count
        ]
