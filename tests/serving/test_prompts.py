"""A prompt in tokens, and what is too long to be looked at."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from minillm.params import VocabParams
from minillm.serving.prompts import read_prompt
from minillm.serving.request import ApiError
from minillm.tokens.tokenizer import BOS, train_tokenizer
from tests.interface.project import VOCABULARY

BPE = train_tokenizer(
    lambda: ["el río, de la ciudad (y el mar). ¡Ñandú! El agua y la luz: «mar» y río"] * 3,
    VocabParams(type="bpe", vocab_size=VOCABULARY["bpe"], sample_characters=0),
)


@given(st.lists(st.integers(4, BPE.get_vocab_size() - 1), min_size=1, max_size=30))
def test_each_of_any_ids_has_a_piece_of_their_text(ids: list[int]) -> None:
    for said in (ids, [BOS, *ids]):
        prompt = read_prompt(said, BPE, 99)
        assert prompt.ids == [BOS, *ids]
        assert len(prompt.pieces) == len(said)
        assert prompt.text == BPE.decode(ids)


def test_a_prompt_that_is_too_long_is_refused_before_its_text_is_made() -> None:
    class Counting:
        """All that a tokenizer is asked for."""

        normalizer = model = None

        def encode_batch(self, texts: list[str], *, add_special_tokens: bool) -> list[list[str]]:
            return [text.split() for text in texts]  # without offsets

    for prompt in ([5] * 11, "a " * 11):
        with pytest.raises(ApiError, match="has 11 tokens; this server reads 10") as caught:
            read_prompt(prompt, cast(Tokenizer, Counting()), 10)
        assert caught.value.code == "context_length_exceeded"
