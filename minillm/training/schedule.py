"""The learning rate over the steps of a run, and AdamW."""

import torch

from minillm.model.minigpt import MiniGPT
from minillm.params import TrainParams


def learning_rate(step: int, steps: int, params: TrainParams) -> float:
    """Learning rate of step 0 … steps − 1: linear warm-up to `lr`, then linear decay towards zero.

    A warm-up longer than the run ends on its way up.
    """
    if step < params.warmup_steps:
        return params.lr * (step + 1) / params.warmup_steps
    return params.lr * (steps - step) / max(1, steps - params.warmup_steps)


def make_optimizer(model: MiniGPT, params: TrainParams) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter 2019); weight decay on matrices only, not on biases and norms."""
    matrices = [parameter for parameter in model.parameters() if parameter.ndim >= 2]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": params.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    beta1, beta2 = params.betas
    return torch.optim.AdamW(groups, lr=params.lr, betas=(beta1, beta2), fused=True)
