"""What a model gives for the targets of a batch; without torch, which takes two seconds to import."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Scores:
    """The targets of one batch, in no particular order; each array is (N,)."""

    positions: npt.NDArray[np.int64]
    """Where the targets stand in the shard's tokens."""
    targets: npt.NDArray[np.int64]
    predicted: npt.NDArray[np.int64]
    """The likeliest token in the target's place."""
    nll: npt.NDArray[np.float64]
    """−ln p(target), in nats."""
    confidence: npt.NDArray[np.float64]
    """p(predicted)."""
