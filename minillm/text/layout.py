"""From the scanner's lines to paragraphs, list items and headings.

A blank line ends a paragraph; lines that follow each other are one paragraph, as MediaWiki shows them. A
list item is a line. Sections of references and links (`wikipedia_es.BACK_MATTER`) go with their
subsections, and so do headings with nothing left below them.
"""

import itertools
from dataclasses import dataclass

from minillm.text.holes import mend_holes
from minillm.text.marks import BREAK, HEADING, HOLE, MISSING
from minillm.text.normalize import normalize
from minillm.text.unicode import lower
from minillm.text.wikipedia_es import BACK_MATTER, BACK_MATTER_IF_LISTS

_LIST_MARKS = "*#;:•"
_BROKEN_MARKUP = ("|", "!")
"""Lines that begin so are left over from a table or box that was never closed."""
_RULE = "----"


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a page and what its quality is judged by."""

    text: str
    list_characters: int
    """Of the text, in list items."""
    table_characters: int
    """In table cells: not in the text."""


@dataclass(slots=True)
class _Block:
    lines: list[str]
    after_blank: bool = True
    """Whether a blank line stands before it."""
    level: int = 0
    """1–6: a heading."""
    is_line: bool = False
    """A line of its own, an indented one or a list item: the next one does not continue it."""
    is_item: bool = False
    text: str = ""
    """The lines in one, finished."""


def lay_out(marked: str, table_characters: int, *, keep_headings: bool) -> Page:
    """Arrange the scanner's output, mend its holes and normalize its characters."""
    blocks = [block for block in map(_finish, _blocks(marked)) if block.text]
    blocks = _without_empty_sections(_without_back_matter(blocks))
    _end_announcements(blocks)
    if not keep_headings:
        blocks = [block for block in blocks if not block.level]
    text = "".join(("\n\n" if block.after_blank else "\n") + block.text for block in blocks).lstrip("\n")
    list_characters = sum(len(block.text) for block in blocks if block.is_item)
    return Page(text, list_characters, table_characters)


def _blocks(marked: str) -> list[_Block]:
    blocks: list[_Block] = []
    after_blank = True
    for line in marked.split("\n"):
        line = line.strip(" ")
        if line.startswith(_RULE):
            line, after_blank = line.lstrip("- "), True
        if not line or line.startswith(_BROKEN_MARKUP) or not line.strip(f" {HOLE}{MISSING}{BREAK}"):
            after_blank = True
        elif line[0] == HEADING:
            blocks.append(_Block([_title(line)], level=int(line[1])))
            after_blank = True
        elif line[0] in _LIST_MARKS:
            text = line.lstrip(_LIST_MARKS + " ")
            if line[0] == ";":
                text = text.replace(" : ", ": ", 1)
            blocks.append(_Block([text], after_blank, is_line=True, is_item=line[0] != ":"))
            after_blank = False
        elif after_blank or blocks[-1].is_line:
            blocks.append(_Block([line], after_blank))
            after_blank = False
        else:
            blocks[-1].lines.append(line)
    return blocks


def _title(line: str) -> str:
    """The mark, the level and `Historia ==` → `Historia`."""
    return line[2:].strip(f" {HOLE}{MISSING}{BREAK}").rstrip("=").strip()


def _finish(block: _Block) -> _Block:
    text = mend_holes(" ".join(block.lines))
    if BREAK in text:
        text = text.replace(BREAK, "\n")
    block.text = normalize(text)
    return block


def _without_back_matter(blocks: list[_Block]) -> list[_Block]:
    kept = []
    dropping = 0  # level of the heading whose section goes
    for index, block in enumerate(blocks):
        if block.level and (not dropping or block.level <= dropping):
            dropping = block.level if _begins_back_matter(blocks, index) else 0
        if not dropping:
            kept.append(block)
    return kept


def _begins_back_matter(blocks: list[_Block], heading: int) -> bool:
    title = lower(blocks[heading].text.rstrip(":."))
    if title not in BACK_MATTER_IF_LISTS:
        return title in BACK_MATTER
    for position in range(heading + 1, len(blocks)):
        if blocks[position].level:
            break
        if not blocks[position].is_item:
            return False
    return True


def _without_empty_sections(blocks: list[_Block]) -> list[_Block]:
    kept = []
    limit = 0  # a heading of this level or deeper has nothing below it; 7: text follows, any heading stays
    for block in reversed(blocks):
        if not block.level:
            limit = 7
        elif block.level >= limit:
            continue
        else:
            limit = block.level
        kept.append(block)
    return kept[::-1]


def _end_announcements(blocks: list[_Block]) -> None:
    """A colon before a heading or at the end announces a table or formula, which is gone: a full stop."""
    for block, following in itertools.zip_longest(blocks, blocks[1:]):
        if block.text.endswith(":") and not block.level and (following is None or following.level):
            block.text = block.text[:-1].rstrip() + "."
