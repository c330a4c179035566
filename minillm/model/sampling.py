"""Choosing the next token: which tokens may come, and one draw among them.

In this order, the one of Hugging Face transformers, whose results the filters reproduce:

1. repetition penalty r (Keskar et al. 2019, CTRL): the logit of each token that the text already holds is
   divided by r if positive and multiplied by r if negative;
2. temperature: logits / temperature; 0 takes the likeliest token, whatever stands below;
3. top-k (Fan et al. 2018): the k likeliest tokens stay, and those that tie with the last of them;
4. top-p (Holtzman et al. 2020, nucleus): the fewest likeliest tokens that hold together a probability of p,
   and those that tie with the last of them;
5. min-p (Nguyen et al. 2024): the tokens at least min-p times as probable as the likeliest one.

The likeliest token survives every filter.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from minillm.model.portable import argmax
from minillm.params import EvaluateParams


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen; the default draws from the model's own distribution."""

    temperature: float = 1.0
    top_k: int = 0
    """0 keeps all tokens."""
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    @classmethod
    def from_params(cls, params: EvaluateParams) -> Self:
        """The sampling that params.yaml asks for."""
        return cls(params.temperature, params.top_k, params.top_p, params.min_p, params.repetition_penalty)

    @torch.no_grad()
    def choose(self, logits: Tensor, text: Tensor, draws: list[torch.Generator]) -> Tensor:
        """One token id per row, (B, 1), for logits (B, V) after the tokens `text` (B, T)."""
        logits = self.filter(logits, text)
        if self.temperature == 0:
            return argmax(logits)[:, None]
        # On the CPU and with a stream for each row: the same tokens on every device and for any batch.
        draw = torch.cat([torch.rand(1, dtype=torch.float64, generator=stream) for stream in draws])
        return draw_tokens(logits.softmax(dim=1).cpu(), draw).to(logits.device)

    def filter(self, logits: Tensor, text: Tensor) -> Tensor:
        """Logits (B, V) as they are drawn from: changed by penalty and temperature, −∞ for what is cut."""
        if self.repetition_penalty != 1:
            logits = penalize_repetition(logits, text, self.repetition_penalty)
        if self.temperature == 0:
            return logits
        logits = logits / self.temperature
        if 0 < self.top_k < logits.shape[1]:
            logits = keep_top_k(logits, self.top_k)
        if self.top_p < 1:
            logits = keep_top_p(logits, self.top_p)
        if self.min_p > 0:
            logits = keep_min_p(logits, self.min_p)
        return logits


GREEDY = Sampling(temperature=0)


def draw_tokens(probabilities: Tensor, draws: Tensor) -> Tensor:
    """The token in whose share of [0, 1) each of `draws` (B,) falls, (B, 1), for `probabilities` (B, V).

    Not torch.multinomial, whose random numbers are MKL's, which looks at the CPU's vendor.
    """
    tokens = []
    for row, draw in zip(probabilities.double().numpy(), draws.tolist(), strict=True):
        ends = row.cumsum()
        token = ends.searchsorted(draw * ends[-1], "right")
        tokens.append([min(token, ends.searchsorted(ends[-1]))])  # a product may round up to the whole
    return torch.tensor(tokens)


def penalize_repetition(logits: Tensor, text: Tensor, penalty: float) -> Tensor:
    """Lower the logits (B, V) of the tokens in `text` (B, T), each once however often it stands there."""
    seen = logits.gather(1, text)  # (B, T)
    return logits.scatter(1, text, torch.where(seen < 0, seen * penalty, seen / penalty))


def keep_top_k(logits: Tensor, k: int) -> Tensor:
    """−∞ for all but the k largest of each row of logits (B, V)."""
    smallest = logits.topk(k, dim=1).values[:, -1:]  # (B, 1)
    return logits.masked_fill(logits < smallest, -torch.inf)


def keep_top_p(logits: Tensor, p: float) -> Tensor:
    """−∞ for what the fewest likeliest tokens with probability p together leave over, per row (B, V)."""
    ascending = torch.from_numpy(np.sort(logits.cpu().numpy(), axis=1))  # a tenth of torch's time
    cut = ascending.softmax(dim=1).cumsum(dim=1) <= 1 - p  # (B, V): the tail holds at most 1 − p
    first = cut[:, :-1].sum(dim=1, keepdim=True)  # (B, 1): the least likely token that stays
    return logits.masked_fill(logits < ascending.gather(1, first).to(logits.device), -torch.inf)


def keep_min_p(logits: Tensor, min_p: float) -> Tensor:
    """−∞ for tokens less than min_p times as probable as the likeliest of their row (B, V)."""
    probabilities = logits.softmax(dim=1)
    return logits.masked_fill(probabilities < min_p * probabilities.amax(dim=1, keepdim=True), -torch.inf)
