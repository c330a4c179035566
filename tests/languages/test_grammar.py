"""What holds for the minimal pairs of each language."""

import re
from collections import Counter, defaultdict

import pytest

from minillm.evaluation.grammar import all_pairs
from minillm.languages.grammar import GrammarFacts, load_grammar
from minillm.params import LANGUAGES

grammars = pytest.mark.parametrize("facts", [load_grammar(code) for code in LANGUAGES], ids=LANGUAGES)


@grammars
def test_there_are_phenomena_enough_each_with_several_templates(facts: GrammarFacts) -> None:
    pairs = list(all_pairs(facts))
    assert len(facts.phenomena) >= 10
    for phenomenon, templates in facts.phenomena.items():
        assert len(templates) == len(set(templates)) >= 8, phenomenon
        clusters = Counter(pair.cluster for pair in pairs if pair.phenomenon == phenomenon)
        assert set(clusters) == set(templates)
        assert set(clusters.values()) <= {2, 4}
    assert len({pair.cluster for pair in pairs}) == sum(map(len, facts.phenomena.values()))


@grammars
def test_a_template_is_a_square_of_cues_and_answers(facts: GrammarFacts) -> None:
    for template in (template for some in facts.phenomena.values() for template in some):
        assert re.fullmatch(
            r"(?:\([^()\[\]|]+\|[^()\[\]|]+\)|\[[^()\[\]|]+\|[^()\[\]|]+\]|[^()\[\]|])+", template
        )
        assert template.count("[") == 1
        assert template.count("(") >= 1


@grammars
def test_no_sentence_of_a_square_is_another_one(facts: GrammarFacts) -> None:
    pairs = list(all_pairs(facts))
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        assert first.cluster == second.cluster
        assert len({first.right, first.wrong, second.right, second.wrong}) == 4
    assert {pair.right for pair in pairs}.isdisjoint(pair.wrong for pair in pairs)
    for text in (text for pair in pairs for text in (pair.right, pair.wrong)):
        assert re.fullmatch(r"[^\W\d_a-z][\w ,]+\.", text)
        assert "  " not in text


@grammars
def test_what_is_right_in_one_twin_is_wrong_in_the_other(facts: GrammarFacts) -> None:
    """The words by which the sentences of a pair differ are the other twin's, the other way round."""
    pairs = list(all_pairs(facts))
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        assert _difference(first.right, first.wrong) == _difference(second.wrong, second.right)


def _difference(some: str, other: str) -> tuple[Counter[str], Counter[str]]:
    words, others = Counter(some.split()), Counter(other.split())
    return words - others, others - words


@grammars
def test_every_word_list_is_used_with_all_of_its_forms(facts: GrammarFacts) -> None:
    templates = [template for some in facts.phenomena.values() for template in some]
    used = defaultdict(set)
    for template in templates:
        for name, form in re.findall(r"\{(\w)(\d)\}", template):
            used[name].add(int(form))
    for name, words in facts.words.items():
        forms = {word.count("/") + 1 for word in words}
        assert len(forms) == 1
        assert len(words) == len(set(words))
        assert used[name] == set(range(*forms))
