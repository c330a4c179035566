"""A prompt as the model reads it, and as it is told back: texts and token ids alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tokenizers import Tokenizer

from minillm.errors import shown
from minillm.serving.request import ApiError
from minillm.tokens.detokenizing import Detokenizer, Reading, read_of
from minillm.tokens.tokenizer import BOS


@dataclass(frozen=True)
class Prompt:
    """Every text that was trained on begins with [BOS]: so does every prompt, said or not."""

    ids: list[int]
    """With [BOS] in front."""
    pieces: list[str]
    """The text of each id; without that of a [BOS] that was not said."""
    text: str
    """All of it; of white space alone there may be no id."""
    spaced: bool = False
    """Whether it ends in the space that a continuation would begin with."""
    not_first: Sequence[int] = ()
    """Ids that may not come first after that."""


def read_prompt(
    prompt: str | list[int], tokenizer: Tokenizer, most: int, *, continued: bool = True
) -> Prompt:
    """Raises ApiError for one of more than `most` tokens, and for ids that the model has not.

    One that is not `continued` is read as it stands, for its score.
    """
    if isinstance(prompt, str):
        return _of_text(prompt, tokenizer, most, continued=continued)
    return _of_ids(prompt, tokenizer, most)


def _check_length(count: int, most: int) -> None:
    """Before anything is made of the tokens, of which there may be a million."""
    if count > most:
        raise ApiError(
            f"the prompt has {count} tokens; this server reads {most} at most",
            param="prompt",
            code="context_length_exceeded",
        )


def _of_text(text: str, tokenizer: Tokenizer, most: int, *, continued: bool) -> Prompt:
    normalizer = tokenizer.normalizer  # as the tokenizer itself does it: then the offsets are exact
    normal = normalizer.normalize_str(text) if normalizer else text
    read = read_of(normal, tokenizer) if continued else Reading(normal, spaced=False)
    # A batch of one: other threads run meanwhile.
    (encoding,) = tokenizer.encode_batch([read.text], add_special_tokens=False)
    _check_length(len(encoding), most)
    ends = [stop for _, stop in encoding.offsets]
    ends[-1:] = [len(normal)] if ends else []  # white space at the end belongs to the last one
    pieces = [normal[start:stop] for start, stop in pairwise([0, *ends])]
    return Prompt([BOS, *encoding.ids], pieces, normal, read.spaced, read.not_first)


def _of_ids(ids: list[int], tokenizer: Tokenizer, most: int) -> Prompt:
    _check_length(len(ids), most)
    size = tokenizer.get_vocab_size()
    for token in ids:
        if not 0 <= token < size:
            raise ApiError(f"prompt: there is no token {shown(token)} (0 to {size - 1})", param="prompt")
    said, rest = ([""], ids[1:]) if ids[0] == BOS else ([], ids)
    detokenizer = Detokenizer(tokenizer, [BOS])
    pieces = [detokenizer.add(token) for token in rest]
    if pieces:
        pieces[-1] += detokenizer.rest()
    return Prompt([BOS, *rest], [*said, *pieces], "".join(pieces))
