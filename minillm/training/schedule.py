"""The learning rate over the steps of a run."""

import math

from minillm.params import TrainParams


def learning_rate(step: int, steps: int, params: TrainParams) -> float:
    """Learning rate of step 0 … steps − 1: linear warm-up to `lr`, then `schedule`.

    linear and cosine would reach zero one step after the last. A warm-up longer than the run ends on its
    way up.
    """
    if step < params.warmup_steps:
        return params.lr * (step + 1) / params.warmup_steps
    left = (steps - step) / max(1, steps - params.warmup_steps)  # 1 … 0
    match params.schedule:
        case "constant":
            return params.lr
        case "linear":
            return params.lr * left
        case "cosine":
            return params.lr * (1 - math.cos(math.pi * left)) / 2
