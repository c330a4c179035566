import numpy as np
import pytest

from minillm.evaluation.comparison import wilson
from minillm.evaluation.minimal_pairs import PAIR_COLUMNS, SCORE_COLUMNS, Answers, Pair, questions


def answers_of(clusters: str, skipped: int = 0, **advantages: list[float]) -> Answers:
    """Pairs of one phenomenon with the letters as their clusters, and each model's advantage in them."""
    pairs = [Pair("any", cluster, "a", "b") for cluster in clusters + "z" * skipped]
    known = [True] * len(clusters) + [False] * skipped
    asked = questions(pairs, [[4], [5]] * len(pairs), known)
    models = {
        name: lambda shard, values=values: np.ravel([(0, value) for value in values])
        for name, values in advantages.items()
    }
    return Answers(asked, models, seed=0)


def test_the_interval_draws_clusters_and_not_pairs() -> None:
    right = [1.0] * 6 + [-1.0] * 6
    alone = answers_of("abcdefghijkl", ngram=right).of_all("ngram").share
    together = answers_of("aabbccddeeff", ngram=right).of_all("ngram").share
    assert alone
    assert together
    assert alone.mean == together.mean == 0.5
    assert together.low is not None
    assert together.high is not None
    assert alone.low is not None
    assert together.low < alone.low < 0.5 < together.high


@pytest.mark.parametrize("advantage", [1.0, -1.0])
def test_where_all_are_right_or_all_are_wrong_it_is_wilsons_of_the_clusters(advantage: float) -> None:
    share = answers_of("aabbcc", ngram=[advantage] * 6).of_all("ngram").share
    assert share == pytest.approx(wilson(3 if advantage > 0 else 0, 3))


def test_a_constant_choice_is_sure_up_to_the_templates_that_were_not_seen() -> None:
    """It is right once in each of twins; none of four templates differed, but others may."""
    share = answers_of("aabbccdd", ngram=[1.0, -1.0] * 4).of_all("ngram").share
    unseen = wilson(0, 4).high
    assert unseen
    assert share == pytest.approx((0.5, 0.5 - unseen / 2, 0.5 + unseen / 2))


def test_of_one_cluster_there_is_a_share_and_no_interval() -> None:
    assert answers_of("aa", ngram=[1.0, -1.0]).of_all("ngram").share == (0.5, None, None)


def test_a_lead_is_drawn_as_the_difference_in_each_cluster() -> None:
    """Who is right where the n-gram is, and in one pair of each cluster more, leads by that for sure."""
    ngram = [1.0, -1.0, -1.0, -1.0, 1.0, -1.0] * 2
    own = [1.0, 1.0, -1.0, -1.0, 1.0, 1.0] * 2
    answers = answers_of("aabbccddeeff", minigpt=own, ngram=ngram)
    score = answers.of_all("minigpt")
    assert score.lead
    assert score.lead.mean == pytest.approx(1 / 3)
    assert score.lead.low is not None
    assert 0 <= score.lead.low < 1 / 3
    assert answers.of_all("ngram").lead is None
    same = answers_of("aabbcc", minigpt=ngram[:6], ngram=ngram[:6]).of_all("minigpt").lead
    unseen = wilson(0, 3).high
    assert unseen
    assert same == pytest.approx((0, -unseen, unseen))


@pytest.mark.parametrize(("wrong", "local"), [(1, True), (2, False)])
def test_what_the_ngram_nearly_always_knows_is_local(wrong: int, local: bool) -> None:
    ngram = [1.0] * (20 - wrong) + [-1.0] * wrong
    answers = answers_of("abcdefghijklmnopqrst", minigpt=[1.0] * 20, ngram=ngram)
    assert [score.local for score in answers.scores] == [local] * 4


@pytest.mark.parametrize(("advantage", "share"), [(1e-6, 0.5), (-1e-6, 0.5), (2e-6, 1), (-2e-6, 0)])
def test_a_difference_within_rounding_is_half_right(advantage: float, share: float) -> None:
    found = answers_of("ab", ngram=[advantage] * 2).of_all("ngram").share
    assert found
    assert found.mean == share


def test_the_same_seed_draws_the_same() -> None:
    some, other = (answers_of("abcdef", ngram=[1.0, -1.0, 1.0, 1.0, -1.0, 1.0]) for _ in range(2))
    assert some.table() == other.table()


def test_without_any_pair_nothing_is_known() -> None:
    answers = answers_of("", skipped=3, minigpt=[], ngram=[])
    assert answers.of_all("minigpt").row() == ("all", "minigpt", 0, 0, 3, *[None] * 6, False)
    unknown = dict.fromkeys(("minigpt", "ngram", "lead"), "not measured")
    assert answers.metrics() == {**unknown, "pairs": 0, "skipped": 3}
    assert answers.percent_right("minigpt") == []


def test_tables_and_metrics_say_the_same() -> None:
    own, ngram = [1.0, 1.0, 1.0, -1.0] * 3, [1.0, -1.0] * 6
    answers = answers_of("aabbccddeeff", skipped=1, minigpt=own, ngram=ngram)
    rows = [dict(zip(SCORE_COLUMNS, row, strict=True)) for row in answers.table()]
    assert [(row["phenomenon"], row["model"]) for row in rows] == [
        (phenomenon, model) for phenomenon in ("any", "all") for model in ("minigpt", "ngram")
    ]
    last = rows[2]
    assert answers.metrics() == {
        "minigpt": 0.75,
        "ngram": 0.5,
        "lead": {"mean": 0.25, "low": last["lead_low"], "high": last["lead_high"]},
        "pairs": 12,
        "skipped": 1,
    }
    assert last["lead_low"] is not None
    assert (last["clusters"], last["pairs"], last["skipped"], last["share"]) == (6, 12, 1, 0.75)
    assert answers.percent_right("minigpt") == [("any", 75), ("all", 75)]
    assert [len(row) for row in answers.pair_table("minigpt")] == [len(PAIR_COLUMNS)] * 12


class TestWilson:
    def test_equals_published_figures(self) -> None:
        assert wilson(0, 10) == pytest.approx((0, 0, 0.2775), abs=1e-4)
        assert wilson(81, 263) == pytest.approx((0.308, 0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
        assert wilson(15, 148) == pytest.approx((0.1014, 0.0624, 0.1605), abs=1e-4)

    def test_holds_the_truth_about_95_times_in_100(self) -> None:
        random = np.random.default_rng(0)
        for truth in (0.05, 0.5, 0.9):
            intervals = [wilson(int(right), 100) for right in random.binomial(100, truth, 2000)]
            assert 0.93 <= np.mean([low <= truth <= high for _, low, high in intervals]) <= 0.98
