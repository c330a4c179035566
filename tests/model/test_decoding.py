"""Tokens in NumPy against the model itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from minillm.model.attention import KeyValues
from minillm.model.decoding import Decoder
from minillm.model.minigpt import MiniGPT, ModelConfig

STUDIED = ModelConfig(vocab_size=50, dim=24, layers=3, heads=3, feed_forward_dim=40, context=12, dropout=0.1)
MODERN = replace(
    STUDIED, positions="rope", norm="rmsnorm", activation="swiglu", qk_norm=True, tie_embeddings=True
)
SHAPES = {
    "studied": STUDIED,
    "modern": MODERN,
    "modern without qk_norm": replace(MODERN, qk_norm=False),
    "studied with qk_norm": replace(STUDIED, qk_norm=True),
    "studied with rope": replace(STUDIED, positions="rope"),
}
TOKENS = torch.randint(0, 50, (5, 12), generator=torch.Generator().manual_seed(1))


def random_model(config: ModelConfig) -> MiniGPT:
    torch.manual_seed(0)
    model = MiniGPT(config)
    for parameter in model.parameters():  # biases and norms too: at their initial 0 and 1 they hide mistakes
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@torch.inference_mode()
@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("prompt", [1, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_each_token_gets_the_logits_of_a_pass_over_all(shape: str, prompt: int, batch: int) -> None:
    model, tokens = random_model(SHAPES[shape]), TOKENS[:batch]
    decoder = Decoder(model, 12)
    found = [decoder.logits(part) for part in tokens.split([prompt] + [1] * (12 - prompt), dim=1)]
    expected = model(tokens)[:, prompt - 1 :]
    assert expected.std() > 0.2
    assert torch.allclose(torch.stack(found, dim=1), expected, atol=2e-5)
    assert decoder.length == 12


@torch.inference_mode()
@pytest.mark.parametrize("batch", [1, 4, 5])
@pytest.mark.parametrize("shape", ["studied", "studied with rope", "studied with qk_norm"])
def test_with_layernorm_the_bits_are_the_modules(shape: str, batch: int) -> None:
    model, tokens, cache = random_model(SHAPES[shape]).eval(), TOKENS[:batch], KeyValues(12)
    decoder = Decoder(model, 12)
    for part in tokens.split([3] + [1] * 9, dim=1):
        expected = model.head(model.hidden(part, cache)[:, -1])
        assert torch.equal(decoder.logits(part), expected)


@torch.inference_mode()
def test_it_begins_anew_in_the_same_memory() -> None:
    model = random_model(MODERN)
    decoder = Decoder(model, 12)
    for part in TOKENS.split([9, 1, 1, 1], dim=1):
        decoder.logits(part)
    with pytest.raises(AssertionError, match="no room for a token after 12"):
        decoder.logits(TOKENS[:, :1])
    decoder.forget()
    decoder.logits(TOKENS[:, 3:7])
    assert torch.allclose(decoder.logits(TOKENS[:, 7:8]), model(TOKENS[:, 3:8])[:, -1], atol=2e-5)


@torch.inference_mode()
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions_go_through_torch(dtype: torch.dtype) -> None:
    model = random_model(MODERN).to(dtype)
    decoder = Decoder(model, 12)
    decoder.logits(TOKENS[:, :4])
    found, expected = decoder.logits(TOKENS[:, 4:5]), model(TOKENS[:, :5])[:, -1].float()
    tolerance = 0.3 if dtype == torch.bfloat16 else 1e-6
    np.testing.assert_allclose(found, expected, atol=tolerance)
