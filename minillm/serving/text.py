"""Token ids to text as it comes, and where a text has to stop."""

from collections.abc import Sequence

from tokenizers import Tokenizer

from minillm.tokens.tokenizer import SPECIAL_TOKENS

HALF_A_CHARACTER = "\ufffd"
"""What bytes that are no whole character decode to."""
_BEHIND = 8
"""So many tokens before are decoded with a new one: what it looks like depends on its neighbours alone."""


class Detokenizer:
    """What each token adds to the text. A character of several tokens comes with its last one."""

    def __init__(self, tokenizer: Tokenizer, before: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        self._ids = list(before[-_BEHIND:])
        self._told = len(self._decode(self._ids))

    def add(self, token: int) -> str:
        """The text that this token completes; "" in the midst of a character."""
        self._ids.append(token)
        whole = self._decode(self._ids)
        if whole.endswith(HALF_A_CHARACTER):
            return ""
        piece = whole[self._told :]
        self._ids = self._ids[-_BEHIND:]
        self._told = len(self._decode(self._ids))
        return piece

    def rest(self) -> str:
        """What stays half a character at the end."""
        return self._decode(self._ids)[self._told :]

    def names(self, tokens: Sequence[int]) -> list[str]:
        """How each of these tokens would look here: its text, or the bytes of half a character."""
        wholes = self._tokenizer.decode_batch(
            [[*self._ids, token] for token in tokens], skip_special_tokens=False
        )
        return [self._name(token, whole[self._told :]) for token, whole in zip(tokens, wholes, strict=True)]

    def _name(self, token: int, text: str) -> str:
        if token < len(SPECIAL_TOKENS):
            return SPECIAL_TOKENS[token]
        if HALF_A_CHARACTER in text:
            return f"bytes:{self._tokenizer.id_to_token(token)}"
        return text

    def _decode(self, ids: list[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=False)


def end_of(text: str, stops: Sequence[str]) -> int | None:
    """Where the first of the stops begins; None without one."""
    places = [place for place in map(text.find, stops) if place >= 0]
    return min(places, default=None)


def held_back(text: str, stops: Sequence[str]) -> int:
    """How many characters at the end may be the beginning of a stop."""
    longest = max(map(len, stops), default=1) - 1
    return next((size for size in range(min(longest, len(text)), 0, -1) if _begins(text[-size:], stops)), 0)


def _begins(end: str, stops: Sequence[str]) -> bool:
    return any(stop.startswith(end) for stop in stops)
