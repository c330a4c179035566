import numpy as np
import pytest
from tokenizers import Tokenizer

from minillm.evaluation.bias import TokenBias
from minillm.languages.grammar import load_grammar
from minillm.params import VocabParams
from minillm.tokens.tokenizer import train_tokenizer
from minillm.training.scores import Scores
from tests.tokens.corpus import random_texts

TEXTS = random_texts(40)
FUNCTION_WORDS = load_grammar("es").function_words


def tokenizer_of(kind: str) -> Tokenizer:
    size = 20 if kind == "word" else 280
    return train_tokenizer(
        lambda: TEXTS, VocabParams.model_validate({"type": kind, "vocab_size": size, "sample_characters": 0})
    )


def scores(targets: list[int], predicted: list[int]) -> Scores:
    count = len(targets)
    return Scores(np.arange(count), np.array(targets), np.array(predicted), np.zeros(count), np.ones(count))


def test_moments_and_distance_equal_the_plain_formulas() -> None:
    random = np.random.default_rng(0)
    targets, predicted = random.integers(0, 20, (2, 500))
    bias = TokenBias(20)
    for part in range(0, 500, 70):
        bias.add(scores(targets[part : part + 70].tolist(), predicted[part : part + 70].tolist()))
    metrics = bias.metrics(tokenizer_of("word"))
    difference = predicted - targets
    assert bias.rank_metrics() == pytest.approx(
        {
            "rank_difference": difference.mean(),
            "rank_difference_absolute": np.abs(difference).mean(),
            "rank_difference_variance": difference.var(),
        }
    )
    shares = [(np.mean(predicted == i), np.mean(targets == i)) for i in range(20)]
    assert metrics["total_variation"] == pytest.approx(sum(abs(p - t) for p, t in shares) / 2)


def test_a_perfect_model_has_no_bias() -> None:
    bias = TokenBias(20)
    bias.add(scores([4, 5, 6, 6], [4, 5, 6, 6]))
    tokenizer = tokenizer_of("word")
    assert set(bias.rank_metrics().values()) == {0}
    assert bias.metrics(tokenizer)["total_variation"] == 0
    shares = bias.function_words(tokenizer, FUNCTION_WORDS)
    assert shares["function_words_predicted"] == shares["function_words_true"]
    assert bias.table(tokenizer) == []


def test_ranks_of_a_huge_vocabulary_do_not_overflow() -> None:
    last = 2**20 - 1
    bias = TokenBias(2**20)
    for _ in range(8):
        bias.add(scores([0] * 1000, [last, 0] * 500))
    assert list(bias.rank_metrics().values()) == [last / 2, last / 2, last**2 / 4]
    assert bias._squares * 8000 > 2**63  # what 64 bits would not hold


@pytest.mark.parametrize(("kind", "function", "content"), [("word", "la", "río"), ("bpe", " la", " río")])
def test_function_words_are_recognized_in_both_vocabularies(kind: str, function: str, content: str) -> None:
    tokenizer = tokenizer_of(kind)
    ids = {text: tokenizer.encode(text, add_special_tokens=False).ids for text in (function, content)}
    assert all(len(found) == 1 for found in ids.values())
    (la,), (rio,) = ids[function], ids[content]
    bias = TokenBias(tokenizer.get_vocab_size())
    bias.add(scores([la, rio, rio, rio], [la, la, la, rio]))
    assert bias.function_words(tokenizer, FUNCTION_WORDS) == {
        "function_words_predicted": 3 / 4,
        "function_words_true": 1 / 4,
    }


def test_the_table_names_what_is_over_and_under_predicted() -> None:
    tokenizer = tokenizer_of("word")
    la, rio = (tokenizer.token_to_id(word) for word in ("la", "río"))
    bias = TokenBias(20)
    bias.add(scores([rio, rio, rio, 1], [la, la, rio, 1]))
    assert bias.table(tokenizer) == [("la", 50.0, "over-predicted"), ("río", -50.0, "under-predicted")]


def test_the_table_shows_spaces_and_broken_characters_and_no_token_twice() -> None:
    tokenizer = tokenizer_of("bpe")
    space_la = tokenizer.encode(" la", add_special_tokens=False).ids[0]
    broken = [tokenizer.token_to_id(piece) for piece in ("Ã", "Å")]
    bias = TokenBias(tokenizer.get_vocab_size())
    bias.add(scores([space_la, 3, 3], [broken[0], broken[1], 1]))
    labels = [label for label, _, _ in bias.table(tokenizer)]
    assert len(labels) == len(set(labels)) == 5
    assert set(labels) == {"␣la", "Ã", "Å", "[UNK]", "[EOS]"}
