"""`minillm evaluate`: perplexity and bits per byte of texts, and the surprise of each token.

The definitions are the evaluation's (docs/bits-per-byte.md): each file is an article, its end is a token too.
Several files have a 95 % interval, by drawing them anew (minillm/evaluation/comparison.py).
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from minillm.evaluation.comparison import Interval, bootstrap
from minillm.evaluation.split_likelihood import perplexity
from minillm.files import measured
from minillm.interface.language_model import ScoredToken, TextScore, load_model
from minillm.interface.texts import printable, read_files
from minillm.tokens.tokenizer import EOS

_SEED = 0
_COLOURS = ((2.0, ""), (5.0, "\x1b[32m"), (10.0, "\x1b[33m"), (float("inf"), "\x1b[31m"))
"""Of tokens with fewer bits than that: none, green, yellow, red."""
_RESET = "\x1b[0m"


def run(arguments: argparse.Namespace) -> None:
    """Print a row for each file and one for all, or the tokens."""
    texts = read_files(arguments.files)
    model = load_model(arguments.checkpoint, arguments.tokenizer, arguments.device)
    scores = model.score_all(texts)
    names = [str(path) for path in arguments.files]
    if arguments.json:
        rows = [
            {"file": name, **figures([score]), **({"tokens": as_json(score)} if arguments.tokens else {})}
            for name, score in zip(names, scores, strict=True)
        ]
        print(json.dumps({"files": rows, "all": figures(scores)}, ensure_ascii=False, indent=2))
        return
    if arguments.tokens:
        for score in scores:
            print(coloured(score) if _in_colour() else as_table(score))
    print(table([*names, "all"][: len(names) + (len(names) > 1)], [*([score] for score in scores), scores]))
    if any(score.spelling_bits is None for score in scores):
        print(
            "no bits per byte: the words outside the vocabulary have to be spelt, as the training articles "
            f"teach it, and they are not beside {model.tokenizer_path}: `dvc repro split`, or `dvc pull`"
        )


def figures(scores: Sequence[TextScore]) -> dict[str, Any]:
    """What is said of texts together, without what is not known."""
    targets = np.array([len(score.tokens) for score in scores])
    utf8_bytes = np.array([score.utf8_bytes for score in scores])
    loss = bootstrap(np.array([score.nll for score in scores]), targets, _SEED)
    bits = [score.bits for score in scores if score.bits is not None]
    per_byte = bootstrap(np.array(bits), utf8_bytes, _SEED) if len(bits) == len(scores) else None
    return measured(
        {
            "targets": int(targets.sum()),
            "utf8_bytes": int(utf8_bytes.sum()),
            "unknown": sum(score.unknown for score in scores),
            "loss": loss.mean,
            "perplexity": perplexity(loss.mean),
            **_ends("perplexity", loss, perplexity),
            "bits_per_byte": None if per_byte is None else per_byte.mean,
            **({} if per_byte is None else _ends("bits_per_byte", per_byte, float)),
        }
    )


def _ends(name: str, interval: Interval, of: Any) -> dict[str, float]:
    """The ends of the interval by name, if it has any."""
    if interval.low is None or interval.high is None:
        return {}
    return {f"{name}_low": float(of(interval.low)), f"{name}_high": float(of(interval.high))}


def table(names: Sequence[str], groups: Sequence[Sequence[TextScore]]) -> str:
    """A row for each name, with the figures of its texts."""
    names = [printable(name).replace("\n", "\\n") for name in names]
    width = max(len("file"), *map(len, names))
    lines = [
        f"{'file':{width}}  {'tokens':>8}  {'[UNK]':>6}  {'bytes':>9}  {'perplexity':>10}  bits per byte"
    ]
    for name, group in zip(names, groups, strict=False):
        of = figures(group)
        per_byte = f"{of['bits_per_byte']:.3f}" if "bits_per_byte" in of else "–"
        precision = ".2f" if of["perplexity"] < 1e6 else ".3g"
        lines.append(
            f"{name:{width}}  {of['targets']:8,}  {of['unknown']:6,}  {of['utf8_bytes']:9,}  "
            f"{of['perplexity']:10{precision}}  {per_byte:>13}"
        )
    for name, label in (("perplexity", "perplexity"), ("bits_per_byte", "bits per byte")):
        if f"{name}_low" in of:
            lines.append(f"{label} of all: 95% interval {of[f'{name}_low']:.4g} to {of[f'{name}_high']:.4g}")
    return "\n".join(lines)


def coloured(score: TextScore) -> str:
    """The text, each token in the colour of its surprise; the end of the text is ∎."""
    marks = ", ".join(
        f"{colour}{label}{_RESET if colour else ''}"
        for (_, colour), label in zip(_COLOURS, ("under 2", "2 to 5", "5 to 10", "over 10"), strict=True)
    )
    return f"bits: {marks}\n\n{''.join(map(_painted, score.tokens))}\n"


def _painted(token: ScoredToken) -> str:
    colour = next(colour for most, colour in _COLOURS if token.bits < most)
    text = printable(_with_end(token))
    return f"{colour}{text}{_RESET}" if colour else text


def _with_end(token: ScoredToken) -> str:
    return token.text + "∎" * (token.id == EOS)


def as_table(score: TextScore) -> str:
    """Tab-separated rows: the token as it stands, its bits, the likeliest one and its probability."""
    rows = (
        (
            json.dumps(_with_end(token), ensure_ascii=False),
            f"{token.bits:.2f}",
            json.dumps(token.likeliest, ensure_ascii=False),
            f"{token.probability:.3f}",
        )
        for token in score.tokens
    )
    return "\n".join("\t".join(row) for row in (("token", "bits", "likeliest", "probability"), *rows)) + "\n"


def as_json(score: TextScore) -> list[dict[str, Any]]:
    """Each token by the names of its fields."""
    return [token._asdict() for token in score.tokens]


def _in_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
