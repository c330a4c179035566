import pytest

from minillm.evaluation.repetition import distinct, rep, repeated_tokens
from minillm.tokens.tokenizer import UNK

LOOP = [5, 6, 7, 8, 5, 6, 7, 8, 5, 6]


def test_rep_is_the_share_of_ngrams_that_stood_before() -> None:
    assert rep([LOOP], 4) == pytest.approx(3 / 7)
    assert rep([[5] * 10], 4) == pytest.approx(6 / 7)
    assert rep([list(range(10))], 4) == 0
    assert rep([LOOP, list(range(10, 20))], 4) == pytest.approx(3 / 14)


def test_rep_does_not_count_what_other_texts_say() -> None:
    assert rep([[5, 6, 7, 8]] * 3, 4) == 0


def test_distinct_counts_over_all_texts() -> None:
    assert distinct([[5, 6, 7]] * 4, 1) == 3 / 12
    assert distinct([[5, 6, 7]] * 4, 2) == 2 / 8
    assert distinct([[5, 6], [7, 8]], 2) == 1


def test_unknown_words_are_not_taken_for_one_word() -> None:
    assert rep([[UNK] * 10], 4) is None
    assert distinct([[UNK, UNK, 5, 6]], 1) == 1


def test_texts_too_short_for_ngrams_do_not_count() -> None:
    assert rep([LOOP, [5, 6]], 4) == pytest.approx(3 / 7)
    assert (rep([[5, 6]], 4), distinct([[5, 6]], 3)) == (None, None)


def test_repeated_tokens_belong_to_an_ngram_seen_before() -> None:
    assert repeated_tokens(LOOP, 4) == [False] * 4 + [True] * 6
    assert repeated_tokens([5, 6, 7, 8, 9, 6, 7, 8], 3) == [False] * 5 + [True] * 3
    assert repeated_tokens([5, 5], 4) == [False, False]
