import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from minillm.evaluation import causality
from minillm.evaluation.causality import check_causality
from minillm.model import attention as attention_module
from tests.evaluation.models import random_model

TOKENS = torch.randint(4, 30, (8,), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("length", [2, 3, 8])
def test_minigpt_is_causal(length: int) -> None:
    result = check_causality(random_model().train(), TOKENS[:length])
    assert result.causal
    assert result.largest_difference < 1e-5


@pytest.mark.parametrize("seen_ahead", [1, 7])
@pytest.mark.parametrize("length", [2, 3, 8])
def test_a_mask_that_shows_the_future_is_caught(
    monkeypatch: pytest.MonkeyPatch, seen_ahead: int, length: int
) -> None:
    def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        shape = query.shape[2], key.shape[2]
        wrong = torch.ones(shape, dtype=torch.bool).tril(seen_ahead)
        return F.scaled_dot_product_attention(query, key, value, attn_mask=wrong)

    monkeypatch.setattr(attention_module, "attention", attention)
    result = check_causality(random_model(), TOKENS[:length])
    assert not result.causal
    assert result.largest_difference > 1e-3


def test_a_leak_within_the_rounding_of_large_logits_is_no_alarm() -> None:
    model = random_model()
    model.head.weight.data *= 1e4
    assert check_causality(model, TOKENS).causal


def test_a_token_that_is_forbidden_by_a_huge_logit_hides_no_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query, key, value)

    model = random_model()
    with torch.no_grad():
        model.head.bias[0] = -1e9  # type: ignore[index]
    assert check_causality(model, TOKENS).causal
    monkeypatch.setattr(attention_module, "attention", attention)
    assert not check_causality(model, TOKENS).causal


def test_the_tolerance_is_the_largest_difference_without_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query, key, value)

    monkeypatch.setattr(attention_module, "attention", attention)
    model = random_model(std=0.1)
    assert model(TOKENS[None]).abs().max() < 1  # relative to 1 then
    difference = check_causality(model, TOKENS).largest_difference
    assert difference > 0
    monkeypatch.setattr(causality, "TOLERANCE", difference)
    assert check_causality(model, TOKENS).causal
    monkeypatch.setattr(causality, "TOLERANCE", math.nextafter(difference, 0))
    assert not check_causality(model, TOKENS).causal
