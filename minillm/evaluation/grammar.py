"""Minimal pairs of a language, in which one point of grammar is wrong (as in BLiMP, Warstadt et al. 2020).

The templates of the language (minillm/languages), each with the words that a hash draws for it. A template is
a square of two cues and two answers, so its pairs come in twins: what is right in one of them is wrong in the
other. Who sees no cue, such as a model that counts words or one that always prefers the singular, is right in
just 50 % of them.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from tokenizers import Tokenizer

from minillm.evaluation.measured import Measured, Table
from minillm.evaluation.minimal_pairs import PAIR_COLUMNS, SCORE_COLUMNS, Answers, Pair, Questions, questions
from minillm.languages.grammar import GrammarFacts
from minillm.tokens.tokenizer import UNK, encode_texts

DRAWS = 2
"""Sets of words for each template, with twins of each; one set where it has no word to draw."""
_SLOT = re.compile(r"\{(\w)(\d)\}", re.ASCII)
_CUE = re.compile(r"\(([^|)]*)\|([^)]*)\)")
_ANSWER = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")


def grammar_questions(tokenizer: Tokenizer, facts: GrammarFacts) -> Questions:
    """The pairs whose words are all known; twins are asked together or not at all."""
    pairs = list(all_pairs(facts))
    ids = list(encode_texts(tokenizer, (text for pair in pairs for text in (pair.right, pair.wrong))))
    twins = np.array([UNK not in sentence for sentence in ids]).reshape(-1, 4).all(axis=1)
    return questions(pairs, ids, np.repeat(twins, 2).tolist())


def measured_grammar(answers: Answers) -> Measured:
    """The share of right answers, by phenomenon and pair by pair."""
    return Measured(
        {"grammar": answers.metrics()},
        {
            "plots/grammar": Table(("phenomenon", "right"), answers.percent_right("minigpt")),
            "tables/grammar": Table(SCORE_COLUMNS, answers.table()),
            "tables/grammar_pairs": Table(PAIR_COLUMNS, answers.pair_table("minigpt")),
        },
        compared=["grammar.minigpt", "grammar.ngram", "grammar.lead.mean"],
    )


def all_pairs(facts: GrammarFacts) -> Iterator[Pair]:
    """All pairs, always the same; twins follow each other."""
    for phenomenon, templates in facts.phenomena.items():
        for template in templates:
            for filled in _filled(template, facts.words):
                yield Pair(phenomenon, template, _sentence(filled, 0, 0), _sentence(filled, 0, 1))
                yield Pair(phenomenon, template, _sentence(filled, 1, 1), _sentence(filled, 1, 0))


def _filled(template: str, word_lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The template with words in its slots, the first time these, then others."""
    slots = _SLOT.findall(template)
    drawn = {
        name: sorted(word_lists[name], key=lambda word: _hash(template + word)) for name in {*dict(slots)}
    }
    for index in range(DRAWS if slots else 1):
        filled = template
        for name, form in slots:
            filled = filled.replace(f"{{{name}{form}}}", drawn[name][index].split("/")[int(form)])
        yield filled


def _sentence(filled: str, cue: int, answer: int) -> str:
    """One of the four sentences of a square."""
    return _ANSWER.sub(rf"\{answer + 1}", _CUE.sub(rf"\{cue + 1}", filled))


def _hash(text: str) -> bytes:
    """A key that puts words in an order without pattern, the same everywhere."""
    return hashlib.sha256(text.encode()).digest()
