"""The evaluation on one screen, with what is wrong in words."""

from collections.abc import Sequence

from minillm.evaluation.alarms import Alarm, Flat, flatten, raise_alarms
from minillm.files import Metrics

_SPLITS = ("train", "validation", "test")
_ROWS = {
    "loss (nats per token)": "{split}.loss",
    "perplexity": "{split}.perplexity",
    "accuracy": "{split}.accuracy",
    "accuracy, [UNK] as wrong": "{split}.accuracy_known",
    "bits per byte": "{split}.bits_per_byte",
    "n-gram perplexity": "baseline.ngram.{split}.perplexity",
    "n-gram bits per byte": "baseline.ngram.{split}.bits_per_byte",
    "unigram perplexity": "baseline.unigram.{split}.perplexity",
}
_SHOWN_NATS = 0.0005  # less is 0.000


def summarize(metrics: Metrics) -> str:
    """A table of the splits, a line for each other measurement, and a warning for each false promise."""
    flat = flatten(metrics)
    lines = [f"{'':26}" + "".join(f"{split:>12}" for split in _SPLITS)]
    for label, key in _ROWS.items():
        values = (flat.get(key.format(split=split)) for split in _SPLITS)
        lines.append(f"{label:26}" + "".join("–".rjust(12) if v is None else f"{v:>12.4g}" for v in values))
    lines += [
        f"overfitting: validation loss is {flat['overfitting.ratio']:.3f} × the train loss",
        _bleu(flat),
        f"token bias: predicted and true distributions differ by {flat['bias.total_variation']:.3f} of 1",
        *_grammar(flat),
        _margin(flat, "ngram", "n-gram"),
        _margin(flat, "unigram", "unigram"),
        *(f"WARNING: {alarm.finding}" for alarm in raise_alarms(metrics) if alarm.raised),
    ]
    return "\n".join(lines)


def alarm_line(alarms: Sequence[Alarm]) -> str:
    """How many are raised, and which: for the stage, whose caller may not look at the summary."""
    raised = [alarm.name for alarm in alarms if alarm.raised]
    count = f"{len(raised) or 'none'} of {len(alarms)} alarms {'is' if len(raised) < 2 else 'are'} raised"
    return f"{count}: {', '.join(raised)}" if raised else count


def _bleu(flat: Flat) -> str:
    """Chance takes two articles, and order 4 takes four words together."""
    if "bleu.bleu_4" not in flat:
        return "BLEU-4 not measured: no continuation of a test article has four words"
    chance = "no chance to compare with: a single article"
    if "bleu.chance_4" in flat:
        chance = f"{flat['bleu.chance_4']:.2f} with another article's text in the model's place"
    articles = "test article" if flat["bleu.prompts"] == 1 else "test articles"
    return f"BLEU-4 {flat['bleu.bleu_4']:.2f} over {flat['bleu.prompts']} continued {articles} ({chance})"


def _grammar(flat: Flat) -> list[str]:
    """A line for our own pairs, and one for those of a file if there is one."""
    lines = [f"grammar not measured: each of {flat['grammar.skipped']} minimal pairs has an unknown word"]
    if "grammar.minigpt" in flat:
        lines = [f"grammar: {_likelier(flat, 'grammar')} (50% by chance, n-gram {flat['grammar.ngram']:.1%})"]
    if "minimal_pairs.minigpt" in flat:
        beside = f"n-gram {flat['minimal_pairs.ngram']:.1%}, unigram {flat['minimal_pairs.unigram']:.1%}"
        left_out = f"{flat['minimal_pairs.skipped']} left out"
        lines.append(f"pairs of a file: {_likelier(flat, 'minimal_pairs')} ({beside}; {left_out})")
    return lines


def _likelier(flat: Flat, name: str) -> str:
    pairs = "minimal pair" if flat[f"{name}.pairs"] == 1 else "minimal pairs"
    right = f"{flat[f'{name}.minigpt']:.1%} of {flat[f'{name}.pairs']} {pairs}"
    return f"the right sentence is likelier in {right}"


def _margin(flat: Flat, name: str, label: str) -> str:
    """Whether the model is better than counting, by how much and how surely; the interval is of that too."""
    margin = float(flat[f"baseline.{name}.margin.mean"])
    verdict = f"{'better' if margin > 0 else 'worse'} than the {label} baseline on the test split by "
    verdict += f"{abs(margin):.3f} nats per token"
    if abs(margin) < _SHOWN_NATS:
        verdict = f"as good as the {label} baseline on the test split"
    if f"baseline.{name}.margin.low" not in flat:
        return f"{verdict} (a single test article: no interval)"
    sign = 1 if margin > 0 else -1
    low, high = sorted(sign * float(flat[f"baseline.{name}.margin.{end}"]) for end in ("low", "high"))
    chance = ", which may be chance" if low <= 0 else ""
    return f"{verdict}{chance} (95% interval of the difference: {low:z.3f} to {high:z.3f})"
