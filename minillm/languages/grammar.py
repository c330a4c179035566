"""The grammar of a language, as far as the evaluation asks for it."""

from importlib import import_module
from typing import NamedTuple


class GrammarFacts(NamedTuple):
    """Closed classes of words, and templates of minimal pairs."""

    function_words: frozenset[str]
    """Articles, prepositions, conjunctions, pronouns, common adverbs and auxiliaries, in lower case."""
    words: dict[str, tuple[str, ...]]
    """Lists of words by a letter; forms of a word are separated by "/"."""
    phenomena: dict[str, tuple[str, ...]]
    """For each, templates of four sentences: with the first cue, `(a|b)`, belongs the first answer, `[x|y]`,
    with the second the second. `{m0}` is form 0 of a word of the list m."""


def load_grammar(code: str) -> GrammarFacts:
    """The grammar of the folder `code`, which params.py has checked."""
    facts = import_module(f"minillm.languages.{code}.grammar").GRAMMAR
    assert isinstance(facts, GrammarFacts)
    return facts
