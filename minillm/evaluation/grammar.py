"""Minimal pairs of Spanish, in which only one point of grammar is wrong (as in BLiMP, Warstadt et al. 2020).

The templates of grammar_es.py, each with the words that a hash draws for it. A template is a square of two
cues and two answers, so its pairs come in twins: what is right in one of them is wrong in the other. A model
that sees no cue, such as one that counts words or always prefers the singular, is right in 50 % of them.
"""

import hashlib
import re
from collections.abc import Iterator

import numpy as np
from tokenizers import Tokenizer

from minillm.evaluation.grammar_es import PHENOMENA, WORDS
from minillm.evaluation.minimal_pairs import Pair, Questions, questions
from minillm.tokens.tokenizer import UNK, encode_texts

DRAWS = 2
"""Sets of words for each template, with twins of each; one set where it has no word to draw."""
_SLOT = re.compile(r"\{(\w)(\d)\}", re.ASCII)
_CUE = re.compile(r"\(([^|)]*)\|([^)]*)\)")
_ANSWER = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")


def grammar_questions(tokenizer: Tokenizer) -> Questions:
    """The pairs whose words are all known; twins are asked together or not at all."""
    pairs = list(all_pairs())
    ids = list(encode_texts(tokenizer, (text for pair in pairs for text in (pair.right, pair.wrong))))
    twins = np.array([UNK not in sentence for sentence in ids]).reshape(-1, 4).all(axis=1)
    return questions(pairs, ids, np.repeat(twins, 2).tolist())


def all_pairs() -> Iterator[Pair]:
    """All pairs, always the same; twins follow each other."""
    for phenomenon, lines in PHENOMENA.items():
        for template in map(str.strip, lines.strip().splitlines()):
            for filled in _filled(template):
                yield Pair(phenomenon, template, _sentence(filled, 0, 0), _sentence(filled, 0, 1))
                yield Pair(phenomenon, template, _sentence(filled, 1, 1), _sentence(filled, 1, 0))


def _filled(template: str) -> Iterator[str]:
    """The template with words in its slots; a word stands in one of the sets alone."""
    names = sorted({name for name, _ in _SLOT.findall(template)})
    drawn = {name: sorted(WORDS[name].split(), key=lambda word: _hash(template + word)) for name in names}
    for index in range(DRAWS if names else 1):
        yield _SLOT.sub(lambda slot, index=index: drawn[slot[1]][index].split("/")[int(slot[2])], template)  # type: ignore[misc]


def _sentence(filled: str, cue: int, answer: int) -> str:
    """One of the four sentences of a square."""
    return _ANSWER.sub(rf"\{answer + 1}", _CUE.sub(rf"\{cue + 1}", filled))


def _hash(text: str) -> bytes:
    """A key that puts words in an order without pattern, the same everywhere."""
    return hashlib.sha256(text.encode()).digest()
