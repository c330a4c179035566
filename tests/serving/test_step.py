"""Eight rows at a step against the model itself, and against themselves alone."""

import pytest
import torch

from minillm.arithmetic import is_limited
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.serving.step import PLACES, ROWS, Rows, prefill, step

SHAPES = {
    "studied": {},
    "modern": {
        "positions": "rope",
        "norm": "rmsnorm",
        "activation": "swiglu",
        "qk_norm": True,
        "tie_embeddings": True,
    },
}


def model_of(shape: str, dim: int = 32, vocab_size: int = 50) -> MiniGPT:
    torch.manual_seed(1)
    config = ModelConfig(vocab_size, dim, 2, 2, 2 * dim + 171, 24, 0.5, **SHAPES[shape])  # type: ignore[arg-type]
    model = MiniGPT(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def texts(vocab_size: int) -> list[list[int]]:
    draw = torch.Generator().manual_seed(2)
    lengths = (1, 2, 5, 7, 11, 13, 20)
    return [torch.randint(vocab_size, (length,), generator=draw).tolist() for length in lengths]


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_of_any_lengths_get_the_logits_that_the_model_gives_each_alone(shape: str) -> None:
    model, rows = model_of(shape), None
    all_texts = texts(50)
    rows = Rows(model)
    for row, text in enumerate(all_texts):
        logits = prefill(model, text, rows, row)
        with torch.inference_mode():
            assert torch.allclose(logits, model(torch.tensor([text]))[0, -1], atol=1e-5)
    for token in (4, 9, 7):
        logits = step(model, [token] * ROWS, [*map(len, all_texts), 0], rows)[:PLACES]
        all_texts = [[*text, token] for text in all_texts]
        with torch.inference_mode():
            expected = torch.stack([model(torch.tensor([text]))[0, -1] for text in all_texts])
        assert torch.allclose(logits, expected, atol=1e-5)


@pytest.mark.skipif(not is_limited(), reason="no x86-64 Linux with AVX2: rounding is another library's")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dim", [32, 256])
def test_a_rows_logits_are_the_same_bits_alone_and_among_others_in_any_place(shape: str, dim: int) -> None:
    model = model_of(shape, dim, vocab_size=500)
    all_texts = texts(500)
    together = Rows(model)
    for row, text in enumerate(all_texts):
        prefill(model, text, together, row)
    logits = step(model, [3] * ROWS, [*map(len, all_texts), 0], together)
    for row, text in enumerate(all_texts):
        for place in range(PLACES):
            alone = Rows(model)
            prefill(model, text, alone, place)
            tokens, lengths = [0] * ROWS, [0] * ROWS
            tokens[place], lengths[place] = 3, len(text)
            assert torch.equal(step(model, tokens, lengths, alone)[place], logits[row])


def test_a_row_that_moves_takes_its_text_along() -> None:
    model = model_of("studied")
    source, target = Rows(model), Rows(model)
    prefill(model, [5, 6, 7], source, 4)
    prefill(model, [9, 9], target, 1)
    target.move(source, 4, 1)
    moved = step(model, [0, 8, *[0] * 6], [0, 3, *[0] * 6], target)[1]
    with torch.inference_mode():
        assert torch.allclose(moved, model(torch.tensor([[5, 6, 7, 8]]))[0, -1], atol=1e-5)
