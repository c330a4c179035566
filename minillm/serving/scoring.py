"""How probable the model finds the tokens of a prompt, in windows as `minillm evaluate` has them."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from minillm.errors import InputError
from minillm.model.minigpt import MiniGPT
from minillm.tokens.batches import EvaluationBatch, evaluation_batches
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import PAD

_BATCH_SIZE = 8
_CHUNK_LOGITS = 2**22  # 16 MB in float32: those of a whole batch may not fit the memory


class Found(NamedTuple):
    """A token with its log-probability, and those of the likeliest ones in its place."""

    id: int
    logprob: float
    top: list[tuple[int, float]]


def found_of(logits: Tensor, token: int, top: int) -> Found:
    """The token by its row of logits (V,)."""
    logprobs = logits.log_softmax(dim=0)
    values, ids = logprobs.topk(min(top, len(logprobs)))
    return Found(token, float(logprobs[token]), list(zip(ids.tolist(), values.tolist(), strict=True)))


def check_numbers(logits: Tensor) -> None:
    """Raises InputError for those of a model that is broken."""
    if not bool(logits.isfinite().all()):
        raise InputError("the model predicts no numbers; run `dvc repro -f train`")


class Scoring:
    """Scores one prompt, a batch of windows each time that it is asked to advance."""

    def __init__(self, model: MiniGPT, ids: list[int], top: int) -> None:
        self._model, self._ids, self._top = model, ids, top
        self.found: list[Found | None] = [None] * len(ids)
        """Of each of `ids`; None for the first, and for [PAD]."""
        shard = Shard(np.array(ids, dtype=np.uint32), np.array([0, len(ids)]))
        context = model.config.context
        stride = max(1, context // 2)  # evaluate.stride: auto
        self._batches = evaluation_batches(shard, context, _BATCH_SIZE, stride) if len(ids) > 1 else iter(())

    def advance(self) -> bool:
        """Score the next batch; True if there was none left."""
        batch = next(self._batches, None)
        if batch is not None:
            self._score(batch)
        return batch is None

    @torch.inference_mode()
    def _score(self, batch: EvaluationBatch) -> None:
        counted = batch.targets != PAD  # (B, T)
        places = torch.from_numpy(batch.positions)[:, None] + torch.arange(counted.shape[1])
        inputs = batch.inputs.to(self._model.embedding.weight.device)
        hidden = self._model.hidden(inputs)[counted.to(inputs.device)]  # (N, D)
        rows = max(1, _CHUNK_LOGITS // self._model.config.vocab_size)
        for some, at in zip(torch.split(hidden, rows), torch.split(places[counted], rows), strict=True):
            logits = self._model.head(some).float().cpu()  # (n, V)
            check_numbers(logits)
            for place, row in zip(at.tolist(), logits, strict=True):
                self.found[place] = found_of(row, self._ids[place], self._top)
