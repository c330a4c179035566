"""What holds for the minimal pairs of each language."""

import re
from collections import Counter, defaultdict

import pytest

from minillm.evaluation.grammar import all_pairs
from minillm.languages.grammar import GrammarFacts, load_grammar
from minillm.params import LANGUAGES

grammars = pytest.mark.parametrize("facts", [load_grammar(code) for code in LANGUAGES], ids=LANGUAGES)


@grammars
def test_there_are_ten_phenomena_of_several_templates_which_are_squares(facts: GrammarFacts) -> None:
    assert len(facts.phenomena) >= 10
    for templates in facts.phenomena.values():
        assert len(templates) == len(set(templates)) >= 5
        for template in templates:
            plain = r"[^()\[\]|]"
            assert re.fullmatch(rf"(?:\({plain}+\|{plain}+\)|\[{plain}+\|{plain}+\]|{plain})+", template), (
                template
            )
            assert template.count("[") == 1
            assert template.count("(") >= 1


@grammars
def test_twins_change_places_and_no_sentence_is_right_here_and_wrong_there(facts: GrammarFacts) -> None:
    pairs = list(all_pairs(facts))
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        assert first.cluster == second.cluster
        assert len({first.right, first.wrong, second.right, second.wrong}) == 4, first
        assert _difference(first.right, first.wrong) == _difference(second.wrong, second.right), first
    assert {pair.right for pair in pairs}.isdisjoint(pair.wrong for pair in pairs)
    sentences = [text for pair in pairs for text in (pair.right, pair.wrong)]
    assert [
        text for text in sentences if not re.fullmatch(r"[^\W\d_a-z][\w ,]+\.", text) or "  " in text
    ] == []


def _difference(some: str, other: str) -> tuple[Counter[str], Counter[str]]:
    words, others = Counter(some.split()), Counter(other.split())
    return words - others, others - words


@grammars
def test_every_word_list_is_used_with_all_of_its_forms(facts: GrammarFacts) -> None:
    used = defaultdict(set)
    for template in (template for some in facts.phenomena.values() for template in some):
        for name, form in re.findall(r"\{(\w)(\d)\}", template):
            used[name].add(int(form))
    for name, words in facts.words.items():
        (count,) = {word.count("/") + 1 for word in words}
        assert len(words) == len(set(words))
        assert used[name] == set(range(count)), name
