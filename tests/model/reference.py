"""MiniGPT once more, as plainly as possible: float64 NumPy, one sequence, one head, one token at a time."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from minillm.model.minigpt import MiniGPT

Array = npt.NDArray[np.float64]


def reference_logits(model: MiniGPT, tokens: list[int]) -> Array:
    """Logits (T, V) of one sequence, from the model's weights alone."""
    w: dict[str, Array] = {name: value.double().numpy() for name, value in model.state_dict().items()}
    config = model.config
    dim, size = config.dim, config.dim // config.heads
    x = np.zeros((len(tokens), dim))
    for t, token in enumerate(tokens):
        for i in range(dim):
            angle = t / 10000 ** (2 * (i // 2) / dim)
            position = math.sin(angle) if i % 2 == 0 else math.cos(angle)
            x[t, i] = w["embedding.weight"][token, i] * math.sqrt(dim) + position
    for layer in range(config.layers):
        name = f"blocks.{layer}."
        a = layer_norm(x, w, name + "attention_norm")
        qkv = a @ w[name + "attention.query_key_value.weight"].T + w[name + "attention.query_key_value.bias"]
        mixed = np.zeros_like(x)
        for head in range(config.heads):
            q, k, v = (qkv[:, part * dim + head * size : part * dim + (head + 1) * size] for part in range(3))
            for t in range(len(tokens)):
                scores = np.array([q[t] @ k[s] / math.sqrt(size) for s in range(t + 1)])
                weights = np.exp(scores - scores.max())
                weights /= weights.sum()
                mixed[t, head * size : (head + 1) * size] = sum(weights[s] * v[s] for s in range(t + 1))
        x = x + linear(mixed, w, name + "attention.output")
        hidden = linear(layer_norm(x, w, name + "feed_forward_norm"), w, name + "feed_forward.input")
        gelu = hidden * 0.5 * (1 + np.vectorize(math.erf)(hidden / math.sqrt(2)))
        x = x + linear(gelu, w, name + "feed_forward.output")
    return linear(layer_norm(x, w, "norm"), w, "head")


def reference_nll(logits: Array, targets: list[int]) -> list[float]:
    """−log softmax(logits)[target] for each row, in nats."""
    return [
        math.log(sum(math.exp(value - row.max()) for value in row)) + row.max() - row[target]
        for row, target in zip(logits, targets, strict=True)
    ]


def linear(x: Array, w: dict[str, Any], name: str) -> Array:
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def layer_norm(x: Array, w: dict[str, Any], name: str) -> Array:
    mean = x.mean(axis=1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * w[name + ".weight"] + w[name + ".bias"]
