"""Token ids to text, piece by piece."""

import re
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from minillm.params import VocabParams
from minillm.tokens.detokenizing import Detokenizer, read_of
from minillm.tokens.tokenizer import BOS, train_tokenizer
from tests.interface.project import VOCABULARY

TEXTS = ["el río, de la ciudad (y el mar). ¡Ñandú! El agua y la luz: «mar» y río; el año 1492"] * 3


def tokenizer_of(kind: str) -> Tokenizer:
    size = VOCABULARY[kind] if kind == "bpe" else 25
    return train_tokenizer(
        lambda: TEXTS, VocabParams.model_validate({"type": kind, "vocab_size": size, "sample_characters": 0})
    )


TOKENIZERS = {kind: tokenizer_of(kind) for kind in ("word", "bpe")}


@pytest.mark.parametrize("kind", TOKENIZERS)
@given(st.data())
def test_the_pieces_of_any_ids_are_what_they_decode_to_together(kind: str, data: st.DataObject) -> None:
    tokenizer = TOKENIZERS[kind]
    ids = data.draw(st.lists(st.integers(4, tokenizer.get_vocab_size() - 1), max_size=30))
    detokenizer = Detokenizer(tokenizer, [BOS])
    pieces = "".join([*(detokenizer.add(token) for token in ids), detokenizer.rest()])
    before = tokenizer.decode([BOS], skip_special_tokens=False)
    assert before + pieces == tokenizer.decode([BOS, *ids], skip_special_tokens=False)


def test_a_character_of_two_tokens_comes_with_the_second() -> None:
    tokenizer = TOKENIZERS["bpe"]
    ids = [tokenizer.token_to_id(byte) for byte in ("Ð", "Ń")]  # the bytes of Я, D0 AF
    assert None not in ids
    detokenizer = Detokenizer(tokenizer, [BOS])
    assert detokenizer.names(ids[:1]) == ["bytes:Ð"]
    assert [detokenizer.add(token) for token in ids] == ["", tokenizer.decode(ids)]


def test_names_are_the_text_that_a_token_would_add() -> None:
    tokenizer = TOKENIZERS["word"]
    detokenizer = Detokenizer(tokenizer, [BOS, tokenizer.token_to_id("el")])
    ids = [tokenizer.token_to_id(word) for word in ("río", ",", "[UNK]", "[EOS]")]
    assert detokenizer.names(ids) == [" río", ",", "[UNK]", "[EOS]"]


@pytest.mark.parametrize(
    ("prompt", "word", "bpe"),
    [
        ("el río", ("el río", False), ("el río", False)),
        ("el río  ", ("el río", True), ("el río", True)),
        ("el río\n", ("el río", True), ("el río\n", False)),
        ("el río \n ", ("el río", True), ("el río \n", True)),
        (" ", ("", True), ("", True)),
        ("", ("", True), ("", False)),
    ],
)
def test_white_space_at_the_end_of_a_prompt_is_read_only_where_the_next_word_is_written_without_it(
    prompt: str, word: tuple[str, bool], bpe: tuple[str, bool]
) -> None:
    assert read_of(prompt, TOKENIZERS["word"])[:2] == word
    assert read_of(prompt, TOKENIZERS["bpe"])[:2] == bpe


def test_after_a_space_the_next_piece_begins_a_word() -> None:
    tokenizer = TOKENIZERS["bpe"]
    read = read_of("el río ", tokenizer)
    first = set(range(tokenizer.get_vocab_size())) - set(read.not_first)
    assert {tokenizer.token_to_id("Ġ"), *tokenizer.encode(" el").ids[1:2]} <= first
    assert all(tokenizer.decode([id]).startswith(" ") for id in first)
    assert not any(tokenizer.decode([id], skip_special_tokens=False).startswith(" ") for id in read.not_first)
    for prompt in ("el río", "el río\n", " ", ""):  # nothing is there that it could go on within
        assert read_of(prompt, tokenizer).not_first == ()
    assert read_of("el río ", TOKENIZERS["word"]).not_first == ()


def test_a_space_that_is_there_is_not_said_again() -> None:
    for tokenizer in TOKENIZERS.values():
        detokenizer = Detokenizer(tokenizer, [BOS], spaced=True)
        ids = tokenizer.encode(" el", add_special_tokens=False).ids
        assert detokenizer.names(ids[-1:])[0] in ("el", "l")
        assert "".join(detokenizer.add(token) for token in [*ids, *ids]) == "el el"
        assert detokenizer.names(ids[:1])[0].startswith(" ")
    bpe = TOKENIZERS["bpe"]
    half = Detokenizer(bpe, [BOS], spaced=True)
    assert [half.add(bpe.token_to_id(byte)) for byte in ("Ġ", "Ð", "Ń")] == ["", "", "Э"]
    half = Detokenizer(bpe, [BOS], spaced=True)
    assert [half.add(bpe.token_to_id(byte)) for byte in ("Ġ", "Ð")] == ["", ""]
    assert half.rest() == "\ufffd"
    pieces = bpe.get_vocab()
    word = min(name[1:] for name in pieces if re.fullmatch("Ġ[a-z]+", name) and name[1:] in pieces)
    both = [pieces[word], pieces[f"Ġ{word}"]]
    assert Detokenizer(bpe, [BOS], spaced=True).names(both) == [word, f" {word}"]  # told apart by it


def test_what_never_becomes_a_character_is_decoded_in_small_parts() -> None:
    bpe, most = TOKENIZERS["bpe"], 0

    class Watched:
        def decode(self, ids: list[int], *, skip_special_tokens: bool) -> str:
            nonlocal most
            most = max(most, len(ids))
            return str(bpe.decode(ids, skip_special_tokens=skip_special_tokens))

    detokenizer = Detokenizer(cast(Tokenizer, Watched()), [BOS])
    byte = bpe.token_to_id("Ð")
    assert {detokenizer.add(byte) for _ in range(100)} == {""}
    assert detokenizer.rest() == "\ufffd" * 100
    assert detokenizer.add(bpe.token_to_id("a")) == "\ufffd" * 100 + "a"
    assert most < 10
