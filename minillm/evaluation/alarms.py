"""Alarms: what makes good numbers worthless, each a yes or no with its sentence.

A model may have 98 % accuracy and not write a sentence. So every measurement that has a way to be false is
held against something that shows it. The alarms are a function of `metrics/evaluate.json` alone; the
thresholds stand here, with their reasons. What could not be measured raises none, and the sentence says so.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from minillm.files import Metric, Metrics

OVERFITTING_RATIO = 1.3
"""Validation loss over train loss; the embedded corpus reaches 1.04 (dim 256) and 1.13 (dim 512)."""
ACCURACY_SLACK = 0.05
"""By so much accuracy may exceed its limit: the limit is of a calibrated model."""
ONE_TOKEN_SHARE = 0.3
"""Of all predictions; the most frequent words of Spanish make up 6 % of the text each."""
ONE_TOKEN_RATIO = 2.0
"""… and so many times as often as the text has the token."""
SAMPLED_REPETITION = 0.1
"""Share of repeated 4-grams beyond human text; sampled text has no reason to repeat."""
GREEDY_REPETITION = 0.4
"""The same for greedy text, where good models loop too (Holtzman et al. 2020), but not for half of it."""
COPIED_SHARE = 0.1
"""Share of 8-grams from the training split, beyond that of human text."""
NEAR_ARTICLES_SHARE = 0.01
"""Test articles half of whose 8-grams stand in the training split."""

_SPLITS = ("train", "validation", "test")
Flat = Mapping[str, Metric]


class Alarm(NamedTuple):
    """Whether it is raised, and what was found, in a sentence that is true either way."""

    name: str
    raised: bool
    finding: str


def raise_alarms(metrics: Metrics) -> list[Alarm]:
    """Check the metrics of an evaluation; all alarms, raised or not, in an order that never changes."""
    flat = flatten(metrics)
    return [Alarm(name, *check(flat)) for name, check in _CHECKS.items()]


def accuracy_limit(loss: float, vocab_size: int, most_frequent_share: float) -> float:
    """The highest accuracy that a mean NLL of `loss` nats allows.

    Fano's inequality: who errs with probability e among V tokens is unsure by at most h(e) + e ln(V − 1),
    h being the binary entropy. A calibrated model's loss is what it is unsure by, so a loss above that
    means more errors. Always guessing the most frequent token is possible at any loss.
    """
    low, high = 0.0, 1 - 1 / vocab_size  # error rates; the bound rises between them
    for _ in range(60):
        error = (low + high) / 2
        uncertainty = error * math.log(vocab_size - 1) - sum(
            p * math.log(p) for p in (error, 1 - error) if p > 0
        )
        low, high = (error, high) if uncertainty < loss else (low, error)
    return max(1 - high, most_frequent_share)


def flatten(metrics: Metrics, prefix: str = "") -> dict[str, Metric]:
    """Nested metrics by their dotted names, as DVC shows them."""
    flat: dict[str, Metric] = {}
    for key, value in metrics.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _number(flat: Flat, name: str) -> float:
    return float(flat[name])


def _written(flat: Flat, measure: str) -> list[float | None]:
    """A measure of the greedy, the sampled and the human text; None where it has no n-gram to measure."""
    names = (f"generated.{measure}.{kind}" for kind in _KINDS)
    return [_number(flat, name) if name in flat else None for name in names]


def _leak(flat: Flat) -> tuple[bool, str]:
    difference = _number(flat, "causal_difference")
    moved = f"changing later tokens moves a logit by {difference:.3g}"
    if not flat["causal"]:
        return True, f"not causal: {moved}; the model sees what it should predict, no figure means anything"
    if difference == 0:
        return False, "causal: changing later tokens moves no logit"
    return False, f"causal: {moved}, no more than rounding does"


def _accuracy(flat: Flat) -> tuple[bool, str]:
    excess = {
        split: _number(flat, f"{split}.accuracy") - _number(flat, f"{split}.accuracy_limit")
        for split in _SPLITS
    }
    worst = max(_SPLITS, key=lambda split: excess[split])
    return excess[worst] > ACCURACY_SLACK, (
        f"accuracy on {worst} is {_number(flat, f'{worst}.accuracy'):.1%}; a loss of "
        f"{_number(flat, f'{worst}.loss'):.2f} nats allows at most "
        f"{_number(flat, f'{worst}.accuracy_limit'):.1%} (Fano); more means that padding or the like counts"
    )


def _overfitting(flat: Flat) -> tuple[bool, str]:
    ratio = _number(flat, "overfitting.ratio")
    return ratio > OVERFITTING_RATIO, (
        f"validation loss is {ratio:.2f} × the train loss; above {OVERFITTING_RATIO:g} the model has "
        "learnt its training text rather than the language"
    )


def _one_token(flat: Flat) -> tuple[bool, str]:
    predicted, true = _number(flat, "bias.top_token_predicted"), _number(flat, "bias.top_token_true")
    token = str(flat["bias.top_token"])
    if not (token.startswith("[") and token.endswith("]")):  # [UNK] stands out by itself, a comma does not
        token = f"«{token}»"
    return predicted > ONE_TOKEN_SHARE and predicted > ONE_TOKEN_RATIO * true, (
        f"the token predicted most, {token}, makes up {predicted:.1%} of the predictions "
        f"and {true:.1%} of the text"
    )


def _repetition(flat: Flat) -> tuple[bool, str]:
    greedy, sampled, human = _written(flat, "rep_4")
    if greedy is None or sampled is None:
        return False, _TOO_SHORT.format(4)
    usual = human or 0.0  # unknown where each human 4-gram has an [UNK]; anywhere else it is next to none
    return sampled > usual + SAMPLED_REPETITION or greedy > usual + GREEDY_REPETITION, (
        f"of the 4-grams that the model writes, {greedy:.1%} (greedy) and {sampled:.1%} (sampled) repeat "
        f"earlier ones of the same text; {_NO_HUMAN_TEXT if human is None else f'of human ones {human:.1%}'}"
    )


def _copying(flat: Flat) -> tuple[bool, str]:
    greedy, sampled, human = _written(flat, "copied_share")
    if greedy is None or sampled is None:
        return False, _TOO_SHORT.format(8)
    longest = max(int(flat[f"generated.longest_copy.{kind}"]) for kind in _KINDS[:2])
    beside = _NO_HUMAN_TEXT
    if human is not None:
        beside = f"of human ones {human:.1%} and {flat['generated.longest_copy.human']} tokens"
    return max(greedy, sampled) > (human or 0.0) + COPIED_SHARE, (
        f"of the 8-grams that the model writes, {greedy:.1%} (greedy) and {sampled:.1%} (sampled) stand word "
        f"for word in the training text, the longest passage having {longest} tokens; {beside}"
    )


def _contamination(flat: Flat) -> tuple[bool, str]:
    if "near_test_articles" not in flat:
        return False, "not measured: the test articles are too short or hold too many [UNK]"
    near = _number(flat, "near_test_articles")
    return near > NEAR_ARTICLES_SHARE, (
        f"{near:.1%} of the test articles have half or more of their 8-grams in the training split: "
        "the more, the more the test measures memory"
    )


def _baseline(flat: Flat) -> tuple[bool, str]:
    own = _number(flat, "test.bits_per_byte")
    better = {
        label: own - _number(flat, f"baseline.{name}.bits_per_byte") for name, label in _BASELINES.items()
    }
    lost = [
        f"to {label} by {bits:.3f} bits per byte" for label, bits in better.items() if bits >= _SHOWN_BITS
    ]
    equal = [label for label, bits in better.items() if 0 <= bits < _SHOWN_BITS]
    if not lost and not equal:
        return False, f"beats {', '.join(_BASELINES.values())} on the test text"
    found = ["loses " + ", ".join(lost)] if lost else []
    found += ["is no better than " + ", ".join(equal)] if equal else []
    return True, f"{' and '.join(found)} on the test text: counting or compressing does as well"


_KINDS = ("greedy", "sampled", "human")
_TOO_SHORT = "not measured: the continuations are shorter than {} tokens (evaluate.bleu_continuation_tokens)"
_NO_HUMAN_TEXT = "the human text there has too many [UNK] to compare with"
_SHOWN_BITS = 0.0005  # less is 0.000
_BASELINES = {
    "unigram.test": "the unigram model",
    "ngram.test": "the Kneser–Ney n-gram model",
    "xz": "xz",
    "zstd": "zstd",
}
_CHECKS: dict[str, Callable[[Flat], tuple[bool, str]]] = {
    "leak": _leak,
    "impossible_accuracy": _accuracy,
    "overfitting": _overfitting,
    "one_token": _one_token,
    "repetition": _repetition,
    "copying": _copying,
    "near_test_articles": _contamination,
    "baseline": _baseline,
}
