from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from minillm.errors import InputError
from minillm.params import VocabParams
from minillm.tokens.tokenizer import (
    BOS,
    EOS,
    PAD,
    SPECIAL_TOKENS,
    UNK,
    encode_texts,
    load_tokenizer,
    save_tokenizer,
    train_tokenizer,
)
from tests.tokens.corpus import random_texts

SENTENCE = "En 1492, «la (gran) ciudad» de ¿Quito?, a 2850 m; ¡y más!"
TEXTS = [*random_texts(30), SENTENCE, f"{SENTENCE}\n\nOtra línea."]


def train(kind: str, size: int) -> Tokenizer:
    return train_tokenizer(
        lambda: TEXTS, VocabParams.model_validate({"type": kind, "vocab_size": size, "sample_characters": 0})
    )


@pytest.fixture(scope="module")
def bpe() -> Tokenizer:
    return train("bpe", 300)


@pytest.mark.parametrize(("kind", "size"), [("word", 20), ("bpe", 300)])
def test_ids_are_ranks_by_training_frequency(kind: str, size: int) -> None:
    tokenizer = train(kind, size)
    counts = Counter(token for ids in encode_texts(tokenizer, TEXTS) for token in ids)
    frequencies = [counts[token] for token in range(len(SPECIAL_TOKENS), size)]
    assert frequencies == sorted(frequencies, reverse=True)
    assert frequencies[0] > 50
    assert [tokenizer.token_to_id(token) for token in SPECIAL_TOKENS] == [PAD, UNK, BOS, EOS]


@pytest.mark.parametrize(("kind", "size"), [("word", 30), ("bpe", 300)])
def test_training_twice_gives_the_same_bytes(tmp_path: Path, kind: str, size: int) -> None:
    for name in ("a.json", "b.json"):
        save_tokenizer(train(kind, size), tmp_path / name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_word_decoding_puts_punctuation_where_spanish_has_it() -> None:
    tokenizer = train("word", 40)
    ids = tokenizer.encode(SENTENCE, add_special_tokens=False).ids
    assert UNK not in ids
    assert tokenizer.decode(ids) == SENTENCE


def test_rare_words_become_unk_and_bpe_has_none(bpe: Tokenizer) -> None:
    word = train("word", 20)
    assert word.encode("murciélago", add_special_tokens=False).ids == [UNK]
    assert UNK not in bpe.encode("murciélago", add_special_tokens=False).ids


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_bpe_loses_nothing(bpe: Tokenizer, text: str) -> None:
    ids = bpe.encode(text, add_special_tokens=False).ids
    assert bpe.decode(ids, skip_special_tokens=False) == text


@pytest.mark.parametrize(("kind", "size"), [("word", 30), ("bpe", 300)])
def test_a_special_token_quoted_in_an_article_is_plain_text(tmp_path: Path, kind: str, size: int) -> None:
    path = tmp_path / "tokenizer.json"
    save_tokenizer(train(kind, size), path)
    ids = load_tokenizer(path).encode("la [EOS] [PAD] [BOS] ciudad", add_special_tokens=False).ids
    assert len(ids) > 5
    assert {PAD, BOS, EOS}.isdisjoint(ids)


@pytest.mark.parametrize(("kind", "size"), [("word", 40), ("bpe", 300)])
def test_transformers_loads_it_and_agrees(tmp_path: Path, kind: str, size: int) -> None:
    path = tmp_path / "tokenizer.json"
    save_tokenizer(train(kind, size), path)
    ours = load_tokenizer(path)
    theirs = PreTrainedTokenizerFast(tokenizer_file=str(path), unk_token="[UNK]", pad_token="[PAD]")
    compared = 0
    for text in TEXTS:
        ids = ours.encode(text, add_special_tokens=False).ids
        assert theirs.encode(text, add_special_tokens=False) == ids
        assert theirs.decode(ids) == ours.decode(ids, skip_special_tokens=False)
        compared += len(ids)
    assert compared > 1000


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_a_vocabulary_larger_than_the_corpus_allows_says_how_large_it_can_be(kind: str) -> None:
    with pytest.raises(InputError, match=r"vocab\.vocab_size = 5000: .* lower it to at most \d+"):
        train(kind, 5000)


def test_a_tokenizer_that_is_missing_cut_or_foreign_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    with pytest.raises(InputError, match="dvc repro vocab"):
        load_tokenizer(path)
    save_tokenizer(train("word", 20), path)
    content = path.read_text(encoding="utf-8")
    path.write_text(content[: len(content) // 2], encoding="utf-8")
    with pytest.raises(InputError, match="no readable tokenizer"):
        load_tokenizer(path)
    path.write_text(content.replace("[PAD]", "<pad>"), encoding="utf-8")
    with pytest.raises(InputError, match="ids 0 to 3"):
        load_tokenizer(path)
