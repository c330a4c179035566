"""`minillm compare`: which of two models finds the same texts likelier, and whether that is clear.

The difference is in bits per byte, which compares across vocabularies, over the same articles: its interval
is paired, and what it is worth is told by one rule (minillm/evaluation/comparison.py).
"""

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from minillm.errors import InputError
from minillm.evaluation.code_length import split_texts
from minillm.evaluation.comparison import FEWEST, UNCLEAR, Interval, bootstrap, verdict
from minillm.interface.language_model import (
    SPLITS,
    TEXTS,
    LanguageModel,
    TextScore,
    load_model,
    project_of,
)
from minillm.interface.texts import read_files
from minillm.tokens.tokenizer import TOKENIZER_KEY

_SEED = 0
_TEXTS_AT_ONCE = 256
"""Of which each token is in memory."""


def run(arguments: argparse.Namespace) -> None:
    """Print both figures, the difference, and what it is worth."""
    names = str(arguments.first), str(arguments.second)
    first, second = (load_model(Path(name), None, arguments.device) for name in names)
    texts = read_files(arguments.files) if arguments.files else texts_of_test(first)
    # What spelling costs is the same for both where the words are.
    alike = first.metadata[TOKENIZER_KEY] == second.metadata[TOKENIZER_KEY]
    bits = [code_lengths(model, texts, alike=alike) for model in (first, second)]
    utf8_bytes = np.array([len(text.encode()) for text in texts])
    gain = bootstrap(bits[0] - bits[1], utf8_bytes, _SEED)  # by how much the second one is better
    means = {name: float(of.sum() / utf8_bytes.sum()) for name, of in zip("AB", bits, strict=True)}
    if arguments.json:
        found = {
            "checkpoints": dict(zip("AB", names, strict=True)),
            "texts": len(texts),
            "utf8_bytes": int(utf8_bytes.sum()),
            "spelling_counted": not alike,
            "bits_per_byte": means,
            "gain_of_B": gain._asdict(),
            "B_is": verdict(gain),
        }
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    unit = f"bits per byte{' of the tokens' if alike else ''}"
    print(f"{len(texts)} text{'s' * (len(texts) != 1)}, {utf8_bytes.sum():,} bytes; {unit}:")
    for name, (letter, mean) in zip(names, means.items(), strict=True):
        print(f"{letter}  {mean:.4f}  {name}")
    print(sentence(gain))


def texts_of_test(model: LanguageModel) -> list[str]:
    """The test articles of the project that the model's tokenizer is of. Raises InputError without them."""
    project = project_of(model.tokenizer_path)
    if project is None or not (project / SPLITS).exists():
        raise InputError(f"no test articles beside {model.tokenizer_path}; give files, or `dvc repro split`")
    return [text for split, text in split_texts(project / TEXTS, project / SPLITS) if split == "test"]


def code_lengths(model: LanguageModel, texts: list[str], *, alike: bool) -> npt.NDArray[np.float64]:
    """Bits of each text; of its tokens alone where both models have the same ones."""

    def length(score: TextScore) -> float:
        bits = score.token_bits if alike else score.bits
        if bits is None:
            raise InputError(
                f"minillm compare: the tokenizers differ, and beside {model.tokenizer_path} are no "
                "training articles to spell unknown words with; bring back data/clean and data/splits"
            )
        return bits

    starts = range(0, len(texts), _TEXTS_AT_ONCE)
    groups = (model.score_all(texts[start : start + _TEXTS_AT_ONCE]) for start in starts)
    return np.array([length(score) for group in groups for score in group])


def sentence(gain: Interval) -> str:
    """What the second one's gain is worth."""
    found = verdict(gain)
    if gain.low is None or gain.high is None:
        return f"{found}: fewer than {FEWEST} texts have no interval; give more"
    interval = f"95% interval of the difference: {gain.low:.4f} to {gain.high:.4f}"
    if found == UNCLEAR:
        return f"{found} ({interval})"
    return f"B is {found} than A by {abs(gain.mean):.4f} bits per byte ({interval})"
