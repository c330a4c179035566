"""Label smoothing towards what counting expects.

Plain label smoothing gives a share of each target's probability to all tokens alike (Szegedy et al. 2016).
Here it goes to the tokens that follow the last one in the training articles, as a Kneser–Ney bigram model
sees it: "de" is likelier than "fotosíntesis", and "Janeiro" is likely after "Río de". The neural model so
begins as a good n-gram model, and a word seen once is not taken for the only one possible (Malagutti et al.
2024, "The Role of n-gram Smoothing in the Age of Neural Networks").

The distribution after a token is a multiple of the unigrams' plus few entries: nothing of size (V, V).
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from minillm.model.portable import matmul
from minillm.tokens.kneser_ney import KneserNey
from minillm.tokens.shards import Shard


class SmoothingTargets(NamedTuple):
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
        means = self.weights * matmul(logits, self.unigrams[:, None])
        return means.index_add_(0, self.rows, entries[:, None])

    def subtract_from(self, p: Tensor, share: float) -> None:
        """p (N, V) minus `share` of the distributions, in place."""
        p.addr_(self.weights[:, 0], self.unigrams, alpha=-share)
        p.view(-1).index_add_(0, self.places, self.values, alpha=-share)


TargetsOfRows = Callable[[slice], SmoothingTargets]
"""The distributions after some of N tokens, which are asked for by their places."""


class BigramSmoothing:
    """What a training shard lets expect after each token."""

    def __init__(self, shard: Shard, vocab_size: int, device: torch.device) -> None:
        found = KneserNey(shard, vocab_size, order=2).bigrams()
        self._unigrams = torch.from_numpy(found.unigrams).float().to(device)
        self._weights = torch.from_numpy(found.weights).float().to(device)
        self._offsets = torch.from_numpy(found.offsets).to(device)
        self._tokens = torch.from_numpy(found.tokens).to(device)
        self._values = torch.from_numpy(found.values).float().to(device)
        self._entries = torch.from_numpy(found.offsets).diff()
        """(V,), on the CPU: how many entries the distribution after each token has."""

    def targets_after(self, inputs: Tensor) -> TargetsOfRows:
        """What is expected after each token of `inputs` (B, T), which are still on the CPU."""
        tokens = inputs.flatten()
        ends = self._entries[tokens].cumsum(0).tolist()  # read here: there a GPU would have to be waited for
        on_device = tokens.to(self._offsets.device, non_blocking=True)

        def of_rows(rows: slice) -> SmoothingTargets:
            first, last, _ = rows.indices(len(ends))
            return self._targets(on_device[rows], ends[last - 1] - (ends[first - 1] if first else 0))

        return of_rows

    def _targets(self, tokens: Tensor, entries: int) -> SmoothingTargets:
        """The distributions after each of the tokens (N,), with so many `entries` together."""
        begins = self._offsets[tokens]
        counts = self._offsets[tokens + 1] - begins  # (N,)
        numbers = torch.arange(len(tokens), device=tokens.device)
        rows = torch.repeat_interleave(numbers, counts, output_size=entries)
        within = torch.arange(entries, device=tokens.device) - (counts.cumsum(0) - counts)[rows]
        places = rows * len(self._unigrams) + self._tokens[begins[rows] + within]
        return SmoothingTargets(
            self._weights[tokens, None], self._unigrams, rows, places, self._values[begins[rows] + within]
        )
