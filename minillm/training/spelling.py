"""Words of like spelling share a part of their embedding, while the model is trained.

Most words of a small corpus are rare: half of the embedded one's vocabulary occurs seven times or less in
its training articles. So few places teach a vector little, but cantaba, cantó and Cantar can learn from one
another. Here a word's vector is its own plus the sum of the vectors of its parts (fastText, Bojanowski et
al. 2017, with beginnings and ends of words in place of all substrings, for Spanish inflects at the end):

    e(w) = v(w) + Σ p(part) / √(number of parts)

With tied embeddings the output head gains as much. The model holds the sum, and knows nothing of parts: its
gradient goes on to the vectors once a step, and after each step the model gets their new sum.
"""

from collections import Counter
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.model.minigpt import INIT_STD
from minillm.unicode import lower, starts_upper, starts_with_letter, starts_with_number, upper

_LENGTHS = range(2, 6)  # of beginnings and ends, the mark of the word's boundary included
_PREFIXES = ("Ġ", "▁")  # what tokenizers write for the space before a word


class SharedSpelling(nn.Module):
    """The vectors that a model's embedding (V, D) is the sum of, trained in its place."""

    rows: Tensor
    """Parts of all words, one word after another."""
    offsets: Tensor
    """(V,): where each word's parts begin in `rows`."""
    scale: Tensor
    """(V, 1): 1 / √(number of parts)."""

    def __init__(self, words: Sequence[str], embedding: Tensor, *, trained: bool = False) -> None:
        """`embedding` (V, D) becomes the words' own vectors.

        The parts' begin at zero for a model that is `trained` already, so that it stays what it is.
        """
        super().__init__()
        parts = spelling_parts(words)
        assert len(parts) == len(embedding)
        counts = torch.tensor([len(row) for row in parts])
        self.register_buffer("rows", torch.tensor([part for row in parts for part in row], dtype=torch.long))
        self.register_buffer("offsets", counts.cumsum(0) - counts)
        self.register_buffer("scale", counts.clamp(min=1)[:, None] ** -0.5)
        self.own = nn.Parameter(embedding.detach().clone())
        self.parts = nn.Parameter(
            torch.zeros(1 + max(max(row, default=-1) for row in parts), len(embedding[0]))
        )
        if not trained:
            nn.init.normal_(self.parts, std=INIT_STD)

    def forward(self) -> Tensor:
        """The embedding (V, D)."""
        return self.own + F.embedding_bag(self.rows, self.parts, self.offsets, mode="sum") * self.scale

    def write_to(self, embedding: Tensor) -> None:
        """Make `embedding` (V, D) what the vectors are now."""
        with torch.enable_grad():  # whatever the caller does: `gradients` goes back through this sum
            self._sum = self()
        with torch.no_grad():
            embedding.copy_(self._sum)

    def gradients(self, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """Those of `own` and `parts`, given that of the embedding (V, D) as it was last written."""
        own, parts = torch.autograd.grad(self._sum, (self.own, self.parts), gradient)
        return own, parts


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
