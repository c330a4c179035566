"""The evaluate stage: every measurement of the best checkpoint, put together.

Two runs on the same machine give the same bytes, but for `performance` and the latency table.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.evaluation.baselines import KneserNey
from minillm.evaluation.bias import TOKEN_BIAS_COLUMNS, TokenBias
from minillm.evaluation.bleu import BLEU_COLUMNS, continue_articles, measure_bleu
from minillm.evaluation.causality import check_causality
from minillm.evaluation.code_length import SplitText, measure_texts
from minillm.evaluation.comparison import loss_margin
from minillm.evaluation.likelihood import Likelihood, score
from minillm.evaluation.memorization import overlap_metrics
from minillm.evaluation.overfitting import OVERFITTING_COLUMNS, overfitting, overfitting_by_epoch
from minillm.evaluation.samples import write_samples
from minillm.evaluation.speed import LATENCY_COLUMNS, latency_table, measure_latency, performance_metrics
from minillm.files import Metrics
from minillm.model.minigpt import MiniGPT
from minillm.params import Device, Params
from minillm.tokens.assignment import SPLITS, Split
from minillm.tokens.shards import Shard, open_shard
from minillm.tokens.tokenizer import load_tokenizer
from minillm.training.checkpoints import load_checkpoint
from minillm.training.device import keep_freed_memory, resolve_device

_HELD_OUT: tuple[Split, ...] = ("validation", "test")


@dataclass(frozen=True)
class Sources:
    """The files that an evaluation reads."""

    checkpoint: Path
    texts: Path
    splits: Path
    tokenizer: Path
    curve: Path


class Table(NamedTuple):
    """The data of a plot."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Evaluation:
    """What was found."""

    metrics: Metrics
    performance: Metrics
    """Time and memory, which differ from run to run."""
    tables: Mapping[str, Table]
    samples: str


def evaluate(params: Params, sources: Sources) -> Evaluation:
    """Measure the checkpoint.

    Raises InputError for sources that are missing, cut or do not belong together, and for test articles
    too short for the continuations that `params` asks for.
    """
    keep_freed_memory()
    settings = params.evaluate
    tokenizer = load_tokenizer(sources.tokenizer)
    model = _load_model(sources, settings.device, tokenizer)
    shards = {split: open_shard(sources.splits, split) for split in SPLITS}
    curve = overfitting_by_epoch(sources.curve)
    continuations = continue_articles(model, shards["test"], settings)  # may refuse: before the long passes
    texts = measure_texts(sources.texts, sources.splits, tokenizer)

    bias = TokenBias(model.config.vocab_size)
    likelihoods = {split: Likelihood(shard) for split, shard in shards.items()}
    for split, likelihood in likelihoods.items():
        for scores in score(model, shards[split], settings.batch_size):
            likelihood.add(scores)
            if split == "test":
                bias.add(scores)
        _refuse_broken_model(likelihood, sources.checkpoint)
    causality = check_causality(model, _longest_beginning(shards["test"], model.config.context))
    bleu = measure_bleu(continuations, tokenizer)
    latency = measure_latency(model, settings.latency_runs)
    metrics: Metrics = {
        **{split: _split_metrics(likelihoods[split], texts[split]) for split in SPLITS},
        "overfitting": overfitting(likelihoods["train"].loss, likelihoods["validation"].loss),
        "bias": bias.metrics(tokenizer),
        "bleu": bleu.metrics(),
        "overlap": overlap_metrics(continuations.hypotheses, continuations.references, shards["train"]),
        "baseline": _baseline_metrics(params, shards, model.config.vocab_size, likelihoods["test"], texts),
        "causal": causality.causal,
        "causal_difference": causality.largest_difference,
    }
    return Evaluation(
        metrics=metrics,
        performance=performance_metrics(model, latency),
        tables={
            "overfitting": Table(OVERFITTING_COLUMNS, curve),
            "token_bias": Table(TOKEN_BIAS_COLUMNS, bias.table(tokenizer)),
            "bleu": Table(BLEU_COLUMNS, bleu.table()),
            "latency": Table(LATENCY_COLUMNS, latency_table(latency)),
        },
        samples=write_samples(model, tokenizer, shards["test"], settings, params.seed),
    )


def _load_model(sources: Sources, device: Device, tokenizer: Tokenizer) -> MiniGPT:
    model = load_checkpoint(sources.checkpoint, resolve_device(device)).model
    found, expected = tokenizer.get_vocab_size(), model.config.vocab_size
    if found != expected:
        raise InputError(
            f"{sources.checkpoint} predicts {expected} tokens, {sources.tokenizer} has {found}; "
            f"run `dvc repro train`"
        )
    return model


def _refuse_broken_model(likelihood: Likelihood, checkpoint: Path) -> None:
    if not math.isfinite(likelihood.loss):
        raise InputError(
            f"{checkpoint} predicts no numbers (loss {likelihood.loss}); run `dvc repro -f train`"
        )


def _longest_beginning(shard: Shard, context: int) -> torch.Tensor:
    """The first tokens of the longest article, (T,) with T ≤ context."""
    longest = int(np.diff(shard.offsets).argmax())
    return torch.from_numpy(shard.article(longest)[:context].astype(np.int64))


def _split_metrics(likelihood: Likelihood, text: SplitText) -> Metrics:
    return {**likelihood.metrics(), "bits_per_byte": text.bits_per_byte(likelihood.nll)}


def _baseline_metrics(
    params: Params,
    shards: Mapping[Split, Shard],
    vocab_size: int,
    model_on_test: Likelihood,
    texts: Mapping[Split, SplitText],
) -> Metrics:
    """The n-gram models on the held-out splits, and by how much MiniGPT's test loss is lower than theirs."""
    metrics: dict[str, Metrics | bool] = {}
    beaten = True
    for name, order in (("unigram", 1), ("ngram", params.evaluate.baseline_order)):
        baseline = KneserNey(shards["train"], vocab_size, order)
        article_nll = {split: baseline.article_nll(shards[split]) for split in _HELD_OUT}
        margin = loss_margin(
            model_on_test.article_nll, article_nll["test"], model_on_test.article_targets, params.seed
        )
        beaten = beaten and margin.mean > 0
        metrics[name] = {
            **{
                split: _baseline_split_metrics(float(nll.sum()), shards[split], texts[split])
                for split, nll in article_nll.items()
            },
            "margin": margin._asdict(),
            "train_tokens": baseline.train_tokens,
        }
    metrics["beaten"] = beaten
    return metrics


def _baseline_split_metrics(nll: float, shard: Shard, text: SplitText) -> Metrics:
    loss = nll / shard.targets
    return {"loss": loss, "perplexity": math.exp(loss), "bits_per_byte": text.bits_per_byte(nll)}
