import math

import pytest

from minillm.errors import InputError
from minillm.training.schedule import first_step_of_decay, has_constant_part, learning_rate, steps_of_run
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


@pytest.mark.parametrize(
    ("schedule", "share", "expected"),
    [
        ("linear", 0.5, [0.5, 1, 1, 1, 1, 1, 3 / 4, 2 / 4, 1 / 4]),
        ("cosine", 0.25, [0.5, 1, 1, 1, 1, 1, 1, 1, 1 / 2]),
        ("linear", 0.01, [0.5, 1, 1, 1, 1, 1, 1, 1, 1]),
        ("linear", 0.99, [0.5, 1, 1, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7]),
    ],
)
def test_the_learning_rate_is_constant_until_it_falls_over_the_last_share_of_the_run(
    schedule: str, share: float, expected: list[float]
) -> None:
    settings = params(lr=1.0, warmup_steps=2, schedule=schedule, decay_share=share)
    assert [learning_rate(step, 9, settings) for step in range(9)] == pytest.approx(expected)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
@pytest.mark.parametrize("steps", [1, 2, 30, 31, 97, 100])
def test_before_the_decay_no_step_depends_on_how_long_the_run_is(schedule: str, steps: int) -> None:
    settings = params(lr=0.3, warmup_steps=7, schedule=schedule, decay_share=0.3)
    constant = params(lr=0.3, warmup_steps=7, schedule="constant")
    decay = first_step_of_decay(steps, settings)
    rates = [learning_rate(step, steps, settings) for step in range(steps)]
    trunk = [learning_rate(step, 10**6, constant) for step in range(steps)]
    assert rates[:decay] == trunk[:decay]
    assert all(falling < kept for falling, kept in zip(rates[decay + 1 :], trunk[decay + 1 :], strict=True))
    assert decay == {1: 1, 2: 2, 30: 21, 31: 22, 97: 68, 100: 70}[steps]
    assert first_step_of_decay(steps, constant) == steps
    assert has_constant_part(steps, settings) == has_constant_part(steps, constant) == (steps >= 30)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_decay_over_the_whole_run_leaves_no_constant_part(schedule: str) -> None:
    settings = params(warmup_steps=7, schedule=schedule)
    assert first_step_of_decay(100, settings) == 7
    assert not has_constant_part(100, settings)


@pytest.mark.parametrize(
    ("limits", "steps"),
    [
        ({"epochs": 3}, 234),
        ({"epochs": 0.5}, 39),
        ({"epochs": 1.25}, 98),
        ({"epochs": 10**9}, 78 * 10**9),
        ({"epochs": 3, "max_steps": 100}, 100),
        ({"epochs": 3, "max_steps": 1000}, 234),
        ({"epochs": 3, "max_tokens": 2048 * 7 + 2047}, 7),
        ({"epochs": 3, "max_steps": 6, "max_tokens": 2048 * 7}, 6),
        ({"epochs": 0.05, "max_steps": 6, "max_tokens": 2048 * 7}, 4),
    ],
)
def test_a_run_has_as_many_steps_as_all_its_limits_allow(limits: dict[str, float], steps: int) -> None:
    assert steps_of_run(params(**limits), 78, 2048) == steps


@pytest.mark.parametrize(
    ("limits", "named"), [({"epochs": 0.001}, "epochs = 0.001"), ({"max_tokens": 2047}, "max_tokens = 2047")]
)
def test_a_run_without_a_step_is_one_line(limits: dict[str, float], named: str) -> None:
    with pytest.raises(InputError) as caught:
        steps_of_run(params(**limits), 78, 2048)
    assert str(caught.value) == (
        f"train.{named}: less than one step, of which an epoch has 78 with 2048 tokens each; raise it or "
        f"lower train.batch_size"
    )
