import math

import pytest

from minillm.training.schedule import learning_rate
from tests.tokens.test_batches import params


def test_the_learning_rate_rises_linearly_then_falls_linearly_towards_zero() -> None:
    settings = params(lr=1.0, warmup_steps=4)
    rates = [learning_rate(step, 10, settings) for step in range(10)]
    expected = [0.25, 0.5, 0.75, 1.0, 1.0, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]
    assert all(abs(a - b) < 1e-12 for a, b in zip(rates, expected, strict=True))


def test_without_warm_up_the_first_step_has_the_full_rate() -> None:
    assert learning_rate(0, 5, params(lr=0.5, warmup_steps=0)) == 0.5


def test_a_warm_up_longer_than_the_run_is_cut_off_on_its_way_up() -> None:
    rates = [learning_rate(step, 3, params(lr=1.0, warmup_steps=10)) for step in range(3)]
    assert rates == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [0.5, 1, 1, 1, 1, 1]),
        ("cosine", [0.5, 1, *((1 + math.cos(math.pi * share)) / 2 for share in (0, 0.25, 0.5, 0.75))]),
    ],
)
def test_the_other_schedules_after_the_warm_up(schedule: str, expected: list[float]) -> None:
    settings = params(lr=1.0, warmup_steps=2, schedule=schedule)
    rates = [learning_rate(step, 6, settings) for step in range(6)]
    assert rates == pytest.approx(expected)
