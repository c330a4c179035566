"""One more token for each of B sequences of one length: what minigpt.py computes, without torch's price.

A forward pass over one token is two hundred operations on a few hundred values each. torch takes longer to
start most of them than they take, NumPy starts one in a fraction of that. So on a CPU the tokens after a
prompt go through the model here, with its own weights and its own keys and values, by the same products.
LayerNorm, GELU, SiLU and softmax are torch's, which has a kernel for each; RMSNorm, for which it has none on
a CPU, is not. So the bits are the module's own, but for RMSNorm's rounding.

Shapes: B sequences, D = dim, H heads of size D/H, S tokens with this one, V vocabulary.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.model.attention import KeyValues
from minillm.model.minigpt import Block, MiniGPT, SwiGLU
from minillm.model.portable import log

Floats = npt.NDArray[np.float32]


class Decoder:
    """A model that goes on where it was: a prompt, and then token by token.

    It holds `room` tokens at most, and sees the weights that the model had when it was made.
    """

    def __init__(self, model: MiniGPT, room: int) -> None:
        self._model = model.eval()
        self._cache = _Arrays(room)
        weight = model.embedding.weight
        is_numpys = weight.device.type == "cpu" and weight.dtype == torch.float32
        self._step = _Step(model) if is_numpys else None

    @property
    def length(self) -> int:
        """How many tokens it holds."""
        return self._cache.length

    @torch.inference_mode()
    def logits(self, tokens: Tensor) -> Tensor:
        """(B, V) after the last of tokens (B, T), which follow those that it holds."""
        if self._step and self.length and tokens.shape[1] == 1:
            return torch.from_numpy(self._step(tokens[:, 0].numpy(), self._cache))
        return self._model.head(self._model.hidden(tokens, self._cache)[:, -1]).float()  # type: ignore[no-any-return]

    def forget(self) -> None:
        """Begin with the next tokens anew, in the same memory."""
        self._cache.length = 0


class Decoders:
    """Models of one context and vocabulary that write together: their probabilities are averaged."""

    def __init__(self, models: Sequence[MiniGPT], room: int) -> None:
        self._each = [Decoder(model, room) for model in models]

    @property
    def length(self) -> int:
        """How many tokens they hold."""
        return self._each[0].length

    @torch.inference_mode()
    def logits(self, tokens: Tensor) -> Tensor:
        """As a Decoder's, (B, V): the logarithms of the means; of a single model its own logits."""
        first, *others = (decoder.logits(tokens) for decoder in self._each)
        if not others:
            return first
        return log(torch.stack([logits.softmax(1) for logits in (first, *others)]).mean(0))

    def forget(self) -> None:
        """Begin with the next tokens anew."""
        for decoder in self._each:
            decoder.forget()


class _Arrays(KeyValues):
    @cached_property
    def arrays(self) -> list[tuple[Floats, Floats]]:
        """Keys and values of each layer, (B, H, room, D/H), after the first tokens."""
        return [(keys.numpy(), values.numpy()) for keys, values in self._layers]


class _Step:
    def __init__(self, model: MiniGPT) -> None:
        config = model.config
        self._embedding, self._scale = _array(model.embedding.weight), np.float32(config.embedding_scale)
        self._context = config.context
        self._positions = _array(model.positions)
        self._rotations = _rotations(*self._positions) if config.positions == "rope" else None
        self._blocks = [_Block(block) for block in model.blocks if isinstance(block, Block)]
        self._norm, self._head = _norm(model.norm), _Linear(model.head)

    def __call__(self, tokens: npt.NDArray[np.int64], cache: _Arrays) -> Floats:
        """Logits (B, V) after one more token of each sequence, (B,)."""
        place = cache.length
        assert place < min(cache.room, self._context), f"no room for a token after {place}"
        x = self._embedding[tokens] * self._scale  # (B, D)
        rotation = None
        if self._rotations is None:
            x += self._positions[place]
        else:
            rotation = self._rotations[place]
        for block, (keys, values) in zip(self._blocks, cache.arrays, strict=True):
            x = block(x, rotation, keys, values, place)
        cache.length += 1
        return self._head(self._norm(x))


