import numpy as np
import pytest

from minillm.evaluation import memorization
from minillm.evaluation.memorization import LENGTH, overlap_metrics
from tests.tokens.corpus import shard_of

RANDOM = np.random.default_rng(0)
ARTICLES = [RANDOM.integers(4, 5000, length).tolist() for length in (3, 50, 200)]
TRAIN = shard_of(ARTICLES)


@pytest.mark.parametrize("chunk", [1, 7, 64, 2**20])
def test_shares_equal_a_naive_search_wherever_chunks_are_cut(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(memorization, "_CHUNK_TOKENS", chunk)
    new = RANDOM.integers(4, 5000, (4, 12)).tolist()
    hypotheses = [ARTICLES[2][20:32], ARTICLES[1][5:14] + new[0], new[1]]
    references = [new[2], ARTICLES[2][100:112], new[3]]
    text = TRAIN.tokens.tolist()
    known = {tuple(text[i : i + LENGTH]) for i in range(len(text) - LENGTH + 1)}

    def share(lists: list[list[int]]) -> float:
        grams = [tuple(ids[i : i + LENGTH]) for ids in lists for i in range(len(ids) - LENGTH + 1)]
        return sum(gram in known for gram in grams) / len(grams)

    metrics = overlap_metrics(hypotheses, references, TRAIN)
    assert metrics == {"generated": share(hypotheses), "real": share(references)}
    assert 0 < share(hypotheses) < share(references) < 1


def test_the_order_of_tokens_matters() -> None:
    swapped = ARTICLES[1][:LENGTH]
    swapped[0], swapped[1] = swapped[1], swapped[0]
    metrics = overlap_metrics([swapped], [ARTICLES[1][:LENGTH]], TRAIN)
    assert metrics == {"generated": 0.0, "real": 1.0}


def test_continuations_shorter_than_an_ngram_have_no_overlap() -> None:
    assert overlap_metrics([[5, 6]], [[7, 8]], TRAIN) == {"generated": 0.0, "real": 0.0}
