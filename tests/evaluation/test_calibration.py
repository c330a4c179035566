import numpy as np
import pytest

from minillm.evaluation.calibration import Calibration
from minillm.training.scores import Scores


def calibration(confidence: list[float], right: list[bool]) -> Calibration:
    result = Calibration()
    for start in range(0, len(right), 3):  # batch by batch
        predicted = np.array(right[start : start + 3], dtype=np.int64)
        count = len(predicted)
        sure = np.array(confidence[start : start + 3])
        result.add(Scores(np.arange(count), np.ones(count, np.int64), predicted, np.zeros(count), sure))
    return result


def test_the_error_is_the_weighted_distance_of_each_bin() -> None:
    result = calibration([0.2, 0.25, 0.9, 1.0, 1.0], [True, False, True, True, False])
    assert result.table() == [(pytest.approx(0.225), 0.5, 2), (pytest.approx(2.9 / 3), 2 / 3, 3)]
    assert result.error == pytest.approx((abs(0.45 - 1) + abs(2.9 - 2)) / 5)


def test_who_is_as_sure_as_right_has_no_error_and_who_is_always_sure_has_all_of_it() -> None:
    random = np.random.default_rng(0)
    confidence = random.random(30_000)
    right = random.random(30_000) < confidence
    assert calibration(confidence.tolist(), right.tolist()).error < 0.01
    assert calibration([1.0] * 9, [False] * 9).error == 1
