"""MiniGPT: a decoder-only transformer, small enough to read in one go.

Pre-LayerNorm blocks (Xiong et al. 2020) of causal self-attention and a GELU feed-forward layer, each added
to a residual stream (Vaswani et al. 2017, Radford et al. 2019). Sinusoidal positions, as in the studied
model. Dropout stands after the embedding and before each residual addition, not inside attention: there it
would forbid the fused kernels, for which see docs/experiments.md.

Shapes: B sequences, T tokens, D = dim, H heads of size D/H, V vocabulary.
"""

import math
from dataclasses import asdict, dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.params import ModelParams

INIT_STD = 0.02  # GPT-2's
_PLAIN_ATTENTION_TOKENS = 512  # on the CPU, the plain formula up to so many keys


@dataclass(frozen=True)
class ModelConfig:
    """The shape of a MiniGPT; stored beside its weights."""

    vocab_size: int
    dim: int
    layers: int
    heads: int
    feed_forward_dim: int
    context: int
    dropout: float

    @classmethod
    def from_params(cls, params: ModelParams, vocab_size: int) -> Self:
        """Combine params.yaml's model section with the tokenizer's vocabulary size."""
        return cls(
            vocab_size=vocab_size,
            dim=params.dim,
            layers=params.layers,
            heads=params.heads,
            feed_forward_dim=round(params.feed_forward_multiple * params.dim),
            context=params.context,
            dropout=params.dropout,
        )

    def as_dict(self) -> dict[str, int | float]:
        """Plain values for JSON; `ModelConfig(**values)` reads them back."""
        return asdict(self)


KeyValues = list[tuple[Tensor, Tensor]]
"""Per layer: keys and values of the tokens seen so far, each (B, H, T, D/H)."""


class MiniGPT(nn.Module):
    """Token ids (B, T) to logits (B, T, V); position t sees tokens 0 … t only."""

    positions: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.dim)
        self.register_buffer("positions", sinusoids(config.context, config.dim), persistent=False)
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.dim)
        self.head = nn.Linear(config.dim, config.vocab_size)
        self.apply(_initialize)
        for name, parameter in self.named_parameters():
            if name.endswith("output.weight"):  # deeper models add more to the residual stream (GPT-2)
                nn.init.normal_(parameter, std=INIT_STD / math.sqrt(2 * config.layers))

    def forward(self, tokens: Tensor, cache: KeyValues | None = None) -> Tensor:
        """Logits (B, T, V) for tokens (B, T), T ≤ context.

        With a `cache` (an empty list at first, then extended in place) `tokens` continue those whose keys
        and values it holds; all of them together must fit the context.
        """
        return self.head(self.hidden(tokens, cache))  # type: ignore[no-any-return]

    def hidden(self, tokens: Tensor, cache: KeyValues | None = None) -> Tensor:
        """The normalized residual stream (B, T, D) before the output head."""
        past = cache[0][0].shape[2] if cache else 0
        end = past + tokens.shape[1]
        assert end <= self.config.context, f"{end} tokens exceed the context of {self.config.context}"
        # Scaled as in Vaswani et al. 3.4, so that words weigh as much as positions.
        x = self.embedding(tokens) * math.sqrt(self.config.dim) + self.positions[past:end]  # (B, T, D)
        x = self.dropout(x)
        if cache is not None and not cache:
            cache.extend((x.new_empty(0), x.new_empty(0)) for _ in self.blocks)
        for index, block in enumerate(self.blocks):
            x = block(x, cache, index)
        return self.norm(x)  # type: ignore[no-any-return]

    def parameter_count(self) -> int:
        """Number of trained values."""
        return sum(parameter.numel() for parameter in self.parameters())


class Block(nn.Module):
    """x + attention(norm(x)), then x + feed_forward(norm(x))."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.dim)
        self.attention = CausalSelfAttention(config)
        self.feed_forward_norm = nn.LayerNorm(config.dim)
        self.feed_forward = FeedForward(config)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, cache: KeyValues | None, index: int) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), cache, index))
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))  # type: ignore[no-any-return]


class CausalSelfAttention(nn.Module):
    """Multi-head attention over the past: softmax(q·kᵀ/√(D/H) + causal mask)·v."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.query_key_value = nn.Linear(config.dim, 3 * config.dim)
        self.output = nn.Linear(config.dim, config.dim)

    def forward(self, x: Tensor, cache: KeyValues | None, index: int) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        batch, length, dim = x.shape
        heads = self.query_key_value(x).view(batch, length, 3, self.heads, dim // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, D/H)
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
    scores = (query * query.shape[3] ** -0.5) @ key.transpose(2, 3)  # (B, H, T, S)
    if mask is None:
        mask = torch.ones(scores.shape[2:], dtype=torch.bool).tril()
    bias = torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(~mask, -torch.inf)
    mixed: Tensor = (scores + bias).softmax(dim=3) @ value
    return mixed


class FeedForward(nn.Module):
    """Linear, GELU, linear."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.input = nn.Linear(config.dim, config.feed_forward_dim)
        self.output = nn.Linear(config.feed_forward_dim, config.dim)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        return self.output(F.gelu(self.input(x)))  # type: ignore[no-any-return]


class Dropout(nn.Module):
    """Zero each value with probability p in training and scale the others by 1 / (1 − p).

    torch draws a float per value on one CPU core, 6.8 ms for a million values; four values out of one
    64-bit draw take 2.1 ms (benchmarks/cpu_step.py). p is rounded to a multiple of 2⁻¹⁶.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same shape."""
        if not self.training or self.p == 0 or x.device.type != "cpu":
            return F.dropout(x, self.p, self.training)
        draws = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
        uniform = draws.view(torch.int16)[: x.numel()].view(x.shape)  # −2¹⁵ … 2¹⁵ − 1
        return x * (uniform >= round(self.p * 2**16) - 2**15) / (1 - self.p)


def sinusoids(length: int, dim: int) -> Tensor:
    """Positions (length, dim): sin and cos of t / 10000^(2i/dim), interleaved (Vaswani et al. 3.5)."""
    time = torch.arange(length, dtype=torch.float64)[:, None]  # (T, 1)
    frequency = 10000 ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)  # (D/2,)
    angles = time * frequency  # (T, D/2)
    return torch.stack((angles.sin(), angles.cos()), dim=2).view(length, dim).float()


def _initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=INIT_STD)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
