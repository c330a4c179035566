import numpy as np
import pytest

from minillm.evaluation import contamination
from minillm.evaluation.contamination import measure_contamination
from minillm.tokens.tokenizer import UNK
from tests.tokens.corpus import shard_of

RANDOM = np.random.default_rng(0)
ARTICLES = [RANDOM.integers(4, 5000, 60).tolist() for _ in range(4)]
TRAIN = shard_of(ARTICLES[:2])


def test_an_article_half_of_which_stands_in_training_is_too_near() -> None:
    near = ARTICLES[0][:40] + ARTICLES[3][:10]
    result = measure_contamination(shard_of([ARTICLES[2], near, ARTICLES[3]]), TRAIN, 7)
    assert result.ngrams == [53, 43, 53]
    assert result.shares == pytest.approx([0, 33 / 43, 0])
    assert result.near_share == pytest.approx(1 / 3)
    assert result.table(["a", "b", "c"])[0] == ("b", 43, pytest.approx(33 / 43))


def test_exactly_half_is_too_near_and_a_little_less_is_not() -> None:
    half = ARTICLES[0][:27] + ARTICLES[2][:20]  # 40 8-grams, the first 20 of them of training
    less = ARTICLES[0][:26] + ARTICLES[2][:21]
    results = [measure_contamination(shard_of([article]), TRAIN, 7) for article in (half, less)]
    assert [result.shares for result in results] == [[20 / 40], [19 / 40]]
    assert [result.near_share for result in results] == [1, 0]


def test_unlike_articles_are_not_near() -> None:
    assert measure_contamination(shard_of(ARTICLES[2:]), TRAIN, 7).near_share == 0


def test_a_share_of_few_ngrams_says_nothing() -> None:
    nine, ten = ARTICLES[0][:16], ARTICLES[0][:17]
    assert measure_contamination(shard_of([nine, nine]), TRAIN, 7).near_share is None
    assert measure_contamination(shard_of([nine, ten]), TRAIN, 7).near_share == 1
    assert measure_contamination(shard_of([nine, ten, *ARTICLES[2:3]]), TRAIN, 7).near_share == 0.5


def test_how_many_articles_are_long_enough_is_said_where_not_all_of_them_are() -> None:
    short = ARTICLES[0][:16]  # nine 8-grams, all of them of training
    for others, expected in (([], {}), ([short], {"near_test_measured_share": 0.5})):
        found = measure_contamination(shard_of([ARTICLES[2], *others]), TRAIN, 7).measured(["a", "b"])
        assert found.metrics == {"near_test_articles": 0, **expected}


def test_an_article_without_an_ngram_has_no_share_and_stands_behind_those_that_have_one() -> None:
    unknown, short = [UNK] * 60, ARTICLES[0][:7]
    result = measure_contamination(shard_of([unknown, ARTICLES[0], short]), TRAIN, 7)
    assert result.near_share == 1  # of the one that could be measured
    assert result.table(["a", "b", "c"]) == [("b", 53, 1.0), ("a", 0, None), ("c", 0, None)]


def test_memory_is_bounded_by_searching_a_choice_of_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    test = shard_of([ARTICLES[2], ARTICLES[0], ARTICLES[1], ARTICLES[3]])
    whole = measure_contamination(test, TRAIN, 7)
    assert (whole.articles, whole.shares) == ([0, 1, 2, 3], [0, 1, 1, 0])
    for most, expected in ((62 + 62, 2), (1, 1)):
        monkeypatch.setattr(contamination, "MAX_TEST_TOKENS", most)
        found = [measure_contamination(test, TRAIN, seed) for seed in range(8)]
        assert {len(each.articles) for each in found} == {expected}
        assert len({tuple(each.articles) for each in found}) > 1  # not just the first ones
        for each in found:
            assert each.shares == [whole.shares[article] for article in each.articles]
            titles = {title for title, _, _ in each.table(list("abcd"))}
            assert titles == {"abcd"[article] for article in each.articles}
