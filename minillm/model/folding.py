"""A model whose output head has a bias, as one whose head has none: the same function, one head wider.

GPT-2 and Persimmon have no bias there, and no change of the last LayerNorm's bias makes up for it: that
reaches only D of the V directions that logits have. But a LayerNorm that gives a constant in one more
dimension does. The residual stream gets D/H more that stay zero, and its mean is taken out wherever something
is added to it, which no LayerNorm notices (Ashkboos et al. 2024, SliceGPT, do so on the way to RMSNorm). The
variance is then a sum of as many squares as before, divided by more: what is added is scaled by √(D'/D), and
what a LayerNorm multiplies with by its inverse. The last one writes a 1 into the first new dimension, where
the head has its bias. D/H dimensions are a whole attention head more, all zero: the others keep their size.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from minillm.model.minigpt import MiniGPT, ModelConfig

Weights = dict[str, Tensor]
_NORMS = ("attention_norm.weight", "feed_forward_norm.weight")


def plain_weights(model: MiniGPT) -> tuple[ModelConfig, Weights]:
    """The weights by the names that they have here, for a computation with less of its own.

    Embeddings are scaled already, `positions` are there and `head.weight`, where it is the embedding's too.
    With LayerNorm there is no `head.bias`: a model that has one comes back a head wider, with its shape.
    """
    config = model.config
    weights = {name: value.detach().double() for name, value in model.state_dict().items()}
    weights["positions"] = model.positions.double()
    weights["head.weight"] = model.head.weight.detach().double()
    weights["embedding.weight"] = weights["embedding.weight"] * config.embedding_scale
    if "head.bias" in weights and config.norm == "layernorm":
        config, weights = _widened(config, weights)
    return config, {name: value.float() for name, value in weights.items()}


def _widened(config: ModelConfig, weights: Weights) -> tuple[ModelConfig, Weights]:
    more = config.dim // config.heads
    wide = replace(config, dim=config.dim + more, heads=config.heads + 1)
    # For its shapes alone, which are the same with rope: sinusoids refuse an odd width.
    with torch.device("meta"):
        shapes = {k: v.shape for k, v in MiniGPT(replace(wide, positions="rope")).state_dict().items()}
    scale = math.sqrt(wide.dim / config.dim)
    result = {}
    for name, value in weights.items():
        if name.endswith(("output.weight", "output.bias")):  # (D, …), added to the residual stream
            value = (value - value.mean(dim=0)) * scale
        elif name == "embedding.weight" or (name == "positions" and config.positions == "sinusoidal"):
            value = (value - value.mean(dim=1, keepdim=True)) * scale  # (…, D), added too
        elif name == "norm.weight" or name.endswith(_NORMS):
            value = value / scale
        if name == "positions":
            columns = wide.dim if config.positions == "sinusoidal" else value.shape[-1]
            result[name] = _corner(value, (*value.shape[:-1], columns))
        elif ".query_key_value." in name:
            three = value.view(3, config.dim, *value.shape[1:])  # (3, D, …)
            result[name] = _corner(three, (3, wide.dim, *shapes[name][1:])).flatten(0, 1)
        else:
            result[name] = _corner(value, shapes[name])
    result["norm.bias"][config.dim] = 1.0
    result["head.weight"][:, config.dim] = result.pop("head.bias")
    return wide, result


def _corner(value: Tensor, shape: Sequence[int]) -> Tensor:
    """A tensor of that shape that begins with `value` in each dimension, and is zero elsewhere."""
    missing = [to - of for of, to in zip(value.shape, shape, strict=True)]
    return F.pad(value, [size for last in reversed(missing) for size in (0, last)])
