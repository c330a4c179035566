"""From the scanner's lines to paragraphs, list items and headings.

A blank line ends a paragraph; lines that follow each other are one paragraph, as MediaWiki shows them. A
list item is a line. Sections of references and links go with their subsections (`sections.py`), and so do
headings with nothing left below them.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from minillm.unicode import starts_lower
from minillm.wikitext.holes import HoleWords, Losses, mend_holes
from minillm.wikitext.language import Language
from minillm.wikitext.marks import ADDRESS, BREAK, FORMULA, HEADING, HOLE, MISSING, ONE, ZERO
from minillm.wikitext.normalize import normalize
from minillm.wikitext.sections import (
    SectionTitles,
    is_back_matter,
    looks_like_reference,
    may_be_back_matter,
)

NO_TEMPLATE = "(formula, address)"
"""What stands in the place of a template's name where none left the hole."""
_LIST_MARKS = "*#;:•"
_ROW, _HEADER = "|", "!"
"""Lines that begin so are left over from a table or box that was never closed."""
_SECTIONS = re.compile(f"\n(?={HEADING})")
_RULE = "----"
_MARKS = frozenset(".,;:")
_LONGEST_TITLE = 200
"""Characters of a section's that may be back matter."""
_TOP_LEVEL = 2
"""Of sections; a heading of level 1 is one of level 2 that lacks a sign."""
_HOLE_MARKS = HOLE + MISSING + ZERO + ONE
_BESIDE_FORMULA = _LIST_MARKS + f" .,;()0123456789{FORMULA}{_HOLE_MARKS}{BREAK}"
_LOOSE_DASH = re.compile(r"^(?:-(?: +|$))+|(?<![-—]) [-—][ —-]*$", re.MULTILINE)
"""In a list item, between a name and the flag or picture that is gone: «Brasil -»."""
_SENTENCE_ENDS = (".", "!", "?", "…")


class Loss(NamedTuple):
    """What the holes of a template cost."""

    template: str
    closed: int
    """Holes that closed without a trace."""
    taken: int
    """Sentences, and parts of parentheses, that went."""


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a page and what its quality is judged by."""

    text: str
    list_characters: int
    """Of the text, in list items."""
    table_characters: int
    """In table cells: not in the text."""
    losses: tuple[Loss, ...] = ()
    """What holes cost, each template's that left one."""
    lost_characters: int = 0
    """Of sentences, and parts of parentheses, that went for a hole."""
    disambiguation: str = ""
    """The template that says that the page is no article but leads to several."""


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
    has_address: bool = False
    """Whether it links out of the wiki."""
    text: str = ""
    """The lines in one, finished."""
    losses: Losses = field(default_factory=Losses)


def lay_out(
    marked: str, table_characters: int, names: Sequence[str], language: Language, *, keep_headings: bool
) -> Page:
    """Arrange the scanner's output, mend its holes and normalize its characters.

    `names`: of the templates that left holes, by their numbers.
    """
    blocks, losses = _finished(_blocks(marked, language.holes), language.holes)
    blocks = _without_empty_sections(_without_back_matter(blocks, language.sections))
    for block in blocks:
        losses.add(block.losses)
    _end_announcements(blocks)
    if not keep_headings:
        blocks = [block for block in blocks if not block.level]
    text = "".join(("\n\n" if block.after_blank else "\n") + block.text for block in blocks).lstrip("\n")
    list_characters = sum(len(block.text) for block in blocks if block.is_item)
    closed, taken = Counter(losses.closed), Counter(losses.taken)
    by_template = tuple(
        Loss(name, closed[number], taken[number])
        for number, name in enumerate(names)
        if closed[number] or taken[number]
    )
    return Page(text, list_characters, table_characters, by_template, losses.characters)


def _finished(blocks: list[_Block], known: HoleWords) -> tuple[list[_Block], Losses]:
    """Those of which something is left; each has the losses of what went after it, the rest comes apart."""
    kept: list[_Block] = []
    rest = Losses()
    for block in blocks:
        _finish(block, known)
        if block.text:
            kept.append(block)
        else:
            (kept[-1].losses if kept else rest).add(block.losses)
    return kept, rest


def _blocks(marked: str, known: HoleWords) -> list[_Block]:
    blocks: list[_Block] = []
    after_blank = True
    has_formula = FORMULA in marked
    after_formula = False  # whether a line in lower case goes on with the last block's sentence
    for line in _lines(marked):
        if line.startswith(_RULE):
            line, after_blank = line.lstrip("- "), True
        if has_formula and FORMULA in line and not line.strip(_BESIDE_FORMULA):
            _add_formula(blocks, known)
            after_blank = after_formula = True
        elif not line.strip(f" {_HOLE_MARKS}{BREAK}{ADDRESS}"):
            after_blank = True
        elif after_formula and starts_lower(line.lstrip(": ")):
            blocks[-1].lines.append(line.lstrip(": "))
            after_blank = after_formula = False
        else:
            after_blank = _add_line(blocks, line, after_blank)
            after_formula = False
    return blocks


