"""A fixed choice among articles, where not all of them can be counted, read or scored.

It derives from the seed and the articles' sizes alone: the articles in a random order, from the first on, as
long as they fit.
"""

import numpy as np
import numpy.typing as npt

from minillm.tokens.shards import Shard

Bools = npt.NDArray[np.bool_]


def draw(sizes: npt.NDArray[np.int64], most: int, seed: int) -> Bools:
    """Per article whether it is drawn: all if they have `most` together, else as many as fit, or one."""
    order = np.random.default_rng(seed).permutation(len(sizes))
    fits = np.cumsum(sizes[order]) <= most
    fits[:1] = True
    chosen = np.zeros(len(sizes), dtype=bool)
    chosen[order[fits]] = True
    return chosen


def draw_tokens(shard: Shard, most: int, seed: int) -> Bools:
    """Per article whether it is drawn, of `most` tokens together; 0: all are."""
    return draw(np.diff(shard.offsets), most or len(shard.tokens), seed)


def only(shard: Shard, chosen: Bools) -> Shard:
    """The chosen articles, in their order and in memory; the shard itself if that is all of them."""
    if chosen.all():
        return shard
    tokens = np.concatenate([shard.article(int(index)) for index in np.flatnonzero(chosen)])
    return Shard(tokens, np.concatenate(([0], np.cumsum(np.diff(shard.offsets)[chosen]))))
