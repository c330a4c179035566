"""The evaluation on one screen, with what is wrong in words."""

from collections.abc import Mapping

from minillm.files import Metric, Metrics

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
    flat = _flatten(metrics)
    lines = [f"{'':26}" + "".join(f"{split:>12}" for split in _SPLITS)]
    for label, key in _ROWS.items():
        values = (flat.get(key.format(split=split)) for split in _SPLITS)
        lines.append(f"{label:26}" + "".join("–".rjust(12) if v is None else f"{v:>12.4g}" for v in values))
    lines += [
        f"overfitting: validation loss is {flat['overfitting.ratio']:.3f} × the train loss",
        f"BLEU-4 {flat['bleu.bleu_4']:.2f} over {flat['bleu.prompts']} continued test articles "
        f"({flat['bleu.chance_4']:.2f} with another article's text in the model's place)",
        f"token bias: predicted and true distributions differ by {flat['bias.total_variation']:.3f} of 1",
        *verdict(metrics),
    ]
    return "\n".join(lines)


def verdict(metrics: Metrics) -> list[str]:
    """Whether the numbers can be believed, and whether they are good for anything."""
    flat = _flatten(metrics)
    lines = []
    for name, label in (("ngram", "n-gram"), ("unigram", "unigram")):
        mean, low, high = (float(flat[f"baseline.{name}.margin.{key}"]) for key in ("mean", "low", "high"))
        interval = (
            f"{abs(mean):.3f} nats per token (95 % interval of the difference: {low:.3f} to {high:.3f})"
        )
        if mean > 0:
            lines.append(f"better than the {label} baseline on the test split by {interval}")
        else:
            lines.append(f"WARNING: does not beat the {label} baseline: worse by {interval}")
    if not flat["causal"]:
        lines.append(
            f"WARNING: not causal: changing later tokens moves a logit by {flat['causal_difference']:.3g}; "
            f"the model sees what it should predict, and none of its figures means anything"
        )
    return lines


def _flatten(metrics: Metrics, prefix: str = "") -> dict[str, Metric]:
    """Nested metrics by their dotted names, as DVC shows them."""
    flat: dict[str, Metric] = {}
    for key, value in metrics.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
