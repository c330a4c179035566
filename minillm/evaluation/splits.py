"""Loss, perplexity, accuracy and bits per byte of each split."""

import math
from collections.abc import Mapping

from minillm.evaluation.alarms import accuracy_limit
from minillm.evaluation.code_length import SplitText
from minillm.evaluation.comparison import Interval, bootstrap
from minillm.evaluation.likelihood import Likelihood
from minillm.evaluation.measured import Measured
from minillm.files import Metrics
from minillm.tokens.assignment import Split
from minillm.tokens.shards import Shard


def measured_splits(
    likelihoods: Mapping[Split, Likelihood],
    texts: Mapping[Split, SplitText],
    shards: Mapping[Split, Shard],
    vocab_size: int,
    seed: int,
) -> Measured:
    """The figures of each split under its name, with intervals over articles."""
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
        most_frequent = int(shards[split].target_counts(vocab_size).max()) / likelihood.targets
        metrics[split] = {
            **likelihood.metrics(),
            "accuracy_limit": accuracy_limit(likelihood.loss, vocab_size, most_frequent),
            "bits_per_byte": texts[split].bits_per_byte(likelihood.nll),
            "spelling_bits_per_byte": texts[split].spelling_bits_per_byte,
        }
    return Measured(metrics, intervals=intervals)


def _exponential(interval: Interval) -> Interval:
    low, high = (None if end is None else math.exp(end) for end in interval[1:])
    return Interval(math.exp(interval.mean), low, high)
