r"""Plain text to a page: its own words, its characters in one form, its paragraphs on lines.

Nothing here is markup: `{{`, `''` and `[[` are text. Blank lines end paragraphs, other line ends stay, as in
lists, verses and files with a paragraph a line. Only where a paragraph is filled to a width, as editors and
e-mail do it (Project Gutenberg's books), its line ends are spaces: each line is so long that the next word
would not have fitted, and the longest has 50 to 120 characters.
"""

import itertools
import re

from minillm.wikitext.layout import Page
from minillm.wikitext.normalize import normalize_plain

_ITEM = re.compile(r"(?:[*+•·-]|[0-9]{1,3}[.)]) ")
_WIDTHS = range(50, 121)


def read_plain(text: str) -> Page:
    """The text with what its quality is judged by: list items begin with a mark or a number."""
    paragraphs = list(map(_unwrapped, normalize_plain(text).split("\n\n")))
    lines = itertools.chain.from_iterable(paragraph.split("\n") for paragraph in paragraphs)
    return Page("\n\n".join(paragraphs), sum(len(line) for line in lines if _ITEM.match(line)), 0)


def _unwrapped(paragraph: str) -> str:
    lines = paragraph.split("\n")
    width = max(map(len, lines))
    if len(lines) == 1 or width not in _WIDTHS or any(map(_ITEM.match, lines)):
        return paragraph
    filled = all(
        len(line) + 1 + len(following.partition(" ")[0]) > width
        for line, following in itertools.pairwise(lines)
    )
    return " ".join(lines) if filled else paragraph
