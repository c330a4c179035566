"""The evaluation on one screen, with what is wrong in words."""

from minillm.evaluation.alarms import Flat, flatten, raise_alarms
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
        _grammar(flat),
        *verdict(metrics),
    ]
    return "\n".join(lines)


def _bleu(flat: Flat) -> str:
    """Chance takes two articles, and order 4 takes four words together."""
    if "bleu.bleu_4" not in flat:
        return "BLEU-4 not measured: no continuation of a test article has four words"
    chance = "no chance to compare with: a single article"
    if "bleu.chance_4" in flat:
        chance = f"{flat['bleu.chance_4']:.2f} with another article's text in the model's place"
    articles = "test article" if flat["bleu.prompts"] == 1 else "test articles"
    return f"BLEU-4 {flat['bleu.bleu_4']:.2f} over {flat['bleu.prompts']} continued {articles} ({chance})"


def _grammar(flat: Flat) -> str:
    if "grammar.minigpt" not in flat:
        return f"grammar not measured: each of {flat['grammar.skipped']} minimal pairs has an unknown word"
    return (
        f"grammar: the right sentence is likelier in {flat['grammar.minigpt']:.1%} of "
        f"{flat['grammar.pairs']} minimal pairs (50 % by chance, n-gram {flat['grammar.ngram']:.1%})"
    )


def verdict(metrics: Metrics) -> list[str]:
    """Whether the numbers can be believed, and whether they are good for anything."""
    flat = flatten(metrics)
    lines = []
    for name, label in (("ngram", "n-gram"), ("unigram", "unigram")):
        margin = f"baseline.{name}.margin"
        mean = float(flat[f"{margin}.mean"])
        interval = "a single test article: no interval"
        if f"{margin}.low" in flat:
            low, high = flat[f"{margin}.low"], flat[f"{margin}.high"]
            interval = f"95 % interval of the difference: {low:.3f} to {high:.3f}"
        lines.append(
            f"{'better' if mean > 0 else 'worse'} than the {label} baseline on the test split by "
            f"{abs(mean):.3f} nats per token ({interval})"
        )
    return lines + [f"WARNING: {alarm.finding}" for alarm in raise_alarms(metrics) if alarm.raised]
