"""MiniGPT: a decoder-only transformer, small enough to read in one go.

Pre-norm blocks (Xiong et al. 2020) of causal self-attention and a feed-forward layer, each added to a
residual stream (Vaswani et al. 2017, Radford et al. 2019). Dropout stands after the embedding and before
each residual addition, not inside attention: there it would forbid the fused kernels, for which see
docs/experiments.md.

The switches lead from the studied model to a modern one. sinusoidal + layernorm + gelu is GPT-2's
computation with fixed positions; rope + rmsnorm + swiglu + qk_norm + tied is Qwen3's
(minillm/model/export.py turns either into the known format, and the tests compare the logits).

Shapes: B sequences, T tokens, D = dim, H heads of size D/H, V vocabulary.
"""

import math
from dataclasses import asdict, dataclass
from typing import Literal, Self

import torch.nn.functional as F
from torch import Tensor, nn

from minillm.model.attention import CausalSelfAttention, KeyValues
from minillm.model.dropout import Dropout
from minillm.model.portable import Linear, linear
from minillm.model.positions import rotations, sinusoids
from minillm.params import ModelParams

INIT_STD = 0.02  # GPT-2's
RMS_EPSILON = 1e-6  # Qwen3's


@dataclass(frozen=True)
class ModelConfig:
    """The shape of a MiniGPT; stored beside its weights. The defaults are the studied model's."""

    vocab_size: int
    dim: int
    layers: int
    heads: int
    feed_forward_dim: int
    context: int
    dropout: float
    positions: Literal["sinusoidal", "rope"] = "sinusoidal"
    norm: Literal["layernorm", "rmsnorm"] = "layernorm"
    activation: Literal["gelu", "swiglu"] = "gelu"
    qk_norm: bool = False
    tie_embeddings: bool = False

    @classmethod
    def from_params(cls, params: ModelParams, vocab_size: int) -> Self:
        """Combine params.yaml's model section with the tokenizer's vocabulary size."""
        values = params.model_dump(exclude={"feed_forward_multiple"})
        width = round(params.feed_forward_multiple * params.dim)
        return cls(vocab_size=vocab_size, feed_forward_dim=width, **values)

    def as_dict(self) -> dict[str, int | float | str]:
        """Plain values for JSON; `ModelConfig(**values)` reads them back."""
        return asdict(self)

    @property
    def biases(self) -> bool:
        """Whether linear layers add a bias: with LayerNorm, which has one itself; not with RMSNorm."""
        return self.norm == "layernorm"

    @property
    def embedding_scale(self) -> float:
        """√dim where sinusoids are added, so that words weigh as much as positions (Vaswani et al. 3.4)."""
        return math.sqrt(self.dim) if self.positions == "sinusoidal" else 1.0


