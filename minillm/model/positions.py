"""Positions of tokens: sinusoids added to the embedding, or queries and keys rotated (RoPE)."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

ROPE_BASE = 10000.0
"""Slowest rotation: 2π · ROPE_BASE tokens (Su et al. 2021)."""


def sinusoids(length: int, dim: int) -> Tensor:
    """Positions (length, dim): sin and cos of t / 10000^(2i/dim), interleaved (Vaswani et al. 3.5)."""
    angles = _angles(10000.0, length, dim)
    return torch.from_numpy(np.stack((np.sin(angles), np.cos(angles)), axis=2)).view(length, dim).float()


def rotations(length: int, size: int) -> Tensor:
    """Cosines and sines (2, length, size) by which `rotate` turns heads of `size` values at each position."""
    angles = np.tile(_angles(ROPE_BASE, length, size), (1, 2))  # (T, size)
    return torch.from_numpy(np.stack((np.cos(angles), np.sin(angles)))).float()


def rotate(x: Tensor, angles: Tensor) -> Tensor:
    """Turn the pairs (x_i, x_{i + size/2}) of x (B, H, T, size) by `angles` (2, T, size), cosines and sines.

    The scalar product of a query and a key then depends on their distance alone. The halves are paired as
    in Llama and Qwen3, not neighbours as in the paper: the same up to a permutation of the weights.
    """
    cosine, sine = angles.to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    turned: Tensor = x * cosine + torch.cat((-second, first), dim=-1) * sine
    return turned


def _angles(base: float, length: int, size: int) -> npt.NDArray[np.float64]:
    """t · base^(−2i/size), (length, size/2)."""
    frequency = base ** (-np.arange(0, size, 2, dtype=np.float64) / size)  # (size/2,)
    angles: npt.NDArray[np.float64] = np.arange(length, dtype=np.float64)[:, None] * frequency
    return angles
