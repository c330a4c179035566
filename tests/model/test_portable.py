"""The operations in torch's place are torch's, up to rounding, forward and backward."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from minillm.model import portable
from minillm.model.portable import Linear, argmax, baddbmm, linear, log, matmul


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def close_to_float64(ours: Callable[..., Tensor], torchs: Callable[..., Tensor], *inputs: Tensor) -> None:
    """Values and gradients are those of torch's function in float64."""
    low = [value.clone().requires_grad_() for value in inputs]
    high = [value.double().requires_grad_() for value in inputs]
    found, exact = ours(*low), torchs(*high)
    weights = numbers(*found.shape, seed=9)
    grads = torch.autograd.grad((found * weights).sum(), low)
    exact_grads = torch.autograd.grad((exact * weights).sum(), high)
    torch.testing.assert_close(found.double(), exact, rtol=1e-4, atol=1e-4)
    for grad, exact_grad in zip(grads, exact_grads, strict=True):
        assert exact_grad.abs().max() > 0.1
        torch.testing.assert_close(grad.double(), exact_grad, rtol=1e-4, atol=1e-4)


def test_a_linear_layer_is_torchs() -> None:
    function = torch.nn.functional.linear
    close_to_float64(linear, function, numbers(3, 5, 7), numbers(4, 7, seed=1), numbers(4, seed=2))
    close_to_float64(linear, function, numbers(5, 900), numbers(33, 900, seed=1))
    close_to_float64(linear, function, numbers(7), numbers(4, 7, seed=1))


def test_a_matrix_product_is_torchs_also_of_turned_and_parted_tensors() -> None:
    close_to_float64(matmul, torch.matmul, numbers(2, 3, 5, 7), numbers(2, 3, 7, 4, seed=1))
    close_to_float64(
        lambda a, b: matmul(a.mT, b[:, 1:]), lambda a, b: a.mT @ b[:, 1:], numbers(6, 5, 7), numbers(6, 6, 4)
    )

    def scores(product: Callable[[Tensor, Tensor], Tensor], heads: Tensor) -> Tensor:
        query, key, _ = heads.permute(2, 0, 3, 1, 4)  # as attention has them
        return product(query, key.mT)

    close_to_float64(lambda x: scores(matmul, x), lambda x: scores(torch.matmul, x), numbers(2, 9, 3, 4, 8))


def test_a_product_of_a_matrix_with_itself_is_torchs() -> None:  # NumPy has a routine of its own for it
    x = numbers(3, 20, 31)
    torch.testing.assert_close(matmul(x, x.mT), x @ x.mT)
    torch.testing.assert_close(
        baddbmm(x @ x.mT, x, x.mT, beta=0.5, alpha=2.0), torch.baddbmm(x @ x.mT, x, x.mT, beta=0.5, alpha=2.0)
    )


def test_the_logarithm_is_torchs() -> None:
    x = torch.logspace(-30, 30, 1000)
    torch.testing.assert_close(log(x), x.log())
    assert log(torch.zeros(1)).item() == -torch.inf


def test_the_largest_value_of_a_row_is_found_and_of_equal_ones_the_first() -> None:
    assert argmax(torch.tensor([[1.0, 5, 5, 2], [3, 3, 3, 3], [0, 1, 2, 9]])).tolist() == [1, 0, 3]


@pytest.mark.parametrize("why", ["float64", "autocast", "not limited"])
def test_elsewhere_torch_computes(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    def refuse(*_: object) -> Tensor:
        raise AssertionError("NumPy's product")

    monkeypatch.setattr(portable, "_product", refuse)
    layer, x = Linear(4, 3), numbers(2, 4)
    with pytest.raises(AssertionError, match="NumPy's product"):
        layer(x)
    match why:
        case "float64":
            assert layer.double()(x.double()).dtype == torch.float64
        case "autocast":
            with torch.autocast("cpu", torch.bfloat16):
                assert layer(x).dtype == torch.bfloat16
        case "not limited":
            monkeypatch.setattr(portable, "is_limited", lambda: False)
            assert layer(x).shape == (2, 3)
