import numpy as np
import pytest

from minillm.evaluation import verbatim
from minillm.evaluation.verbatim import LENGTH, find_ngrams, longest_run, share_found
from minillm.tokens.tokenizer import UNK
from tests.tokens.corpus import shard_of

RANDOM = np.random.default_rng(0)
ARTICLES = [RANDOM.integers(4, 5000, length).tolist() for length in (3, 50, 200)]
TRAIN = shard_of(ARTICLES)
NEW = RANDOM.integers(4, 5000, (4, 12)).tolist()
TEXTS = [ARTICLES[2][20:32], ARTICLES[1][5:14] + NEW[0], NEW[1], [], NEW[2][:3]]


def naive_ngrams() -> set[tuple[int, ...]]:
    text = TRAIN.tokens.tolist()
    return {tuple(text[i : i + LENGTH]) for i in range(len(text) - LENGTH + 1)}


@pytest.mark.parametrize("chunk", [1, 7, 64, 2**20])
def test_ngrams_equal_a_naive_search_wherever_chunks_are_cut(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(verbatim, "_CHUNK_TOKENS", chunk)
    known = naive_ngrams()
    expected = [[tuple(ids[i : i + LENGTH]) in known for i in range(len(ids) - LENGTH + 1)] for ids in TEXTS]
    result = find_ngrams(TEXTS, TRAIN)
    assert [found.tolist() for _, found in result] == expected
    assert all(searched.all() for searched, _ in result)
    flat = [hit for hits in expected for hit in hits]
    assert share_found(result) == sum(flat) / len(flat)
    assert 0 < share_found(result) < 1


@pytest.mark.parametrize("chunk", [1, 7, 64, 2**20])
def test_the_longest_run_equals_a_naive_search_wherever_chunks_are_cut(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(verbatim, "_CHUNK_TOKENS", chunk)
    # Both halves stand in the training text, but not after each other: their 8-grams alone do not tell.
    patched = ARTICLES[2][40:60] + ARTICLES[2][80:95] + NEW[0]
    text = TRAIN.tokens.tolist()

    def naive(ids: list[int]) -> int:
        runs = [
            stop - start
            for start in range(len(ids))
            for stop in range(start + 1, len(ids) + 1)
            if any(text[at : at + stop - start] == ids[start:stop] for at in range(len(text)))
        ]
        return max(runs, default=0)

    assert longest_run([*TEXTS, patched], TRAIN) == naive(patched) == 20
    assert longest_run(TEXTS, TRAIN) == 12
    assert longest_run([ARTICLES[2]], TRAIN) == 200


def test_a_run_shorter_than_an_ngram_or_over_the_border_of_texts_is_none() -> None:
    assert longest_run([ARTICLES[1][: LENGTH - 1]], TRAIN) == 0
    assert longest_run([ARTICLES[1][:5], ARTICLES[1][5:10]], TRAIN) == 0
    assert longest_run([], TRAIN) == 0


def test_the_order_of_tokens_matters() -> None:
    swapped = ARTICLES[1][:LENGTH]
    swapped[0], swapped[1] = swapped[1], swapped[0]
    assert share_found(find_ngrams([swapped], TRAIN)) == 0
    assert share_found(find_ngrams([ARTICLES[1][:LENGTH]], TRAIN)) == 1


def test_an_ngram_with_an_unknown_word_is_not_counted() -> None:
    article = list(ARTICLES[1])
    article[20] = UNK
    ((searched, found),) = find_ngrams([article], shard_of([article]))
    with_unknown = np.arange(len(article) - LENGTH + 1)
    with_unknown = (with_unknown > 20 - LENGTH) & (with_unknown <= 20)
    assert searched.tolist() == found.tolist() == (~with_unknown).tolist()
    assert longest_run([article], shard_of([article])) == 29  # what follows the unknown word


@pytest.mark.parametrize(("tokens", "longest"), [(LENGTH - 1, 0), (LENGTH, LENGTH), (LENGTH + 1, LENGTH + 1)])
def test_the_shortest_passage_that_counts_is_one_ngram(tokens: int, longest: int) -> None:
    text = [4999, *ARTICLES[1][10 : 10 + tokens], 4998]
    assert longest_run([text], TRAIN) == longest


def test_where_nothing_is_searched_there_is_no_share() -> None:
    assert share_found(find_ngrams([[5, 6]], TRAIN)) is None
    assert share_found(find_ngrams([], TRAIN)) is None


def test_ids_like_those_of_half_characters_are_searched_too() -> None:
    """A passage is compared as a string with a character per token; some code points stand for none."""
    article = list(range(0xD7FE, 0xD810))
    wide = shard_of([article])
    wide = type(wide)(wide.tokens.astype(np.uint32), wide.offsets)
    assert longest_run([article[2:]], wide) == 16