class _Block:
    def __init__(self, block: Block) -> None:
        attention, feed_forward = block.attention, block.feed_forward
        self._heads = attention.heads
        self._attention_norm, self._feed_forward_norm = map(
            _norm, (block.attention_norm, block.feed_forward_norm)
        )
        self._query_key_value, self._output = map(_Linear, (attention.query_key_value, attention.output))
        self._head_norm = _head_norm(attention.query_norm, attention.key_norm)
        self._gate = _Linear(feed_forward.gate) if isinstance(feed_forward, SwiGLU) else None
        self._input, self._narrow = map(_Linear, (feed_forward.input, feed_forward.output))

    def __call__(
        self, x: Floats, rotation: Floats | None, keys: Floats, values: Floats, place: int
    ) -> Floats:
        """(B, D) to (B, D)."""
        x = x + self._attend(self._attention_norm(x), rotation, keys, values, place)
        x += self._feed_forward(self._feed_forward_norm(x))
        return x

    def _attend(self, x: Floats, rotation: Floats | None, keys: Floats, values: Floats, place: int) -> Floats:
        batch, dim = x.shape
        heads = self._query_key_value(x).reshape(batch, 3, self._heads, dim // self._heads)
        query_key = heads[:, :2]  # (B, 2, H, D/H)
        if self._head_norm:
            query_key = self._head_norm(query_key)
        if rotation is not None:
            query_key = _rotate(query_key, rotation)
        keys[:, :, place], values[:, :, place] = query_key[:, 1], heads[:, 2]
        query = query_key[:, 0, :, None] * np.float32((dim // self._heads) ** -0.5)  # (B, H, 1, D/H)
        scores = query @ keys[:, :, : place + 1].swapaxes(2, 3)  # (B, H, 1, S)
        weights = torch.from_numpy(scores).softmax(dim=3).numpy()
        mixed = weights @ values[:, :, : place + 1]  # (B, H, 1, D/H)
        return self._output(mixed.reshape(batch, dim))

    def _feed_forward(self, x: Floats) -> Floats:
        if self._gate:
            hidden = F.silu(torch.from_numpy(self._gate(x))).numpy()
            hidden *= self._input(x)
        else:
            hidden = F.gelu(torch.from_numpy(self._input(x))).numpy()
        return self._narrow(hidden)


class _Linear:
    def __init__(self, layer: nn.Module) -> None:
        assert isinstance(layer.weight, Tensor)
        self._weight = _array(layer.weight).T  # (in, out)
        self._bias = _array(layer.bias) if isinstance(layer.bias, Tensor) else None

    def __call__(self, x: Floats) -> Floats:
        """(B, in) to (B, out)."""
        y: Floats = x @ self._weight
        if self._bias is not None:
            y += self._bias
        return y


class _RMSNorm:
    """x / √(x·x/D + ε) · w, as x / √(x·x + D·ε) · √D·w: an operation less."""

    def __init__(self, weight: Tensor, epsilon: float) -> None:
        size = weight.shape[-1]
        self._weight, self._epsilon = _array(weight) * np.float32(size**0.5), np.float32(size * epsilon)

    def __call__(self, x: Floats) -> Floats:
        """(…, D) to the same."""
        squares = np.vecdot(x, x)[..., None]
        normed: Floats = x / np.sqrt(squares + self._epsilon)
        normed *= self._weight
        return normed


class _Module:
    def __init__(self, module: nn.Module) -> None:
        self._module = module

    def __call__(self, x: Floats) -> Floats:
        return _array(self._module(torch.from_numpy(x)))


def _norm(norm: nn.Module) -> "_RMSNorm | _Module":
    return _RMSNorm(norm.weight, norm.eps or 0.0) if isinstance(norm, nn.RMSNorm) else _Module(norm)


def _head_norm(query_norm: nn.Module, key_norm: nn.Module) -> "_RMSNorm | _Heads | None":
    """Of queries and keys side by side, (B, 2, H, D/H)."""
    if isinstance(query_norm, nn.RMSNorm) and isinstance(key_norm, nn.RMSNorm):
        weight = torch.stack((query_norm.weight, key_norm.weight))[:, None]  # (2, 1, D/H)
        return _RMSNorm(weight, query_norm.eps or 0.0)
    return None if isinstance(query_norm, nn.Identity) else _Heads(query_norm, key_norm)


class _Heads:
    def __init__(self, query_norm: nn.Module, key_norm: nn.Module) -> None:
        self._norms = _Module(query_norm), _Module(key_norm)

    def __call__(self, x: Floats) -> Floats:
        return np.stack([norm(x[:, part]) for part, norm in enumerate(self._norms)], axis=1)


def _rotations(cosine: Floats, sine: Floats) -> Floats:
    """For each position what _rotate multiplies with, (context, 2, 2, D/2H)."""
    cosines, sines = (table.reshape(len(table), 2, -1) for table in (cosine, sine))
    return np.stack((cosines, sines * np.array([[-1], [1]], dtype=np.float32)), axis=1)


def _rotate(x: Floats, rotation: Floats) -> Floats:
    """What `rotate` of positions.py computes, for x (B, 2, H, D/H)."""
    halves = x.reshape(*x.shape[:3], 2, -1)
    turned = halves * rotation[0]
    turned += halves[..., ::-1, :] * rotation[1]
    rotated: Floats = turned.reshape(x.shape)
    return rotated


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.detach().numpy()
    return array
