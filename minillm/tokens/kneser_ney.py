"""The n-gram baselines: interpolated Kneser–Ney on the model's own tokens.

A neural model that does not beat counting has learnt nothing worth its price. With a(g) the adjusted count
of an n-gram g = c w (context c, token w), order k predicts

    p_k(w | c) = max(a(c w) − D, 0) / Σ_v a(c v)  +  γ(c) · p_{k−1}(w | c without its first token)

and p_0 = 1/V. At the highest order a is the count; below, it is the number of different tokens seen before
g (Kneser & Ney 1995), except that an n-gram which begins with [BOS], before which there is nothing, keeps
its count (Heafield et al. 2013). An article's first tokens thus have all of the past as their context. The
discount D takes one of three values, for a = 1, 2 and more, out of the counts of counts t_1 … t_4 of each
order (Chen & Goodman 1998, modified Kneser–Ney): with Y = t_1 / (t_1 + 2 t_2),
D_j = j − (j + 1) · Y · t_{j+1} / t_j. γ(c) is what the discounts took away, so that p_k sums to 1; in a
context that was never seen, p_k = p_{k−1}.

An n-gram is a number: the rank of (number of its first n − 1 tokens, its last token) among those seen.
So fitting is sorting, and looking up is a binary search, both in NumPy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from minillm.tokens.choice import draw_tokens, only
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MAX_TRAIN_TOKENS = 10_000_000
"""What `counted` draws at most; a million of them take 0.13 GB and 0.8 s at order 3."""
_CHUNK_TOKENS = 2**18
_FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # KenLM's, where the counts of counts give none
_UNSEEN = -1


@dataclass(frozen=True)
class _Order:
    """What is known of the n-grams of one length; all arrays but `keys` hold one value per n-gram."""

    keys: Ints
    """Context number · V + last token, ascending; an n-gram's number is its place here."""
    discounted: Floats
    """max(a − D, 0)."""
    context_total: Floats
    """Per context number: Σ_v a(c v); 0 if nothing was seen to follow."""
    context_discount: Floats
    """Per context number: the sum of the discounts, γ(c) · Σ_v a(c v)."""


class Bigrams(NamedTuple):
    """p(w | v) = weight[v] · unigrams[w], plus the values of v's entries where w is their token."""

    unigrams: Floats
    """(V,): p_1, which sums to 1."""
    weights: Floats
    """(V,): γ of each token as context; 1 where nothing was seen to follow."""
    offsets: Ints
    """(V + 1,): where each context's entries begin."""
    tokens: Ints
    """(E,): what followed."""
    values: Floats
    """(E,): max(a − D, 0) / Σ_v a(c v)."""


def counted(train: Shard, seed: int) -> Shard:
    """What of a training split is counted: all of it, or articles that the seed draws."""
    return only(train, draw_tokens(train, MAX_TRAIN_TOKENS, seed))


