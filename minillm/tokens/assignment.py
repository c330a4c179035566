"""Which split an article belongs to: a pure function of its id and the seed.

The id and the seed are hashed (BLAKE2b) to a number in [0, 1) that is held against the ratios. So the
vocabulary can ask for the training articles before anything is split, and an article keeps its split when
the corpus grows or other articles go.
"""

import hashlib
from typing import Literal

from minillm.params import SplitParams

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def split_of(article_id: str, seed: int, ratios: SplitParams) -> Split:
    """Return the split of an article."""
    digest = hashlib.blake2b(f"{seed}:{article_id}".encode(), digest_size=8).digest()
    position = int.from_bytes(digest, "big") / 2**64
    if position < ratios.train:
        return "train"
    if position < ratios.train + ratios.validation:
        return "validation"
    return "test"
