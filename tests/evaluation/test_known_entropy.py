"""Loss and bits per byte of models whose entropy is known, from the model's weights to the figure."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from minillm.evaluation.code_length import measure_texts
from minillm.evaluation.likelihood import article_nll
from minillm.model.minigpt import MiniGPT
from minillm.params import SplitParams, VocabParams
from minillm.tokens.shards import Shard, open_shard
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import train_tokenizer
from tests.evaluation.models import random_model
from tests.tokens.corpus import WORDS, random_texts, write_texts

RATIOS = SplitParams(train=0.6, validation=0.2, test=0.2)
TEXTS = random_texts(120, words=150)


def tokenizer_of(kind: str, vocab_size: int) -> Tokenizer:
    params = VocabParams.model_validate({"type": kind, "vocab_size": vocab_size, "sample_characters": 0})
    return train_tokenizer(lambda: TEXTS, params)


def split(folder: Path, tokenizer: Tokenizer) -> Path:
    path = write_texts(folder / "articles.parquet", TEXTS)
    write_shards(path, tokenizer, RATIOS, 7, folder / "splits")
    return path


def constant_model(logits: torch.Tensor) -> MiniGPT:
    """A MiniGPT that says the same whatever it sees."""
    model = random_model(vocab_size=len(logits), context=16)
    torch.nn.init.zeros_(model.head.weight)
    model.head.bias.data.copy_(logits)
    return model


def unigram_model(shard: Shard, vocab_size: int, added: float = 0.0) -> MiniGPT:
    """The best constant model of a shard: its own frequencies."""
    return constant_model((torch.from_numpy(shard.target_counts(vocab_size)).double() + added).log())


def bits_per_byte(folder: Path, tokenizer: Tokenizer, model: MiniGPT, batch_size: int = 8) -> float:
    texts = split(folder, tokenizer)
    nll = article_nll(model, open_shard(folder / "splits", "test"), batch_size)
    return measure_texts(texts, folder / "splits", tokenizer)["test"].bits_per_byte(float(nll.sum()))


def test_a_uniform_model_needs_log2_of_the_vocabulary_per_token(tmp_path: Path) -> None:
    tokenizer = tokenizer_of("bpe", 300)
    found = bits_per_byte(tmp_path, tokenizer, constant_model(torch.zeros(300)))
    shard = open_shard(tmp_path / "splits", "test")
    tokens = sum(len(shard.article(index)) - 1 for index in range(len(shard)))
    text = "".join(tokenizer.decode(shard.article(index)[1:-1].tolist()) for index in range(len(shard)))
    assert found == pytest.approx(tokens * math.log2(300) / len(text.encode()), rel=1e-6)


@pytest.mark.parametrize(("kind", "size"), [("word", 21), ("bpe", 300)])
def test_a_unigram_model_needs_the_entropy_of_the_frequencies(tmp_path: Path, kind: str, size: int) -> None:
    split(tmp_path, tokenizer_of(kind, size))
    shard = open_shard(tmp_path / "splits", "test")
    nll = article_nll(unigram_model(shard, size), shard, 8)
    targets = [token for index in range(len(shard)) for token in shard.article(index)[1:].tolist()]
    counts = Counter(targets)
    entropy = -sum(count / len(targets) * math.log(count / len(targets)) for count in counts.values())
    assert nll.sum() / len(targets) == pytest.approx(entropy, rel=1e-5)


def test_models_of_one_quality_have_close_figures_under_words_and_bytes(tmp_path: Path) -> None:
    """Independent words: under either vocabulary the best model knows their frequencies and nothing else."""
    figures = {}
    for kind, size in (("word", 21), ("bpe", 318)):
        tokenizer = tokenizer_of(kind, size)
        folder = tmp_path / kind
        split(folder, tokenizer)
        pieces = [len(tokenizer.encode(f" {word}", add_special_tokens=False).ids) for word in WORDS]
        assert pieces == [1] * len(WORDS)
        model = unigram_model(open_shard(folder / "splits", "train"), size, added=0.01)
        figures[kind] = bits_per_byte(folder, tokenizer, model)
    assert figures["word"] == pytest.approx(figures["bpe"], rel=0.04)
    assert 0.3 < figures["word"] < 1.5


def test_padding_lowers_no_figure() -> None:
    """Long batches are padded to their longest row; one row alone is not."""
    articles = [[2, *[5 + index % 9] * length, 3] for index, length in enumerate((1, 2, 15, 3, 1, 14))]
    shard = Shard(np.concatenate(articles), np.cumsum([0, *map(len, articles)]))
    model = random_model(vocab_size=20, context=16)
    alone, padded = (article_nll(model, shard, batch_size) for batch_size in (1, 6))
    np.testing.assert_allclose(alone, padded, rtol=1e-5)
    assert alone.min() > 0
