"""Alarms: what makes good numbers worthless, each a yes or no with its sentence.

A model may have 98 % accuracy and not write a sentence. So every measurement that has a way to be false is
held against something that shows it. The alarms are a function of `metrics/evaluate.json` alone; the
thresholds stand here, with their reasons. Where a figure could not be measured, the alarm is neither raised
nor silent: it says so.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from minillm.evaluation.baselines import MODEL_NAMES, baseline_sentence
from minillm.evaluation.comparison import BETTER
from minillm.evaluation.measured import flatten
from minillm.evaluation.unmeasured import as_number
from minillm.files import Metric
from minillm.tokens.assignment import SPLITS

OVERFITTING_RATIO = 1.3
"""Validation loss over train loss; the embedded corpus reaches 1.04 (dim 256) and 1.13 (dim 512)."""
ACCURACY_SLACK = 0.05
"""By so much accuracy may exceed its limit: the limit is of a calibrated model."""
ONE_TOKEN_SHARE = 0.3
"""Of all predictions; the most frequent words of Spanish make up 6 % of the text each."""
ONE_TOKEN_RATIO = 2.0
"""… and so many times as often as the text has the token; or so many times less often all others. Where half
of a text is [UNK], nothing is predicted twice as often as it stands there: a constant model would pass."""
SAMPLED_REPETITION = 0.1
"""Share of repeated 4-grams beyond human text; sampled text has no reason to repeat."""
GREEDY_REPETITION = 0.4
"""The same for greedy text, where good models loop too (Holtzman et al. 2020), but not for half of it."""
COPIED_SHARE = 0.1
"""Share of 8-grams from the training split, beyond that of human text."""
NEAR_ARTICLES_SHARE = 0.01
"""Test articles half of whose 8-grams stand in the training split."""
MEASURED_ARTICLES_SHARE = 0.5
"""Where fewer of the test articles are long enough to be searched, those say nothing of the others."""
FAR_BELOW = 0.5
"""Held-out loss over the n-gram's, or bits per byte over the strongest baseline's. Of enwik8 the best neural
model with no other text needs 0.94 bits per byte (Krause et al. 2019) and PPMd 1.71 (Mahoney's benchmark):
0.55 of it. The strongest of all, with a million times the text, stand at 0.6 to 0.8 on clean prose, where
compressing this corpus stands at 1.95; a small model has no way there."""
BEYOND_ACCURACY = 0.8
"""Of the held-out tokens that are not the one predicted most. The largest models get half of the words right,
and of single bytes, at 1 bit each, four of five."""
NEAR_ZERO_PERPLEXITY = 1.5
"""On training and test text both: 0.6 bits a token, what the strongest published models need for a byte.
Where counting reaches that, the text is to blame: nearly all of it is [UNK]."""

Flat = Mapping[str, Metric]
Finding = tuple[bool | None, str]


class Alarm(NamedTuple):
    """Whether it is raised, and what was found, in a sentence that is true either way."""

    name: str
    raised: bool | None
    """None where it could not be measured."""
    finding: str


def raise_alarms(metrics: Mapping[str, Any]) -> list[Alarm]:
    """Check the metrics of an evaluation; all alarms, raised or not, in an order that never changes.

    Raises ValueError for a figure that is NaN or infinite: no comparison with it would raise anything.
    """
    flat = flatten(metrics)
    for name, value in flat.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} is {value}, which is no figure")
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


def _number(flat: Flat, name: str) -> float:
    return float(flat[name])


def _written(flat: Flat, measure: str) -> list[float | None]:
    """A measure of the greedy, the sampled and the human text; None where it has no n-gram to measure."""
    return [as_number(flat.get(f"generated.{measure}.{kind}")) for kind in _KINDS]


def _leak(flat: Flat) -> Finding:
    difference = _number(flat, "causal_difference")
    moved = f"changing later tokens moves a logit by {difference:.3g}"
    if not flat["causal"]:
        return True, f"not causal: {moved}; the model sees what it should predict, no figure means anything"
    if difference == 0:
        return False, "causal: changing later tokens moves no logit"
    return False, f"causal: {moved}, no more than rounding does"


def _accuracy(flat: Flat) -> Finding:
    excess = {
        split: _number(flat, f"{split}.accuracy") - _number(flat, f"{split}.accuracy_limit")
        for split in SPLITS
    }
    worst = max(SPLITS, key=lambda split: excess[split])
    return excess[worst] > ACCURACY_SLACK, (
        f"accuracy on {worst} is {_number(flat, f'{worst}.accuracy'):.1%}; a loss of "
        f"{_number(flat, f'{worst}.loss'):.2f} nats allows a calibrated model at most "
        f"{_number(flat, f'{worst}.accuracy_limit'):.1%} (Fano); more means that padding or the like counts"
    )


def _overfitting(flat: Flat) -> Finding:
    ratio = _number(flat, "overfitting.ratio")
    return ratio > OVERFITTING_RATIO, (
        f"validation loss is {ratio:.2f} × the train loss; above {OVERFITTING_RATIO:g} the model has "
        "learnt its training text rather than the language"
    )


def _one_token(flat: Flat) -> Finding:
    predicted, true = _number(flat, "bias.top_token_predicted"), _number(flat, "bias.top_token_true")
    token = str(flat["bias.top_token"])
    if not (token.startswith("[") and token.endswith("]")):  # [UNK] stands out by itself, a comma does not
        token = f"«{token}»"
    often = predicted > ONE_TOKEN_SHARE and predicted > ONE_TOKEN_RATIO * true
    return often or ONE_TOKEN_RATIO * (1 - predicted) < 1 - true, (
        f"the token predicted most, {token}, makes up {predicted:.1%} of the predictions "
        f"and {true:.1%} of the text"
    )


def _repetition(flat: Flat) -> Finding:
    greedy, sampled, human = _written(flat, "rep_4")
    if greedy is None or sampled is None:
        return None, _TOO_SHORT.format(4)
    usual = human or 0.0  # unknown where each human 4-gram has an [UNK]; anywhere else it is next to none
    return sampled > usual + SAMPLED_REPETITION or greedy > usual + GREEDY_REPETITION, (
        f"of the 4-grams that the model writes, {greedy:.1%} (greedy) and {sampled:.1%} (sampled) repeat "
        f"earlier ones of the same text; {_NO_HUMAN_TEXT if human is None else f'of human ones {human:.1%}'}"
    )


def _copying(flat: Flat) -> Finding:
    greedy, sampled, human = _written(flat, "copied_share")
    if greedy is None or sampled is None:
        return None, _TOO_SHORT.format(8)
    beside = _NO_HUMAN_TEXT
    if human is not None:
        beside = f"of human ones {human:.1%}"
    return max(greedy, sampled) > (human or 0.0) + COPIED_SHARE, (
        f"of the 8-grams that the model writes, {greedy:.1%} (greedy) and {sampled:.1%} (sampled) stand word "
        f"for word in the training text; {beside}"
    )


def _contamination(flat: Flat) -> Finding:
    near = as_number(flat.get("near_test_articles"))
    if near is None:
        return None, "not measured: the test articles are too short or hold too many [UNK]"
    told = as_number(flat.get("near_test_measured_share", 1.0))
    assert told is not None
    if near <= NEAR_ARTICLES_SHARE and told < MEASURED_ARTICLES_SHARE:
        return None, f"not measured: {1 - told:.1%} of the test articles are too short or hold too many [UNK]"
    among = "" if told == 1 else f"{told:.1%} of the test articles that are long enough to tell "
    return near > NEAR_ARTICLES_SHARE, (
        f"{near:.1%} of the {among or 'test articles '}have half or more of their 8-grams in the training "
        "split: the more, the more the test measures memory"
    )


def _baseline(flat: Flat) -> Finding:
    if flat["baseline.verdict"] == BETTER:
        return False, baseline_sentence(flat)
    return True, f"{baseline_sentence(flat)}: counting or compressing the training text does as well"


def _too_good(flat: Flat) -> Finding:
    counting, strongest = _number(flat, "baseline.ngram.perplexity"), str(flat["baseline.strongest"])
    ngram = math.log(counting)
    beyond = [
        f"{split} loss is {_number(flat, f'{split}.loss'):.2f} nats where an n-gram model has {ngram:.2f}"
        for split in SPLITS[1:]
        if _number(flat, f"{split}.loss") < FAR_BELOW * ngram
    ]
    bits = _number(flat, "test.bits_per_byte")
    bar = _number(flat, f"baseline.{strongest}.bits_per_byte")
    if bits < FAR_BELOW * bar:
        beyond.append(f"test bits per byte are {bits:.2f} where {MODEL_NAMES[strongest]} needs {bar:.2f}")
    most = _number(flat, "bias.top_token_true")  # a vocabulary of few words is right with [UNK] alone
    beyond += [
        f"{split} accuracy is {_number(flat, f'{split}.accuracy'):.1%}"
        for split in SPLITS[1:]
        if _number(flat, f"{split}.accuracy") > most + BEYOND_ACCURACY * (1 - most)
    ]
    perplexities = [_number(flat, f"{split}.perplexity") for split in ("train", "test")]
    if max(perplexities) < NEAR_ZERO_PERPLEXITY <= counting:
        beyond.append("perplexity is {:.2f} on training and {:.2f} on test text".format(*perplexities))
    if not beyond:
        return False, (
            f"{bits:.2f} bits per byte, {bits / bar:.2f} of what {MODEL_NAMES[strongest]} needs: within what "
            f"an honest model reaches (not below {FAR_BELOW:g})"
        )
    return True, (
        f"{'; '.join(beyond)}: beyond what an honest model of this size reaches on natural text; the usual "
        "causes are padding that is counted, a causal mask that is missing and test text copied from training"
    )


_KINDS = ("greedy", "sampled", "human")
_TOO_SHORT = "not measured: what the model writes has no {} tokens together"
_NO_HUMAN_TEXT = "the human text there is too short or has too many [UNK] to compare with"
_CHECKS: dict[str, Callable[[Flat], Finding]] = {
    "leak": _leak,
    "impossible_accuracy": _accuracy,
    "too_good": _too_good,
    "overfitting": _overfitting,
    "one_token": _one_token,
    "repetition": _repetition,
    "copying": _copying,
    "near_test_articles": _contamination,
    "baseline": _baseline,
}
