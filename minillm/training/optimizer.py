"""AdamW, or Muon for the matrices of the blocks and AdamW for the rest.

Muon (Jordan et al. 2024) replaces the momentum of a matrix by the nearest orthogonal matrix, found with five
Newton–Schulz iterations: every direction of the update gets the same weight. Its step is scaled to AdamW's
root mean square (Liu et al. 2025, "Muon is scalable"), so that one learning rate and one weight decay serve
both.
"""

import torch
from torch import nn

from minillm.model.minigpt import MiniGPT
from minillm.params import TrainParams


def build_optimizers(model: MiniGPT, params: TrainParams) -> list[torch.optim.Optimizer]:
    """The optimizers that together update every parameter of the model.

    Weight decay is decoupled (Loshchilov & Hutter 2019) and on matrices only, not on biases and norms.
    """
    matrices = [parameter for parameter in model.parameters() if parameter.ndim >= 2]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim < 2]
    optimizers: list[torch.optim.Optimizer] = []
    if params.optimizer == "muon":
        orthogonal = [parameter for parameter in model.blocks.parameters() if parameter.ndim == 2]
        optimizers.append(_muon(orthogonal, params))
        taken = set(map(id, orthogonal))
        matrices = [parameter for parameter in matrices if id(parameter) not in taken]
    groups = [
        {"params": matrices, "weight_decay": params.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    beta1, beta2 = params.betas
    optimizers.append(torch.optim.AdamW(groups, lr=params.lr, betas=(beta1, beta2), fused=True))
    return optimizers


def _muon(matrices: list[nn.Parameter], params: TrainParams) -> torch.optim.Optimizer:
    return torch.optim.Muon(
        matrices, lr=params.lr, weight_decay=params.weight_decay, adjust_lr_fn="match_rms_adamw"
    )
