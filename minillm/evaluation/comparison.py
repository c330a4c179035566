"""By how much one model's loss is lower than another's, and how sure that is.

Two models score the same articles, so the articles are drawn anew, with replacement, and the difference is
computed for each draw (the paired bootstrap, Efron 1979; Koehn 2004). Articles and not tokens: the tokens
of an article are not independent.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_DRAWS = 1000


class Margin(NamedTuple):
    """A mean difference in nats per token and its 95 % interval."""

    mean: float
    low: float
    high: float


def loss_margin(
    nll: npt.NDArray[np.float64],
    other_nll: npt.NDArray[np.float64],
    targets: npt.NDArray[np.int64],
    seed: int | Sequence[int],
) -> Margin:
    """How much lower the first model's loss is, given each article's NLL under both and its targets."""
    difference = other_nll - nll
    random = np.random.default_rng(seed)
    margins = []
    for _ in range(_DRAWS):
        drawn = random.integers(len(targets), size=len(targets))
        margins.append(difference[drawn].sum() / targets[drawn].sum())
    low, high = np.percentile(margins, [2.5, 97.5])
    return Margin(float(difference.sum() / targets.sum()), float(low), float(high))
