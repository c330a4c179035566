import re

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from minillm.evaluation.grammar import all_pairs, grammar_questions
from minillm.evaluation.likelihood import article_nll
from minillm.evaluation.minimal_pairs import Answers, questions
from minillm.languages.grammar import load_grammar
from minillm.params import VocabParams
from minillm.tokens.kneser_ney import KneserNey
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS, EOS, encode_texts, train_tokenizer
from tests.evaluation.models import random_model
from tests.tokens.corpus import shard_of

FACTS = load_grammar("es")
ALL = list(all_pairs(FACTS))
SENTENCES = [text for pair in ALL for text in (pair.right, pair.wrong)]


def tokenizer_of(texts: list[str], kind: str = "word") -> Tokenizer:
    words = {word for text in texts for word in re.findall(r"\w+|[^\w\s]", text)}
    size = 4 + len(words) if kind == "word" else 500
    return train_tokenizer(lambda: texts, VocabParams(type=kind, vocab_size=size, sample_characters=0))


TOKENIZER = tokenizer_of(SENTENCES)


def test_spanish_has_fifteen_phenomena_of_thirty_templates_and_more() -> None:
    assert len(FACTS.phenomena) == 15
    assert 1000 <= len(ALL) <= 2000
    assert min(map(len, FACTS.phenomena.values())) >= 30


def test_the_pairs_never_change() -> None:
    assert list(all_pairs(load_grammar("es"))) == ALL
    assert ALL[0][2:] == (
        "El edificio está en el norte de España.",
        "La edificio está en el norte de España.",
    )


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_no_unigram_and_no_constant_choice_is_right_in_more_or_less_than_half(kind: str) -> None:
    """In every phenomenon, whatever the counts: even those of a text that holds the right sentences alone."""
    tokenizer = tokenizer_of(SENTENCES, kind)
    size = tokenizer.get_vocab_size()
    encoded = [tokenizer.encode(pair.right, add_special_tokens=False).ids for pair in ALL]
    skewed = np.random.default_rng(0).zipf(1.3, size)

    def made_up(shard: Shard) -> np.ndarray:
        nll = np.log(skewed)[shard.tokens]
        return np.add.reduceat(nll, shard.offsets[:-1])

    unigram = KneserNey(shard_of(encoded), size, 1)
    models = {"ngram": unigram.article_nll, "made up": made_up}
    answers = Answers(grammar_questions(tokenizer, FACTS), models, seed=0)
    for advantage in answers.advantages.values():
        right = np.sign(advantage.round(6))
        assert np.count_nonzero(right) > 1000
        for phenomenon in FACTS.phenomena:
            assert right[[pair.phenomenon == phenomenon for pair in answers.pairs]].sum() == 0, phenomenon


def test_a_model_that_has_read_the_right_sentences_is_right() -> None:
    encoded = [TOKENIZER.encode(pair.right, add_special_tokens=False).ids for pair in ALL]
    counting = KneserNey(shard_of(encoded), TOKENIZER.get_vocab_size(), 5)
    models = {"errs": lambda shard: -counting.article_nll(shard), "ngram": counting.article_nll}
    answers = Answers(grammar_questions(TOKENIZER, FACTS), models, seed=0)
    knows, errs = answers.of_all("ngram").share, answers.of_all("errs").share
    assert knows
    assert errs
    assert knows.mean > 0.9
    assert errs.mean == pytest.approx(1 - knows.mean)


def test_twins_with_an_unknown_word_are_skipped_together_and_counted() -> None:
    tokenizer = tokenizer_of([text for text in SENTENCES if "reina" not in text])
    asked = grammar_questions(tokenizer, FACTS)
    assert {*asked.pairs, *asked.skipped} == {*ALL}
    twins = [[pair in set(asked.pairs) for pair in pairs] for pairs in zip(ALL[::2], ALL[1::2], strict=True)]
    assert {tuple(both) for both in twins} == {(True, True), (False, False)}
    assert all("reina" not in text for pair in asked.pairs for text in (pair.right, pair.wrong))
    assert any("reina" not in pair.right + pair.wrong for pair in asked.skipped)  # its twin has it


def test_an_advantage_is_the_difference_of_the_sentences_log_likelihoods_from_bos_on() -> None:
    model = random_model(vocab_size=TOKENIZER.get_vocab_size(), context=32)
    pairs = ALL[::97]
    texts = [text for pair in pairs for text in (pair.right, pair.wrong)]
    asked = questions(pairs, list(encode_texts(TOKENIZER, texts)), [True] * len(pairs))
    answers = Answers(asked, {"ngram": lambda shard: article_nll(model, shard, 7)}, seed=0)

    def log_likelihood(sentence: str) -> float:
        ids = [BOS, *TOKENIZER.encode(sentence, add_special_tokens=False).ids]
        log_p = model(torch.tensor([ids]))[0].detach().double().log_softmax(dim=1)
        return sum(float(log_p[place, token]) for place, token in enumerate(ids[1:]))

    for pair, advantage in zip(pairs, answers.advantages["ngram"], strict=True):
        expected = log_likelihood(pair.right) - log_likelihood(pair.wrong)
        assert advantage == pytest.approx(expected, abs=1e-4)


def test_no_sentence_is_asked_to_end_an_article() -> None:
    shard = grammar_questions(TOKENIZER, FACTS).shard
    assert (shard.tokens[shard.offsets[:-1]] == BOS).all()
    assert EOS not in shard.tokens
