"""Verbatim overlap: what of a text stands word for word in the training text.

An n-gram of 8 tokens is searched by its hash: a polynomial modulo 2⁶⁴ (Karp & Rabin 1987), for the searched
ones as a sorted array, for the training text chunk by chunk. A table of 2²⁴ bits in front of the binary
search lets through only what may be there. So a search is one pass over the corpus, in time linear and in
memory independent of its length (benchmarks/verbatim_search.py): 20 million tokens, a billion pairs, and
still less than one false hit in 10⁸ searches.

Tokens are compared. In a word vocabulary an [UNK] stands for any unknown word, so that an n-gram that holds
one is neither searched nor counted.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from minillm.tokens.choice import Bools
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import UNK

LENGTH = 8
"""Tokens; Spanish prose rarely repeats so many by accident."""
_CHUNK_TOKENS = 2**20
_TABLE_BITS = 24
# Odd; Knuth's, from the golden ratio.
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_BETWEEN_TEXTS = chr(0x10FFFF)  # no token id is so large

Hashes = npt.NDArray[np.uint64]
Tokens = Sequence[int] | npt.NDArray[np.integer]


class Search:
    """A set of n-grams to look for."""

    def __init__(self, hashes: Hashes) -> None:
        self.hashes, self.numbers = _distinct(hashes)
        """The different ones, ascending; and for each hash given, which of them it is."""
        self._table = np.zeros(2**_TABLE_BITS, dtype=bool)
        self._table[_table_places(self.hashes)] = True

    def places(self, tokens: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where a wanted n-gram begins in `tokens`, and the number of that n-gram among `hashes`."""
        if not len(self.hashes):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        hashes = _hashes(tokens)
        candidates = np.flatnonzero(self._table[_table_places(hashes)])
        numbers = np.searchsorted(self.hashes, hashes[candidates])
        hits = self.hashes[np.minimum(numbers, len(self.hashes) - 1)] == hashes[candidates]
        return candidates[hits], numbers[hits]


def find_ngrams(texts: Sequence[Tokens], train: Shard) -> list[tuple[Bools, Bools]]:
    """For each text two arrays over its n-grams, (T − 7,): searched (no [UNK]), and found in training."""
    arrays = [np.asarray(text, dtype=np.int64) for text in texts]
    searched = [_without_unknown(array) for array in arrays]
    search = Search(_joined([_hashes(a)[known] for a, known in zip(arrays, searched, strict=True)]))
    is_found = np.zeros(len(search.hashes), dtype=bool)
    for chunk in _chunks(train, LENGTH):
        is_found[search.places(chunk)[1]] = True
    results, start = [], 0
    for known in searched:
        found = known.copy()
        found[known] = is_found[search.numbers[start : start + int(known.sum())]]
        start += int(known.sum())
        results.append((known, found))
    return results


def copied_tokens(found: Bools, length: int) -> Bools:
    """Per token of a text of `length`: does it belong to an n-gram that was found?"""
    copied = np.zeros(length, dtype=bool)
    for start in np.flatnonzero(found).tolist():
        copied[start : start + LENGTH] = True
    return copied


def share_found(ngrams: Sequence[tuple[Bools, Bools]]) -> float | None:
    """Which share of the searched n-grams of all texts was found; None if none was searched."""
    searched = sum(int(known.sum()) for known, _ in ngrams)
    return sum(int(found.sum()) for _, found in ngrams) / searched if searched else None


def longest_run(texts: Sequence[Tokens], train: Shard) -> int:
    """Tokens of the longest passage of a text that stands in the training split; 0 below LENGTH.

    Where wanted n-grams follow each other in the training text, a passage of them may stand in one of the
    texts, and just there it is looked for, as a string with a character per token.
    """
    arrays = [np.asarray(text, dtype=np.int64) for text in texts]
    search = Search(_joined([_hashes(array)[_without_unknown(array)] for array in arrays]))
    everything = _BETWEEN_TEXTS.join(map(_as_string, arrays))
    longest = LENGTH - 1
    for chunk in _chunks(train, max([LENGTH, *map(len, arrays)])):
        for first, stop in _stretches(search.places(chunk)[0]):
            if stop - first <= longest:
                continue
            passage = _as_string(chunk[first:stop])
            start = 0
            while start + longest < len(passage):
                if passage[start : start + longest + 1] in everything:
                    longest += 1
                else:
                    start += 1
    return longest if longest >= LENGTH else 0


def _chunks(train: Shard, reach: int) -> Iterator[npt.NDArray[np.unsignedinteger]]:
    """The training tokens in parts that share `reach` − 1 tokens, so that no passage of `reach` is cut."""
    for start in range(0, len(train.tokens), _CHUNK_TOKENS):
        yield train.tokens[start : start + _CHUNK_TOKENS + reach - 1]


def _stretches(places: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Where n-grams that begin at consecutive places start and end together."""
    breaks = np.flatnonzero(np.diff(places) != 1)
    firsts = places[np.concatenate(([0], breaks + 1))] if len(places) else places
    lasts = places[np.concatenate((breaks, [len(places) - 1]))] if len(places) else places
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        yield first, last + LENGTH


def _hashes(tokens: npt.NDArray[np.integer]) -> Hashes:
    """Hash of each n-gram of (T,) tokens, as (T − LENGTH + 1,), empty for fewer tokens."""
    count = max(0, len(tokens) - LENGTH + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    wide = tokens.astype(np.uint64) + np.uint64(1)
    for offset in range(LENGTH):
        hashes *= _MULTIPLIER
        hashes += wide[offset : offset + count]
    return hashes


def _distinct(hashes: Hashes) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """The different hashes, ascending, and the number of each.

    np.unique hashes them once more: 3.9 s for two million, where sorting takes 0.7 s.
    """
    order = np.argsort(hashes)
    ascending = hashes[order]
    is_new = np.concatenate(([True], ascending[1:] != ascending[:-1]))[: len(hashes)]
    numbers = np.empty(len(hashes), dtype=np.int64)
    numbers[order] = np.cumsum(is_new) - 1
    return ascending[is_new], numbers


def _table_places(hashes: Hashes) -> npt.NDArray[np.int64]:
    """The highest bits, which depend on all tokens."""
    return (hashes >> np.uint64(64 - _TABLE_BITS)).astype(np.int64)


def _without_unknown(tokens: npt.NDArray[np.int64]) -> Bools:
    """Per n-gram of (T,) tokens: none of its tokens is [UNK]."""
    unknown = np.concatenate(([0], np.cumsum(tokens == UNK)))
    return (unknown[LENGTH:] == unknown[:-LENGTH]) if len(tokens) >= LENGTH else np.zeros(0, dtype=bool)


def _joined(hashes: list[Hashes]) -> Hashes:
    return np.concatenate([np.zeros(0, np.uint64), *hashes])


def _as_string(tokens: npt.NDArray[np.integer]) -> str:
    """A character per token: ids stay below 2²⁰, the largest code point is 0x10FFFF."""
    return tokens.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
