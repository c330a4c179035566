"""Repetition: does a text say the same again and again?

rep-n is the share of a text's n-grams that stood in it before, 1 − different ÷ all (Welleck et al. 2020), as
the mean over texts. distinct-n is the number of different n-grams in all texts ÷ the number of all (Li et
al. 2016): low if a model always writes the same. Both depend on length, so they are compared among texts of
one length. An n-gram with an [UNK], which may be any word, is not counted; without any, both are None.
"""

from collections.abc import Sequence

from minillm.tokens.tokenizer import UNK


def rep(texts: Sequence[Sequence[int]], n: int) -> float | None:
    """Mean share of repeated n-grams within a text; texts without n-grams are left out."""
    counted = [grams for grams in (ngrams(text, n) for text in texts) if grams]
    if not counted:
        return None
    return sum(1 - len(set(grams)) / len(grams) for grams in counted) / len(counted)


def distinct(texts: Sequence[Sequence[int]], n: int) -> float | None:
    """Share of different n-grams in all texts together."""
    grams = [gram for text in texts for gram in ngrams(text, n)]
    return len(set(grams)) / len(grams) if grams else None


def repeated_tokens(text: Sequence[int], n: int) -> list[bool]:
    """Per token: does it belong to an n-gram that the text has held before?"""
    repeated = [False] * len(text)
    seen: set[tuple[int, ...]] = set()
    for start in range(len(text) - n + 1):
        gram = tuple(text[start : start + n])
        if gram in seen:
            repeated[start : start + n] = [True] * n
        seen.add(gram)
    return repeated


def ngrams(text: Sequence[int], n: int) -> list[tuple[int, ...]]:
    """The n-grams of a text that hold no [UNK]."""
    grams = zip(*(text[offset:] for offset in range(n)), strict=False)
    return [gram for gram in grams if UNK not in gram]
