"""What the tokens of a word vocabulary do not tell of a text: the spelling of [UNK], and the white space.

Both are coded by small models that are fitted on training articles:

- the spelling of an [UNK] under a byte 5-gram with an end symbol, interpolated by Witten & Bell's rule,
  p(b | c) = (n(c b) + T(c) · p(b | shorter c)) / (n(c) + T(c)), where T(c) is the number of different bytes
  seen after c; the shortest model is uniform over the 256 bytes and the end.
- a gap ("", " ", "\\n" …) given the kinds of the tokens beside it, by the same rule over three steps: these
  kinds, any kinds, and last the spelling of the white space as uniform bytes with an end.

A decoder that reads token, spelling and gap in turn gets back the very text (in NFC, as the tokenizer
has it).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from tokenizers import Encoding

from minillm.tokens.tokenizer import UNK
from minillm.unicode import starts_upper, starts_with_letter, starts_with_number

_SPELLING_ORDER = 5
_END = 256  # the symbol after the last byte
_SYMBOLS = 257
_WORD_START = b"\xff"  # stands before each word; in no UTF-8 text
_CACHED_SPELLINGS = 2**16
_CACHED_GAPS = _CACHED_KINDS = 2**14

Symbol = TypeVar("Symbol")


class Segment(NamedTuple):
    """A token and the white space before it; the last segment of a text has no token."""

    gap: str
    surface: str
    """The token as it stands in the text."""
    token_id: int | None


class TextCode:
    """Codes what a word vocabulary does not tell: spellings of unknown words, and gaps."""

    def __init__(self) -> None:
        self.spelling = SpellingModel()
        self.gaps = GapModel()

    def learn(self, segments: Iterable[Segment]) -> None:
        """Count a training text."""
        left = "start"
        for gap, surface, token_id in segments:
            right = kind(surface)
            self.gaps.learn(left, right, gap)
            if token_id == UNK:
                self.spelling.learn(surface.encode())
            left = right

    def bits(self, segments: Iterable[Segment]) -> float:
        """Code length of a text's gaps and unknown words, in bits."""
        left, bits = "start", 0.0
        for gap, surface, token_id in segments:
            right = kind(surface)
            bits += self.gaps.bits(left, right, gap)
            if token_id == UNK:
                bits += self.spelling.bits(surface.encode())
            left = right
        return bits


class Seen(Generic[Symbol]):
    """What was seen after a context. Its total is kept: a sum over all symbols is most of a probability."""

    def __init__(self) -> None:
        self.counts: defaultdict[Symbol, int] = defaultdict(int)
        self.total = 0

    def add(self, symbol: Symbol) -> None:
        """Count a symbol."""
        self.counts[symbol] += 1
        self.total += 1

    def witten_bell(self, symbol: Symbol, shorter: float) -> float:
        """Interpolate what was seen with the `shorter` context's probability of the symbol."""
        different = len(self.counts)
        if not different:
            return shorter
        return (self.counts.get(symbol, 0) + different * shorter) / (self.total + different)


class SpellingModel:
    """A byte n-gram with an end symbol, interpolated by Witten & Bell's rule."""

    def __init__(self) -> None:
        self._after: defaultdict[bytes, Seen[int]] = defaultdict(Seen)  # context → next symbols
        self.bits = lru_cache(_CACHED_SPELLINGS)(self._bits)
        """Code length of a word's bytes and its end, in bits; learn nothing more after the first call."""

    def learn(self, word: bytes) -> None:
        """Count a word."""
        for place, symbol in enumerate([*word, _END]):
            for context in _contexts(word, place):
                self._after[context].add(symbol)

    def probability(self, word: bytes, place: int, symbol: int) -> float:
        """p(symbol | word[:place]) for a byte, or 256 for the end."""
        probability = 1 / _SYMBOLS
        for context in _contexts(word, place):
            after = self._after.get(context)
            if after is None:
                break
            probability = after.witten_bell(symbol, probability)
        return probability

    def _bits(self, word: bytes) -> float:
        symbols = enumerate([*word, _END])
        return -sum(math.log2(self.probability(word, place, symbol)) for place, symbol in symbols)


class GapModel:
    """White space given the kinds of the tokens beside it."""

    def __init__(self) -> None:
        self._between: defaultdict[tuple[str, str], Seen[str]] = defaultdict(Seen)
        self._anywhere: Seen[str] = Seen()
        self.bits = lru_cache(_CACHED_GAPS)(self._bits)
        """Code length of a gap between these kinds, in bits; learn nothing more after the first call."""

    def learn(self, left: str, right: str, gap: str) -> None:
        """Count a gap."""
        self._between[left, right].add(gap)
        self._anywhere.add(gap)

    def probability(self, left: str, right: str, gap: str) -> float:
        """p(gap | kinds of its neighbours)."""
        return self._interpolate(left, right, gap, 2.0 ** -_spelt_bits(gap))

    def _bits(self, left: str, right: str, gap: str) -> float:
        if gap in self._anywhere.counts:
            return -math.log2(self.probability(left, right, gap))
        # A factor of the spelling's probability, which a float could not hold for a long gap.
        return _spelt_bits(gap) - math.log2(self._interpolate(left, right, gap, 1.0))

    def _interpolate(self, left: str, right: str, gap: str, spelt: float) -> float:
        anywhere = self._anywhere.witten_bell(gap, spelt)
        between = self._between.get((left, right))
        return anywhere if between is None else between.witten_bell(gap, anywhere)


def kind(surface: str) -> str:
    """What a token is like where white space is concerned; a mark is a kind of its own, "" is the end."""
    return _kind_of_first(surface[:1])


@lru_cache(_CACHED_KINDS)
def _kind_of_first(character: str) -> str:
    if not character:
        return "end"
    if starts_with_number(character):
        return "number"
    if starts_with_letter(character):
        return "capitalized" if starts_upper(character) else "lower"
    return character


def segments_of(text: str, encoding: Encoding) -> list[Segment]:
    """Cut an NFC text where its tokens are; joined again, gaps and surfaces are the text."""
    segments, end = [], 0
    for token_id, (start, stop) in zip(encoding.ids, encoding.offsets, strict=True):
        segments.append(Segment(text[end:start], text[start:stop], token_id))
        end = stop
    return [*segments, Segment(text[end:], "", None)]


def _spelt_bits(gap: str) -> float:
    """Code length of a gap as uniform bytes with an end."""
    return (len(gap.encode()) + 1) * math.log2(_SYMBOLS)


def _contexts(word: bytes, place: int) -> Iterator[bytes]:
    """The bytes before word[place], none of them first, then up to the spelling model's order − 1."""
    longest = _SPELLING_ORDER - 1
    before = (_WORD_START + word[max(0, place - longest) : place])[-longest:]
    yield b""
    for length in range(1, len(before) + 1):
        yield before[-length:]
