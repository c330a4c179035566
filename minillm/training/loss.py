"""The training loss and the figures of a validation pass.

Cross-entropy in nats over the targets that count (PAD does not), with label smoothing ε in training
(Szegedy et al. 2016): (1 − ε)·NLL + ε·mean over the vocabulary of −log p. The plain NLL and the top-1 hits
come along, so that the curve shows the figures that validation is measured in.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from minillm.model.minigpt import MiniGPT
from minillm.tokens.batches import evaluation_batches
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import PAD
from minillm.training.device import autocast


@dataclass(frozen=True)
class Figures:
    """Token-weighted means over a pass."""

    loss: float
    """Mean NLL per target, in nats."""
    accuracy: float


def smoothed_loss(logits: Tensor, targets: Tensor, label_smoothing: float) -> tuple[Tensor, Tensor, Tensor]:
    """Loss to minimize, then the sums of NLL and of hits (not differentiable), for logits (B, T, V).

    All three are tensors on the logits' device: reading them would make the device wait.
    """
    flat = logits.flatten(0, 1)  # (B·T, V)
    counted = targets.flatten() != PAD
    log_probabilities = F.log_softmax(flat, dim=1, dtype=torch.float32)
    nll = -log_probabilities.gather(1, targets.flatten()[:, None])[:, 0] * counted  # (B·T,)
    loss = nll.sum()
    if label_smoothing:
        uniform = -log_probabilities.mean(1) * counted
        loss = (1 - label_smoothing) * loss + label_smoothing * uniform.sum()
    hits = (flat.argmax(1) == targets.flatten()) & counted
    return loss / counted.sum(), nll.detach().sum(), hits.sum()


@torch.inference_mode()
def measure(
    model: MiniGPT, shard: Shard, batch_size: int, device: torch.device, dtype: torch.dtype
) -> Figures:
    """One pass over the whole shard in evaluation mode: every target once, sums in float64."""
    was_training = model.training
    model.eval()
    nll = torch.zeros((), dtype=torch.float64, device=device)
    hits = torch.zeros((), dtype=torch.int64, device=device)
    for batch in evaluation_batches(shard, model.config.context, batch_size):
        inputs, targets = batch.inputs.to(device), batch.targets.to(device)
        with autocast(device, dtype):
            logits = model(inputs)
        _, batch_nll, batch_hits = smoothed_loss(logits, targets, 0.0)
        nll += batch_nll.double()
        hits += batch_hits
    model.train(was_training)
    return Figures(loss=nll.item() / shard.targets, accuracy=hits.item() / shard.targets)
