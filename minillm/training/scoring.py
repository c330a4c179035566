"""How probable the model finds each target of a batch, and which token it would have chosen.

Validation sums this up on the way through a training (validation.py), the evaluation article by article
(evaluation/likelihood.py). The negative log-likelihood (NLL) is in nats and without label smoothing, whatever
the training used. The logits are float32 whatever the precision of the model is: in bfloat16 the likeliest
tokens tie too often.
"""

import numpy as np
import torch
from torch import Tensor

from minillm.model.minigpt import MiniGPT
from minillm.model.portable import argmax
from minillm.tokens.batches import EvaluationBatch
from minillm.tokens.tokenizer import PAD
from minillm.training.device import autocast
from minillm.training.scores import Scores

_CHUNK_LOGITS = 2**22  # 16 MB in float32, for each core: the logits of a whole batch may not fit the memory


@torch.inference_mode()
def score_batch(model: MiniGPT, batch: EvaluationBatch, dtype: torch.dtype = torch.float32) -> Scores:
    """The scores of every target of the batch, by a model in evaluation mode; its products in `dtype`."""
    device = next(model.parameters()).device
    positions = torch.from_numpy(batch.positions)[:, None] + torch.arange(batch.targets.shape[1])  # (B, T)
    counted = batch.targets != PAD
    targets = batch.targets[counted]  # (N,)
    with autocast(device, dtype):
        hidden = model.hidden(batch.inputs.to(device))
    hidden = hidden[counted.to(device)].float()  # (N, D)
    nll, predicted, log_confidence = _nll_and_choice(model, hidden, targets.to(device))
    return Scores(
        positions[counted].numpy(),
        targets.numpy(),
        predicted.cpu().numpy(),
        nll.double().cpu().numpy(),
        np.exp(log_confidence.double().cpu().numpy()),
    )


def _nll_and_choice(model: MiniGPT, hidden: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """NLL, likeliest token and its log-probability, each (N,), for hidden (N, D) and targets (N,)."""
    rows = max(1, _CHUNK_LOGITS // model.config.vocab_size)
    parts = []
    for some_hidden, some_targets in zip(torch.split(hidden, rows), torch.split(targets, rows), strict=True):
        log_p = model.head(some_hidden).float().log_softmax(dim=1)  # (n, V)
        predicted = argmax(log_p)
        of_target, highest = (log_p.gather(1, ids[:, None])[:, 0] for ids in (some_targets, predicted))
        parts.append((-of_target, predicted, highest))
    nll, predicted, log_confidence = (torch.cat(part) for part in zip(*parts, strict=True))
    return nll, predicted, log_confidence
