"""What holds for the minimal pairs of each language."""

import re
from collections import Counter

import pytest

from minillm.evaluation.grammar import PAIRS, Pair, all_pairs
from minillm.languages.grammar import GrammarFacts, load_grammar
from minillm.params import LANGUAGES

grammars = pytest.mark.parametrize("facts", [load_grammar(code) for code in LANGUAGES], ids=LANGUAGES)


@grammars
def test_each_phenomenon_has_a_hundred_different_pairs_from_all_its_templates(facts: GrammarFacts) -> None:
    pairs = list(all_pairs(facts))
    assert len(facts.phenomena) >= 10
    assert Counter(pair.phenomenon for pair in pairs) == dict.fromkeys(facts.phenomena, PAIRS)
    assert len(set(pairs)) == len(pairs) == len({pair.right for pair in pairs}) + _shared_rights(pairs)
    for phenomenon, templates in facts.phenomena.items():
        rights = [pair.right for pair in pairs if pair.phenomenon == phenomenon]
        for template in templates:
            plain = re.sub(r"\[([^|]*)\|[^]]*\]", r"\1", template)
            pattern = re.sub(r"\\\{\w\d\\\}", "[^.]+", re.escape(plain))
            assert sum(bool(re.fullmatch(pattern, right)) for right in rights) >= 5, template


def _shared_rights(pairs: list[Pair]) -> int:
    """Right sentences that stand in pairs of two phenomena, as in gender and in number."""
    counts = Counter(pair.right for pair in pairs)
    return sum(count - 1 for count in counts.values())


@grammars
def test_no_sentence_is_right_here_and_wrong_there(facts: GrammarFacts) -> None:
    pairs = list(all_pairs(facts))
    assert {pair.right for pair in pairs}.isdisjoint(pair.wrong for pair in pairs)


@grammars
def test_the_sentences_of_a_pair_have_as_many_words_and_differ_in_one_place(facts: GrammarFacts) -> None:
    for pair in all_pairs(facts):
        right, wrong = pair.right.split(), pair.wrong.split()
        assert len(right) == len(wrong)
        different = [index for index, (a, b) in enumerate(zip(right, wrong, strict=True)) if a != b]
        assert 1 <= len(different) <= 2
        assert different[-1] - different[0] < 2
        assert re.fullmatch(r"[^\W\d_a-z][\w ]+\.", pair.right)


@grammars
def test_every_word_list_is_used_with_all_of_its_forms(facts: GrammarFacts) -> None:
    templates = [template for some in facts.phenomena.values() for template in some]
    used = {slot for template in templates for slot in re.findall(r"\{(\w\d)\}", template)}
    forms = {name: len(words[0].split("/")) for name, words in facts.words.items()}
    assert used == {f"{name}{form}" for name, count in forms.items() for form in range(count)}
    for words in facts.words.values():
        assert len({word.count("/") for word in words}) == 1
