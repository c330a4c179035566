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
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.evaluation.alarms import Alarm, accuracy_limit, raise_alarms
from minillm.evaluation.baseline_table import BASELINE_COLUMNS, BaselineTable, compare_with_baselines
from minillm.evaluation.bias import TOKEN_BIAS_COLUMNS, TokenBias
from minillm.evaluation.bleu import BLEU_COLUMNS, Bleu, continue_articles, measure_bleu
from minillm.evaluation.calibration import CALIBRATION_COLUMNS, Calibration
from minillm.evaluation.causality import Causality, check_causality
from minillm.evaluation.code_length import SplitText, measure_texts
from minillm.evaluation.comparison import Interval, bootstrap
from minillm.evaluation.compression import compress_test
from minillm.evaluation.contamination import CONTAMINATION_COLUMNS, Contamination, measure_contamination
from minillm.evaluation.generated import GENERATED_COLUMNS, Generated, measure_generated
from minillm.evaluation.grammar import grammar_questions
from minillm.evaluation.likelihood import Likelihood, article_nll, score
from minillm.evaluation.minimal_pairs import PAIR_COLUMNS, SCORE_COLUMNS, Answers, ArticleNll
from minillm.evaluation.overfitting import OVERFITTING_COLUMNS, overfitting, overfitting_by_epoch
from minillm.evaluation.pair_file import file_questions
from minillm.evaluation.samples import SAMPLE_COLUMNS, Sample, make_samples, sample_pieces, samples_page
from minillm.evaluation.speed import Latency, PartTimes, Performance, measure_latency, performance
from minillm.files import Metric, Metrics, measured, sha256
from minillm.languages.grammar import load_grammar
from minillm.languages.samples import load_samples_page
from minillm.model.minigpt import MiniGPT
from minillm.params import Device, Params
from minillm.tokens.assignment import SPLITS, Split
from minillm.tokens.kneser_ney import KneserNey
from minillm.tokens.shards import Shard, check_vocabulary, open_shard, read_split_table
from minillm.tokens.tokenizer import check_tokenizer, load_tokenizer
from minillm.training.checkpoints import load_checkpoint
from minillm.training.device import keep_freed_memory, resolve_device
from minillm.training.threads import Threads, threads_for

INTERVAL_COLUMNS = ("figure", "value", "low", "high")


@dataclass(frozen=True)
class Sources:
    """The files that an evaluation reads."""

    checkpoint: Path
    texts: Path
    splits: Path
    tokenizer: Path
    curve: Path


