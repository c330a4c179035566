"""The evaluate stage: every measurement of the best checkpoint, put together.

Two runs give the same bytes (docs/same-bytes.md), but for `performance`, which is the machine's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.evaluation.alarms import Alarm, raise_alarms
from minillm.evaluation.articles import measured_articles
from minillm.evaluation.baselines import BaselineTable, compare_with_baselines, fit_ngrams
from minillm.evaluation.bias import TokenBias
from minillm.evaluation.bleu import continue_articles, measure_bleu
from minillm.evaluation.byte_models import measure_byte_models, read_bytes
from minillm.evaluation.calibration import Calibration
from minillm.evaluation.causality import check_causality
from minillm.evaluation.code_length import MANY_TOKENS, SplitText, measure_texts
from minillm.evaluation.contamination import measure_contamination
from minillm.evaluation.ensemble import load_ensemble, measured_ensemble
from minillm.evaluation.generated import measure_generated
from minillm.evaluation.grammar import grammar_questions, measured_grammar
from minillm.evaluation.likelihood import article_nll, score, stride_of
from minillm.evaluation.measured import Measured, Table, put_together
from minillm.evaluation.minimal_pairs import Answers, ArticleNll, Questions
from minillm.evaluation.overfitting import Curve, measured_overfitting, overfitting_by_epoch
from minillm.evaluation.pair_file import file_questions, measured_pairs
from minillm.evaluation.samples import Sample, make_samples, measured_samples, samples_page
from minillm.evaluation.speed import Latency, PartTimes, Performance, measure_latency, performance
from minillm.evaluation.split_likelihood import Likelihood
from minillm.evaluation.splits import articles_to_score, measured_splits
from minillm.evaluation.unmeasured import mark_unmeasured
from minillm.files import Metrics, sha256
from minillm.languages.grammar import load_grammar
from minillm.languages.samples import load_samples_page
from minillm.model.minigpt import MiniGPT
from minillm.params import Device, Params
from minillm.tokens.assignment import SPLITS, Split
from minillm.tokens.choice import Bools, only
from minillm.tokens.kneser_ney import KneserNey
from minillm.tokens.shards import Shard, check_vocabulary, open_shard, read_split_table
from minillm.tokens.tokenizer import check_tokenizer, load_tokenizer
from minillm.training.checkpoints import load_checkpoint
from minillm.training.device import keep_freed_memory, resolve_device
from minillm.training.threads import Threads, threads_for


@dataclass(frozen=True)
class Sources:
    """The files that an evaluation reads."""

    checkpoint: Path
    texts: Path
    splits: Path
    tokenizer: Path
    curve: Path


@dataclass(frozen=True)
class Evaluation:
    """What was found."""

    metrics: Metrics
    """All figures."""
    compared: frozenset[str]
    """Dotted names of those, or groups of them, that one compares between experiments."""
    performance: Performance
    """Time and memory, which differ from run to run."""
    tables: Mapping[str, Table]
    """By file name without ending, relative to metrics/."""
    samples: str
    alarms: Sequence[Alarm]


@dataclass(frozen=True)
class _Subject:
    """What is evaluated, read and checked."""

    params: Params
    sources: Sources
    tokenizer: Tokenizer
    model: MiniGPT
    threads: Threads
    shards: Mapping[Split, Shard]
    chosen: Mapping[Split, Bools]
    """Per article whether it is scored."""
    scored: Mapping[Split, Shard]
    """The chosen articles alone."""
    curve: Curve
    pairs_of_file: Questions | None
    ensemble: Sequence[MiniGPT]


class _Findings(NamedTuple):
    """The results of all measurements, and what else is made of two of them."""

    parts: Sequence[Measured]
    samples: Sequence[Sample]
    latency: Latency


def evaluate(params: Params, sources: Sources) -> Evaluation:
    """Measure the checkpoint.

    Raises InputError for sources that are missing, cut or do not belong together, and for test articles
    too short for the continuations that `params` asks for.
    """
    keep_freed_memory()
    subject, cost = _read(params, sources), PartTimes()
    found = _measure(subject, cost)
    metrics, tables = put_together(found.parts)
    alarms = raise_alarms(metrics)
    return Evaluation(
        metrics={**metrics, "alarms": mark_unmeasured({alarm.name: alarm.raised for alarm in alarms})},
        compared=frozenset({"alarms"}.union(*(part.compared for part in found.parts))),
        performance=performance(
            subject.model, found.latency, cost.seconds, sha256(sources.checkpoint / "model.safetensors")
        ),
        tables={**tables, "tables/alarms": Table(Alarm._fields, alarms)},
        samples=samples_page(
            found.samples,
            subject.tokenizer,
            subject.shards["test"],
            params.evaluate,
            params.seed,
            load_samples_page(params.language),
        ),
        alarms=alarms,
    )


def _read(params: Params, sources: Sources) -> _Subject:
    """Read everything, so that what may be refused is refused before the long passes."""
    settings = params.evaluate
    tokenizer = load_tokenizer(sources.tokenizer)
    check_vocabulary(sources.splits, tokenizer)
    model = _load_model(sources, settings.device, tokenizer)
    shards = {split: open_shard(sources.splits, split) for split in SPLITS}
    _refuse_other_articles(sources.splits, shards)
    chosen = articles_to_score(shards, settings.max_tokens, params.seed)
    device, context = model.positions.device, model.config.context
    subject = _Subject(
        params=params,
        sources=sources,
        tokenizer=tokenizer,
        model=model,
        threads=threads_for(device),
        shards=shards,
        chosen=chosen,
        scored={split: only(shard, chosen[split]) for split, shard in shards.items()},
        curve=overfitting_by_epoch(sources.curve),
        pairs_of_file=file_questions(settings.minimal_pairs, tokenizer),
        ensemble=load_ensemble(settings.ensemble, tokenizer, device),
    )
    stride_of(settings.stride, context)
    for folder, models in ((sources.checkpoint, [model]), (Path(settings.ensemble), subject.ensemble)):
        for each in models:
            beginning = _longest_beginning(shards["test"], each.config.context)
            _refuse_broken_model(_loss_of(each, beginning), folder)
    return subject


def _measure(subject: _Subject, cost: PartTimes) -> _Findings:
    """Make all measurements, and note what each costs."""
    params, sources, model, shards = subject.params, subject.sources, subject.model, subject.shards
    settings, tokenizer, seed, test = params.evaluate, subject.tokenizer, params.seed, shards["test"]
    facts = load_grammar(params.language)
    with cost.of("continuations"):
        continuations = continue_articles(model, test, settings, seed, subject.threads)
        bleu = measure_bleu(continuations, tokenizer)
    with cost.of("code_length"):
        tokens = sum(len(shard.tokens) for shard in subject.scored.values())
        workers = params.machine.worker_count if tokens > MANY_TOKENS else 1
        texts = measure_texts(sources.texts, sources.splits, tokenizer, subject.chosen, workers)
    likelihoods, bias, calibration = _score_splits(subject, cost)
    with cost.of("causality"):
        causality = check_causality(model, _longest_beginning(test, model.config.context))
    ngrams, baselines = _measure_baselines(subject, likelihoods, texts, cost)
    with cost.of("ensemble"):
        together = measured_ensemble(subject.ensemble, subject.scored, texts, settings, subject.threads)
    with cost.of("grammar"):
        grammar, pairs = _answers(subject, grammar_questions(tokenizer, facts), ngrams)
    with cost.of("verbatim"):
        generated = measure_generated(continuations, shards["train"])
        contamination = measure_contamination(test, shards["train"], seed)
    with cost.of("samples"):
        samples = make_samples(model, tokenizer, settings, seed)
    with cost.of("latency"):
        latency = measure_latency(model, settings.latency_runs)
    with cost.of("tables"):
        ids, titles = (_column(sources.splits, "test", name) for name in ("id", "title"))
        scored_ids = [ids[index] for index in np.flatnonzero(subject.chosen["test"])]
        parts = [
            measured_splits(likelihoods, texts, shards, model.config.vocab_size, seed),
            measured_overfitting(likelihoods, subject.curve),
            bias.measured(tokenizer, facts.function_words),
            calibration.measured(),
            bleu.measured(),
            measured_grammar(grammar),
            measured_pairs(pairs),
            generated.measured(),
            contamination.measured(titles),
            baselines.measured(),
            together,
            causality.measured(),
            measured_articles(scored_ids, subject.scored["test"], likelihoods["test"], texts["test"], seed),
            measured_samples(samples, tokenizer, shards["train"]),
        ]
    return _Findings(parts, samples, latency)


def _load_model(sources: Sources, device: Device, tokenizer: Tokenizer) -> MiniGPT:
    checkpoint = load_checkpoint(sources.checkpoint, resolve_device(device))
    check_tokenizer(tokenizer, sources.checkpoint, checkpoint.metadata)
    return checkpoint.model


def _score_splits(
    subject: _Subject, cost: PartTimes
) -> tuple[dict[Split, Likelihood], TokenBias, Calibration]:
    """The likelihood of each split, and token bias and calibration on test."""
    model, batch_size = subject.model, subject.params.evaluate.batch_size
    stride = stride_of(subject.params.evaluate.stride, model.config.context)
    bias, calibration = TokenBias(model.config.vocab_size), Calibration()
    likelihoods = {split: Likelihood(shard) for split, shard in subject.scored.items()}
    for split, likelihood in likelihoods.items():
        with cost.of(f"likelihood_{split}"):
            for scores in score(model, subject.scored[split], batch_size, subject.threads, stride):
                likelihood.add(scores)
                if split == "test":
                    bias.add(scores)
                    calibration.add(scores)
        _refuse_broken_model(likelihood.loss, subject.sources.checkpoint)
    return likelihoods, bias, calibration


def _measure_baselines(
    subject: _Subject,
    likelihoods: Mapping[Split, Likelihood],
    texts: Mapping[Split, SplitText],
    cost: PartTimes,
) -> tuple[dict[str, KneserNey], BaselineTable]:
    """The models that count tokens, and all baselines beside MiniGPT."""
    sources, train, seed = subject.sources, subject.shards["train"], subject.params.seed
    with cost.of("counting"):
        orders = {"unigram": 1, "ngram": subject.params.evaluate.baseline_order}
        ngrams = fit_ngrams(train, subject.model.config.vocab_size, orders, seed)
    with cost.of("byte_models"):
        read = read_bytes(sources.texts, sources.splits, subject.chosen, seed)
        byte_models = measure_byte_models(read, seed, subject.threads)
    with cost.of("baselines"):
        counted = {**subject.scored, "train": train}
        table = compare_with_baselines(likelihoods, ngrams, byte_models, read, counted, texts, seed)
    return ngrams, table


def _answers(
    subject: _Subject, ours: Questions, ngrams: Mapping[str, KneserNey]
) -> tuple[Answers, Answers | None]:
    """Of MiniGPT and the models that count tokens: to our own minimal pairs, and to those of a file."""
    batch_size, seed = subject.params.evaluate.batch_size, subject.params.seed
    minigpt = partial(article_nll, subject.model, batch_size=batch_size, threads=subject.threads)
    models: dict[str, ArticleNll] = {"minigpt": minigpt}
    models |= {name: ngram.article_nll for name, ngram in ngrams.items()}
    of_file = subject.pairs_of_file
    return Answers(ours, models, seed), Answers(of_file, models, seed) if of_file else None


def _refuse_broken_model(loss: float, checkpoint: Path) -> None:
    if not math.isfinite(loss):
        raise InputError(f"{checkpoint} predicts no numbers (loss {loss}); run `dvc repro -f train`")


def _refuse_other_articles(splits: Path, shards: Mapping[Split, Shard]) -> None:
    table = read_split_table(splits)
    for split, shard in shards.items():
        own = table.filter(pc.field("split") == split)["tokens"].to_numpy()
        if not np.array_equal(own, np.diff(shard.offsets)):
            raise InputError(
                f"{splits}: articles.parquet and {split}.bin do not hold the same articles; "
                "run `dvc repro -f split`"
            )
    if table.num_rows != sum(map(len, shards.values())):
        raise InputError(f"{splits}/articles.parquet has articles of no split; run `dvc repro -f split`")


@torch.inference_mode()
def _loss_of(model: MiniGPT, tokens: torch.Tensor) -> float:
    """Mean NLL of the tokens (T,) after the first, in nats."""
    tokens = tokens.to(next(model.parameters()).device)
    return float(F.cross_entropy(model(tokens[None, :-1])[0].float(), tokens[1:]))


def _longest_beginning(shard: Shard, context: int) -> torch.Tensor:
    """The first tokens of the longest article, (T,) with T ≤ context."""
    longest = int(np.diff(shard.offsets).argmax())
    return torch.from_numpy(shard.article(longest)[:context].astype(np.int64))


def _column(splits: Path, split: Split, name: str) -> list[str]:
    """A column of the articles' table for one split, in the order of its shard.

    The table stays Arrow's: as Python's rows, half a million articles took 181 MB.
    """
    table = read_split_table(splits)
    return [str(value) for value in table.filter(pc.field("split") == split)[name].to_pylist()]
