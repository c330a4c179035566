"""How sure a figure is: 95 % intervals by drawing the articles anew.

A mean over targets is Σ value ÷ Σ targets over articles. The articles are drawn with replacement, and the
mean is computed for each draw (the bootstrap, Efron 1979). Two models score the same articles, so of their
difference it is the difference that is drawn (paired, Koehn 2004). Articles and not tokens: the tokens of an
article are not independent. The means of n articles drawn anew spread as little as if the n were all there
are, so that the 2.5th and 97.5th percentile are too close to each other where n is small: further ones are
taken, as far as Student's distribution is from the normal one (the expanded percentile interval, Hesterberg
2015, "What Teachers Should Know About the Bootstrap"). Of a few articles the draws are too few to say
anything, and of one all are the same: fewer than FEWEST have a mean and no interval.

What a difference is worth is told by one rule (`verdict`), in the report, the summary and the model card:
better or worse is what the whole interval of the difference says, everything else is no clear difference.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from minillm.evaluation.unmeasured import mark_unmeasured
from minillm.files import Metrics

DRAWS = 1000
FEWEST = 6
"""Articles that have an interval. Even pure chance lets five of five agree in 2 · 2⁻⁵ = 6 % of all cases; the
interval of two called equal models better or worse in half of them."""
_Z = 1.959964
"""The 97.5th percentile of the normal distribution."""
BETTER, WORSE, UNCLEAR = "better", "worse", "no clear difference"


class Interval(NamedTuple):
    """A mean and its 95 % interval; None where there is none."""

    mean: float
    low: float | None
    high: float | None

    def metrics(self) -> Metrics:
        """By name."""
        return mark_unmeasured(self._asdict())


def bootstrap(
    values: npt.NDArray[np.float64] | npt.NDArray[np.int64],
    targets: npt.NDArray[np.int64],
    seed: int | Sequence[int],
) -> Interval:
    """Mean per target of what each article sums up to, given its targets; FEWEST have an interval."""
    mean = float(values.sum() / targets.sum())
    if len(targets) < FEWEST:
        return Interval(mean, None, None)
    random = np.random.default_rng(seed)
    means = []
    for _ in range(DRAWS):
        drawn = random.integers(len(targets), size=len(targets))
        means.append(values[drawn].sum() / targets[drawn].sum())
    outside = percent_outside(len(targets))
    low, high = np.percentile(means, [outside, 100 - outside])
    return Interval(mean, float(low), float(high))


def percent_outside(articles: int) -> float:
    """Of the draws, on either side of a 95 % interval of so many articles: 2.5 for very many, 0.246 for 6.

    Rounded, so that no computer's erfc decides on a byte.
    """
    spread = math.sqrt(articles / (articles - 1))
    return round(100 * NormalDist().cdf(-spread * student_t(articles - 1)), 3)


def student_t(freedom: int) -> float:
    """The 97.5th percentile of Student's t for 5 degrees of freedom or more, to 0.003.

    An expansion in 1 / freedom (Abramowitz & Stegun 1964, 26.7.5).
    """
    z, n = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


def verdict(gain: Interval) -> str:
    """BETTER, WORSE or UNCLEAR, given by how much the first of two is better, with its interval.

    Without an interval nothing is clear, whatever the mean.
    """
    if gain.low is None or gain.high is None:
        return UNCLEAR
    if gain.low > 0:
        return BETTER
    return WORSE if gain.high < 0 else UNCLEAR


def wilson(right: float, asked: int) -> Interval:
    """Share of right answers with Wilson's 95 % interval (1927), good for few answers and near 0 and 1."""
    assert asked, "nothing was asked"
    share, z2 = right / asked, _Z**2
    centre = (share + z2 / (2 * asked)) / (1 + z2 / asked)
    half = math.sqrt(z2 * (share * (1 - share) / asked + z2 / (4 * asked**2))) / (1 + z2 / asked)
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))
