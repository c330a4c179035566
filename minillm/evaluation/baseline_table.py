"""MiniGPT beside what needs no neural network: counting (Kneser–Ney) and compressing (compression.py)."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from minillm.evaluation.code_length import SplitText
from minillm.evaluation.comparison import Interval, loss_margin
from minillm.evaluation.compression import Compressed
from minillm.evaluation.likelihood import Likelihood
from minillm.files import Metrics
from minillm.tokens.assignment import Split
from minillm.tokens.kneser_ney import KneserNey
from minillm.tokens.shards import Shard

BASELINE_COLUMNS = ("model", "split", "loss", "perplexity", "bits_per_byte", "train_tokens")
_HELD_OUT: tuple[Split, ...] = ("validation", "test")
_ALONE = "_alone"  # a compressor that has not seen the training text

Row = tuple[str, Split, float | None, float | None, float, int | None]


class BaselineTable(NamedTuple):
    """All models on the held-out splits, and by how much MiniGPT's test loss is lower than each n-gram's."""

    rows: list[Row]
    """Rows of BASELINE_COLUMNS; a compressor has no tokens, so it has neither loss nor perplexity."""
    margins: dict[str, Interval]

    def test_bits_per_byte(self) -> list[tuple[str, float]]:
        """Each model with its bits per byte on the test split."""
        return [(model, bits) for model, split, _, _, bits, _ in self.rows if split == "test"]

    def metrics(self) -> Metrics:
        """The test split; the rest is in the table."""
        metrics: dict[str, Metrics | bool] = {}
        for model, split, loss, perplexity, bits_per_byte, _ in self.rows:
            if split != "test" or model == "minigpt" or model.endswith(_ALONE):
                continue
            if loss is None or perplexity is None:
                metrics[model] = {"bits_per_byte": bits_per_byte}
            else:
                metrics[model] = {
                    "test": {"loss": loss, "perplexity": perplexity, "bits_per_byte": bits_per_byte},
                    "margin": self.margins[model].metrics(),
                }
        metrics["beaten"] = all(margin.mean > 0 for margin in self.margins.values())
        return metrics


def compare_with_baselines(
    likelihoods: Mapping[Split, Likelihood],
    ngrams: Mapping[str, KneserNey],
    compressed: Mapping[str, Compressed],
    shards: Mapping[Split, Shard],
    texts: Mapping[Split, SplitText],
    seed: int,
) -> BaselineTable:
    """Score the held-out splits with the n-gram models and put all figures together."""
    train_tokens = len(shards["train"].tokens)
    rows = [
        _row("minigpt", split, likelihoods[split].nll, shards, texts, train_tokens) for split in _HELD_OUT
    ]
    margins = {}
    test = likelihoods["test"]
    for name, ngram in ngrams.items():
        for split in _HELD_OUT:
            article_nll = ngram.article_nll(shards[split])
            rows.append(_row(name, split, float(article_nll.sum()), shards, texts, ngram.train_tokens))
            if split == "test":
                margins[name] = loss_margin(test.article_nll, article_nll, test.article_targets, seed)
    for name, result in compressed.items():
        rows.append((name, "test", None, None, result.after_train, None))
        rows.append((name + _ALONE, "test", None, None, result.alone, None))
    return BaselineTable(rows, margins)


def _row(
    model: str,
    split: Split,
    nll: float,
    shards: Mapping[Split, Shard],
    texts: Mapping[Split, SplitText],
    train_tokens: int,
) -> Row:
    loss = nll / shards[split].targets
    return model, split, loss, math.exp(loss), texts[split].bits_per_byte(nll), train_tokens