def _lines(marked: str) -> Iterator[str]:
    """The lines, each of a preformatted block behind a break; empty where one is left over from a table."""
    for section in _SECTIONS.split(marked):
        lines = section.split("\n")
        has_rows = any(line.lstrip(" ").startswith(_ROW) for line in lines)
        for before, line in itertools.pairwise(["", *lines]):
            text = line.strip(" ")
            if text.startswith(_ROW) or (has_rows and text.startswith(_HEADER)):  # else «!Kung» is a word
                yield ""
            elif line.startswith(" ") and before.startswith(" ") and text and text[0] not in _LIST_MARKS:
                yield BREAK + text
            else:
                yield text


def _add_line(blocks: list[_Block], line: str, after_blank: bool) -> bool:
    """Add a line; returns whether the next one stands as after a blank line."""
    if line[0] == HEADING:
        blocks.append(_Block([_title(line)], level=int(line[1])))
        return True
    if line[0] in _LIST_MARKS:
        text = line.lstrip(_LIST_MARKS + " ")
        if line[0] == ";":
            text = text.replace(" : ", ": ", 1)
        blocks.append(_Block([text], after_blank, is_line=True, is_item=line[0] != ":"))
    elif after_blank or blocks[-1].is_line:
        blocks.append(_Block([line], after_blank))
    else:
        blocks[-1].lines.append(line)
    return False


def _add_formula(blocks: list[_Block], known: HoleWords) -> None:
    """Add an unreadable formula on a line of its own: a hole that ends up in the sentence before it."""
    if not blocks or blocks[-1].level:
        blocks.append(_Block([]))
    block = blocks[-1]
    before = block.lines[-1].rstrip(f" {BREAK}") if block.lines else ""
    if before.endswith(":") and mend_holes(f"{before[:-1].split(' ')[-1]} {HOLE}", known):
        block.lines[-1] = _with_full_stop(before)  # «La fórmula es la siguiente:» can be read without it
    elif before and not before.rstrip('"») ').endswith(_SENTENCE_ENDS):
        block.lines.append(known.preposition)  # whatever the last word is, something is missed after it
    block.lines.append(HOLE)


def _title(line: str) -> str:
    """The mark, the level and `Historia ==` → `Historia`."""
    return line[2:].strip(f" {_HOLE_MARKS}{BREAK}").rstrip("=").strip()


def _finish(block: _Block, known: HoleWords) -> None:
    text = " ".join(block.lines)
    block.has_address = ADDRESS in text or "://" in text
    if ADDRESS in text:
        text = text.replace(ADDRESS, "")
    if FORMULA in text:
        # Its sentence is about it: of «El segmento ◌ es igual al segmento ◌.» none is left.
        text = text.replace(FORMULA, MISSING)
    text = mend_holes(text, known, block.losses)
    if BREAK in text:
        text = text.replace(BREAK, "\n")
    text = normalize(text)
    if text in _MARKS:  # «* {{cita libro|…}}.»
        text = ""
    block.text = _LOOSE_DASH.sub("", text) if block.is_item else text


def _without_back_matter(blocks: list[_Block], known: SectionTitles) -> list[_Block]:
    kept = []
    dropping = 0  # level of the heading whose section goes
    for index, block in enumerate(blocks):
        if block.level and (not dropping or block.level <= dropping):
            dropping = max(block.level, _TOP_LEVEL) if _begins_back_matter(blocks, index, known) else 0
        if not dropping:
            kept.append(block)
    return kept


def _begins_back_matter(blocks: list[_Block], heading: int, known: SectionTitles) -> bool:
    title = blocks[heading].text
    if len(title) > _LONGEST_TITLE:  # it would stay in the caches of sections.py
        return False
    return is_back_matter(title, known) or (
        may_be_back_matter(title, known) and _holds_references(blocks, heading, known)
    )


def _holds_references(blocks: list[_Block], heading: int, known: SectionTitles) -> bool:
    """Whether the section with its subsections has list items alone, at least half of them references."""
    items = references = 0
    for position in range(heading + 1, len(blocks)):
        block = blocks[position]
        if block.level:
            if block.level <= max(blocks[heading].level, _TOP_LEVEL):
                break
        elif not block.is_item:
            return False
        else:
            items += 1
            references += block.has_address or looks_like_reference(block.text, known)
    return 2 * references >= items


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
            block.text = _with_full_stop(block.text)


def _with_full_stop(text: str) -> str:
    """Instead of the colon at its end."""
    return text[:-1].rstrip() + "."
