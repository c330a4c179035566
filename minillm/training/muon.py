"""Muon, in the precision that the hardware computes in.

Muon (Jordan et al. 2024) replaces the momentum of a matrix by the nearest orthogonal matrix, found with five
Newton–Schulz iterations: every direction of the update gets the same weight. Its step is scaled to AdamW's
root mean square (Liu et al. 2025, "Muon is scalable"), so that one learning rate and one weight decay serve
both.

torch.optim.Muon does the same (the tests compare), but always iterates in bfloat16: on a CPU without it an
update takes thirty times as long (4.0 s against 0.13 s for two blocks of 256, one core of an AMD EPYC;
`python -m benchmarks.cpu_step`). Here the precision is a parameter, matrices of one shape go through the
iterations together, and a parameter that holds several matrices, as attention's queries, keys and values, is
orthogonalized one by one: together the largest of them would take most of the step (docs/experiments.md).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from minillm.model.portable import baddbmm, matmul
from minillm.training.adamw import Optimizer

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of x, x³, x⁵: steepest at zero that stays near one (Jordan)
_ITERATIONS = 5
_EPSILON = 1e-7
_MOMENTUM = 0.95


class Muon(Optimizer):
    """Nesterov momentum, orthogonalized, with decoupled weight decay; for matrices only.

    A group of parameters with "stacked": n holds n matrices each, one below the other.
    """

    def __init__(
        self, groups: Sequence[Mapping[str, Any]], lr: float, weight_decay: float, dtype: torch.dtype
    ) -> None:
        super().__init__(groups, lr=lr, weight_decay=weight_decay, stacked=1)
        self._dtype = dtype

    @torch.no_grad()
    def step(self) -> None:
        """One update of every matrix."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[tuple[Tensor, Tensor]]] = {}  # matrices and their momenta
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                pairs = (tensor.chunk(group["stacked"]) for tensor in (parameter, self._momentum(parameter)))
                for matrix, momentum in zip(*pairs, strict=True):
                    by_shape.setdefault(matrix.shape, []).append((matrix, momentum))
            for shape, matrices in by_shape.items():
                momenta = torch.stack([momentum for _, momentum in matrices])
                updates = orthogonalize(momenta.to(self._dtype)).to(momenta.dtype)
                step_size = group["lr"] * 0.2 * max(shape) ** 0.5
                for (matrix, _), update in zip(matrices, updates, strict=True):
                    matrix.add_(update, alpha=-step_size)

    def _momentum(self, parameter: nn.Parameter) -> Tensor:
        """The gradient's moving average, one step ahead (Nesterov)."""
        assert parameter.grad is not None
        state = self.state[parameter]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        buffer: Tensor = state["momentum_buffer"].lerp_(parameter.grad, 1 - _MOMENTUM)
        return parameter.grad.lerp(buffer, _MOMENTUM)


def orthogonalize(matrices: Tensor) -> Tensor:
    """Singular values of (n, rows, columns) towards one (0.7 … 1.2), singular vectors kept."""
    a, b, c = _COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices  # the products are then the smaller ones
    x = x / x.flatten(1).norm(dim=1)[:, None, None].clamp(min=_EPSILON)
    for _ in range(_ITERATIONS):
        gram = matmul(x, x.mT)  # symmetric, and so is its square: NumPy computes the half of both
        polynomial = baddbmm(gram, gram, gram.mT, beta=b, alpha=c)
        if x.dtype == torch.float32:
            polynomial.diagonal(dim1=1, dim2=2).add_(a)  # a pass less; bfloat16 has not the digits for it
            x = matmul(polynomial, x)
        else:
            x = torch.baddbmm(x, polynomial, x, beta=a)
    return x.mT if tall else x
