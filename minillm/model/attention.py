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


class KeyValues:
    """Keys and values of the tokens seen so far, each layer's in two tensors with room for all to come.

    Appending by concatenation would copy all of them for every token.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.length = 0
        """How many tokens it holds; 0 forgets them and keeps the tensors."""
        self._layers: list[tuple[Tensor, Tensor]] = []

    def add(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Write a layer's (B, H, T, D/H) behind the others; return all of them, (B, H, length + T, D/H).

        `length` stays as it is until the last layer has written.
        """
        if layer == len(self._layers):
            batch, heads, _, size = key.shape
            shape = batch, heads, self.room, size
            self._layers.append((key.new_empty(shape), value.new_empty(shape)))
        end = self.length + key.shape[2]
        keys, values = self._layers[layer]
        keys[:, :, self.length : end] = key
        values[:, :, self.length : end] = value
        return keys[:, :, :end], values[:, :, :end]


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

    def forward(self, x: Tensor, angles: Tensor | None, cache: KeyValues | None, index: int) -> Tensor:
        """(B, T, D) to (B, T, D); `angles` (2, T, D/H) rotate these T positions, if they are given."""
        batch, length, dim = x.shape
        heads = self.query_key_value(x).view(batch, length, 3, self.heads, dim // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, D/H)
        query, key = self.query_norm(query), self.key_norm(key)
        if angles is not None:
            query, key = rotate(query, angles), rotate(key, angles)
        if cache is not None:
            key, value = cache.add(index, key, value)  # (B, H, past + T, D/H)
        mixed = attention(query, key, value)  # (B, H, T, D/H)
        return self.output(mixed.transpose(1, 2).reshape(batch, length, dim))  # type: ignore[no-any-return]


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """softmax(q·kᵀ/√d + causal mask)·v for k and v (B, H, S, d) and q of the last T of them, (B, H, T, d).

    On the CPU this is the plain formula, a (B, H, T, S) tensor: torch's own kernel is not faster
    (benchmarks/cpu_step.py), and its bytes are the CPU vendor's.
    """
    length, keys = query.shape[2], key.shape[2]
    past = keys - length
    if query.device.type != "cpu":
        if past and length > 1:
            mask = torch.ones(length, keys, dtype=torch.bool, device=query.device).tril(past)
            return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return F.scaled_dot_product_attention(query, key, value, is_causal=not past)
    blocks = []
    for first in range(0, length, _QUERIES_AT_A_TIME):
        last = min(first + _QUERIES_AT_A_TIME, length)
        seen = past + last
        blocks.append(_plain(query[:, :, first:last], key[:, :, :seen], value[:, :, :seen]))
    return blocks[0] if len(blocks) == 1 else torch.cat(blocks, dim=2)


def _plain(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    scores = matmul(query * query.shape[3] ** -0.5, key.transpose(2, 3))  # (B, H, T, S)
    length, keys = scores.shape[2:]
    if length > 1:  # a single query may look at all keys
        mask = torch.ones(length, keys, dtype=torch.bool).tril(keys - length)
        scores = scores + torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(~mask, -torch.inf)
    return matmul(scores.softmax(dim=3), value)
