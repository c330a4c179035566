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


def first_step_of_decay(steps: int, params: TrainParams) -> int:
    """The steps before this one are the same in a longer run; `steps`, if there is no decay."""
    if params.schedule == "constant":
        return steps
    return min(steps, max(params.warmup_steps, steps - round(params.decay_share * steps)))


def has_constant_part(steps: int, params: TrainParams) -> bool:
    """Whether the learning rate stays for a while what it is after the warm-up."""
    return first_step_of_decay(steps, params) > params.warmup_steps


def learning_rate(step: int, steps: int, params: TrainParams) -> float:
    """Learning rate of step 0 … steps − 1: linear warm-up to `lr`, constant, then `schedule`.

    linear and cosine fall over the last `decay_share` of the run, and would reach zero one step after the
    last. A warm-up longer than the run ends on its way up.
    """
    if step < params.warmup_steps:
        return params.lr * (step + 1) / params.warmup_steps
    decay = first_step_of_decay(steps, params)
    if step < decay:
        return params.lr
    left = (steps - step) / (steps - decay)  # 1 … 0
    if params.schedule == "linear":
        return params.lr * left
    return params.lr * (1 - math.cos(math.pi * left)) / 2
