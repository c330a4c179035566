"""Words of like spelling share a part of their embedding, while the model is trained.

Most words of a small corpus are rare: half of the embedded one's vocabulary occurs seven times or less in
its training articles. So few places teach a vector little, but cantaba, cantó and Cantar can learn from one
another. Here a word's vector is its own plus the sum of the vectors of its parts (fastText, Bojanowski et
al. 2017, with beginnings and ends of words in place of all substrings, for Spanish inflects at the end):

    e(w) = v(w) + Σ p(part) / √(number of parts)

With tied embeddings the output head gains as much. It is a parametrization of one matrix
(torch.nn.utils.parametrize): a checkpoint holds the sum, a plain model that knows nothing of parts.
"""

from collections import Counter
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

from minillm.model.minigpt import INIT_STD, MiniGPT
from minillm.text.unicode import lower, starts_upper, starts_with_letter, starts_with_number, upper

_LENGTHS = range(2, 6)  # of beginnings and ends, the mark of the word's boundary included
_PREFIXES = ("Ġ", "▁")  # what tokenizers write for the space before a word


class SpellingParts(nn.Module):
    """A matrix (V, D) to itself plus each row's share of the parts' vectors (P, D)."""

    rows: Tensor
    """Parts of all words, one word after another."""
    offsets: Tensor
    """(V,): where each word's parts begin in `rows`."""
    scale: Tensor
    """(V, 1): 1 / √(number of parts)."""

    def __init__(self, words: Sequence[str], dim: int) -> None:
        super().__init__()
        parts = spelling_parts(words)
        counts = torch.tensor([len(row) for row in parts])
        self.register_buffer("rows", torch.tensor([part for row in parts for part in row], dtype=torch.long))
        self.register_buffer("offsets", counts.cumsum(0) - counts)
        self.register_buffer("scale", counts.clamp(min=1)[:, None] ** -0.5)
        self.parts = nn.Parameter(torch.empty(1 + max(max(row, default=-1) for row in parts), dim))
        nn.init.normal_(self.parts, std=INIT_STD)

    def forward(self, weight: Tensor) -> Tensor:
        """(V, D) to (V, D)."""
        return weight + F.embedding_bag(self.rows, self.parts, self.offsets, mode="sum") * self.scale


def spelling_parts(words: Sequence[str]) -> list[list[int]]:
    """The numbers of each word's parts: those that it has in common with another word.

    A part is a beginning or an end of the word in lower case, the whole word in lower case (so that La and
    la have one in common), or its kind: digits, punctuation, small letters, capital first or throughout.
    """
    named = [_parts(word) for word in words]
    counts = Counter(part for parts in named for part in parts)
    shared = sorted(part for part, count in counts.items() if count > 1)
    number = {part: index for index, part in enumerate(shared)}
    return [sorted(number[part] for part in parts if part in number) for parts in named]


def _parts(word: str) -> set[str]:
    plain = word.lstrip("".join(_PREFIXES))
    marked = f"<{lower(plain)}>"
    lengths = [length for length in _LENGTHS if length < len(marked)]
    ends = {f"begins {marked[:length]}" for length in lengths} | {
        f"ends {marked[-length:]}" for length in lengths
    }
    return ends | {f"is {lower(plain)}", f"kind {_kind(plain)}"}


def _kind(word: str) -> str:
    if not starts_with_letter(word):
        return "number" if starts_with_number(word) else "mark"
    if len(word) > 1 and lower(word) != word == upper(word):
        return "capitals"
    return "capital" if starts_upper(word) else "small"


def share_spelling(model: MiniGPT, words: Sequence[str], *, trained: bool = False) -> None:
    """Add the parts' vectors, which are trained too, to the model's embedding. Changes its state's names.

    They begin at zero for a model that is `trained` already, so that it stays what it is.
    """
    assert len(words) == model.config.vocab_size
    parts = SpellingParts(words, model.config.dim).to(model.embedding.weight.device)
    if trained:
        nn.init.zeros_(parts.parts)
    parametrize.register_parametrization(model.embedding, "weight", parts)
