import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.tokens.tokenizer import PAD
from minillm.training import loss as loss_module
from minillm.training.loss import fused_loss, measure
from tests.model.reference import reference_logits, reference_nll
from tests.tokens.corpus import shard_of

CPU = torch.device("cpu")


def head_and_batch(scale: float = 1.0) -> tuple[nn.Linear, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    head = nn.Linear(16, 30)
    hidden = (torch.randn(3, 7, 16) * scale).requires_grad_()
    targets = torch.randint(1, 30, (3, 7))
    targets[1, 4:] = PAD
    return head, hidden, targets


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("chunk_rows", [1, 4, 1024])
def test_loss_and_gradients_equal_torchs_in_float64(
    monkeypatch: pytest.MonkeyPatch, smoothing: float, chunk_rows: int
) -> None:
    monkeypatch.setattr(loss_module, "_CHUNK_ROWS", chunk_rows)
    head, hidden, targets = head_and_batch()
    loss, nll, hits = fused_loss(hidden, targets, head, smoothing, torch.float32)
    grads = torch.autograd.grad(3 * loss, [hidden, head.weight, head.bias])

    exact = nn.Linear(16, 30).double()
    exact.load_state_dict({name: value.double() for name, value in head.state_dict().items()})
    exact_hidden = hidden.detach().double().requires_grad_()
    logits = exact(exact_hidden).flatten(0, 1)
    expected = F.cross_entropy(logits, targets.flatten(), ignore_index=PAD, label_smoothing=smoothing)
    expected_grads = torch.autograd.grad(3 * expected, [exact_hidden, exact.weight, exact.bias])
    assert math.isclose(loss.item(), expected.item(), rel_tol=1e-6)
    for grad, expected_grad in zip(grads, expected_grads, strict=True):
        assert expected_grad.abs().max() > 1e-3
        torch.testing.assert_close(grad.double(), expected_grad, atol=1e-7, rtol=1e-5)
    plain = F.cross_entropy(logits, targets.flatten(), ignore_index=PAD, reduction="sum")
    assert math.isclose(nll.item(), plain.item(), rel_tol=1e-6)
    right = (logits.argmax(1) == targets.flatten()) & (targets.flatten() != PAD)
    assert hits.item() == right.sum().item()


def test_extreme_logits_stay_finite_and_exact() -> None:
    head, hidden, targets = head_and_batch(scale=300.0)
    loss, _, _ = fused_loss(hidden, targets, head, 0.0, torch.float32)
    grad = torch.autograd.grad(loss, hidden)[0]
    expected = F.cross_entropy(head(hidden).flatten(0, 1), targets.flatten(), ignore_index=PAD)
    assert expected.item() > 100
    assert math.isclose(loss.item(), expected.item(), rel_tol=1e-5)
    assert torch.isfinite(grad).all()


def test_bfloat16_stays_close_to_float32() -> None:
    head, hidden, targets = head_and_batch()
    exact = fused_loss(hidden, targets, head, 0.1, torch.float32)
    rounded = fused_loss(hidden, targets, head, 0.1, torch.bfloat16)
    assert abs(exact.loss.item() - rounded.loss.item()) < 0.01
    gradients = [torch.autograd.grad(sums.loss, head.weight)[0] for sums in (exact, rounded)]
    assert (gradients[0] - gradients[1]).norm() < 0.01 * gradients[0].norm()


def test_a_validation_pass_equals_a_naive_float64_loop() -> None:
    torch.manual_seed(0)
    config = ModelConfig(
        vocab_size=30, dim=16, layers=2, heads=2, feed_forward_dim=32, context=8, dropout=0.5
    )
    model = MiniGPT(config)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    random = np.random.default_rng(0)
    shard = shard_of([random.integers(4, 30, length).tolist() for length in (0, 1, 7, 8, 9, 40)])
    nll, hits = [], 0
    for index in range(len(shard)):
        article = shard.article(index).tolist()
        for start in range(0, len(article) - 1, 8):
            inputs = article[start : start + 8][: len(article) - 1 - start]
            targets = article[start + 1 : start + 9]
            logits = reference_logits(model, inputs)
            nll += reference_nll(logits, targets)
            hits += int((logits.argmax(axis=1) == targets).sum())
    assert len(nll) == shard.targets == 65 + 6
    figures = measure(model.train(), shard, 2, CPU, torch.float32)
    assert math.isclose(figures.loss, sum(nll) / len(nll), rel_tol=1e-5)
    assert figures.accuracy == hits / len(nll)
    assert model.training  # left as it was found


def test_padding_changes_no_figure() -> None:
    torch.manual_seed(0)
    config = ModelConfig(
        vocab_size=30, dim=16, layers=1, heads=2, feed_forward_dim=32, context=64, dropout=0.0
    )
    model = MiniGPT(config)
    shard = shard_of([[5] * length for length in (1, 2, 30, 60)])
    alone = measure(model, shard, 1, CPU, torch.float32)
    padded = measure(model, shard, 4, CPU, torch.float32)
    assert math.isclose(alone.loss, padded.loss, rel_tol=1e-6)
    assert alone.accuracy == padded.accuracy
