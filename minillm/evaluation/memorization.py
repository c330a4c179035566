"""Verbatim overlap: how much of what the model writes stands word for word in the training text.

The share of the n-grams of the generated tokens that occur in the training split, beside the same share for
what real, unseen articles say in that place. A share far above the real one means that the model recites.
Tokens are compared, so that in a word vocabulary an [UNK] of a real article equals any other.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from minillm.files import Metrics
from minillm.tokens.shards import Shard

LENGTH = 8
"""Tokens; Spanish prose rarely repeats so many by accident."""
_CHUNK_TOKENS = 2**20
# A polynomial hash modulo 2⁶⁴ with an odd multiplier (Knuth's, from the golden ratio).
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Hashes = npt.NDArray[np.uint64]


def overlap_metrics(
    hypotheses: Sequence[Sequence[int]], references: Sequence[Sequence[int]], train: Shard
) -> Metrics:
    """Shares of the 8-grams of generated and of real continuations that are in the training split."""
    generated, real = _ngrams(hypotheses), _ngrams(references)
    wanted = np.unique(np.concatenate((generated, real)))
    found = np.zeros(len(wanted), dtype=bool)
    for start in range(0, len(train.tokens), _CHUNK_TOKENS):
        # Chunks share LENGTH − 1 tokens, so that no n-gram is cut.
        hashes = _hashes(train.tokens[start : start + _CHUNK_TOKENS + LENGTH - 1])
        found |= np.isin(wanted, hashes)
    return {
        "generated": _share(found[np.searchsorted(wanted, generated)]),
        "real": _share(found[np.searchsorted(wanted, real)]),
    }


def _ngrams(token_lists: Sequence[Sequence[int]]) -> Hashes:
    """Hashes of all n-grams within the lists, one after another."""
    return np.concatenate([_hashes(np.asarray(tokens)) for tokens in token_lists])


def _hashes(tokens: npt.NDArray[np.integer]) -> Hashes:
    """Hash of each n-gram of (T,) tokens, as (T − LENGTH + 1,), empty for fewer tokens."""
    count = max(0, len(tokens) - LENGTH + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    wide = tokens.astype(np.uint64)
    for offset in range(LENGTH):
        hashes = hashes * _MULTIPLIER + wide[offset : offset + count] + np.uint64(1)
    return hashes


def _share(found: npt.NDArray[np.bool_]) -> float:
    return float(found.mean()) if len(found) else 0.0
