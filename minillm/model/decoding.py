"""One more token for each of B sequences of one length: what minigpt.py computes, without torch's price.

A forward pass over one token is two hundred operations on a few hundred values each. torch takes longer to
start most of them than they take, NumPy starts one in a fraction of that. So on a CPU the tokens after a
prompt go through the model here, with its own weights and its own keys and values. A token stands in a
column, since OpenBLAS multiplies columns faster than rows where there are several (benchmarks/generation.py).
GELU, SiLU and softmax are torch's, which has a kernel for each.

Shapes: B sequences, D = dim, H heads of size D/H, S tokens with this one, V vocabulary.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.model.attention import KeyValues
from minillm.model.minigpt import Block, MiniGPT, SwiGLU

Floats = npt.NDArray[np.float32]


class Decoder:
    """A model that goes on where it was: a prompt, and then token by token.

    It holds `room` tokens at most, and follows the model's weights where they are changed in place.
    """

    def __init__(self, model: MiniGPT, room: int) -> None:
        self._model = model.eval()
        self._cache = _Arrays(room)
        weight = model.embedding.weight
        is_numpys = weight.device.type == "cpu" and weight.dtype == torch.float32
        self._columns = _Columns(model) if is_numpys else None

    @property
    def length(self) -> int:
        """How many tokens it holds."""
        return self._cache.length

    @torch.inference_mode()
    def logits(self, tokens: Tensor) -> Tensor:
        """(B, V) after the last of tokens (B, T), which follow those that it holds."""
        if self._columns and self.length and tokens.shape[1] == 1:
            return torch.from_numpy(self._columns.step(tokens[:, 0].numpy(), self._cache))
        return self._model.head(self._model.hidden(tokens, self._cache)[:, -1]).float()  # type: ignore[no-any-return]

    def forget(self) -> None:
        """Begin with the next tokens anew, in the same memory."""
        self._cache.length = 0


class _Arrays(KeyValues):
    @cached_property
    def arrays(self) -> list[tuple[Floats, Floats]]:
        """Keys and values of each layer, (B, H, room, D/H), after the first tokens."""
        return [(keys.numpy(), values.numpy()) for keys, values in self._layers]


class _Columns:
    def __init__(self, model: MiniGPT) -> None:
        config = model.config
        self._embedding, self._scale = _array(model.embedding.weight), np.float32(config.embedding_scale)
        self._context = config.context
        table = _array(model.positions)
        self._rotations = _rotations(*table) if config.positions == "rope" else None
        self._positions = table[..., None]  # (context, D, 1); not those to rotate by
        self._blocks = [_Block(block) for block in model.blocks if isinstance(block, Block)]
        self._norm, self._head = _Norm(model.norm), _Linear(model.head)

    def step(self, tokens: npt.NDArray[np.int64], cache: _Arrays) -> Floats:
        """Logits (B, V) after one more token of each sequence, (B,)."""
        place = cache.length
        assert place < min(cache.room, self._context), f"no room for a token after {place}"
        x = np.ascontiguousarray(self._embedding[tokens].T) * self._scale  # (D, B)
        rotation = None
        if self._rotations is None:
            x += self._positions[place]
        else:
            rotation = self._rotations[place]
        for block, (keys, values) in zip(self._blocks, cache.arrays, strict=True):
            x = block(x, rotation, keys, values, place)
        cache.length += 1
        return np.ascontiguousarray(self._head(self._norm(x)).T)


class _Block:
    def __init__(self, block: Block) -> None:
        attention, feed_forward = block.attention, block.feed_forward
        self._heads = attention.heads
        self._attention_norm = _Norm(block.attention_norm)
        self._query_key_value = _Linear(attention.query_key_value)
        norms = attention.query_norm, attention.key_norm
        self._head_norm = None if isinstance(norms[0], nn.Identity) else _Norm(*norms)
        self._output = _Linear(attention.output)
        self._feed_forward_norm = _Norm(block.feed_forward_norm)
        self._gate = _Linear(feed_forward.gate) if isinstance(feed_forward, SwiGLU) else None
        self._input, self._narrow = _Linear(feed_forward.input), _Linear(feed_forward.output)

    def __call__(
        self, x: Floats, rotation: Floats | None, keys: Floats, values: Floats, place: int
    ) -> Floats:
        """(D, B) to (D, B)."""
        x = x + self._attend(self._attention_norm(x), rotation, keys, values, place)
        x += self._feed_forward(self._feed_forward_norm(x))
        return x

    def _attend(self, x: Floats, rotation: Floats | None, keys: Floats, values: Floats, place: int) -> Floats:
        size, batch = len(x) // self._heads, x.shape[1]
        heads = self._query_key_value(x).reshape(3, self._heads, size, batch)
        query_key = heads[:2]
        if self._head_norm:
            query_key = self._head_norm(query_key)
        if rotation is not None:
            query_key = _rotate(query_key, rotation)
        query, key = query_key.transpose(0, 3, 1, 2)  # each (B, H, D/H)
        keys[:, :, place], values[:, :, place] = key, heads[2].transpose(2, 0, 1)
        query = np.ascontiguousarray(query) * np.float32(size**-0.5)
        scores = keys[:, :, : place + 1] @ query[..., None]  # (B, H, S, 1)
        weights = torch.from_numpy(scores[..., 0]).softmax(dim=2).numpy()
        mixed = weights[:, :, None] @ values[:, :, : place + 1]  # (B, H, 1, D/H)
        return self._output(mixed.reshape(batch, len(x)).T)

    def _feed_forward(self, x: Floats) -> Floats:
        if self._gate:
            hidden = F.silu(torch.from_numpy(self._gate(x))).numpy()
            hidden *= self._input(x)
        else:
            hidden = F.gelu(torch.from_numpy(self._input(x))).numpy()
        return self._narrow(hidden)


class _Linear:
    def __init__(self, layer: nn.Module) -> None:
        self._weight = _array(layer.weight)  # (out, in)
        self._bias = None if layer.bias is None else _array(layer.bias)[:, None]

    def __call__(self, x: Floats) -> Floats:
        """(in, B) to (out, B)."""
        y = self._weight @ x
        if self._bias is not None:
            y += self._bias
        return y


class _Norm:
    """LayerNorm or RMSNorm of the last dimension but one; or two side by side, of queries and of keys.

    x / √(x·x/D + ε) · w is x / √(x·x + D·ε) · √D·w, with an operation less.
    """

    def __init__(self, *norms: nn.Module) -> None:
        self._is_centred, self._size = isinstance(norms[0], nn.LayerNorm), norms[0].weight.shape[0]
        self._epsilon = np.float32(self._size * norms[0].eps)
        self._weight = _columns([norm.weight for norm in norms]) * np.float32(self._size**0.5)
        self._bias = _columns([norm.bias for norm in norms]) if self._is_centred else None

    def __call__(self, x: Floats) -> Floats:
        """(…, D, B) to the same."""
        if self._is_centred:
            x = x - np.add.reduce(x, axis=-2, keepdims=True) / self._size
        squares = np.vecdot(x, x, axis=-2, keepdims=True)
        x = x / np.sqrt(squares + self._epsilon) * self._weight
        if self._bias is not None:
            x += self._bias
        return x


def _rotations(cosine: Floats, sine: Floats) -> Floats:
    """For each position what _rotate multiplies with, (context, 2, 2, D/2H, 1)."""
    cosines, sines = (table.reshape(len(table), 2, -1, 1) for table in (cosine, sine))
    return np.stack((cosines, sines * np.float32([[-1], [1]])[..., None]), axis=1)


def _rotate(x: Floats, rotation: Floats) -> Floats:
    """rotate of positions.py, for x (2, H, D/H, B)."""
    halves = x.reshape(-1, 2, x.shape[2] // 2, x.shape[3])
    turned = halves * rotation[0]
    turned += halves[:, ::-1] * rotation[1]
    return turned.reshape(x.shape)


def _columns(vectors: list[Tensor]) -> Floats:
    """(D, 1) of one vector, (2, 1, D/H, 1) of two."""
    columns = [_array(vector)[:, None] for vector in vectors]
    return columns[0] if len(columns) == 1 else np.stack(columns)[:, None]


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.detach().numpy()
    return array
