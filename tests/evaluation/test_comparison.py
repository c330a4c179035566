import numpy as np
import pytest

from minillm.evaluation.comparison import (
    BETTER,
    FEWEST,
    UNCLEAR,
    WORSE,
    Interval,
    bootstrap,
    percent_outside,
    student_t,
    verdict,
)


def test_equal_models_have_no_difference_and_a_constant_one_no_doubt() -> None:
    targets = np.array([3, 5, 8, 2, 9, 4])
    assert bootstrap(targets * 0.0, targets, seed=0) == (0, 0, 0)
    assert bootstrap(targets * 0.5, targets, seed=0) == pytest.approx((0.5, 0.5, 0.5))


@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        (Interval(0.2, 0.1, 0.3), BETTER),
        (Interval(-0.2, -0.3, -0.1), WORSE),
        (Interval(0.2, -0.1, 0.5), UNCLEAR),
        (Interval(0.2, 0.0, 0.5), UNCLEAR),
        (Interval(0.0, 0.0, 0.0), UNCLEAR),
        (Interval(9.0, None, None), UNCLEAR),
    ],
)
def test_only_a_whole_interval_makes_better_or_worse(gain: Interval, expected: str) -> None:
    assert verdict(gain) == expected


def test_the_interval_holds_the_true_difference_about_95_times_in_100() -> None:
    random = np.random.default_rng(0)
    targets = np.full(60, 100)
    inside = 0
    for trial in range(100):
        difference = targets * random.normal(0.2, 0.5, 60)
        margin = bootstrap(difference, targets, seed=trial)
        inside += margin.low <= 0.2 <= margin.high
    assert 88 <= inside <= 99


def test_the_same_seed_gives_the_same_interval() -> None:
    nll, targets = np.arange(20.0), np.full(20, 4)
    first = bootstrap(nll, targets, seed=1)
    assert first == bootstrap(nll, targets, seed=1)
    assert first != bootstrap(nll, targets, seed=2)


def test_a_mean_over_articles_is_weighted_by_their_targets() -> None:
    hits, targets = np.array([1] * 3 + [90] * 3), np.array([10] * 3 + [100] * 3)
    interval = bootstrap(hits, targets, seed=0)
    assert interval.mean == pytest.approx(91 / 110)
    drawn = [((6 - n) + 90 * n) / (10 * (6 - n) + 100 * n) for n in range(7)]  # n of the long ones
    assert interval[1:] == (pytest.approx(drawn[0]), pytest.approx(drawn[6]))


def test_the_fewer_the_articles_the_further_out_the_interval_ends() -> None:
    published = {5: 2.571, 10: 2.228, 20: 2.086, 60: 2.000, 120: 1.980}  # Student's t, 97.5 %
    assert {n: student_t(n) for n in published} == pytest.approx(published, abs=0.004)
    assert [percent_outside(articles) for articles in (6, 12, 84, 10**9)] == [0.246, 1.076, 2.27, 2.5]


def test_a_single_article_has_a_mean_but_no_interval() -> None:
    alone = bootstrap(np.array([6]), np.array([4]), seed=0)
    assert alone == (1.5, None, None)
    assert alone.metrics() == {"mean": 1.5, "low": "not measured", "high": "not measured"}


@pytest.mark.parametrize(("articles", "has_one"), [(2, False), (FEWEST - 1, False), (FEWEST, True)])
def test_few_articles_have_no_interval_even_if_all_say_the_same(articles: int, has_one: bool) -> None:
    targets = np.full(articles, 100)
    gain = bootstrap(np.linspace(5, 9, articles), targets, seed=0)
    assert (gain.low is not None, verdict(gain)) == (has_one, BETTER if has_one else UNCLEAR)


def test_equal_models_are_rarely_called_better_or_worse_of_few_articles() -> None:
    random = np.random.default_rng(0)
    targets = np.full(FEWEST, 100)
    gains = [bootstrap(random.normal(size=FEWEST), targets, seed=trial) for trial in range(200)]
    wrong = sum(verdict(gain) != UNCLEAR for gain in gains)
    assert 1 <= wrong <= 20  # 5 % are expected; plain percentiles would be wrong in 14 %


def test_more_articles_make_an_interval_narrower() -> None:
    random = np.random.default_rng(0)
    few, many = (bootstrap(random.normal(3, 1, count), np.full(count, 1), seed=0) for count in (30, 3000))
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(10, rel=0.25)
    assert many.high - many.low == pytest.approx(2 * 1.96 / 3000**0.5, rel=0.1)
