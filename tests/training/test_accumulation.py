"""Several passes per step are one pass over the same rows."""

from pathlib import Path
from typing import Any

import pytest
import torch

from minillm.training.trainer import Trainer
from tests.training.test_loop import VOCAB_SIZE, make_params, splits

__all__ = ["splits"]


def after_one_step(splits: Path, **changes: Any) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Figures of a step with a large learning rate, and the gradient's effect on SGD-like weights."""
    trainer = Trainer(make_params({"dropout": 0.0}, lr=1e-2, **changes), splits, VOCAB_SIZE)
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    gradients = {}
    for name, parameter in trainer.model.named_parameters():
        parameter.register_post_accumulate_grad_hook(
            lambda tensor, name=name: gradients.update({name: tensor.grad.clone()})
        )
    figures = trainer.train_step(*next(iter(trainer.batches(1)))).tolist()
    after = trainer.model.state_dict()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    return figures, gradients


@pytest.mark.parametrize("batches", ["packed", "padded"])
def test_four_passes_give_the_gradient_of_one(splits: Path, batches: str) -> None:
    figures, gradients = after_one_step(splits, batches=batches)
    passed_figures, passed = after_one_step(splits, batches=batches, accumulation=4)
    assert figures == pytest.approx(passed_figures, rel=1e-6)
    assert len(gradients) > 10
    assert gradients.keys() == passed.keys()
    for name, gradient in gradients.items():
        assert gradient.abs().max() > 1e-5, name
        torch.testing.assert_close(passed[name], gradient, rtol=1e-4, atol=1e-6, msg=name)
