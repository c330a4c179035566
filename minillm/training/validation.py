"""The figures of a validation pass: mean NLL and accuracy over every target of a shard, each once."""

from dataclasses import dataclass

import torch
from torch import Tensor

from minillm.model.minigpt import MiniGPT
from minillm.tokens.batches import EvaluationBatch, evaluation_batches
from minillm.tokens.shards import Shard
from minillm.training.processes import ALONE, World
from minillm.training.scoring import score_batch
from minillm.training.threads import ONE_THREAD, Threads


@dataclass(frozen=True)
class Figures:
    """Token-weighted means over a pass."""

    loss: float
    """Mean NLL per target, in nats."""
    accuracy: float


def measure(
    model: MiniGPT,
    shard: Shard,
    batch_size: int,
    dtype: torch.dtype,
    threads: Threads = ONE_THREAD,
    world: World = ALONE,
) -> Figures:
    """One pass over the whole shard in evaluation mode, products in `dtype`, sums in float64.

    Several processes take turns with the batches.
    """
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device

    def measured(numbered: tuple[int, EvaluationBatch]) -> Tensor:
        number, batch = numbered
        if number % world.size != world.rank:
            return torch.zeros(2, dtype=torch.float64)
        scores = score_batch(model, batch, dtype)
        hits = (scores.predicted == scores.targets).sum()
        return torch.tensor([scores.nll.sum(), hits], dtype=torch.float64)

    batches = enumerate(evaluation_batches(shard, model.config.context, batch_size))
    figures = torch.stack(list(threads.map(measured, batches))).to(device)  # (batches, 2): NLL, hits
    world.sum([figures])
    model.train(was_training)
    loss, accuracy = (figures.sum(0) / shard.targets).tolist()
    return Figures(loss, accuracy)
