"""Minimal pairs of the user's: a TSV with the columns `sen` and `wrong_sen`, which is MultiBLiMP's format.

MultiBLiMP (Jumelet et al. 2025) has Spanish pairs under CC BY 4.0; tools/pairs.py derives others from a
treebank. A column `phenomenon`, if there is one, divides them. Such sentences are long, and a small
vocabulary lacks some word of nearly each: a pair counts if the words in which its sentences differ are known.
"""

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import regex
from tokenizers import Encoding, Tokenizer

from minillm.errors import InputError, reason
from minillm.evaluation.measured import Measured, Table
from minillm.evaluation.minimal_pairs import SCORE_COLUMNS, Answers, Pair, Questions, questions
from minillm.tokens.tokenizer import UNK

NO_PAIRS = "data/none"
"""The value of evaluate.minimal_pairs that stands for no file: a folder, since DVC wants one to depend on."""
MOST_BYTES = 2**26
"""Of a file, which is read whole."""
_COLUMNS = ("sen", "wrong_sen")
_QUOTED = regex.compile(r'"(?:[^"]|"")*+"')


def file_questions(path: str, tokenizer: Tokenizer) -> Questions | None:
    """The pairs of the file `path` whose differing words are known; None for NO_PAIRS.

    Raises InputError for a file that is missing or not in the format, and if no pair is left.
    """
    if Path(path) == Path(NO_PAIRS):
        return None
    pairs = _read(path)
    encodings = tokenizer.encode_batch(
        [text for pair in pairs for text in (pair.right, pair.wrong)], add_special_tokens=False
    )
    known = [
        _differ_in_known_words(pair, right, wrong)
        for pair, right, wrong in zip(pairs, encodings[::2], encodings[1::2], strict=True)
    ]
    if not any(known):
        raise _fault(
            path,
            f"none of its {len(pairs)} pairs can be asked: they differ in words that the vocabulary lacks "
            "or not at all",
        )
    return questions(pairs, [encoding.ids for encoding in encodings], known)


def _read(path: str) -> list[Pair]:
    try:
        if Path(path).stat().st_size > MOST_BYTES:
            raise _fault(path, f"it is larger than {MOST_BYTES // 2**20} MiB")
        lines = Path(path).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(path, f"it cannot be read ({reason(error)})") from None
    columns, pairs = _fields(lines[0]), []
    if missing := [name for name in _COLUMNS if name not in columns]:
        raise _fault(path, f"it has no column {missing[0]}")
    for number, line in enumerate(lines[1:], start=2):
        row = dict(zip(columns, _fields(line), strict=False))
        if not line.strip():
            continue
        if not all(row.get(name) for name in _COLUMNS):
            raise _fault(path, f"line {number} has no {' or no '.join(_COLUMNS)}")
        pairs.append(Pair(row.get("phenomenon") or "pairs", row["sen"], row["sen"], row["wrong_sen"]))
    if not pairs:
        raise _fault(path, "it has no pair")
    return pairs


def measured_pairs(answers: Answers | None) -> Measured:
    """The share of right answers by phenomenon; without a file an empty table and no figure."""
    rows = answers.table() if answers else []
    metrics = {"minimal_pairs": answers.metrics()} if answers else {}
    return Measured(
        metrics, {"tables/minimal_pairs": Table(SCORE_COLUMNS, rows)}, compared=["minimal_pairs.minigpt"]
    )


def _fields(line: str) -> list[str]:
    """The cells of a line. One that is quoted as in CSV is unquoted, any other quotation mark is text.

    A sentence may begin with one that nothing closes; csv.reader would read on, for the other.
    """
    cells = line.split("\t")
    return [cell[1:-1].replace('""', '"') if _QUOTED.fullmatch(cell) else cell for cell in cells]


def _differ_in_known_words(pair: Pair, right: Encoding, wrong: Encoding) -> bool:
    """Whether the sentences differ, and no word between their common beginning and end is unknown."""
    words = [
        [text[start:end] for start, end in encoding.offsets]
        for text, encoding in ((pair.right, right), (pair.wrong, wrong))
    ]
    begin = _common(*words)
    rest = [sentence[begin:][::-1] for sentence in words]
    end = _common(*rest)
    different = [encoding.ids[begin : len(encoding.ids) - end] for encoding in (right, wrong)]
    return any(different) and not any(UNK in ids for ids in different)


def _common(some: Sequence[str], others: Sequence[str]) -> int:
    """How many words the two have in common from their beginning on."""
    same = takewhile(lambda words: words[0] == words[1], zip(some, others, strict=False))
    return sum(1 for _ in same)


def _fault(path: str, what: str) -> InputError:
    columns = " and ".join(_COLUMNS)
    return InputError(
        f"evaluate.minimal_pairs = {path}: {what}; name a TSV file with the columns {columns}, or {NO_PAIRS} "
        "for none"
    )