class Table(NamedTuple):
    """The data of a plot or of a table in the report."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Evaluation:
    """What was found."""

    metrics: Metrics
    performance: Performance
    """Time and memory, which differ from run to run."""
    tables: Mapping[str, Table]
    """By file name without ending, relative to metrics/."""
    samples: str
    alarms: Sequence[Alarm]


@dataclass(frozen=True)
class _Subject:
    """What is evaluated."""

    params: Params
    sources: Sources
    tokenizer: Tokenizer
    model: MiniGPT
    shards: Mapping[Split, Shard]
    threads: Threads


@dataclass(frozen=True)
class _Findings:
    """The results of all measurements."""

    texts: Mapping[Split, SplitText]
    likelihoods: Mapping[Split, Likelihood]
    bias: TokenBias
    calibration: Calibration
    causality: Causality
    bleu: Bleu
    baselines: BaselineTable
    grammar: Answers
    minimal_pairs: Answers | None
    """Those of a file; None without one."""
    generated: Generated
    contamination: Contamination
    samples: Sequence[Sample]
    latency: Latency


def evaluate(params: Params, sources: Sources) -> Evaluation:
    """Measure the checkpoint.

    Raises InputError for sources that are missing, cut or do not belong together, and for test articles
    too short for the continuations that `params` asks for.
    """
    keep_freed_memory()
    tokenizer = load_tokenizer(sources.tokenizer)
    check_vocabulary(sources.splits, tokenizer)
    model = _load_model(sources, params.evaluate.device, tokenizer)
    shards = {split: open_shard(sources.splits, split) for split in SPLITS}
    curve = overfitting_by_epoch(sources.curve)
    threads = threads_for(next(model.parameters()).device)
    subject, cost = _Subject(params, sources, tokenizer, model, shards, threads), PartTimes()
    found = _measure(subject, cost)
    metrics = _metrics(subject, found)
    alarms = raise_alarms(metrics)
    with cost.of("tables"):
        tables = {
            **_plots(subject, found),
            **_tables(subject, found),
            "plots/overfitting": Table(OVERFITTING_COLUMNS, curve),
            "tables/alarms": Table(Alarm._fields, alarms),
        }
    return Evaluation(
        metrics={**metrics, "alarms": {alarm.name: alarm.raised for alarm in alarms}},
        performance=performance(
            model, found.latency, cost.seconds, sha256(sources.checkpoint / "model.safetensors")
        ),
        tables=tables,
        samples=samples_page(
            found.samples,
            tokenizer,
            shards["test"],
            params.evaluate,
            params.seed,
            load_samples_page(params.language),
        ),
        alarms=alarms,
    )


def _measure(subject: _Subject, cost: PartTimes) -> _Findings:
    """Make all measurements, and note what each costs."""
    params, sources, model, shards = subject.params, subject.sources, subject.model, subject.shards
    settings, tokenizer = params.evaluate, subject.tokenizer
    of_file = file_questions(settings.minimal_pairs, tokenizer)  # may refuse: before the long passes
    beginning = _longest_beginning(shards["test"], model.config.context)
    _refuse_broken_model(_loss_of(model, beginning), sources.checkpoint)
    with cost.of("continuations"):  # may refuse: before the long passes
        continuations = continue_articles(model, shards["test"], settings, params.seed, subject.threads)
        bleu = measure_bleu(continuations, tokenizer)
    with cost.of("code_length"):
        texts = measure_texts(sources.texts, sources.splits, tokenizer)
    likelihoods, bias, calibration = _score_splits(subject, cost)
    with cost.of("causality"):
        causality = check_causality(model, beginning)
    with cost.of("counting"):
        orders = {"unigram": 1, "ngram": settings.baseline_order}
        vocab_size = model.config.vocab_size
        ngrams = {name: KneserNey(shards["train"], vocab_size, order) for name, order in orders.items()}
    with cost.of("compression"):
        compressed = compress_test(sources.texts, sources.splits)
    with cost.of("baselines"):
        baselines = compare_with_baselines(likelihoods, ngrams, compressed, shards, texts, params.seed)
    with cost.of("grammar"):
        ours = partial(article_nll, model, batch_size=settings.batch_size, threads=subject.threads)
        counting = {name: ngram.article_nll for name, ngram in ngrams.items()}
        models: dict[str, ArticleNll] = {"minigpt": ours, **counting}
        grammar = Answers(grammar_questions(tokenizer, load_grammar(params.language)), models, params.seed)
        minimal_pairs = Answers(of_file, models, params.seed) if of_file else None
    with cost.of("verbatim"):
        generated = measure_generated(continuations, shards["train"])
        contamination = measure_contamination(shards["test"], shards["train"])
    with cost.of("samples"):
        samples = make_samples(model, tokenizer, settings, params.seed)
    with cost.of("latency"):
        latency = measure_latency(model, settings.latency_runs)
    return _Findings(
        texts,
        likelihoods,
        bias,
        calibration,
        causality,
        bleu,
        baselines,
        grammar,
        minimal_pairs,
        generated,
        contamination,
        samples,
        latency,
    )


def _metrics(subject: _Subject, found: _Findings) -> Metrics:
    """What `dvc metrics diff` compares, without the alarms, which are raised from it."""
    metrics: dict[str, Metrics | Metric | None] = {
        **{split: _split_metrics(subject, found, split) for split in SPLITS},
        "overfitting": overfitting(found.likelihoods["train"].loss, found.likelihoods["validation"].loss),
        "bias": found.bias.metrics(subject.tokenizer, load_grammar(subject.params.language).function_words),
        "calibration_error": found.calibration.error,
        "bleu": found.bleu.metrics(),
        "grammar": found.grammar.metrics(),
        "minimal_pairs": found.minimal_pairs.metrics() if found.minimal_pairs else None,
        "generated": found.generated.metrics(),
        "near_test_articles": found.contamination.near_share,
        "baseline": found.baselines.metrics(),
        "causal": found.causality.causal,
        "causal_difference": found.causality.largest_difference,
    }
    return measured(metrics)


def _plots(subject: _Subject, found: _Findings) -> dict[str, Table]:
    return {
        "plots/token_bias": Table(TOKEN_BIAS_COLUMNS, found.bias.table(subject.tokenizer)),
        "plots/bleu": Table(BLEU_COLUMNS, found.bleu.table()),
        "plots/baselines": Table(("model", "bits_per_byte"), found.baselines.test_bits_per_byte()),
        "plots/grammar": Table(("phenomenon", "right"), found.grammar.percent_right("minigpt")),
        "plots/calibration": Table(CALIBRATION_COLUMNS, found.calibration.table()),
    }


def _tables(subject: _Subject, found: _Findings) -> dict[str, Table]:
    titles = _titles(subject.sources.splits, "test")
    pieces = sample_pieces(found.samples, subject.tokenizer, subject.shards["train"])
    return {
        "tables/baselines": Table(BASELINE_COLUMNS, found.baselines.rows),
        "tables/generated": Table(GENERATED_COLUMNS, found.generated.table()),
        "tables/grammar": Table(SCORE_COLUMNS, found.grammar.table()),
        "tables/grammar_pairs": Table(PAIR_COLUMNS, found.grammar.pair_table("minigpt")),
        "tables/minimal_pairs": Table(
            SCORE_COLUMNS, found.minimal_pairs.table() if found.minimal_pairs else ()
        ),
        "tables/intervals": Table(INTERVAL_COLUMNS, _intervals(found, subject.params.seed)),
        "tables/near_articles": Table(CONTAMINATION_COLUMNS, found.contamination.table(titles)),
        "tables/samples": Table(SAMPLE_COLUMNS, pieces),
    }


def _load_model(sources: Sources, device: Device, tokenizer: Tokenizer) -> MiniGPT:
    checkpoint = load_checkpoint(sources.checkpoint, resolve_device(device))
    check_tokenizer(tokenizer, sources.checkpoint, checkpoint.metadata)
    return checkpoint.model


def _score_splits(
    subject: _Subject, cost: PartTimes
) -> tuple[dict[Split, Likelihood], TokenBias, Calibration]:
    """The likelihood of each split, and token bias and calibration on test."""
    model, shards, batch_size = subject.model, subject.shards, subject.params.evaluate.batch_size
    bias, calibration = TokenBias(model.config.vocab_size), Calibration()
    likelihoods = {split: Likelihood(shard) for split, shard in shards.items()}
    for split, likelihood in likelihoods.items():
        with cost.of(f"likelihood_{split}"):
            for scores in score(model, shards[split], batch_size, subject.threads):
                likelihood.add(scores)
                if split == "test":
                    bias.add(scores)
                    calibration.add(scores)
        _refuse_broken_model(likelihood.loss, subject.sources.checkpoint)
    return likelihoods, bias, calibration


def _refuse_broken_model(loss: float, checkpoint: Path) -> None:
    if not math.isfinite(loss):
        raise InputError(f"{checkpoint} predicts no numbers (loss {loss}); run `dvc repro -f train`")


@torch.inference_mode()
def _loss_of(model: MiniGPT, tokens: torch.Tensor) -> float:
    """Mean NLL of the tokens (T,) after the first, in nats."""
    tokens = tokens.to(next(model.parameters()).device)
    return float(F.cross_entropy(model(tokens[None, :-1])[0].float(), tokens[1:]))


def _longest_beginning(shard: Shard, context: int) -> torch.Tensor:
    """The first tokens of the longest article, (T,) with T ≤ context."""
    longest = int(np.diff(shard.offsets).argmax())
    return torch.from_numpy(shard.article(longest)[:context].astype(np.int64))


def _split_metrics(subject: _Subject, found: _Findings, split: Split) -> Metrics:
    likelihood, vocab_size = found.likelihoods[split], subject.model.config.vocab_size
    most_frequent = int(subject.shards[split].target_counts(vocab_size).max()) / likelihood.targets
    return {
        **likelihood.metrics(),
        "accuracy_limit": accuracy_limit(likelihood.loss, vocab_size, most_frequent),
        "bits_per_byte": found.texts[split].bits_per_byte(likelihood.nll),
    }


def _intervals(found: _Findings, seed: int) -> list[tuple[str, float, float, float]]:
    """Rows of INTERVAL_COLUMNS: 95 % intervals over articles, where there are several."""
    intervals: dict[str, Interval] = {}
    for split, likelihood in found.likelihoods.items():
        targets = likelihood.article_targets
        intervals[f"{split}.loss"] = bootstrap(likelihood.article_nll, targets, seed)
        intervals[f"{split}.accuracy"] = bootstrap(likelihood.article_hits, targets, seed)
    intervals |= {f"bleu.bleu_{order}": interval for order, interval in found.bleu.scores.items()}
    intervals |= {f"baseline.{name}.margin": margin for name, margin in found.baselines.margins.items()}
    return [
        (figure, mean, low, high)
        for figure, (mean, low, high) in intervals.items()
        if low is not None and high is not None
    ]


def _titles(splits: Path, split: Split) -> list[str]:
    """Titles of a split's articles, in the order of its shard."""
    table = read_split_table(splits)
    return [row["title"] for row in table.select(["title", "split"]).to_pylist() if row["split"] == split]
