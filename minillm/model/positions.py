"""Positions of tokens: sinusoids added to the embedding, or queries and keys rotated (RoPE)."""

import torch
from torch import Tensor

ROPE_BASE = 10000.0
"""Slowest rotation: 2π · ROPE_BASE tokens (Su et al. 2021)."""


def sinusoids(length: int, dim: int) -> Tensor:
    """Positions (length, dim): sin and cos of t / 10000^(2i/dim), interleaved (Vaswani et al. 3.5)."""
    time = torch.arange(length, dtype=torch.float64)[:, None]  # (T, 1)
    frequency = 10000 ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)  # (D/2,)
    angles = time * frequency  # (T, D/2)
    return torch.stack((angles.sin(), angles.cos()), dim=2).view(length, dim).float()


def rotations(length: int, size: int) -> Tensor:
    """Cosines and sines (2, length, size) by which `rotate` turns heads of `size` values at each position."""
    time = torch.arange(length, dtype=torch.float64)[:, None]  # (T, 1)
    frequency = ROPE_BASE ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)  # (size/2,)
    angles = (time * frequency).repeat(1, 2)  # (T, size)
    return torch.stack((angles.cos(), angles.sin())).float()


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Turn the pairs (x_i, x_{i + size/2}) of x (B, H, T, size) by the angles of `turns` (2, T, size).

    The scalar product of a query and a key then depends on their distance alone. The halves are paired as
    in Llama and Qwen3, not neighbours as in the paper: the same up to a permutation of the weights.
    """
    cosine, sine = turns.to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    turned: Tensor = x * cosine + torch.cat((-second, first), dim=-1) * sine
    return turned
