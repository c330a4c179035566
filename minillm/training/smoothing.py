"""Label smoothing towards what counting expects.

Plain label smoothing gives a share of each target's probability to all tokens alike (Szegedy et al. 2016).
Here it goes to the tokens that follow the last one in the training articles, as a Kneser–Ney bigram model
sees it: "de" is likelier than "fotosíntesis", and "Janeiro" is likely after "Río de". The neural model so
begins as a good n-gram model, and a word seen once is not taken for the only one possible (Malagutti et al.
2024, "The Role of n-gram Smoothing in the Age of Neural Networks").

The distribution after a token is a multiple of the unigrams' plus few entries: nothing of size (V, V).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from minillm.tokens.kneser_ney import KneserNey
from minillm.tokens.shards import Shard


class Expected(NamedTuple):
    """The distributions of N rows: weights · unigrams, plus `values` at `places` of the flattened (N, V)."""

    weights: Tensor
    """(N, 1)."""
    unigrams: Tensor
    """(V,)."""
    rows: Tensor
    """(E,): the row of each entry."""
    places: Tensor
    """(E,): row · V + token, each of them once."""
    values: Tensor
    """(E,)."""

    def mean(self, logits: Tensor) -> Tensor:
        """Each row's mean of its logits (N, V) under its distribution, (N, 1)."""
        entries = logits.flatten()[self.places] * self.values
        means = self.weights * (logits @ self.unigrams)[:, None]
        return means.index_add_(0, self.rows, entries[:, None])

    def subtract_from(self, p: Tensor, share: float) -> None:
        """p (N, V) minus `share` of the distributions, in place."""
        p.addr_(self.weights[:, 0], self.unigrams, alpha=-share)
        p.view(-1).index_add_(0, self.places, self.values, alpha=-share)


class BigramSmoothing:
    """What a training shard lets expect after each token."""

    def __init__(self, shard: Shard, vocab_size: int, device: torch.device) -> None:
        found = KneserNey(shard, vocab_size, order=2).bigrams()
        self._unigrams = torch.from_numpy(found.unigrams).float().to(device)
        self._weights = torch.from_numpy(found.weights).float().to(device)
        self._offsets = torch.from_numpy(found.offsets).to(device)
        self._tokens = torch.from_numpy(found.tokens).to(device)
        self._values = torch.from_numpy(found.values).float().to(device)

    def after(self, tokens: Tensor) -> Expected:
        """The distributions after each of the tokens (N,)."""
        begins = self._offsets[tokens]
        counts = self._offsets[tokens + 1] - begins  # (N,)
        rows = torch.repeat_interleave(torch.arange(len(tokens), device=tokens.device), counts)
        within = torch.arange(len(rows), device=tokens.device) - (counts.cumsum(0) - counts)[rows]
        entries = begins[rows] + within
        places = rows * len(self._unigrams) + self._tokens[entries]
        return Expected(self._weights[tokens, None], self._unigrams, rows, places, self._values[entries])
