"""The training loss, fused with the output head.

Cross-entropy in nats over the targets that count (PAD does not), with label smoothing ε in training
(Szegedy et al. 2016): (1 − ε)·NLL + ε·mean over the vocabulary of −log p, or the mean under what the last
token lets expect (smoothing.py). A teacher's prediction has a share of its own beside it (distillation.py).

The (B·T, V) logits are the largest tensors of a small model. `fused_loss` goes through them in chunks of
rows that fit the cache and turns each chunk into its gradient at once (the idea of Liger Kernel's fused
linear cross-entropy, Hsu et al. 2024): with p = softmax(logits) and y the smoothed target distribution, the
gradient is p − y. Nothing of size (B·T, V) is kept for a backward pass.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from minillm.model.minigpt import TiedHead
from minillm.model.portable import argmax, linear, log, matmul
from minillm.tokens.tokenizer import PAD
from minillm.training.distillation import Lesson
from minillm.training.smoothing import SmoothingTargets, TargetsOfRows

_CHUNK_ROWS = 1024  # × 5,000 float32 logits: 20 MB


class LossSums(NamedTuple):
    """A batch's loss to minimize, and the sums of NLL and top-1 hits over its targets.

    All are tensors on the model's device: reading them would make the device wait.
    """

    loss: Tensor
    nll: Tensor
    hits: Tensor


def fused_loss(
    hidden: Tensor,
    targets: Tensor,
    head: nn.Linear | TiedHead,
    label_smoothing: float,
    dtype: torch.dtype,
    divisor: Tensor | None = None,
    towards: TargetsOfRows | None = None,
    lesson: Lesson | None = None,
) -> LossSums:
    """Loss of the head's predictions for hidden (B, T, D) and targets (B, T), products in `dtype`.

    The loss is a sum over the targets divided by `divisor`, by default their number: their mean. Where these
    are only a part of a step's targets, it is the number of all of them. With `towards`, label smoothing
    goes towards what it expects after the tokens before the targets; of a `lesson` the loss has its share.
    """
    if divisor is None:
        divisor = (targets != PAD).sum()
    loss, nll, hits = _FusedLoss.apply(  # type: ignore[no-untyped-call]
        hidden.flatten(0, 1),
        head.weight,
        head.bias,
        targets.flatten(),
        label_smoothing,
        dtype,
        divisor,
        towards,
        lesson,
    )
    return LossSums(loss, nll, hits)


class _FusedLoss(torch.autograd.Function):
    """Rows N = B·T: hidden (N, D), weight (V, D), bias (V,) or None, targets (N,) to loss, NLL and hits."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        label_smoothing: float,
        dtype: torch.dtype,
        divisor: Tensor,
        towards: TargetsOfRows | None,
        lesson: Lesson | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        low, low_weight = hidden.to(dtype), weight.to(dtype)
        low_bias = None if bias is None else bias.to(dtype)
        grad_hidden = torch.empty_like(hidden, dtype=torch.float32)
        grad_weight = torch.zeros_like(weight, dtype=torch.float32)
        grad_bias = torch.zeros(len(weight), dtype=torch.float32, device=weight.device)
        counted = (targets != PAD).float()[:, None]  # (N, 1)
        share = counted / divisor  # each row's weight in the loss
        sums = torch.zeros(3, dtype=torch.float32, device=hidden.device)  # loss, NLL, hits
        for start in range(0, len(hidden), _CHUNK_ROWS):
            rows = slice(start, start + _CHUNK_ROWS)
            logits = linear(low[rows], low_weight, low_bias).float()  # (n, V)
            smoothed = towards(rows) if towards else None
            loss, nll, hits, slope = _by_targets(logits, targets[rows, None], label_smoothing, smoothed)
            if lesson:
                divergence, theirs = lesson.divergence(rows, logits)
                loss = (1 - lesson.weight) * loss + lesson.weight * divergence
                slope.mul_(1 - lesson.weight).add_(theirs, alpha=lesson.weight)
            sums += torch.stack(
                ((loss * share[rows]).sum(), (nll * counted[rows]).sum(), (hits * counted[rows]).sum())
            )
            grad_logits = slope.to(dtype)  # not yet weighted by `share`: values near 1 keep their digits
            grad_hidden[rows] = matmul(grad_logits, low_weight) * share[rows]
            grad_weight += matmul(grad_logits.T, (low[rows] * share[rows]).to(dtype))
            if bias is not None:
                grad_bias += matmul(share[rows].T.to(dtype), grad_logits)[0]
        ctx.gradients = grad_hidden.to(hidden.dtype), grad_weight, None if bias is None else grad_bias
        loss_sum, nll_sum, hits_sum = sums.unbind()
        ctx.mark_non_differentiable(nll_sum, hits_sum)
        return loss_sum, nll_sum, hits_sum

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        gradients, ctx.gradients = ctx.gradients, None  # scaled in place, and so just once
        for gradient in gradients:
            if gradient is not None:
                gradient.mul_(grads[0])
        return *gradients, *[None] * 6


class _ByTargets(NamedTuple):
    """What the targets of n rows say of their logits (n, V)."""

    loss: Tensor
    """(n, 1), label smoothing included."""
    nll: Tensor
    """(n, 1)."""
    hits: Tensor
    """(n, 1): whether the target has the largest logit."""
    slope: Tensor
    """Gradient of each row's loss by its logits, (n, V)."""


def _by_targets(
    logits: Tensor, targets: Tensor, label_smoothing: float, smoothed: SmoothingTargets | None
) -> _ByTargets:
    """Of logits (n, V) and targets (n, 1), which are smoothed uniformly or towards `smoothed`."""
    p = logits.softmax(1)
    top = argmax(p)[:, None]
    # log Σ exp(logits), from the largest probability, which cannot underflow
    log_sum = logits.gather(1, top) - log(p.gather(1, top))
    nll = log_sum - logits.gather(1, targets)
    mean = smoothed.mean(logits) if smoothed else logits.mean(1, keepdim=True)
    loss = (1 - label_smoothing) * nll + label_smoothing * (log_sum - mean)
    if smoothed:
        smoothed.subtract_from(p, label_smoothing)
    else:
        p.sub_(label_smoothing / logits.shape[1])
    p.scatter_add_(1, targets, torch.full_like(nll, label_smoothing - 1))
    return _ByTargets(loss, nll, top == targets, p)