class MiniGPT(nn.Module):
    """Token ids (B, T) to logits (B, T, V); position t sees tokens 0 … t only."""

    positions: Tensor
    """(context, D) to add to the embeddings, or (2, context, D/H) to rotate by."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.dim)
        table = (
            rotations(config.context, config.dim // config.heads)
            if config.positions == "rope"
            else sinusoids(config.context, config.dim)
        )
        self.register_buffer("positions", table, persistent=False)
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = make_norm(config, config.dim)
        self.head = (
            TiedHead(self.embedding) if config.tie_embeddings else Linear(config.dim, config.vocab_size)
        )
        self.apply(_initialize)
        for name, parameter in self.named_parameters():
            if name.endswith("output.weight"):  # deeper models add more to the residual stream (GPT-2)
                nn.init.normal_(parameter, std=INIT_STD / math.sqrt(2 * config.layers))

    def forward(self, tokens: Tensor, cache: KeyValues | None = None) -> Tensor:
        """Logits (B, T, V) for tokens (B, T), T ≤ context.

        With a `cache` (extended in place) `tokens` continue those whose keys and values it holds; all of
        them together must fit the context and the cache's room.
        """
        return self.head(self.hidden(tokens, cache))  # type: ignore[no-any-return]

    def hidden(self, tokens: Tensor, cache: KeyValues | None = None) -> Tensor:
        """The normalized residual stream (B, T, D) before the output head."""
        past = 0 if cache is None else cache.length
        end = past + tokens.shape[1]
        assert end <= self.config.context, f"{end} tokens exceed the context of {self.config.context}"
        assert cache is None or end <= cache.room, f"{end} tokens exceed the cache's room of {cache.room}"
        x = self.embedding(tokens) * self.config.embedding_scale  # (B, T, D)
        angles = None
        if self.config.positions == "rope":
            angles = self.positions[:, past:end]
        else:
            x = x + self.positions[past:end]
        x = self.dropout(x)
        for index, block in enumerate(self.blocks):
            x = block(x, angles, cache, index)
        if cache is not None:
            cache.length = end
        return self.norm(x)  # type: ignore[no-any-return]

    def parameter_count(self) -> int:
        """Number of trained values; tied ones count once."""
        return sum(parameter.numel() for parameter in self.parameters())


class Block(nn.Module):
    """x + attention(norm(x)), then x + feed_forward(norm(x))."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = make_norm(config, config.dim)
        query_norm, key_norm = (
            make_norm(config, config.dim // config.heads) if config.qk_norm else nn.Identity() for _ in "qk"
        )
        self.attention = CausalSelfAttention(config.dim, config.heads, config.biases, query_norm, key_norm)
        self.feed_forward_norm = make_norm(config, config.dim)
        self.feed_forward = SwiGLU(config) if config.activation == "swiglu" else FeedForward(config)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, angles: Tensor | None, cache: KeyValues | None, index: int) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), angles, cache, index))
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))  # type: ignore[no-any-return]


class FeedForward(nn.Module):
    """Linear, GELU, linear."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.input = Linear(config.dim, config.feed_forward_dim, config.biases)
        self.output = Linear(config.feed_forward_dim, config.dim, config.biases)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        return self.output(F.gelu(self.input(x)))  # type: ignore[no-any-return]


class SwiGLU(nn.Module):
    """A linear layer gated by the SiLU of another, then a third (Shazeer 2020); 1.5 × the weights."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate = Linear(config.dim, config.feed_forward_dim, config.biases)
        self.input = Linear(config.dim, config.feed_forward_dim, config.biases)
        self.output = Linear(config.feed_forward_dim, config.dim, config.biases)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        return self.output(F.silu(self.gate(x)) * self.input(x))  # type: ignore[no-any-return]


class TiedHead(nn.Module):
    """The embedding matrix once more, as output head (Press & Wolf 2017); no bias, as in GPT-2 and Qwen3.

    The tuple keeps the embedding from being registered twice: checkpoints and optimizers see it once.
    """

    bias = None

    def __init__(self, embedding: nn.Embedding) -> None:
        super().__init__()
        self._embedding = (embedding,)

    @property
    def weight(self) -> Tensor:
        """The embedding's (V, D)."""
        return self._embedding[0].weight

    def forward(self, hidden: Tensor) -> Tensor:
        """(…, D) to (…, V)."""
        return linear(hidden, self.weight)


class RMSNorm(nn.RMSNorm):
    """x / √(mean x² + ε) · weight (Zhang & Sennrich 2019), in x's precision: the kernel wants one dtype."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape whose last dimension is the normalized one."""
        return F.rms_norm(x, self.normalized_shape, self.weight.to(x.dtype), self.eps)


def make_norm(config: ModelConfig, size: int) -> nn.Module:
    """LayerNorm, or RMSNorm, which neither centres nor shifts."""
    return RMSNorm(size, RMS_EPSILON) if config.norm == "rmsnorm" else nn.LayerNorm(size)


def _initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=INIT_STD)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
