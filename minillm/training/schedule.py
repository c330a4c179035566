"""How many steps a run has, and the learning rate over them."""

import math

from minillm.errors import InputError
from minillm.params import TrainParams


def steps_of_run(params: TrainParams, steps_per_epoch: int, tokens_per_step: int) -> int:
    """As many as `epochs`, `max_steps` and `max_tokens` all allow. Raises InputError if that is none."""
    steps, name = round(params.epochs * steps_per_epoch), "epochs"
    if 0 < params.max_steps < steps:
        steps, name = params.max_steps, "max_steps"
    if params.max_tokens and params.max_tokens // tokens_per_step < steps:
        steps, name = params.max_tokens // tokens_per_step, "max_tokens"
    if not steps:
        raise InputError(
            f"train.{name} = {getattr(params, name)}: less than one step, of which an epoch has "
            f"{steps_per_epoch} with {tokens_per_step} tokens each; raise it or lower train.batch_size"
        )
    return steps


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
