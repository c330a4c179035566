"""A MiniGPT as ONNX graphs, by torch.onnx of a plain form of it.

model.onnx               input_ids (B, T), attention_mask (B, P + T) and for each layer N the keys and values
                         of P tokens before, past_key_values.N.key and .value (B, H, P, D/H), to logits
                         (B, T, V) and present.N.key and .value (B, H, P + T, D/H). P is 0 in the first step.
                         These are the names that Hugging Face's Optimum and Transformers.js look for.
model_without_past.onnx  input_ids (B, T) to logits (B, T, V)

Every architecture that trains here can be exported; B, T and P are free, P + T ≤ context.
"""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from minillm.errors import InputError
from minillm.files import atomic_path
from minillm.model.minigpt import Block, MiniGPT
from minillm.model.positions import rotate

Past = list[tuple[Tensor, Tensor]]
_OPSET = 18
_LIMIT_BYTES = 2**31 - 2**20
"""Of a protobuf message; what is larger would need a second file."""


def write_onnx(folder: Path, model: MiniGPT, dtype: str) -> None:
    """Write both graphs, each with its weights. Raises InputError for another dtype or too large a model."""
    if dtype != "float32":
        raise InputError(f"--dtype {dtype}: ONNX is written in float32 only; leave it out, or --format gguf")
    size = 4 * sum(value.numel() for value in model.state_dict().values())
    if size > _LIMIT_BYTES:
        raise InputError(f"ONNX: the weights are {size:,} bytes, and such a file holds 2 GiB; --format gguf")
    layers, heads = model.config.layers, model.config.heads
    size = model.config.dim // heads
    tokens = torch.ones(2, 2, dtype=torch.int64)
    past = [(torch.zeros(2, heads, 3, size), torch.zeros(2, heads, 3, size)) for _ in range(layers)]
    free = torch.export.Dim.DYNAMIC
    sequences, of_past = {0: free, 1: free}, {0: free, 2: free}
    kinds = [f"{layer}.{kind}" for layer in range(layers) for kind in ("key", "value")]
    _write(
        folder / "model.onnx",
        _WithPast(model),
        (tokens, torch.ones(2, 5, dtype=torch.int64), past),
        ["input_ids", "attention_mask", *(f"past_key_values.{kind}" for kind in kinds)],
        ["logits", *(f"present.{kind}" for kind in kinds)],
        (sequences, sequences, [(of_past, of_past)] * layers),
    )
    _write(
        folder / "model_without_past.onnx",
        _WithoutPast(model),
        (tokens,),
        ["input_ids"],
        ["logits"],
        (sequences,),
    )


def _write(
    path: Path,
    module: nn.Module,
    examples: tuple[Tensor | Past, ...],
    inputs: list[str],
    outputs: list[str],
    free: tuple[object, ...],
) -> None:
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's, about itself
        program = torch.onnx.export(
            module.eval(),
            examples,
            dynamo=True,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=free,
            opset_version=_OPSET,
            verbose=False,
        )
    assert program is not None
    with atomic_path(path) as temporary:
        program.save(temporary)


class _WithoutPast(nn.Module):
    """All tokens of a text at once."""

    def __init__(self, model: MiniGPT) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> Tensor:
        """(B, T) to (B, T, V)."""
        return _logits(self.model, input_ids, torch.ones_like(input_ids), [])[0]


class _WithPast(nn.Module):
    """Tokens after others, whose keys and values are known."""

    def __init__(self, model: MiniGPT) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, past: Past) -> tuple[Tensor, Past]:
        """(B, T), (B, P + T) and the past to (B, T, V) and the past of the next step."""
        return _logits(self.model, input_ids, attention_mask, past)


def _logits(model: MiniGPT, tokens: Tensor, attention_mask: Tensor, past: Past) -> tuple[Tensor, Past]:
    """(B, T, V), and each layer's keys and values with those of these tokens. Padding stands before texts."""
    config = model.config
    length, all_ = tokens.shape[1], attention_mask.shape[1]
    places = (attention_mask.cumsum(dim=1) - 1).clamp(min=0)[:, -length:]  # (B, T)
    x = model.embedding(tokens) * config.embedding_scale
    angles = None
    if config.positions == "rope":
        angles = model.positions[:, places].unsqueeze(2)  # (2, B, 1, T, D/H)
    else:
        x = x + model.positions[places]
    columns = torch.arange(all_)
    rows = columns[-length:, None]
    seen = (columns < rows) & attention_mask[:, None, None].bool() | (columns == rows)  # (B, 1, T, P + T)
    present: Past = []
    for index, block in enumerate(model.blocks):
        assert isinstance(block, Block)
        attention = block.attention
        batch, _, dim = x.shape
        heads = attention.query_key_value(block.attention_norm(x))
        heads = heads.view(batch, length, 3, config.heads, dim // config.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, D/H)
        query, key = attention.query_norm(query), attention.key_norm(key)
        if angles is not None:
            query, key = rotate(query, angles), rotate(key, angles)
        if past:
            key, value = torch.cat((past[index][0], key), dim=2), torch.cat((past[index][1], value), dim=2)
        present.append((key, value))
        scores = (query * query.shape[3] ** -0.5) @ key.transpose(2, 3)  # (B, H, T, P + T)
        mixed = scores.masked_fill(~seen, -torch.inf).softmax(dim=3) @ value
        x = x + attention.output(mixed.transpose(1, 2).reshape(batch, length, dim))
        x = x + block.feed_forward(block.feed_forward_norm(x))
    return model.head(model.norm(x)), present
