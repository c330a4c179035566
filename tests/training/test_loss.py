import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from minillm.tokens.tokenizer import PAD
from minillm.training import loss as loss_module
from minillm.training.loss import fused_loss


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
