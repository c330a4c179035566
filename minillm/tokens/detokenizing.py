"""Token ids to text as they come: a continuation as it is generated, or the pieces of a given text."""

from collections.abc import Sequence
from typing import NamedTuple

from tokenizers import Tokenizer, models

from minillm.tokens.tokenizer import BOS, PAD, SPECIAL_TOKENS, UNK

BANNED = (PAD, UNK, BOS)
"""Never generated."""
_HALF_A_CHARACTER = "\ufffd"
"""What bytes that are no whole character decode to."""
_SPACE = "Ġ"
"""In the names of byte-level BPE."""
_BEHIND = 8
"""So many tokens before are decoded with a new one: what it looks like depends on its neighbours alone."""


class Reading(NamedTuple):
    """How a prompt is read to continue it."""

    text: str
    """What of it is read."""
    spaced: bool
    """Whether the space before the next word is there already."""
    not_first: Sequence[int] = ()
    """Ids that may not come first, since they would go on within the last word."""


def read_of(prompt: str, tokenizer: Tokenizer) -> Reading:
    """The prompt without the spaces at its end.

    Words were trained on with the space before them: after one, byte-level BPE has seen no word begin, so
    that the space is asked of the first piece instead. A word vocabulary reads no white space at all.
    """
    if not isinstance(tokenizer.model, models.BPE):
        read = prompt.rstrip()
        return Reading(read, read != prompt or not read)  # a text begins with a word, and not with a space
    read = prompt.rstrip(" ")
    if read in ("", prompt):
        return Reading(read, read != prompt)
    pieces = tokenizer.get_vocab()
    return Reading(read, True, [id for piece, id in pieces.items() if not piece.startswith(_SPACE)])


class Detokenizer:
    """What each token adds to the text. A character of several tokens comes with its last one.

    `spaced`: the text before has the space that the first token would begin with.
    """

    def __init__(self, tokenizer: Tokenizer, before: Sequence[int], *, spaced: bool = False) -> None:
        self._tokenizer = tokenizer
        self._spaced = spaced
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
        return "" if is_half else self._joined(piece)

    def rest(self) -> str:
        """What stays half a character at the end."""
        return self._joined(self._broken + self._decode(self._ids)[self._told :])

    def _joined(self, piece: str) -> str:
        """The piece as it follows what is there."""
        spaced, self._spaced = self._spaced, self._spaced and not piece
        return piece.removeprefix(" ") if spaced else piece

    def names(self, tokens: Sequence[int]) -> list[str]:
        """How each of these tokens would look here: its text, or the bytes of half a character."""
        wholes = self._tokenizer.decode_batch(
            [[*self._ids, token] for token in tokens], skip_special_tokens=False
        )
        names = [self._name(token, whole[self._told :]) for token, whole in zip(tokens, wholes, strict=True)]
        joined = [name.removeprefix(" ") for name in names] if self._spaced else names
        return joined if len(set(joined)) == len(set(names)) else names  # "el" beside " el"

    def _name(self, token: int, text: str) -> str:
        if token < len(SPECIAL_TOKENS):
            return SPECIAL_TOKENS[token]
        if _HALF_A_CHARACTER in text:
            return f"bytes:{self._tokenizer.id_to_token(token)}"
        return text

    def _decode(self, ids: list[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=False)
