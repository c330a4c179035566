"""Loss, perplexity, accuracy and bits per byte of each split, and which of its articles they are of."""

from collections.abc import Mapping

import numpy as np

from minillm.evaluation.alarms import accuracy_limit
from minillm.evaluation.code_length import SplitText
from minillm.evaluation.comparison import Interval, bootstrap
from minillm.evaluation.measured import Measured
from minillm.evaluation.split_likelihood import Likelihood, perplexity
from minillm.files import Metrics
from minillm.tokens.assignment import Split
from minillm.tokens.choice import Bools, draw_tokens
from minillm.tokens.shards import Shard

_COMPARED = (
    *(f"test.{name}" for name in ("loss", "perplexity", "accuracy", "accuracy_known", "bits_per_byte")),
    *(f"validation.{name}" for name in ("loss", "perplexity", "bits_per_byte")),
    *(f"train.{name}" for name in ("loss", "perplexity")),
)


def articles_to_score(shards: Mapping[Split, Shard], most: int, seed: int) -> dict[Split, Bools]:
    """Per split which articles are scored: all for `most` = 0, else drawn by seed, so many tokens together.

    Of the training split no more tokens are drawn than of the test split, which it is held against.
    """
    chosen = {split: draw_tokens(shard, most, seed) for split, shard in shards.items()}
    if most:
        of_test = int(np.diff(shards["test"].offsets)[chosen["test"]].sum())
        chosen["train"] = draw_tokens(shards["train"], min(most, of_test), seed)
    return chosen


def measured_splits(
    likelihoods: Mapping[Split, Likelihood],
    texts: Mapping[Split, SplitText],
    shards: Mapping[Split, Shard],
    vocab_size: int,
    seed: int,
) -> Measured:
    """The figures of each split under its name, with intervals over articles.

    `shards` are the whole ones; where only a part of one was scored, its figures say so.
    """
    metrics: dict[str, Metrics] = {}
    intervals: dict[str, Interval] = {}
    for split, likelihood in likelihoods.items():
        targets = likelihood.article_targets
        intervals[f"{split}.loss"] = bootstrap(likelihood.article_nll, targets, seed)
        intervals[f"{split}.accuracy"] = bootstrap(likelihood.article_hits, targets, seed)
        intervals[f"{split}.perplexity"] = _exponential(intervals[f"{split}.loss"])
        intervals[f"{split}.accuracy_known"] = bootstrap(likelihood.article_known_hits, targets, seed)
        bits = texts[split].article_bits(likelihood.article_nll)
        intervals[f"{split}.bits_per_byte"] = bootstrap(bits, texts[split].article_bytes, seed)
        most_frequent = int(likelihood.target_counts(vocab_size).max()) / likelihood.targets
        metrics[split] = {
            **likelihood.metrics(),
            "accuracy_limit": accuracy_limit(likelihood.loss, vocab_size, most_frequent),
            "bits_per_byte": texts[split].bits_per_byte(likelihood.nll),
            "spelling_bits_per_byte": texts[split].spelling_bits_per_byte,
            **_part(likelihood, shards[split]),
        }
    return Measured(metrics, intervals=intervals, compared=_COMPARED)


def _part(likelihood: Likelihood, whole: Shard) -> Metrics:
    """How many targets were scored, and which share of the split's; nothing if it was all of them."""
    if likelihood.targets == whole.targets:
        return {}
    return {"scored_targets": likelihood.targets, "scored_share": likelihood.targets / whole.targets}


def _exponential(interval: Interval) -> Interval:
    low, high = (None if end is None else perplexity(end) for end in interval[1:])
    return Interval(perplexity(interval.mean), low, high)
