"""What a vocabulary is made of, and what is measured of it."""

from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.params import Params, read_params
from minillm.tokens.assignment import split_of
from minillm.tokens.tokenizer import train_tokenizer
from minillm.tokens.vocabulary import Sample, train_on_split, vocabulary_metrics
from tests.conftest import ROOT
from tests.tokens.corpus import random_texts, write_texts

TEXTS = random_texts(200)
CHARACTERS = sum(map(len, TEXTS))


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    return write_texts(tmp_path / "articles.parquet", TEXTS)


def params_of(kind: str, size: int, most: int, seed: int = 42) -> Params:
    params = read_params(ROOT / "params.yaml")
    vocab = params.vocab.model_copy(update={"type": kind, "vocab_size": size, "sample_characters": most})
    return params.model_copy(update={"vocab": vocab, "seed": seed})


@pytest.mark.parametrize("most", [0, CHARACTERS, 10**9])
def test_of_less_text_than_the_sample_all_is_read(texts: Path, most: int) -> None:
    sample = Sample(texts, params_of("word", 16, most))
    assert [text.text for text in sample.read()] == TEXTS


@pytest.mark.parametrize(("kind", "size"), [("word", 16), ("bpe", 262)])
def test_of_more_text_a_sample_makes_the_vocabulary(texts: Path, kind: str, size: int) -> None:
    most = CHARACTERS // 3
    params = params_of(kind, size, most)
    sample = Sample(texts, params)
    drawn = list(sample.read())
    assert 0.9 * most < sum(len(text.text) for text in drawn) <= most
    training = [text.text for text in drawn if split_of(text.id, params.seed, params.split) == "train"]
    assert 0 < len(training) < len(drawn)
    made = train_on_split(sample, params)
    assert made.to_str() == train_tokenizer(lambda: training, params.vocab).to_str()
    assert vocabulary_metrics(made, sample.read(), params) == vocabulary_metrics(made, drawn, params)


def test_the_sample_is_the_seeds(texts: Path) -> None:
    first, again, other = (
        [text.id for text in Sample(texts, params_of("word", 16, CHARACTERS // 3, seed)).read()]
        for seed in (1, 1, 2)
    )
    assert first == again != other
    assert first == sorted(first, key=int)


def test_no_training_article_is_a_clear_error(tmp_path: Path) -> None:
    texts = write_texts(tmp_path / "articles.parquet", TEXTS[:8])
    params = next(
        params
        for params in (params_of("word", 16, 1, seed) for seed in range(100))
        if split_of(next(Sample(texts, params).read()).id, params.seed, params.split) != "train"
    )
    with pytest.raises(InputError, match=r"no article falls into .*vocab\.sample_characters"):
        train_on_split(Sample(texts, params), params)
