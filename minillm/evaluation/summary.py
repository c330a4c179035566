"""The evaluation on one screen, with what is wrong in words."""

from minillm.evaluation.alarms import flatten, raise_alarms
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
        f"BLEU-4 {flat['bleu.bleu_4']:.2f} over {flat['bleu.prompts']} continued test articles "
        f"({flat['bleu.chance_4']:.2f} with another article's text in the model's place)",
        f"token bias: predicted and true distributions differ by {flat['bias.total_variation']:.3f} of 1",
        f"grammar: the right sentence is likelier in {flat['grammar.minigpt']:.1%} of "
        f"{flat['grammar.pairs']} minimal pairs (50 % by chance, n-gram {flat['grammar.ngram']:.1%})",
        *verdict(metrics),
    ]
    return "\n".join(lines)


def verdict(metrics: Metrics) -> list[str]:
    """Whether the numbers can be believed, and whether they are good for anything."""
    flat = flatten(metrics)
    lines = []
    for name, label in (("ngram", "n-gram"), ("unigram", "unigram")):
        mean, low, high = (float(flat[f"baseline.{name}.margin.{key}"]) for key in ("mean", "low", "high"))
        lines.append(
            f"{'better' if mean > 0 else 'worse'} than the {label} baseline on the test split by "
            f"{abs(mean):.3f} nats per token (95 % interval of the difference: {low:.3f} to {high:.3f})"
        )
    return lines + [f"WARNING: {alarm.finding}" for alarm in raise_alarms(metrics) if alarm.raised]
