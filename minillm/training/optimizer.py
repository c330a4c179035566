"""AdamW, or Muon (see muon.py) for the matrices of the blocks and AdamW for the rest.

Every core updates a share of the parameters, with optimizers of its own: which share a parameter is in
changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from minillm.params import TrainParams
from minillm.training.adamw import AdamW, Optimizer
from minillm.training.device import resolve_precision
from minillm.training.muon import Muon

Parameters = Mapping[str, nn.Parameter]
Optimizers = Sequence[Optimizer]


def build_optimizers(parameters: Parameters, params: TrainParams, shares: int = 1) -> Optimizers:
    """Optimizers that together update every parameter, for each of so many shares.

    Weight decay is decoupled (Loshchilov & Hutter 2019) and on matrices only, not on biases and norms.
    """
    muon = params.optimizer == "muon"
    orthogonal = {
        name for name, p in parameters.items() if muon and name.startswith("blocks.") and p.ndim == 2
    }
    by_kind = [
        (_muon, {name: p for name, p in parameters.items() if name in orthogonal}),
        (_adamw, {name: p for name, p in parameters.items() if name not in orthogonal}),
    ]
    return [build(share, params) for build, some in by_kind for share in _shares(some, shares)]


def optimizer_tensors(parameters: Parameters, optimizers: Optimizers) -> dict[str, Tensor]:
    """Flat names like `blocks.0.attention.output.weight/exp_avg` for the state of each parameter."""
    return {
        f"{name}/{key}": value.detach().cpu()
        for name, parameter in parameters.items()
        for optimizer in optimizers
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizers(parameters: Parameters, optimizers: Optimizers, tensors: dict[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` gave. Raises KeyError for a parameter that is not there."""
    owners = {
        parameter: optimizer
        for optimizer in optimizers
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    for path, tensor in tensors.items():
        name, _, key = path.rpartition("/")
        parameter = parameters[name]
        owners[parameter].state[parameter][key] = tensor.to(parameter.device)


def _shares(parameters: Parameters, count: int) -> list[Parameters]:
    """So many parts of about the same size, those that are not empty."""
    shares: list[dict[str, nn.Parameter]] = [{} for _ in range(count)]
    sizes = [0] * count
    for name, parameter in sorted(parameters.items(), key=lambda item: -item[1].numel()):
        smallest = sizes.index(min(sizes))
        shares[smallest][name] = parameter
        sizes[smallest] += parameter.numel()
    return [share for share in shares if share]


def _muon(matrices: Parameters, params: TrainParams) -> Muon:
    stacked = {name for name in matrices if name.endswith("query_key_value.weight")}
    by_kind: list[dict[str, Any]] = [
        {"params": [p for name, p in matrices.items() if name not in stacked]},
        {"params": [p for name, p in matrices.items() if name in stacked], "stacked": 3},
    ]
    # Stable in either, whatever the precision of the model.
    dtype = resolve_precision("auto", next(iter(matrices.values())).device)
    return Muon(by_kind, params.lr, params.weight_decay, dtype)


def _adamw(parameters: Parameters, params: TrainParams) -> AdamW:
    groups = [
        {"params": [p for p in parameters.values() if p.ndim >= 2], "weight_decay": params.weight_decay},
        {"params": [p for p in parameters.values() if p.ndim < 2], "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=params.lr, betas=params.betas)
