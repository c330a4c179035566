"""What several checkpoints predict together, beside the one that is evaluated: figures of their own.

The probability of a target is the mean of what all of them find it to be. Their passes over a split go side
by side, batch by batch, so that memory does not grow with it; hence they need one context beside one
tokenizer. Such an ensemble is no model that could be exported.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.evaluation.code_length import SplitText
from minillm.evaluation.likelihood import score, stride_of
from minillm.evaluation.measured import Measured
from minillm.evaluation.split_likelihood import HELD_OUT, Likelihood, perplexity
from minillm.files import Metrics
from minillm.model.minigpt import MiniGPT
from minillm.params import EvaluateParams
from minillm.tokens.assignment import Split
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import tokenizer_sha256
from minillm.training.named import NamedCheckpoint, checkpoint_folders
from minillm.training.scores import Scores
from minillm.training.threads import Threads

NO_ENSEMBLE = "checkpoints/none"
"""The value of evaluate.ensemble that stands for none: a folder, since DVC wants one to depend on."""


def load_ensemble(folder: str, tokenizer: Tokenizer, device: torch.device) -> list[MiniGPT]:
    """The models of the checkpoints in a folder, none for NO_ENSEMBLE.

    Raises InputError if one is missing, cut, of another tokenizer or of another context than the first.
    """
    if Path(folder) == Path(NO_ENSEMBLE):
        return []
    models: list[MiniGPT] = []
    for path in checkpoint_folders(Path(folder)):
        named = NamedCheckpoint(f"evaluate.ensemble = {folder}", path, f"{NO_ENSEMBLE} for no ensemble")
        checkpoint = named.load(device)
        named.refuse_other_tokenizer(checkpoint, tokenizer_sha256(tokenizer))
        models.append(checkpoint.model)
        contexts = [model.config.context for model in models]
        if contexts[0] != contexts[-1]:
            raise InputError(
                f"{named.parameter}: the context of {path} is {contexts[-1]} tokens, of the first one "
                f"{contexts[0]}; name checkpoints of one context"
            )
    return models


def measured_ensemble(
    models: Sequence[MiniGPT],
    shards: Mapping[Split, Shard],
    texts: Mapping[Split, SplitText],
    settings: EvaluateParams,
    threads: Threads,
) -> Measured:
    """Loss, perplexity and bits per byte of the held-out splits; nothing without models."""
    if not models:
        return Measured()
    stride = stride_of(settings.stride, models[0].config.context)
    figures: dict[str, Metrics] = {}
    for split in HELD_OUT:
        likelihood = Likelihood(shards[split])
        for scores in scored_together(models, shards[split], settings.batch_size, threads, stride):
            likelihood.add(scores)
        figures[split] = {
            "loss": likelihood.loss,
            "perplexity": perplexity(likelihood.loss),
            "bits_per_byte": texts[split].bits_per_byte(likelihood.nll),
        }
    compared = [f"ensemble.{split}.{name}" for split in HELD_OUT for name in ("loss", "bits_per_byte")]
    return Measured({"ensemble": {"checkpoints": len(models), **figures}}, compared=compared)


def scored_together(
    models: Sequence[MiniGPT], shard: Shard, batch_size: int, threads: Threads, stride: int
) -> Iterator[Scores]:
    """The scores of every target with its NLL by all models together; the rest is the first one's."""
    passes = [score(model, shard, batch_size, threads, stride) for model in models]
    for scores in zip(*passes, strict=True):
        nll = np.stack([each.nll for each in scores])  # (models, N)
        least = nll.min(axis=0)  # from the largest probability, which cannot underflow
        yield replace(scores[0], nll=least - np.log(np.exp(least - nll).mean(axis=0)))
