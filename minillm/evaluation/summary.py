"""The evaluation on one screen, with what is wrong in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from minillm.evaluation.alarms import Alarm, Flat, raise_alarms
from minillm.evaluation.baselines import baseline_sentence
from minillm.evaluation.measured import flatten
from minillm.evaluation.unmeasured import as_number
from minillm.tokens.assignment import SPLITS

_ROWS = {
    "loss (nats per token)": "{split}.loss",
    "perplexity": "{split}.perplexity",
    "… of the token n-gram": "baseline.ngram.{split}perplexity",
    "accuracy": "{split}.accuracy",
    "accuracy, [UNK] as wrong": "{split}.accuracy_known",
    "bits per byte": "{split}.bits_per_byte",
    "… of them for spelling": "{split}.spelling_bits_per_byte",
    "… as a share": "{split}.spelling_share",
    "… by the byte n-gram": "baseline.byte_ngram.{split}bits_per_byte",
    "… by PPMd": "baseline.ppmd.{split}bits_per_byte",
    "… by the token n-gram": "baseline.ngram.{split}bits_per_byte",
    "… by the unigram model": "baseline.unigram.{split}bits_per_byte",
}
"""By label; `baseline` holds the test split alone."""
_PART = {"share that was scored": "{split}.scored_share"}


def summarize(metrics: Mapping[str, Any]) -> str:
    """A table of the splits, a line for each other measurement, and a warning for each false promise."""
    flat = flatten(metrics)
    flat |= {f"{split}.spelling_share": spelling_share(flat, split) for split in SPLITS}
    lines = [_columns("", SPLITS)]
    for label, key in (_ROWS | (_PART if "test.scored_share" in flat else {})).items():
        values = (as_number(flat.get(_name(key, split))) for split in SPLITS)
        lines.append(_columns(label, ["–" if value is None else f"{value:.4g}" for value in values]))
    lines += [
        baseline_sentence(flat),
        f"overfitting: validation loss is {flat['overfitting.ratio']:.3f} × the train loss",
        _bleu(flat),
        f"token bias: predicted and true distributions differ by {flat['bias.total_variation']:.3f} of 1",
        *_grammar(flat),
        *_ensemble(flat),
        *(f"WARNING: {alarm.finding}" for alarm in raise_alarms(metrics) if alarm.raised),
        *(f"{alarm.name}: {alarm.finding}" for alarm in raise_alarms(metrics) if alarm.raised is None),
    ]
    return "\n".join(lines)


def spelling_share(flat: Flat, split: str) -> float:
    """Which share of bits per byte is the models' of spellings and gaps, and not MiniGPT's."""
    return float(flat[f"{split}.spelling_bits_per_byte"]) / float(flat[f"{split}.bits_per_byte"])


def alarm_line(alarms: Sequence[Alarm]) -> str:
    """How many are raised, and which: for the stage, whose caller may not look at the summary."""
    raised = [alarm.name for alarm in alarms if alarm.raised]
    unknown = [alarm.name for alarm in alarms if alarm.raised is None]
    line = f"{len(raised) or 'none'} of {len(alarms)} alarms {'is' if len(raised) < 2 else 'are'} raised"
    line += f": {', '.join(raised)}" if raised else ""
    return f"{line}; not measured: {', '.join(unknown)}" if unknown else line


def _columns(label: str, cells: Sequence[str]) -> str:
    return f"{label:26}" + "".join(cell.rjust(12) for cell in cells)


def _name(key: str, split: str) -> str:
    if key.startswith("baseline"):
        return key.format(split="" if split == "test" else f"{split}.")
    return key.format(split=split)


def _bleu(flat: Flat) -> str:
    """Chance takes two articles, and order 4 takes four words together."""
    score, chance = as_number(flat["bleu.bleu_4"]), as_number(flat["bleu.chance_4"])
    if score is None:
        return "BLEU-4 not measured: no continuation of a test article has four known words together"
    beside = "no chance to compare with: a single article"
    if chance is not None:
        beside = f"{chance:.2f} with another article's text in the model's place"
    articles = "test article" if flat["bleu.prompts"] == 1 else "test articles"
    return f"BLEU-4 {score:.2f} over {flat['bleu.prompts']} continued {articles} ({beside})"


def _grammar(flat: Flat) -> list[str]:
    """A line for our own pairs, and one for those of a file if there is one."""
    lines = [f"grammar not measured: each of {flat['grammar.skipped']} minimal pairs has an unknown word"]
    if as_number(flat.get("grammar.minigpt")) is not None:
        lines = [f"grammar: {_likelier(flat, 'grammar')} (50% by chance, n-gram {flat['grammar.ngram']:.1%})"]
    if as_number(flat.get("minimal_pairs.minigpt")) is not None:
        beside = f"n-gram {flat['minimal_pairs.ngram']:.1%}, unigram {flat['minimal_pairs.unigram']:.1%}"
        left_out = f"{flat['minimal_pairs.skipped']} left out"
        lines.append(f"pairs of a file: {_likelier(flat, 'minimal_pairs')} ({beside}; {left_out})")
    return lines


def _ensemble(flat: Flat) -> list[str]:
    """A line if there is one."""
    if "ensemble.checkpoints" not in flat:
        return []
    losses = " and ".join(f"{flat[f'ensemble.{split}.loss']:.4g} ({split})" for split in SPLITS[1:])
    count = flat["ensemble.checkpoints"]
    return [f"{count} {'checkpoint' if count == 1 else 'checkpoints'} together: loss {losses}"]


def _likelier(flat: Flat, name: str) -> str:
    pairs = "minimal pair" if flat[f"{name}.pairs"] == 1 else "minimal pairs"
    right = f"{flat[f'{name}.minigpt']:.1%} of {flat[f'{name}.pairs']} {pairs}"
    return f"the right sentence is likelier in {right}"
