"""Token ids to text as they come: a continuation as it is generated, or the pieces of a given text."""

from collections.abc import Sequence

from tokenizers import Tokenizer

from minillm.tokens.tokenizer import BOS, PAD, SPECIAL_TOKENS, UNK

BANNED = (PAD, UNK, BOS)
"""Never generated."""
_HALF_A_CHARACTER = "\ufffd"
"""What bytes that are no whole character decode to."""
_BEHIND = 8
"""So many tokens before are decoded with a new one: what it looks like depends on its neighbours alone."""


class Detokenizer:
    """What each token adds to the text. A character of several tokens comes with its last one."""

    def __init__(self, tokenizer: Tokenizer, before: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        self._ids = list(before[-_BEHIND:])
        self._told = len(self._decode(self._ids))
        self._broken = ""
        """What can no longer become a character, until the next whole one."""

    def add(self, token: int) -> str:
        """The text that this token completes; "" in the midst of a character."""
        self._ids.append(token)
        whole = self._decode(self._ids)
        is_half = whole.endswith(_HALF_A_CHARACTER)  # only the last one may still become another
        piece = self._broken + whole[self._told : len(whole) - is_half]
        self._ids = self._ids[-_BEHIND:]
        self._told = len(self._decode(self._ids)) - is_half
        self._broken = piece if is_half else ""
        return "" if is_half else piece

    def rest(self) -> str:
        """What stays half a character at the end."""
        return self._broken + self._decode(self._ids)[self._told :]

    def names(self, tokens: Sequence[int]) -> list[str]:
        """How each of these tokens would look here: its text, or the bytes of half a character."""
        wholes = self._tokenizer.decode_batch(
            [[*self._ids, token] for token in tokens], skip_special_tokens=False
        )
        return [self._name(token, whole[self._told :]) for token, whole in zip(tokens, wholes, strict=True)]

    def _name(self, token: int, text: str) -> str:
        if token < len(SPECIAL_TOKENS):
            return SPECIAL_TOKENS[token]
        if _HALF_A_CHARACTER in text:
            return f"bytes:{self._tokenizer.id_to_token(token)}"
        return text

    def _decode(self, ids: list[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=False)
