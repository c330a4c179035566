import math

import numpy as np
import pytest

from minillm.evaluation.likelihood import score, stride_of
from minillm.evaluation.split_likelihood import Likelihood
from minillm.tokens.tokenizer import UNK
from minillm.training import scoring
from minillm.training.scores import Scores
from tests.evaluation.models import random_model
from tests.model.reference import reference_logits, reference_nll
from tests.tokens.corpus import shard_of

RANDOM = np.random.default_rng(0)
LENGTHS = (0, 1, 7, 8, 9, 40)
SHARD = shard_of([RANDOM.choice([UNK, *range(4, 30)], length).tolist() for length in LENGTHS])


@pytest.mark.parametrize("chunk_logits", [1, 100, 2**23])
def test_a_pass_equals_a_naive_float64_loop(monkeypatch: pytest.MonkeyPatch, chunk_logits: int) -> None:
    monkeypatch.setattr(scoring, "_CHUNK_LOGITS", chunk_logits)
    model = random_model()
    article_nll, hits, known_hits, confidence = [], 0, 0, []
    for index in range(len(SHARD)):
        article = SHARD.article(index).tolist()
        nll = []
        for start in range(0, len(article) - 1, 8):
            inputs = article[start : start + 8][: len(article) - 1 - start]
            targets = article[start + 1 : start + 9]
            logits = reference_logits(model, inputs)
            nll += reference_nll(logits, targets)
            confidence += (np.exp(logits).max(axis=1) / np.exp(logits).sum(axis=1)).tolist()
            right = logits.argmax(axis=1) == targets
            hits += int(right.sum())
            known_hits += int((right & (np.array(targets) != UNK)).sum())
        article_nll.append(sum(nll))

    result = Likelihood(SHARD)
    scored = list(score(model.train(), SHARD, batch_size=2))  # dropout would show
    for scores in scored:
        result.add(scores)
    order = np.argsort(np.concatenate([scores.positions for scores in scored]))
    np.testing.assert_allclose(
        np.concatenate([scores.confidence for scores in scored])[order], confidence, rtol=1e-5
    )
    metrics = result.metrics()
    targets = sum(LENGTHS) + len(LENGTHS)
    assert result.targets == targets
    np.testing.assert_allclose(result.article_nll, article_nll, rtol=1e-5)
    assert math.isclose(result.loss, sum(article_nll) / targets, rel_tol=1e-5)
    assert metrics["perplexity"] == math.exp(result.loss)
    assert metrics["accuracy"] == hits / targets
    assert metrics["accuracy_known"] == known_hits / targets
    assert hits > 0


def test_scores_tell_where_each_target_stands_and_none_twice() -> None:
    passes = list(score(random_model(), SHARD, batch_size=3))
    positions = np.concatenate([scores.positions for scores in passes])
    targets = np.concatenate([scores.targets for scores in passes])
    is_first = np.isin(np.arange(len(SHARD.tokens)), SHARD.offsets[:-1])
    assert sorted(positions) == np.flatnonzero(~is_first).tolist()
    assert (SHARD.tokens[positions] == targets).all()


def test_a_guessed_unk_counts_for_accuracy_but_not_for_accuracy_known() -> None:
    shard = shard_of([[UNK, UNK, 5]])
    result = Likelihood(shard)
    result.add(
        Scores(
            np.array([1, 2, 3, 4]),
            np.array([UNK, UNK, 5, 3]),
            np.array([UNK, 7, 5, 7]),
            np.ones(4),
            np.ones(4),
        )
    )
    metrics = result.metrics()
    assert metrics["accuracy"] == 2 / 4
    assert metrics["accuracy_known"] == 1 / 4


@pytest.mark.parametrize("stride", [1, 3, 4, 7, 8])
def test_with_a_stride_each_target_is_scored_once_with_so_much_past(stride: int) -> None:
    model = random_model()
    nll = np.full(len(SHARD.tokens), np.nan)
    for scores in score(model, SHARD, batch_size=3, stride=stride):
        assert np.isnan(nll[scores.positions]).all()
        nll[scores.positions] = scores.nll
    for index in range(len(SHARD)):
        article, offset = SHARD.article(index).tolist(), int(SHARD.offsets[index])
        for place in range(1, len(article)):
            window = (
                0 if place <= 8 else -(-(place - 8) // stride) * stride
            )  # the first that holds the target
            inputs = article[window:place]
            assert len(inputs) == place or len(inputs) > 8 - stride
            expected = reference_nll(reference_logits(model, inputs)[-1:], article[place : place + 1])
            np.testing.assert_allclose(nll[offset + place], expected[0], rtol=1e-5)


def test_by_default_windows_overlap_by_half() -> None:
    assert [stride_of("auto", context) for context in (2, 3, 64)] == [1, 1, 32]
    assert stride_of(64, 64) == 64
