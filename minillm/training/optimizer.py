"""AdamW, or Muon (see muon.py) for the matrices of the blocks and AdamW for the rest."""

from typing import Any

import torch

from minillm.model.minigpt import MiniGPT
from minillm.params import TrainParams
from minillm.training.device import resolve_precision
from minillm.training.muon import Muon


def build_optimizers(model: MiniGPT, params: TrainParams) -> list[torch.optim.Optimizer]:
    """The optimizers that together update every parameter of the model.

    Weight decay is decoupled (Loshchilov & Hutter 2019) and on matrices only, not on biases and norms.
    """
    matrices = [parameter for parameter in model.parameters() if parameter.ndim >= 2]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim < 2]
    optimizers: list[torch.optim.Optimizer] = []
    if params.optimizer == "muon":
        orthogonal = {name: p for name, p in model.blocks.named_parameters() if p.ndim == 2}
        stacked = {p for name, p in orthogonal.items() if name.endswith("query_key_value.weight")}
        by_kind: list[dict[str, Any]] = [
            {"params": [p for p in orthogonal.values() if p not in stacked]},
            {"params": [p for p in orthogonal.values() if p in stacked], "stacked": 3},
        ]
        # Stable in either, whatever the precision of the model.
        dtype = resolve_precision("auto", model.positions.device)
        optimizers.append(Muon(by_kind, params.lr, params.weight_decay, dtype))
        taken = set(map(id, orthogonal.values()))
        matrices = [parameter for parameter in matrices if id(parameter) not in taken]
    groups = [
        {"params": matrices, "weight_decay": params.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    beta1, beta2 = params.betas
    optimizers.append(torch.optim.AdamW(groups, lr=params.lr, betas=(beta1, beta2), fused=True))
    return optimizers
