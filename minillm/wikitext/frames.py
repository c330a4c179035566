"""What is open while a page is read: frames over the pieces of text that the scanner has put out.

A frame is its kind and where in `pieces` it begins. What closes it takes the pieces from there on. A frame
that is never closed is forgotten, in O(1): its pieces are in the output already.
"""

from typing import NamedTuple

from minillm.wikitext.exponents import CHARACTERS_BEFORE
from minillm.wikitext.language import Language
from minillm.wikitext.links import is_hidden
from minillm.wikitext.marks import ADDRESS, APART, QUOTE
from minillm.wikitext.quotes import without_quotes
from minillm.wikitext.tags import HEADING_ELEMENTS

MAX_DEPTH = 40
"""Frames open at a time; deeper ones are not opened. MediaWiki nests templates no deeper either."""

_INLINE_FRAMES = frozenset({"[[", "[", "sup", "sub", *HEADING_ELEMENTS})  # do not reach across paragraphs
_LONGEST_TARGET = 300


class Frame(NamedTuple):
    """Something open."""

    kind: str
    start: int
    """Index of its first piece."""
    pipes: list[int]
    """Indices of the "|" pieces directly in it."""
    blank_lines: list[int]
    """Of a picture: at most one, the index of the piece where a paragraph ends."""


class Frames:
    """The pieces so far, and the frames open in them."""

    def __init__(self, language: Language) -> None:
        self.pieces: list[str] = []
        self.stack: list[Frame] = []
        self.open = dict.fromkeys(("{{", "[[", "[", "{|", "sup", "sub", "poem", *HEADING_ELEMENTS), 0)
        """How many of each kind."""
        self.last_mark = -1
        """Index of the last piece that is a QUOTE or ADDRESS."""
        self._language = language

    def add_mark(self, mark: str) -> None:
        """Append a piece of QUOTE or ADDRESS."""
        before = next(filter(None, reversed(self.pieces)), "")
        if before[-1:] in (QUOTE, ADDRESS):
            mark = APART + mark  # apostrophes that touch in the page are one token
        self.last_mark = len(self.pieces)
        self.pieces.append(mark)

    def push(self, kind: str) -> None:
        """Open a frame."""
        if len(self.stack) < MAX_DEPTH:
            self.stack.append(Frame(kind, len(self.pieces), [], []))
            self.open[kind] += 1

    def pop(self, kind: str) -> Frame | None:
        """Close the innermost frame of this kind; what was opened inside and not closed is forgotten."""
        if not self.open[kind]:
            return None
        while True:
            frame = self.stack.pop()
            self.open[frame.kind] -= 1
            if frame.kind == kind:
                return frame

    def is_innermost(self, kind: str) -> bool:
        """Whether the innermost frame is of this kind."""
        return bool(self.stack) and self.stack[-1].kind == kind

    def add_pipe(self) -> None:
        """Append a "|", which parts the arguments of a template or link."""
        if self.stack and self.stack[-1].kind in ("{{", "[["):
            self.stack[-1].pipes.append(len(self.pieces))
        self.pieces.append("|")

    def take(self, frame: Frame) -> list[str]:
        """Remove the pieces of a closed frame and return them as text, split at its pipes.

        Apostrophes of a template's argument and of a link's label are read there, those of a link without a
        label along with its line (Parser::handleInternalLinks, T6598).
        """
        pieces, parts, start = self.pieces, [], frame.start
        for pipe in frame.pipes:
            parts.append("".join(pieces[start:pipe]))
            start = pipe + 1
        parts.append("".join(pieces[start:]))
        del pieces[frame.start :]
        if self.last_mark < frame.start:
            return parts
        if frame.kind == "[[":
            return [parts[0], *map(without_quotes, parts[1:])]
        return [without_quotes(part).replace(ADDRESS, "") for part in parts]

    def forget(self, depth: int = 0) -> None:
        """Give up the frames above `depth`: they are text, but for a picture's caption or a box's name."""
        while len(self.stack) > depth:
            frame = self.stack.pop()
            self.open[frame.kind] -= 1
            if frame.start == len(self.pieces):
                continue
            if frame.kind == "[[" and self._is_hidden(frame):
                end = frame.blank_lines[0] if frame.blank_lines else len(self.pieces)
                self._clear(frame.start, end)
            elif frame.kind == "[[" and frame.pipes:
                target = self.pieces[frame.start : frame.pipes[0]]
                if not any("\n" in piece for piece in target):  # its label stays
                    self._clear(frame.start, frame.pipes[0] + 1)
            elif frame.kind == "{{":
                first, newline, rest = self.pieces[frame.start].partition("\n")
                templates = self._language.templates
                if first[:1] == "#" or templates.is_silent(templates.canonical_name(first)):
                    self.pieces[frame.start] = newline + rest

    def end_paragraph(self) -> None:
        """Give up what does not reach across a blank line; a picture's caption does."""
        for frame in self.stack:
            if frame.kind == "[[" and not frame.blank_lines and self._is_hidden(frame):
                frame.blank_lines.append(len(self.pieces))
        depth = len(self.stack)
        while (
            depth and self.stack[depth - 1].kind in _INLINE_FRAMES and not self.stack[depth - 1].blank_lines
        ):
            depth -= 1
        self.forget(depth)

    def before(self) -> str:
        """The end of the text so far."""
        text = ""
        for piece in self.pieces[:-5:-1]:
            text = piece[-CHARACTERS_BEFORE:] + text
            if len(text) >= CHARACTERS_BEFORE:
                break
        return text.replace(QUOTE, "").replace(APART, "") if QUOTE in text else text

    def _clear(self, start: int, end: int) -> None:
        self.pieces[start:end] = [""] * (end - start)

    def _is_hidden(self, frame: Frame) -> bool:
        """Whether the link shows a picture or puts the page into a category."""
        if frame.start == len(self.pieces):
            return False
        return is_hidden(self.pieces[frame.start][:_LONGEST_TARGET], self._language)
