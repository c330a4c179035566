"""Causal self-attention, with a key/value cache for generation.

Shapes as in minigpt.py: B sequences, T tokens, D = dim, H heads of size D/H.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.model.portable import Linear, matmul
from minillm.model.positions import rotate

_QUERIES_AT_A_TIME = 512
"""On the CPU: a block's scores end with its last query, and half of a long context's are never made."""

KeyValues = list[tuple[Tensor, Tensor]]
"""Per layer: keys and values of the tokens seen so far, each (B, H, T, D/H)."""


class CausalSelfAttention(nn.Module):
    """Multi-head attention over the past: softmax(q·kᵀ/√(D/H) + causal mask)·v.

    `query_norm` and `key_norm` act on each head (Henry et al. 2020: no logit can then run away).
    """

    def __init__(
        self, dim: int, heads: int, biases: bool, query_norm: nn.Module, key_norm: nn.Module
    ) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = Linear(dim, 3 * dim, biases)
        self.query_norm, self.key_norm = query_norm, key_norm
        self.output = Linear(dim, dim, biases)

    def forward(self, x: Tensor, turns: Tensor | None, cache: KeyValues | None, index: int) -> Tensor:
        """(B, T, D) to (B, T, D); `turns` (2, T, D/H) are the rotations of these T positions, if any."""
        batch, length, dim = x.shape
        heads = self.query_key_value(x).view(batch, length, 3, self.heads, dim // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, D/H)
        query, key = self.query_norm(query), self.key_norm(key)
        if turns is not None:
            query, key = rotate(query, turns), rotate(key, turns)
        mask = None
        if cache is not None:
            if cache[index][0].numel():
                key = torch.cat((cache[index][0], key), dim=2)  # (B, H, past + T, D/H)
                value = torch.cat((cache[index][1], value), dim=2)
                past = key.shape[2] - length
                mask = torch.ones(length, past + length, dtype=torch.bool, device=x.device).tril(past)
            cache[index] = (key, value)
        mixed = attention(query, key, value, mask)  # (B, H, T, D/H)
        return self.output(mixed.transpose(1, 2).reshape(batch, length, dim))  # type: ignore[no-any-return]


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """softmax(q·kᵀ/√d + mask)·v for q (B, H, T, d), k and v (B, H, S, d); without a mask T = S, causal.

    `mask` (T, S) is True where a position may look. On the CPU this is the plain formula, a (B, H, T, S)
    tensor: torch's own kernel is not faster (benchmarks/cpu_step.py), and its bytes are the CPU vendor's.
    """
    if query.device.type != "cpu":
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=mask is None)
    length, keys = query.shape[2], key.shape[2]
    allowed = torch.ones(length, keys, dtype=torch.bool).tril() if mask is None else mask
    blocks = []
    for first in range(0, length, _QUERIES_AT_A_TIME):
        last = min(first + _QUERIES_AT_A_TIME, length)
        seen = last if mask is None else keys
        q, k, v = query[:, :, first:last], key[:, :, :seen], value[:, :, :seen]
        blocks.append(_plain(q, k, v, allowed[first:last, :seen]))
    return blocks[0] if len(blocks) == 1 else torch.cat(blocks, dim=2)


def _plain(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    scores = matmul(query * query.shape[3] ** -0.5, key.transpose(2, 3))  # (B, H, T, S)
    bias = torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(~mask, -torch.inf)
    return matmul((scores + bias).softmax(dim=3), value)
