from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from minillm.model import attention as attention_module
from minillm.model.attention import KeyValues, attention
from minillm.model.dropout import Dropout
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.model.positions import rotate, rotations
from minillm.params import read_params
from tests.model.reference import reference_logits

CONFIG = ModelConfig(vocab_size=50, dim=24, layers=3, heads=3, feed_forward_dim=40, context=12, dropout=0.1)
MODERN = replace(
    CONFIG, positions="rope", norm="rmsnorm", activation="swiglu", qk_norm=True, tie_embeddings=True
)


@pytest.fixture(params=[CONFIG, MODERN], ids=["studied", "modern"])
def model(request: pytest.FixtureRequest) -> MiniGPT:
    return random_model(request.param)


def random_model(config: ModelConfig) -> MiniGPT:
    torch.manual_seed(0)
    model = MiniGPT(config).eval()
    for parameter in model.parameters():  # biases and norms too: at their initial 0 and 1 they hide mistakes
        torch.nn.init.normal_(parameter, std=0.2)
    return model


def random_tokens(*shape: int) -> torch.Tensor:
    return torch.randint(0, CONFIG.vocab_size, shape, generator=torch.Generator().manual_seed(1))


def test_logits_equal_a_plain_float64_reference() -> None:
    model = random_model(CONFIG)
    tokens = random_tokens(2, 12)
    logits = model(tokens).detach().numpy()
    for row in range(2):
        expected = reference_logits(model, tokens[row].tolist())
        assert np.abs(expected).max() > 1
        np.testing.assert_allclose(logits[row], expected, atol=1e-5)


def test_a_prediction_never_sees_the_future(model: MiniGPT) -> None:
    tokens = random_tokens(1, 12)
    before = model(tokens)
    for t in range(11):
        changed = tokens.clone()
        changed[0, t + 1 :] = (changed[0, t + 1 :] + 7) % CONFIG.vocab_size
        after = model(changed)
        assert torch.allclose(before[0, : t + 1], after[0, : t + 1], atol=1e-6)
        assert not torch.allclose(before[0, t + 1], after[0, t + 1], atol=1e-3)  # the change was felt


