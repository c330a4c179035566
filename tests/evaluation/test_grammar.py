import math
import re

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from minillm.evaluation.comparison import wilson
from minillm.evaluation.grammar import Grammar, Pair, all_pairs, measure_grammar
from minillm.evaluation.likelihood import article_nll
from minillm.languages.grammar import load_grammar
from minillm.params import VocabParams
from minillm.tokens.kneser_ney import KneserNey
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS, EOS, train_tokenizer
from tests.evaluation.models import random_model
from tests.tokens.corpus import shard_of

FACTS = load_grammar("es")
ALL = list(all_pairs(FACTS))


def tokenizer_of(texts: list[str]) -> Tokenizer:
    words = {word for text in texts for word in re.findall(r"\w+|[^\w\s]", text)}
    return train_tokenizer(lambda: texts, VocabParams(type="word", vocab_size=4 + len(words)))


TOKENIZER = tokenizer_of([sentence for pair in ALL for sentence in (pair.right, pair.wrong)])


def test_the_pairs_never_change() -> None:
    assert list(all_pairs(load_grammar("es"))) == ALL
    assert ALL[0] == Pair(
        "gender_determiner", "El puente está en el norte de España.", "La puente está en el norte de España."
    )


def test_an_advantage_is_the_difference_of_the_sentences_log_likelihoods_from_bos_on() -> None:
    model = random_model(vocab_size=TOKENIZER.get_vocab_size(), context=32)
    grammar = measure_grammar({"ours": lambda shard: article_nll(model, shard, 7)}, TOKENIZER, FACTS)

    def log_likelihood(sentence: str) -> float:
        ids = [BOS, *TOKENIZER.encode(sentence, add_special_tokens=False).ids]
        log_p = model(torch.tensor([ids]))[0].detach().double().log_softmax(dim=1)
        return sum(float(log_p[place, token]) for place, token in enumerate(ids[1:]))

    for index in range(0, 1000, 97):
        pair = grammar.pairs[index]
        expected = log_likelihood(pair.right) - log_likelihood(pair.wrong)
        assert grammar.advantages["ours"][index] == pytest.approx(expected, abs=1e-4)


def test_a_model_that_knows_scores_1_one_that_errs_0_and_one_without_grammar_one_half() -> None:
    texts = [pair.right for pair in ALL]
    encoded = [TOKENIZER.encode(text, add_special_tokens=False).ids for text in texts]
    counting = KneserNey(shard_of(encoded), TOKENIZER.get_vocab_size(), 5)

    def nothing(shard: Shard) -> np.ndarray:
        rounding = np.random.default_rng(0).normal(0, 1e-12, len(shard))
        return np.diff(shard.offsets) * math.log(100) + rounding

    grammar = measure_grammar(
        {"knows": counting.article_nll, "errs": lambda s: -counting.article_nll(s), "nothing": nothing},
        TOKENIZER,
        FACTS,
    )
    assert grammar.score("knows").share > 0.98
    assert grammar.score("errs").share < 0.02
    assert grammar.score("nothing").share == 0.5
    assert [score.share for score in grammar.table() if score.model == "nothing"] == [0.5] * 11
    assert grammar.metrics()["pairs"] == 1000


def test_a_pair_with_an_unknown_word_is_skipped_and_counted() -> None:
    texts = [text for pair in ALL for text in (pair.right, pair.wrong)]
    tokenizer = tokenizer_of([text for text in texts if "agricultura" not in text])
    grammar = measure_grammar({"any": lambda shard: np.arange(len(shard), dtype=float)}, tokenizer, FACTS)
    expected = [pair for pair in ALL if "agricultura" in pair.right]
    assert len(expected) > 10
    assert grammar.skipped == expected
    assert len(grammar.pairs) == 1000 - len(expected)
    score = grammar.score("any", "prepositions")
    assert score.skipped == sum(pair.phenomenon == "prepositions" for pair in expected) > 0
    assert score.pairs + score.skipped == 100


@pytest.mark.parametrize(("advantage", "share"), [(1e-6, 0.5), (-1e-6, 0.5), (2e-6, 1), (-2e-6, 0)])
def test_a_difference_within_rounding_is_half_right(advantage: float, share: float) -> None:
    grammar = Grammar([Pair("any", "a", "b")] * 2, [], {"any": np.full(2, advantage)}, ("any",))
    assert grammar.score("any").share == share


def test_without_any_pair_nothing_is_known() -> None:
    letters = "a b c d e f g h i j k l m"
    tokenizer = train_tokenizer(lambda: [letters], VocabParams(type="word", vocab_size=16))
    grammar = measure_grammar({"any": lambda shard: np.zeros(len(shard))}, tokenizer, FACTS)
    assert grammar.score("any") == ("all", "any", 0, 1000, None, None, None)
    assert grammar.metrics() == {"pairs": 0, "skipped": 1000}
    assert grammar.percent_right("any") == []


def test_no_sentence_is_asked_to_end_an_article() -> None:
    seen: list[Shard] = []

    def spy(shard: Shard) -> np.ndarray:
        seen.append(shard)
        return np.zeros(len(shard))

    measure_grammar({"spy": spy}, TOKENIZER, FACTS)
    assert (seen[0].tokens[seen[0].offsets[:-1]] == BOS).all()
    assert EOS not in seen[0].tokens


class TestWilson:
    def test_equals_published_figures(self) -> None:
        assert wilson(0, 10) == pytest.approx((0, 0, 0.2775), abs=1e-4)
        assert wilson(81, 263) == pytest.approx((0.308, 0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
        assert wilson(15, 148) == pytest.approx((0.1014, 0.0624, 0.1605), abs=1e-4)

    def test_holds_the_truth_about_95_times_in_100(self) -> None:
        random = np.random.default_rng(0)
        for truth in (0.05, 0.5, 0.9):
            intervals = [wilson(int(right), 100) for right in random.binomial(100, truth, 2000)]
            assert 0.93 <= np.mean([low <= truth <= high for _, low, high in intervals]) <= 0.98
