"""Operations whose bytes are the same on every x86-64 CPU, in the place of torch's that are not.

torch's matrix products, and functions like log, exp and sqrt of whole tensors, go through MKL, which chooses
its code by the CPU's vendor. NumPy's products go through OpenBLAS, which computes with the kernels that it
was told to use (minillm/arithmetic.py) in blocks of constant size, one thread for each call, and is as fast
(benchmarks/same_bytes.py). Under autocast, on other devices, in other precisions and while torch.compile
traces, the products are torch's.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.arithmetic import is_limited


class Linear(nn.Linear):
    """torch's, with `linear` as its computation."""

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) to (…, out)."""
        return linear(x, self.weight, self.bias)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x·weightᵀ + bias for x (…, K), weight (N, K), bias (N,): (…, N)."""
    if not _portable(x, weight):
        return F.linear(x, weight, bias)
    result: Tensor = _Linear.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return result


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """a (…, M, K) times b (…, K, N): (…, M, N); the leading dimensions are equal."""
    if not _portable(a, b):
        return a @ b
    result: Tensor = _MatMul.apply(a, b)  # type: ignore[no-untyped-call]
    return result


def baddbmm(x: Tensor, a: Tensor, b: Tensor, *, beta: float, alpha: float) -> Tensor:
    """beta·x + alpha·(a times b), for x (n, M, N), a (n, M, K), b (n, K, N)."""
    if not _portable(a, b):
        return torch.baddbmm(x, a, b, beta=beta, alpha=alpha)
    return (beta * x).add_(matmul(a, b), alpha=alpha)


def argmax(x: Tensor) -> Tensor:
    """The place of the largest value in each row of x (N, V): (N,); of equal ones the first."""
    if not _portable(x, x):
        return x.argmax(dim=1)
    return torch.from_numpy(x.numpy().argmax(axis=1))  # 0.5 against torch's 6 ms for 512 rows of 5,000


def log(x: Tensor) -> Tensor:
    """The natural logarithm, by the kernel of xlogy, which is torch's own."""
    return torch.xlogy(torch.ones((), dtype=x.dtype, device=x.device), x)


def _portable(a: Tensor, b: Tensor) -> bool:
    return (
        is_limited()
        and a.device.type == "cpu"
        and a.dtype == b.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
    )


def _product(a: Tensor, b: Tensor) -> Tensor:
    out = torch.empty((*a.shape[:-1], b.shape[-1]), dtype=a.dtype)
    np.matmul(a.detach().numpy(), b.detach().numpy(), out=out.numpy())
    return out


class _MatMul(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        return _product(a, b)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        a, b = ctx.saved_tensors
        return _product(grads[0], b.mT), _product(a.mT, grads[0])


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        rows = _product(x.reshape(-1, x.shape[-1]), weight.mT)  # (rows, N)
        if bias is not None:
            rows += bias
        return rows.view(*x.shape[:-1], len(weight))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        x, weight = ctx.saved_tensors
        grad = grads[0].reshape(-1, len(weight))  # (rows, N)
        grad_x = _product(grad, weight).view(x.shape)
        grad_weight = _product(grad.mT, x.reshape(-1, x.shape[-1]))
        return grad_x, grad_weight, grad.sum(0) if ctx.needs_input_grad[2] else None