@pytest.mark.parametrize("block", [512, 4])
def test_attention_equals_torchs_for_all_and_for_the_last_queries(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(attention_module, "_QUERIES_AT_A_TIME", block)
    query, key, value = torch.randn(3, 2, 4, 9, 16, generator=torch.Generator().manual_seed(2))
    expected = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    assert torch.allclose(attention(query, key, value), expected, atol=1e-6)
    mask = torch.ones(6, 9, dtype=torch.bool).tril(3)
    expected = F.scaled_dot_product_attention(query[:, :, -6:], key, value, attn_mask=mask)
    assert torch.allclose(attention(query[:, :, -6:], key, value), expected, atol=1e-6)
    expected = F.scaled_dot_product_attention(query[:, :, -1:], key, value)
    assert torch.allclose(attention(query[:, :, -1:], key, value), expected, atol=1e-6)


@pytest.mark.parametrize("pieces", [[1] * 12, [5, 7], [1, 4, 2, 5], [12]])
def test_cached_pieces_give_the_logits_of_the_whole(model: MiniGPT, pieces: list[int]) -> None:
    tokens = random_tokens(2, 12)
    cache = KeyValues(12)
    parts = [model(part, cache) for part in tokens.split(pieces, dim=1)]
    assert torch.allclose(torch.cat(parts, dim=1), model(tokens), atol=1e-5)
    assert cache.length == 12


@torch.inference_mode()
def test_a_cache_keeps_its_tensors_and_forgets_by_its_length(model: MiniGPT) -> None:
    cache, tokens = KeyValues(7), random_tokens(2, 12)
    model(tokens[:, :5], cache)
    before = [tensor.data_ptr() for tensor in cache.add(0, *torch.zeros(2, 2, 3, 1, 8))]
    model(tokens[:, 5:7], cache)
    assert cache.length == 7
    cache.length = 0
    assert torch.equal(model(tokens[:, 3:9], cache), model(tokens[:, 3:9]))
    after = [tensor.data_ptr() for tensor in cache.add(0, *torch.zeros(2, 2, 3, 1, 8))]
    assert before == after
    with pytest.raises(AssertionError, match="8 tokens exceed the cache's room of 7"):
        model(tokens[:, :2], cache)


def test_a_sequence_over_the_context_is_refused(model: MiniGPT) -> None:
    with pytest.raises(AssertionError, match="13 tokens exceed the context of 12"):
        model(random_tokens(1, 13))


def test_the_default_model_has_the_size_that_its_shape_says() -> None:
    params = read_params(Path(__file__).parents[2] / "params.yaml")
    model = MiniGPT(ModelConfig.from_params(params.model, params.vocab.vocab_size))
    d, v = 256, 5000
    block = (d * 3 * d + 3 * d) + (d * d + d) + (d * 4 * d + 4 * d) + (4 * d * d + d) + 4 * d
    assert model.parameter_count() == v * d + 2 * block + 2 * d + v * d + v


def test_an_untrained_model_is_as_unsure_as_it_can_be() -> None:
    torch.manual_seed(0)
    model = MiniGPT(CONFIG).eval()
    loss = F.cross_entropy(model(random_tokens(8, 12)).flatten(0, 1), random_tokens(8, 12).flatten())
    assert abs(loss.item() - np.log(CONFIG.vocab_size)) < 0.1


def test_a_rotated_query_and_key_meet_according_to_their_distance_alone() -> None:
    query, key = torch.randn(2, 1, 1, 1, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    angles = rotations(40, 8).double()

    def score(query_at: int, key_at: int) -> float:
        return float((rotate(query, angles[:, [query_at]]) * rotate(key, angles[:, [key_at]])).sum())

    assert score(0, 0) == pytest.approx(float((query * key).sum()))
    for distance in (1, 5, 20):
        assert score(distance, 0) == pytest.approx(score(distance + 17, 17), rel=1e-5)
        assert abs(score(distance, 0) - score(0, 0)) > 1e-3


def test_a_tied_head_is_the_embedding_and_stored_once() -> None:
    model = random_model(MODERN)
    assert model.head.weight is model.embedding.weight
    assert [name for name in model.state_dict() if "head" in name] == []
    model.embedding.weight.data.mul_(2)
    hidden = torch.randn(3, 24)
    torch.testing.assert_close(model.head(hidden), hidden @ model.embedding.weight.T)


def test_an_rmsnorm_model_has_no_biases() -> None:
    names = [name for name, _ in MiniGPT(MODERN).named_parameters()]
    assert len(names) > 20
    assert [name for name in names if "bias" in name] == []


class TestDropout:
    @pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
    def test_zeroes_the_right_share_and_keeps_the_mean(self, p: float) -> None:
        torch.manual_seed(0)
        dropped = Dropout(p).train()(torch.ones(1000, 1000))
        assert abs((dropped == 0).float().mean().item() - p) < 0.003
        assert torch.allclose(dropped[dropped != 0], torch.tensor(1 / (1 - p)))

    def test_is_the_identity_in_evaluation_and_at_zero(self) -> None:
        x = torch.randn(7, 5)
        assert torch.equal(Dropout(0.5).eval()(x), x)
        assert torch.equal(Dropout(0.0).train()(x), x)

    def test_draws_each_value_independently(self) -> None:
        torch.manual_seed(0)
        kept = (Dropout(0.5).train()(torch.ones(400_000)) != 0).double()
        for lag in (1, 2, 3, 4, 8):
            correlation = torch.corrcoef(torch.stack((kept[:-lag], kept[lag:])))[0, 1]
            assert abs(correlation.item()) < 0.01

    def test_follows_the_seed_and_passes_gradients_where_it_kept(self) -> None:
        x = torch.ones(3, 3, requires_grad=True)
        dropout = Dropout(0.5).train()
        torch.manual_seed(4)
        first = dropout(x)
        torch.manual_seed(4)
        assert torch.equal(dropout(x), first)
        first.sum().backward()
        assert x.grad is not None
        assert torch.equal(x.grad, first.detach())
