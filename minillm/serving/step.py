"""One step of generation for seven sequences of any lengths at once.

Each sequence has a row of its own in the keys and values and is at a position of its own; what a row has not
reached yet is masked. A forward pass always has the same shape, eight rows by the whole context, whoever is
in it: on the CPU a row's logits are then the same bits alone and among others. Two things would break that.
OpenBLAS sums a row of more than eight in an order that depends on its place, and a single one in another
(benchmarks/serving.py). And torch computes what its vectors leave over at a tensor's end by other code: so
the eighth row stays empty.

This is torch's on a CPU too, though NumPy (model/decoding.py) takes 6 ms where eight rows take 13 here
(moderno, half of its context, one AMD EPYC core): a GPU is served by the same code, and a step in NumPy would
stand beside it, not in its place.
"""

import torch
from torch import Tensor

from minillm.model.attention import CausalSelfAttention, KeyValues
from minillm.model.minigpt import Block, MiniGPT
from minillm.model.portable import matmul
from minillm.model.positions import rotate

ROWS = 8
"""That are computed."""
PLACES = ROWS - 1
"""For sequences."""


class Rows(KeyValues):
    """Keys and values of eight rows, zero where nothing was written: masked, but multiplied."""

    def __init__(self, model: MiniGPT) -> None:
        config = model.config
        super().__init__(config.context)
        shape = ROWS, config.heads, config.context, config.dim // config.heads
        weight = model.embedding.weight
        self._layers = [(weight.new_zeros(shape), weight.new_zeros(shape)) for _ in range(config.layers)]

    def row(self, row: int) -> KeyValues:
        """One of them, still without a token, for a prompt that goes through the model alone."""
        alone = KeyValues(self.room)
        alone._layers = [(keys[row : row + 1], values[row : row + 1]) for keys, values in self._layers]
        return alone

    def move(self, source: "Rows", from_row: int, to_row: int) -> None:
        """Take a row of another eight over."""
        for own, others in zip(self._layers, source._layers, strict=True):
            for mine, its in zip(own, others, strict=True):
                mine[to_row] = its[from_row]

    def write(self, layer: int, places: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Write a layer's (8, H, 1, D/H), each row at its place (8,); return all of them."""
        keys, values = self._layers[layer]
        every = torch.arange(ROWS, device=places.device)
        keys[every, :, places] = key[:, :, 0]
        values[every, :, places] = value[:, :, 0]
        return keys, values


@torch.inference_mode()
def prefill(model: MiniGPT, tokens: list[int], rows: Rows, row: int) -> Tensor:
    """Logits (V,) after `tokens`, at most a context, which go through the model alone and fill the row."""
    ids = torch.tensor([tokens], device=model.embedding.weight.device)  # (1, T)
    return model.head(model.hidden(ids, rows.row(row))[0, -1]).float()  # type: ignore[no-any-return]


@torch.inference_mode()
def step(model: MiniGPT, tokens: list[int], lengths: list[int], rows: Rows) -> Tensor:
    """Logits (8, V) after the next token of each row, which holds so many tokens already.

    A row that is at rest gets any token and the length 0, and its first place is overwritten.
    """
    config, device = model.config, model.embedding.weight.device
    places = torch.tensor(lengths, device=device)  # (8,)
    x = model.embedding(torch.tensor(tokens, device=device)[:, None]) * config.embedding_scale  # (8, 1, D)
    angles = None
    if config.positions == "rope":
        angles = model.positions[:, places][:, :, None, None]  # (2, 8, 1, 1, D/H)
    else:
        x = x + model.positions[places][:, None]
    unreached = torch.arange(config.context, device=device) > places[:, None]  # (8, S)
    mask = torch.zeros(unreached.shape, device=device).masked_fill(unreached, -torch.inf)[:, None, None]
    for index, block in enumerate(model.blocks):
        assert isinstance(block, Block)
        x = x + _attend(block.attention, block.attention_norm(x), angles, mask, places, rows, index)
        x = x + block.feed_forward(block.feed_forward_norm(x))
    return model.head(model.norm(x)[:, 0]).float()  # type: ignore[no-any-return]


def _attend(
    attention: CausalSelfAttention,
    x: Tensor,
    angles: Tensor | None,
    mask: Tensor,
    places: Tensor,
    rows: Rows,
    index: int,
) -> Tensor:
    """What CausalSelfAttention computes, for rows at places of their own: (8, 1, D) to (8, 1, D)."""
    dim = x.shape[2]
    heads = attention.query_key_value(x).view(ROWS, 1, 3, attention.heads, dim // attention.heads)
    query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (8, H, 1, D/H)
    query, key = attention.query_norm(query), attention.key_norm(key)
    if angles is not None:
        query, key = rotate(query, angles), rotate(key, angles)
    keys, values = rows.write(index, places, key, value)  # (8, H, S, D/H)
    scores = matmul(query * query.shape[3] ** -0.5, keys.transpose(2, 3)) + mask  # (8, H, 1, S)
    mixed = matmul(scores.softmax(dim=3), values)  # (8, H, 1, D/H)
    return attention.output(mixed.transpose(1, 2).reshape(ROWS, 1, dim))  # type: ignore[no-any-return]