class KneserNey:
    """An interpolated modified Kneser–Ney model of token ids."""

    def __init__(self, train: Shard, vocab_size: int, order: int) -> None:
        assert order >= 1
        self.vocab_size = vocab_size
        self.order = order
        self.train_tokens = len(train.tokens)
        """How many tokens the counts are of."""
        self._orders = self._fit(np.asarray(train.tokens, dtype=np.int64), _ages(train.offsets))

    def nll(self, shard: Shard) -> Iterator[tuple[int, Floats]]:
        """Yield each article's number and the NLL of its targets, in nats."""
        for first, last in _article_chunks(shard.offsets):
            offsets = shard.offsets[first : last + 1] - shard.offsets[first]
            tokens = np.asarray(shard.tokens[shard.offsets[first] : shard.offsets[last]], dtype=np.int64)
            nll = -np.log(self._probabilities(tokens, _ages(offsets)))
            for index in range(last - first):
                yield first + index, nll[offsets[index] + 1 : offsets[index + 1]]

    def article_nll(self, shard: Shard) -> Floats:
        """NLL of each article of the shard, in nats."""
        return np.array([nll.sum() for _, nll in self.nll(shard)])

    def bigrams(self) -> Bigrams:
        """The whole distribution after each token, of a model of order 2."""
        assert self.order == 2
        first, second = self._orders
        p1 = np.full(self.vocab_size, first.context_discount[0] / first.context_total[0] / self.vocab_size)
        p1[first.keys] += first.discounted / first.context_total[0]
        context, tokens = np.divmod(second.keys, self.vocab_size)
        seen = second.context_total > 0
        weights = np.ones(self.vocab_size)
        weights[first.keys[seen]] = second.context_discount[seen] / second.context_total[seen]
        entries = np.bincount(first.keys[context], minlength=self.vocab_size)
        offsets = np.concatenate(([0], np.cumsum(entries)))
        return Bigrams(p1, weights, offsets, tokens, second.discounted / second.context_total[context])

    def _fit(self, tokens: Ints, ages: Ints) -> list[_Order]:
        """Number the n-grams from short to long, then discount; each order's a needs the one above."""
        keys: list[Ints] = []
        counts: list[Ints] = []
        begins_article: list[npt.NDArray[np.bool_]] = []
        seen_before: list[Ints] = []  # per n-gram: how many different tokens stood before it
        numbers = np.zeros(len(tokens), dtype=np.int64)  # of the (k − 1)-gram that ends at each token
        shorter = numbers  # of the (k − 1)-gram that ends before each token
        for k in range(1, self.order + 1):
            places = np.flatnonzero(ages >= k - 1)  # where a k-gram ends within its article
            order_keys, first, inverse, order_counts = np.unique(
                shorter[places] * self.vocab_size + tokens[places],
                return_index=True,
                return_inverse=True,
                return_counts=True,
            )
            if k > 1:  # each different k-gram puts one more token before the (k − 1)-gram that it ends with
                suffixes = numbers[places[first]]
                seen_before.append(np.bincount(suffixes, minlength=len(keys[-1])))
            keys.append(order_keys)
            counts.append(order_counts)
            begins_article.append(ages[places[first]] == k - 1)
            numbers = np.full(len(tokens), _UNSEEN)
            numbers[places] = inverse
            shorter = np.concatenate(([_UNSEEN], numbers[:-1]))
        adjusted = [
            np.where(*parts) for parts in zip(begins_article[:-1], counts[:-1], seen_before, strict=True)
        ]
        adjusted.append(counts[-1])
        # [BOS] is a context but never a target.
        adjusted[0] = np.where(keys[0] == BOS, 0, adjusted[0])
        contexts = [1, *map(len, keys[:-1])]
        return [self._discount(*parts) for parts in zip(keys, adjusted, contexts, strict=True)]

    def _discount(self, keys: Ints, adjusted: Ints, contexts: int) -> _Order:
        discounts = np.array([0.0, *_discounts(adjusted)])[np.minimum(adjusted, 3)]
        context = keys // self.vocab_size

        def per_context(values: npt.NDArray[np.generic]) -> Floats:
            return np.bincount(context, weights=values, minlength=contexts).astype(np.float64, copy=False)

        return _Order(keys, adjusted - discounts, per_context(adjusted), per_context(discounts))

    def _probabilities(self, tokens: Ints, ages: Ints) -> Floats:
        """p(token | the tokens before it in its article), for each token; [BOS]'s own is meaningless."""
        probabilities = np.full(len(tokens), 1 / self.vocab_size)
        contexts = np.zeros(len(tokens), dtype=np.int64)  # number of the (k − 1)-gram before each token
        for k, order in enumerate(self._orders, start=1):
            known = (ages >= k - 1) & (contexts != _UNSEEN)
            keys = contexts * self.vocab_size + tokens
            places = np.minimum(np.searchsorted(order.keys, keys), len(order.keys) - 1)
            found = known & (order.keys[places] == keys)
            total = np.where(known, order.context_total[contexts], 0)
            discounted = np.where(found, order.discounted[places], 0)
            mixed = discounted + order.context_discount[contexts] * probabilities
            probabilities = np.where(total > 0, mixed / np.maximum(total, 1), probabilities)
            numbers = np.where(found, places, _UNSEEN)
            contexts = np.concatenate(([_UNSEEN], numbers[:-1]))
        return probabilities


def _discounts(adjusted: Ints) -> tuple[float, ...]:
    """D_1, D_2, D_3+ of one order, from how many n-grams have each adjusted count."""
    t = np.bincount(np.minimum(adjusted, 5), minlength=6).astype(float)
    if not t[1:5].all():
        return _FALLBACK_DISCOUNTS
    y = t[1] / (t[1] + 2 * t[2])
    discounts = tuple(float(j - (j + 1) * y * t[j + 1] / t[j]) for j in (1, 2, 3))
    if any(not 0 < discount <= j for j, discount in enumerate(discounts, start=1)):
        return _FALLBACK_DISCOUNTS
    return discounts


def _ages(offsets: Ints) -> Ints:
    """How many tokens of its article stand before each token."""
    return np.arange(offsets[-1]) - np.repeat(offsets[:-1], np.diff(offsets))


def _article_chunks(offsets: Ints) -> Iterator[tuple[int, int]]:
    """Ranges of whole articles with about `_CHUNK_TOKENS` tokens together."""
    first = 0
    while first < len(offsets) - 1:
        last = int(np.searchsorted(offsets, offsets[first] + _CHUNK_TOKENS, side="right")) - 1
        last = max(first + 1, last)
        yield first, last
        first = last
