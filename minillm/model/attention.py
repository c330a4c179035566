"""Causal self-attention, with a key/value cache for generation.

Shapes as in minigpt.py: B sequences, T tokens, D = dim, H heads of size D/H.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.model.portable import Linear, matmul
from minillm.model.positions import rotate

_PLAIN_ATTENTION_TOKENS = 512  # on the CPU, the plain formula up to so many keys

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

    `mask` (T, S) is True where a position may look. torch's CPU kernel needs 12.1 ms forward and
    backward where the plain formula needs 3.5 (bfloat16, 32 × 64 tokens, 4 heads, 2 cores;
    benchmarks/cpu_step.py), at the price of a (B, H, T, S) tensor.
    """
    if query.device.type != "cpu" or key.shape[2] > _PLAIN_ATTENTION_TOKENS:
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=mask is None)
    scores = matmul(query * query.shape[3] ** -0.5, key.transpose(2, 3))  # (B, H, T, S)
    if mask is None:
        mask = torch.ones(scores.shape[2:], dtype=torch.bool).tril()
    bias = torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(~mask, -torch.inf)
    return matmul((scores + bias).softmax(dim=3), value)
