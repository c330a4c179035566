"""MiniGPT beside what needs no neural network: counting tokens, counting bytes (byte_models.py), compressing.

All are held against each other in bits per byte of the same test articles, in which a vocabulary's spelling
is paid for (code_length.py): there alone a model of words, one of byte pairs and one of bytes compare. The
baseline to beat is the strongest of them: the one that leaves MiniGPT the smallest lead.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from minillm.evaluation.byte_models import ByteModel, ByteSample, Floats
from minillm.evaluation.code_length import SplitText
from minillm.evaluation.comparison import BETTER, FEWEST, UNCLEAR, WORSE, Interval, bootstrap, verdict
from minillm.evaluation.measured import Measured, Table
from minillm.evaluation.split_likelihood import HELD_OUT, Likelihood, perplexity
from minillm.evaluation.unmeasured import as_number
from minillm.files import Metric, Metrics
from minillm.tokens.assignment import Split
from minillm.tokens.choice import Bools
from minillm.tokens.kneser_ney import KneserNey, counted
from minillm.tokens.shards import Shard

BASELINE_COLUMNS = (
    "model",
    "order",
    "split",
    "loss",
    "perplexity",
    "bits_per_byte",
    "lead",
    "low",
    "high",
    "train_share",
    "text_share",
)
OWN = "minigpt"
MODEL_NAMES = {
    OWN: "MiniGPT",
    "unigram": "the unigram model",
    "ngram": "the token n-gram",
    "byte_ngram": "the byte n-gram",
    "ppmd": "PPMd",
}


class Row(NamedTuple):
    """One model on one held-out split."""

    model: str
    order: int | None
    split: Split
    loss: float | None
    """In nats per token; None for a model of other tokens."""
    perplexity: float | None
    bits_per_byte: float
    lead: float
    """How many bits per byte MiniGPT needs fewer, on the articles that both have read."""
    low: float | None
    high: float | None
    train_share: float
    """Of the training text: so much of it was counted or read."""
    text_share: float
    """The same of the split's own text, as far as MiniGPT scored it."""


class BaselineTable(NamedTuple):
    """All models on the held-out splits."""

    rows: list[Row]

    def measured(self) -> Measured:
        """The figures, all models on both held-out splits, and the interval of the lead."""
        return Measured(
            {"baseline": self.metrics()},
            {
                "plots/baselines": Table(("model", "bits_per_byte"), self.test_bits_per_byte()),
                "tables/baselines": Table(BASELINE_COLUMNS, self.rows),
            },
            {"baseline.lead": self.lead},
            ["baseline.strongest", "baseline.lead.mean", "baseline.verdict"],
        )

    def test_bits_per_byte(self) -> list[tuple[str, float]]:
        """Each model with its bits per byte on the test split."""
        return [(row.model, row.bits_per_byte) for row in self.rows if row.split == "test"]

    def metrics(self) -> Metrics:
        """Each baseline on the test split, which one is the strongest, and MiniGPT's lead before that."""
        figures: dict[str, Metrics | Metric] = {}
        for row in self._baselines():
            perplexity = {} if row.perplexity is None else {"perplexity": row.perplexity}
            figures[row.model] = {**perplexity, "bits_per_byte": row.bits_per_byte}
        return {
            **figures,
            "strongest": self._strongest().model,
            "lead": self.lead.metrics(),
            "verdict": verdict(self.lead),
        }

    @property
    def lead(self) -> Interval:
        """How many bits per byte MiniGPT needs fewer than the strongest baseline, on the test split."""
        strongest = self._strongest()
        return Interval(strongest.lead, strongest.low, strongest.high)

    def _baselines(self) -> list[Row]:
        return [row for row in self.rows if row.split == "test" and row.model != OWN]

    def _strongest(self) -> Row:
        return min(self._baselines(), key=lambda row: row.lead)


class _Scored(NamedTuple):
    """A model's code lengths of articles of a split."""

    model: str
    order: int | None
    bits: Floats
    """Of each article that it has read."""
    read: Bools
    """Per article of the split."""
    train_share: float
    loss: float | None = None


def baseline_sentence(flat: Mapping[str, Metric]) -> str:
    """Whether MiniGPT is better than the strongest baseline, by how much and how surely; of flat metrics."""
    lead, *ends = (as_number(flat[f"baseline.lead.{name}"]) for name in ("mean", "low", "high"))
    assert lead is not None
    sure = f"fewer than {FEWEST} test articles have no interval"
    if None not in ends:
        low, high = sorted((1 if lead > 0 else -1) * end for end in ends if end is not None)
        sure = f"95% interval of the difference: {low:z.3f} to {high:z.3f}"
    said = {BETTER: "better than", WORSE: "worse than", UNCLEAR: "no clear difference to"}
    return (
        f"{said[str(flat['baseline.verdict'])]} the strongest baseline, "
        f"{MODEL_NAMES[str(flat['baseline.strongest'])]}, which needs {abs(lead):.3f} bits per byte "
        f"{'more' if lead > 0 else 'fewer'} on the test text ({sure})"
    )


def fit_ngrams(train: Shard, vocab_size: int, orders: Mapping[str, int], seed: int) -> dict[str, KneserNey]:
    """Kneser–Ney models of the model's tokens, of a part of them where they are many."""
    part = counted(train, seed)
    longest = int(np.diff(part.offsets).max())  # no longer n-gram was seen
    return {name: KneserNey(part, vocab_size, min(order, longest)) for name, order in orders.items()}


def compare_with_baselines(
    likelihoods: Mapping[Split, Likelihood],
    ngrams: Mapping[str, KneserNey],
    byte_models: Mapping[str, ByteModel],
    samples: Mapping[Split, ByteSample],
    shards: Mapping[Split, Shard],
    texts: Mapping[Split, SplitText],
    seed: int,
) -> BaselineTable:
    """Score the held-out splits with the n-gram models and put all figures together.

    `shards` and `texts` are of the articles that MiniGPT scored, but that of training is the whole one.
    """
    rows = []
    for split in HELD_OUT:
        text, likelihood = texts[split], likelihoods[split]
        own = text.article_bits(likelihood.article_nll)
        everything = np.ones(len(own), dtype=bool)
        scored = [_Scored(OWN, None, own, everything, 1.0, likelihood.loss)]
        for name, ngram in ngrams.items():
            nll = ngram.article_nll(shards[split])
            share = ngram.train_tokens / len(shards["train"].tokens)
            loss = float(nll.sum()) / shards[split].targets
            scored.append(_Scored(name, ngram.order, text.article_bits(nll), everything, share, loss))
        for name, model in byte_models.items():
            share = model.train_bytes / samples["train"].split_bytes
            bits = model.test_bits if split == "test" else model.validation_bits
            scored.append(_Scored(name, model.order, bits, samples[split].chosen, share))
        rows += [_row(split, one, own, text, seed) for one in scored]
    return BaselineTable(rows)


def _row(split: Split, scored: _Scored, own: Floats, text: SplitText, seed: int) -> Row:
    article_bytes = text.article_bytes[scored.read]
    lead = bootstrap(scored.bits - own[scored.read], article_bytes, seed)
    return Row(
        scored.model,
        scored.order,
        split,
        scored.loss,
        None if scored.loss is None else perplexity(scored.loss),
        float(scored.bits.sum()) / int(article_bytes.sum()),
        *lead,
        scored.train_share,
        _share_read(text, scored.read),
    )


def _share_read(text: SplitText, read: Bools) -> float:
    return int(text.article_bytes[read].sum()) / text.utf8_bytes
