"""Which sections are back matter: references, notes, further reading, links. They go with their subsections.

A title is compared as a set of words without accents, so that order, «y» and commas do not matter: «Notas,
referencias y bibliografía», «Véase tambien». Every word must be one of back matter, so «Referencias
culturales», «Notas musicales» and «Fuentes de agua» stay. Titles that may be of either kind («Fuentes»,
«Enlaces», «Recursos en línea») are judged by what the section holds: list items alone, half of them
references.
"""

from dataclasses import dataclass
from functools import lru_cache

import regex

from minillm.unicode import lower, without_accents

_WORD = regex.compile(r"\p{L}+|\d{3,}")  # «Las notas de 1843» are about something


@dataclass(frozen=True, eq=False)
class SectionTitles:
    """The words of back matter in a language, in lower case and without accents."""

    articles: tuple[str, ...]
    """A title that begins so, each with its space, is of something: its small words count."""
    small_words: frozenset[str]
    words: frozenset[str]
    """All that may stand in a title of back matter, beside small ones."""
    references: frozenset[str]
    """Back matter, unless beside one of `no_references` and none of `consulted`."""
    no_references: frozenset[str]
    consulted: frozenset[str]
    notes: frozenset[str]
    """Back matter with nothing but `beside_notes`."""
    beside_notes: frozenset[str]
    pairs: tuple[tuple[frozenset[str], frozenset[str]], ...]
    """A title with a word of both is back matter."""
    titles: frozenset[str]
    """Their words in alphabetical order, with a _ between."""
    alone: frozenset[str]
    """Back matter if the section holds references; so are `outside` beside `with_outside`."""
    outside: frozenset[str]
    with_outside: frozenset[str]
    reference: regex.Pattern[str]
    """In a list item: a book, a page or a periodical."""


@lru_cache(maxsize=2**12)
def is_back_matter(title: str, known: SectionTitles) -> bool:
    """Whether a section of this title is back matter, whatever it holds."""
    words = _words(title, known)
    if not words <= known.words:
        return False
    if "_".join(sorted(words)) in known.titles:
        return True
    if words & known.references and (words & known.consulted or not words & known.no_references):
        return True
    if words & known.notes and words <= known.beside_notes:
        return True
    return any(words & first and words & second for first, second in known.pairs)


@lru_cache(maxsize=2**12)
def may_be_back_matter(title: str, known: SectionTitles) -> bool:
    """Whether a section of this title is back matter if it holds references."""
    words = _words(title, known)
    if not words <= known.words:
        return False
    return bool(words & known.alone or (words & known.outside and words & known.with_outside))


def looks_like_reference(item: str, known: SectionTitles) -> bool:
    """Whether a list item, as text, names a book, a page or a periodical."""
    return known.reference.search(item) is not None


def _words(title: str, known: SectionTitles) -> frozenset[str]:
    title = without_accents(lower(title))
    words = frozenset(_WORD.findall(title))
    return words if title.startswith(known.articles) else words - known.small_words
