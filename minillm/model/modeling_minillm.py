"""MiniGPT for transformers, where none of its own architectures is this one.

`minillm export` copies this file beside the weights; AutoModelForCausalLM.from_pretrained(FOLDER,
trust_remote_code=True) runs it. It needs torch and transformers, nothing of the package minillm. Its modules
have the names that the checkpoint's weights have (minigpt.py, of which it is the plain form).
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import DynamicCache, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast


class MiniLLMConfig(PretrainedConfig):  # type: ignore[misc]
    """The shape; the switches are those of params.yaml."""

    model_type = "minillm"

    def __init__(
        self,
        vocab_size: int = 5000,
        hidden_size: int = 256,
        intermediate_size: int = 1024,
        num_hidden_layers: int = 2,
        num_attention_heads: int = 4,
        max_position_embeddings: int = 64,
        positions: str = "sinusoidal",
        norm: str = "layernorm",
        norm_eps: float = 1e-5,
        activation: str = "gelu",
        qk_norm: bool = False,
        tied_head: bool = False,
        **kwargs: Any,
    ) -> None:
        self.vocab_size, self.hidden_size, self.intermediate_size = vocab_size, hidden_size, intermediate_size
        self.num_hidden_layers, self.num_attention_heads = num_hidden_layers, num_attention_heads
        self.max_position_embeddings = max_position_embeddings
        self.positions, self.norm, self.norm_eps, self.activation = positions, norm, norm_eps, activation
        self.qk_norm, self.tied_head = qk_norm, tied_head
        super().__init__(**kwargs)


class MiniLLMForCausalLM(PreTrainedModel, GenerationMixin):  # type: ignore[misc]
    """Token ids (B, T) to logits (B, T, V)."""

    config_class = MiniLLMConfig
    positions: Tensor

    def __init__(self, config: MiniLLMConfig) -> None:
        super().__init__(config)
        dim = config.hidden_size
        self.embedding = nn.Embedding(config.vocab_size, dim)
        rope = config.positions == "rope"
        shape = (
            (2, config.max_position_embeddings, dim // config.num_attention_heads)
            if rope
            else (config.max_position_embeddings, dim)
        )
        self.register_buffer("positions", torch.zeros(shape))  # sinusoids, or cosines and sines: in the file
        self.blocks = nn.ModuleList(Block(config, index) for index in range(config.num_hidden_layers))
        self.norm = make_norm(config, dim)
        self.head = nn.Identity() if config.tied_head else nn.Linear(dim, config.vocab_size)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        """As transformers asks for them."""
        return self.embedding

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        cache: DynamicCache | None = None,
        past_key_values: DynamicCache | None = None,  # the cache, as versions before 5.24 call it
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        **_: Any,
    ) -> CausalLMOutputWithPast:
        """Logits; keys and values go into `cache`. With labels, the loss too."""
        cache = past_key_values if cache is None else cache
        if cache is None and use_cache:
            cache = DynamicCache()
        past = 0 if cache is None else cache.get_seq_length()
        batch, length = input_ids.shape
        if attention_mask is None:
            attention_mask = input_ids.new_ones(batch, past + length)
        if position_ids is None:  # those before the first token are padding
            position_ids = (attention_mask.long().cumsum(dim=1) - 1).clamp(min=0)[:, -length:]
        x = self.embedding(input_ids)
        angles = None
        if self.config.positions == "rope":
            angles = self.positions[:, position_ids].unsqueeze(2)  # (2, B, 1, T, D/H)
        else:
            x = x * math.sqrt(self.config.hidden_size) + self.positions[position_ids]
        seen = _seen(attention_mask, length)
        for block in self.blocks:
            x = block(x, angles, seen, cache)
        kept = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        hidden = self.norm(x[:, kept])
        logits = F.linear(hidden, self.embedding.weight) if self.config.tied_head else self.head(hidden)
        loss = None if labels is None else self.loss_function(logits, labels, self.config.vocab_size)
        name = "cache" if "cache" in CausalLMOutputWithPast.__dataclass_fields__ else "past_key_values"
        return CausalLMOutputWithPast(loss=loss, logits=logits, **{name: cache})


class Block(nn.Module):
    """x + attention(norm(x)), then x + feed_forward(norm(x))."""

    def __init__(self, config: MiniLLMConfig, index: int) -> None:
        super().__init__()
        self.attention_norm = make_norm(config, config.hidden_size)
        self.attention = Attention(config, index)
        self.feed_forward_norm = make_norm(config, config.hidden_size)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, angles: Tensor | None, seen: Tensor, cache: DynamicCache | None) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        x = x + self.attention(self.attention_norm(x), angles, seen, cache)
        return x + self.feed_forward(self.feed_forward_norm(x))  # type: ignore[no-any-return]


class Attention(nn.Module):
    """Causal self-attention."""

    def __init__(self, config: MiniLLMConfig, index: int) -> None:
        super().__init__()
        dim, self.heads, self.index = config.hidden_size, config.num_attention_heads, index
        biases = config.norm == "layernorm"
        self.query_key_value = nn.Linear(dim, 3 * dim, biases)
        self.query_norm, self.key_norm = (
            make_norm(config, dim // self.heads) if config.qk_norm else nn.Identity() for _ in "qk"
        )
        self.output = nn.Linear(dim, dim, biases)

    def forward(self, x: Tensor, angles: Tensor | None, seen: Tensor, cache: DynamicCache | None) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        batch, length, dim = x.shape
        heads = self.query_key_value(x).view(batch, length, 3, self.heads, dim // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, D/H)
        query, key = self.query_norm(query), self.key_norm(key)
        if angles is not None:
            query, key = _rotate(query, angles), _rotate(key, angles)
        if cache is not None:
            key, value = cache.update(key, value, self.index)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        return self.output(mixed.transpose(1, 2).reshape(batch, length, dim))  # type: ignore[no-any-return]


class FeedForward(nn.Module):
    """GELU, or SwiGLU."""

    def __init__(self, config: MiniLLMConfig) -> None:
        super().__init__()
        dim, inner, biases = config.hidden_size, config.intermediate_size, config.norm == "layernorm"
        if config.activation == "swiglu":
            self.gate = nn.Linear(dim, inner, biases)
        self.input, self.output = nn.Linear(dim, inner, biases), nn.Linear(inner, dim, biases)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        inner = self.input(x)
        gated = F.silu(self.gate(x)) * inner if hasattr(self, "gate") else F.gelu(inner)
        return self.output(gated)  # type: ignore[no-any-return]


def make_norm(config: MiniLLMConfig, size: int) -> nn.Module:
    """The norm that the config names."""
    return (nn.RMSNorm if config.norm == "rmsnorm" else nn.LayerNorm)(size, eps=config.norm_eps)


def _seen(attention_mask: Tensor, length: int) -> Tensor:
    """(B, 1, T, S): which keys each query looks at. Its own always, so that padding is no row of nothing."""
    keys = attention_mask.shape[1]
    causal = torch.ones(length, keys, dtype=torch.bool, device=attention_mask.device).tril(keys - length)
    own = causal.triu(keys - length)
    return (causal & attention_mask[:, None, None].bool()) | own


def _rotate(x: Tensor, angles: Tensor) -> Tensor:
    cosine, sine = angles.unbind()
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat((-second, first), dim=-1) * sine
