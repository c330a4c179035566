"""Reads treebanks of Universal Dependencies in CoNLL-U (universaldependencies.org/format.html).

Words are what has a syntactic role; what is written may hold several of them (del = de + el), in a line whose
id is a range, and a word may be written nowhere (an empty node, 8.1, which is left out).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from minillm.errors import InputError, reason, shown

_COLUMNS = 10
_WORD = re.compile(r"[0-9]+", re.ASCII)
_RANGE = re.compile(r"([0-9]+)-([0-9]+)", re.ASCII)
_EMPTY_NODE = re.compile(r"[0-9]+\.[0-9]+", re.ASCII)


class Word(NamedTuple):
    """A line of the treebank."""

    number: int
    form: str
    lemma: str
    kind: str
    """Universal part of speech."""
    features: Mapping[str, str]
    head: int
    """Number of the word that it depends on; 0 for the root."""
    relation: str
    """To the head, without its subtype: nsubj:pass is nsubj."""
    start: int | None
    """Where its form begins in the sentence's text; None if it is written together with other words."""


class Sentence(NamedTuple):
    """Its text, and its words by their numbers."""

    text: str
    words: Mapping[int, Word]

    def children(self, word: Word) -> list[Word]:
        """The words that depend on `word`."""
        return [other for other in self.words.values() if other.head == word.number]


def read_sentences(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of a file. Raises InputError for one that is missing or is no CoNLL-U."""
    rows: list[list[str]] = []
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                line = line.rstrip("\r\n")
                if line.startswith("#"):
                    continue
                if line.strip():
                    rows.append(_row(line, path, number))
                elif rows:
                    yield _sentence(rows)
                    rows = []
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({reason(error)}); name a treebank in CoNLL-U") from None
    if rows:
        yield _sentence(rows)


def _row(line: str, path: Path, number: int) -> list[str]:
    row = line.split("\t")
    known = any(pattern.fullmatch(row[0]) for pattern in (_WORD, _RANGE, _EMPTY_NODE))
    if len(row) != _COLUMNS or not known or not (row[6] == "_" or _WORD.fullmatch(row[6])):
        raise InputError(
            f"{path}, line {number}: {shown(line)} is no line of CoNLL-U; name a treebank in CoNLL-U"
        )
    return row


def _sentence(rows: list[list[str]]) -> Sentence:
    """Put the text together: words and ranges are written, words of a range and empty nodes are not."""
    text, words, covered = "", {}, 0
    for number, form, lemma, kind, _, features, head, relation, _, notes in rows:
        if _EMPTY_NODE.fullmatch(number):
            continue
        several = _RANGE.fullmatch(number)
        written = several is not None or int(number) > covered
        if several:
            covered = int(several[2])
        else:
            start = len(text) if written else None
            found = dict(pair.split("=", 1) for pair in features.split("|") if "=" in pair)
            governor = int(head) if head != "_" else 0
            base = relation.partition(":")[0]
            words[int(number)] = Word(int(number), form, lemma, kind, found, governor, base, start)
        if written:
            text += form if "SpaceAfter=No" in notes.split("|") else f"{form} "
    return Sentence(text.rstrip(), words)
