import math

import numpy as np
import torch

from minillm.evaluation.likelihood import score
from minillm.evaluation.split_likelihood import Likelihood
from minillm.training.validation import measure
from tests.evaluation.models import random_model
from tests.tokens.corpus import shard_of


def test_a_validation_pass_finds_what_the_evaluation_does_and_leaves_the_model_training() -> None:
    """The evaluation's pass is held against a naive loop in float64 (tests/evaluation/test_likelihood.py)."""
    random = np.random.default_rng(0)
    shard = shard_of([random.integers(4, 30, length).tolist() for length in (0, 1, 7, 8, 9, 40)])
    model = random_model().train()  # dropout would show
    found = measure(model, shard, 2, torch.float32)
    assert model.training
    likelihood = Likelihood(shard)
    for scores in score(model, shard, batch_size=3):
        likelihood.add(scores)
    assert math.isclose(found.loss, likelihood.loss, rel_tol=1e-6)
    assert found.accuracy == likelihood.metrics()["accuracy"] > 0


def test_padding_changes_no_figure() -> None:
    shard = shard_of([[5] * length for length in (1, 2, 30, 60)])
    alone, padded = (measure(random_model(), shard, size, torch.float32) for size in (1, 4))
    assert math.isclose(alone.loss, padded.loss, rel_tol=1e-6)
    assert alone.accuracy == padded.accuracy


def test_in_bfloat16_the_figures_are_nearly_the_same() -> None:
    random = np.random.default_rng(1)
    shard = shard_of([random.integers(4, 30, 60).tolist()])
    exact, rounded = (measure(random_model(), shard, 4, dtype) for dtype in (torch.float32, torch.bfloat16))
    assert exact.loss != rounded.loss
    assert math.isclose(exact.loss, rounded.loss, rel_tol=0.02)
