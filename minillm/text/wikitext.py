r"""Wikitext to plain text in one pass.

One regular expression finds the next token (`{{`, `]]`, `<`, `\n==` …); what lies between goes to `pieces`
unread. A token that opens something pushes a frame: its kind and where in `pieces` it begins. The token
that closes it joins the pieces from there on and puts the result in their place. A frame that is never
closed is simply forgotten, in O(1): its pieces are in the output already. So the time is linear whatever
the input: 5 MB of `[[` included. Everything MediaWiki lets stand as text, we let stand as text. The work is
counted in steps, and a page that takes more than `MAX_STEPS` is given up: the same one on every machine.

    drop comments (comments.py) → scan (here, with tags.py) → read apostrophes (quotes.py)
    → lay out lines as paragraphs (layout.py) → mend holes (holes.py) → normalize (normalize.py)

No library does this for Spanish: the templates that hold values ({{unidad|930|km}}) are rendered by
`templates.py`, and a sentence whose value is not in the wikitext goes.
"""

import html
import re
from collections.abc import Callable
from typing import NamedTuple

from minillm.text.comments import without_comments
from minillm.text.exponents import CHARACTERS_BEFORE, lowered, raised
from minillm.text.formulas import chemistry_text, formula_text
from minillm.text.layout import NO_TEMPLATE, Page, lay_out
from minillm.text.links import HIDDEN_NAMESPACES, link_text
from minillm.text.marks import (
    ADDRESS,
    BREAK,
    EQUALS,
    FORMULA,
    HEADING,
    HOLE,
    MISSING,
    ONE,
    QUOTE,
    ZERO,
)
from minillm.text.quotes import without_quotes
from minillm.text.tags import (
    BLOCK_ELEMENTS,
    HEADING_ELEMENTS,
    OPAQUE_ELEMENTS,
    EndTags,
    Tag,
    read_tag,
)
from minillm.text.templates import canonical_name, is_silent, template_text
from minillm.text.unicode import lower
from minillm.text.wikipedia_es import MAGIC_WORDS

MAX_DEPTH = 40
"""Frames open at a time; deeper ones are not opened. MediaWiki nests templates no deeper either."""

MAX_STEPS = 3_000_000
"""A token, a line, `_CHARACTERS_PER_STEP` characters read or put together: a step each, 0.2 to 2 µs.

An article has about one for 7 characters, so the longest that MediaWiki can save (2 MiB) stays far below.
"""
_CHARACTERS_PER_STEP = 16

# Every branch begins with a literal, so that `re` skips to the next candidate at the speed of a scan.
_TOKEN = re.compile(
    r"\{\{|\}\}|\[\[|\]\]?|\||\[(?=(?:https?:|ftp:)?//|mailto:)|''+|<(?=/?[A-Za-z])|&(?=[#A-Za-z])"
    r"|\n[ \t:*#]*\{\||\n[ \t]*\|\}(?!\})|\n(?==)|\n(?=[ \t]*\n)|__(?=[A-Z])"
)
# Controls (our marks among them), soft hyphens, zero-width and bidirectional marks, lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# A parameter, copied from a template's own page: an article shows its default.
_PARAMETER = re.compile(r"(?<!\{)\{\{\{[^{}|]*+(?:\|([^{}]*+))?\}\}\}(?!\})")
_HEADING_LINE = re.compile(r"\n(={1,6})[^=\n][^\n]*?=[ \t]*(?:[<{][^\n]*)?(?=\n|\Z)")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_URL = re.compile(r"[^\s\[\]<>{}|]++[ \t]*+")
_PIPE = re.compile(r"\|[ \t]*+")  # [http://x.org|Sitio], mistaken for a link within the wiki
_PLAIN_LINK = re.compile(r"([^\[\]{}|<>&'\n:#]+)(?:\|([^\[\]{}|<>&'\n]+))?\]\]")
_MAGIC_WORD = re.compile("__(?:" + "|".join(sorted(MAGIC_WORDS)) + ")__")
_CELL_MARKUP = re.compile(
    r"\n[ \t]*\|[-+][^\n]*|(?<![\w-])[\w-]{1,20} *= *(?:\"[^\"\n]*\"|[\w%#]+)[ \t]*\|?|[|!]{1,2}",
    re.ASCII,
)
_WORD_GAP = re.compile(r"\s+")
_DIGITS = frozenset("0123456789")
_NAME_CHARACTERS = 60  # of a template, in the table of losses

_INLINE_FRAMES = frozenset({"[[", "[", "sup", "sub", *HEADING_ELEMENTS})  # do not reach across paragraphs
_LONGEST_NAMESPACE = 30


class TooMuchWorkError(Exception):
    """The page takes more than MAX_STEPS."""


class _Frame(NamedTuple):
    kind: str
    start: int  # index of its first piece
    pipes: list[int]  # indices of the "|" pieces directly in it
    blank_lines: list[int]  # of a picture: at most one, the index of the piece where a paragraph ends


def plain_text(wikitext: str, *, keep_headings: bool = True, title: str = "") -> str:
    """The text that a reader of the article reads, without tables, captions, boxes and references.

    Paragraphs and headings are separated by a blank line, list items by a line break. Takes any string;
    raises TooMuchWorkError for one that would take for ever: none below half a million characters.
    """
    return read_page(wikitext, keep_headings=keep_headings, title=title).text


def read_page(wikitext: str, *, keep_headings: bool = True, title: str = "") -> Page:
    """Like `plain_text`, with the counts by which quality is judged.

    `title`: of the article, which {{PAGENAME}} shows.
    """
    text = _INVISIBLE.sub("", wikitext.replace("\r\n", "\n").replace("\t", " "))
    text = _PARAMETER.sub(r"\1", without_comments("\n" + text))
    scanner = _Scanner(text, title)
    return lay_out(scanner.scan(), scanner.table_characters, list(scanner.names), keep_headings=keep_headings)


class _Scanner:
    def __init__(self, text: str, title: str) -> None:
        self.text = text
        self.title = title
        self.position = 0
        self.steps_left = MAX_STEPS
        self.pieces: list[str] = []
        self.stack: list[_Frame] = []
        self.open = dict.fromkeys(("{{", "[[", "[", "{|", "sup", "sub", "poem", *HEADING_ELEMENTS), 0)
        self.table_characters = 0
        self.names = {NO_TEMPLATE: 0}  # of what left a hole, with their numbers
        self.last_mark = -1  # index of the last piece that is a QUOTE or ADDRESS
        self.ends = EndTags(text)
        self.handlers: dict[str, Callable[[], None]] = {
            "{{": lambda: self._push("{{"),
            "[[": self._open_link,
            "}}": self._close_template,
            "]]": self._close_link,
            "]": self._close_external_link,
            "|": self._pipe,
            "[": self._open_external_link,
            "<": self._tag,
            "&": self._entity,
            "__": self._magic_word,
        }

    def scan(self) -> str:
        """Read everything; returns text with marks."""
        text, search, pieces, handlers = self.text, _TOKEN.search, self.pieces, self.handlers
        self._count(text.count("\n"), len(text))
        while match := search(text, self.position):
            self.steps_left -= 1
            if self.steps_left < 0:
                raise TooMuchWorkError
            start, end = match.span()
            if start > self.position:
                pieces.append(text[self.position : start])
            self.position = end
            token = text[start:end]
            if handler := handlers.get(token):
                handler()
            elif token[0] == "\n":
                self._line(token, start)
            else:
                self.last_mark = len(pieces)
                pieces.append(QUOTE * len(token))
        pieces.append(text[self.position :])
        self._forget(0)
        return without_quotes("".join(pieces)).replace(EQUALS, "=")

    def _count(self, steps: int, characters: int) -> None:
        """Steps that are not seen in `scan`: they count before the next token is read."""
        self.steps_left -= steps + characters // _CHARACTERS_PER_STEP
        if self.steps_left < 0:
            raise TooMuchWorkError

    # Frames

    def _push(self, kind: str) -> None:
        if len(self.stack) < MAX_DEPTH:
            self.stack.append(_Frame(kind, len(self.pieces), [], []))
            self.open[kind] += 1

    def _pop(self, kind: str) -> _Frame | None:
        """Close the innermost frame of this kind; what was opened inside and not closed is forgotten."""
        if not self.open[kind]:
            return None
        while True:
            frame = self.stack.pop()
            self.open[frame.kind] -= 1
            if frame.kind == kind:
                return frame

    def _forget(self, depth: int) -> None:
        """Give up the frames above `depth`: they are text, but for a picture's caption or a box's name."""
        while len(self.stack) > depth:
            frame = self.stack.pop()
            self.open[frame.kind] -= 1
            if frame.start == len(self.pieces):
                continue
            if frame.kind == "[[" and self._is_hidden(frame):
                end = frame.blank_lines[0] if frame.blank_lines else len(self.pieces)
                self.pieces[frame.start : end] = [""] * (end - frame.start)
            elif frame.kind == "{{":
                first, newline, rest = self.pieces[frame.start].partition("\n")
                if first[:1] == "#" or is_silent(canonical_name(first)):
                    self.pieces[frame.start] = newline + rest

    def _take(self, frame: _Frame) -> list[str]:
        """Remove the pieces of a frame and return them as text, split at its pipes.

        Apostrophes of a template's argument are read there, those of a link's label along with its line.
        """
        pieces, parts, start = self.pieces, [], frame.start
        for pipe in frame.pipes:
            parts.append("".join(pieces[start:pipe]))
            start = pipe + 1
        parts.append("".join(pieces[start:]))
        self._count(len(pieces) - frame.start, sum(map(len, parts)))
        del pieces[frame.start :]
        if self.last_mark < frame.start or frame.kind == "[[":
            return parts
        return [without_quotes(part).replace(ADDRESS, "") for part in parts]

    def _append_rendered(self, text: str) -> None:
        """Append what is no longer wikitext."""
        self.pieces.append(text.replace("=", EQUALS) if "=" in text else text)

    def _number(self, name: str) -> str:
        """The number of the template that left a hole, in digits."""
        canonical = canonical_name(name)
        if canonical[:1] == "#":
            canonical = canonical.partition(":")[0]
        number = self.names.setdefault(canonical[:_NAME_CHARACTERS], len(self.names))
        return f"{number:b}".replace("0", ZERO).replace("1", ONE)

    def _pipe(self) -> None:
        if self.stack and self.stack[-1].kind in ("{{", "[["):
            self.stack[-1].pipes.append(len(self.pieces))
        self.pieces.append("|")

    # What closes

    def _close_template(self) -> None:
        if frame := self._pop("{{"):
            before = self.pieces[frame.start - 1] if frame.start else "\n"
            alone = before.endswith("\n") and self.text[self.position : self.position + 1] in ("\n", "")
            name, *values = self._take(frame)
            text = template_text(name.strip(), values, alone=alone, before=self._before(), title=self.title)
            if text in (HOLE, MISSING):
                is_formula = any(FORMULA in value for value in values)
                text = FORMULA if is_formula else text + self._number(name)
            self._append_rendered(text)

    def _close_link(self) -> None:
        if self.stack and self.stack[-1].kind == "[":  # "]]]": the first one is the inner link's
            self._close_external_link()
            self.position -= 1
        elif self.stack and self.stack[-1].kind == "[[" and (frame := self._pop("[[")):
            target, *rest = self._take(frame)
            self.pieces.append(link_text(target.strip(), rest))

    def _close_table(self) -> None:
        if frame := self._pop("{|"):
            cells = _CELL_MARKUP.sub(" ", "".join(self._take(frame)))
            self.table_characters += len(_WORD_GAP.sub(" ", cells))
            self.pieces[frame.start - 1] = "\n\n"  # text may follow on the line

    def _close_element(self, name: str) -> None:
        if self.stack and self.stack[-1].kind == name and (frame := self._pop(name)):
            text = "".join(self._take(frame))
            if name in HEADING_ELEMENTS:
                self.pieces.append(f"\n{HEADING}{name[1]}{' '.join(text.split())}\n")
            elif name == "poem":
                verses = filter(None, map(str.strip, text.split("\n")))
                self.pieces.append(f"\n\n{BREAK.join(verses)}\n\n")
            elif name == "sup":
                after = self.text[self.position : self.position + CHARACTERS_BEFORE]
                self.pieces.append(raised(text, self._before(), after))
            else:
                self.pieces.append(lowered(text, self._before()))

    def _before(self) -> str:
        """The end of the text so far."""
        text = ""
        for piece in self.pieces[:-5:-1]:
            text = piece[-CHARACTERS_BEFORE:] + text
            if len(text) >= CHARACTERS_BEFORE:
                break
        return text.replace(QUOTE, "") if QUOTE in text else text

    # Single tokens

    def _line(self, token: str, start: int) -> None:
        """A token at the beginning of a line: a table's begin or end, a heading, the end of a paragraph."""
        if token.endswith("{|"):
            self.pieces.append("\n|")  # left over if the table never ends; such lines are dropped
            self._push("{|")
        elif token.endswith("|}"):
            self._close_table()
        elif heading := _HEADING_LINE.match(self.text, start):
            self._forget(0)  # nothing reaches across sections
            self.pieces.append(f"\n{HEADING}{len(heading[1])}")
            self.position = start + 1 + len(heading[1])
        else:
            self.pieces.append("\n")
            self._end_paragraph()

    def _end_paragraph(self) -> None:
        """Give up what does not reach across a blank line; a picture's caption does."""
        for frame in self.stack:
            if frame.kind == "[[" and not frame.blank_lines and self._is_hidden(frame):
                frame.blank_lines.append(len(self.pieces))
        depth = len(self.stack)
        while (
            depth and self.stack[depth - 1].kind in _INLINE_FRAMES and not self.stack[depth - 1].blank_lines
        ):
            depth -= 1
        self._forget(depth)

    def _is_hidden(self, frame: _Frame) -> bool:
        """Whether the link shows a picture or puts the page into a category."""
        if frame.start == len(self.pieces):
            return False
        namespace, colon, _ = self.pieces[frame.start][:_LONGEST_NAMESPACE].partition(":")
        return bool(colon) and lower(namespace.strip()) in HIDDEN_NAMESPACES

    def _open_link(self) -> None:
        # 87 % of the links hold no namespace and no markup: read at once, which saves 12 % of the time.
        if match := _PLAIN_LINK.match(self.text, self.position):
            self.pieces.append(match[2] or match[1])
            self.position = match.end()
        else:
            self._push("[[")

    def _open_external_link(self) -> None:
        if match := _URL.match(self.text, self.position):
            self.position = match.end()
            in_template = self.stack and self.stack[-1].kind == "{{"
            if not in_template and (pipe := _PIPE.match(self.text, self.position)):
                self.position = pipe.end()
            self._push("[")
            self.last_mark = len(self.pieces)
            self.pieces.append(ADDRESS)

    def _close_external_link(self) -> None:
        if self.stack and self.stack[-1].kind == "[":
            self._pop("[")  # its label stays where it is
        else:
            self.pieces.append("]")

    def _entity(self) -> None:
        match = _ENTITY.match(self.text, self.position - 1)
        if not match:
            self.pieces.append("&")
            return
        self.pieces.append(_INVISIBLE.sub("", html.unescape(match[0])))
        self.position = match.end()

    def _magic_word(self) -> None:
        if match := _MAGIC_WORD.match(self.text, self.position - 2):
            self.position = match.end()
        else:
            self.pieces.append("__")

    def _tag(self) -> None:
        start = self.position - 1
        tag = read_tag(self.text, start)
        if not tag:
            self.pieces.append("<")
            return
        self.position = tag.end
        if tag.hides or tag.name == "table":
            self.position = self.ends.partner(tag.name, start) or tag.end
        elif tag.name in OPAQUE_ELEMENTS:
            if not tag.is_end and not tag.is_empty:
                self._opaque_element(tag)
        elif tag.name == "br":
            self.pieces.append(BREAK)
        elif tag.name == "li":
            self.pieces.append("\n" if tag.is_end else "\n* ")
        elif tag.name in BLOCK_ELEMENTS:
            self.pieces.append("\n\n")
        elif tag.name in self.open and not tag.is_empty:
            if tag.is_end:
                self._close_element(tag.name)
            else:
                self._push(tag.name)

    def _opaque_element(self, tag: Tag) -> None:
        """An element whose content is no wikitext or does not belong to the text."""
        end = self.ends.first(tag.name, tag.end)
        if not end:
            return  # never closed: the tag alone goes
        content = self.text[tag.end : end[0]]
        self.position = end[1]
        if tag.name == "math":
            text = formula_text(without_comments(content)) or FORMULA
            is_mixed = text[0] in _DIGITS and self._before()[-1:] in _DIGITS
            self._append_rendered(f" {text}" if is_mixed else text)  # 3<math>\tfrac12</math> is no 31/2
        elif tag.name in ("chem", "ce"):
            self._append_rendered(chemistry_text(html.unescape(content)) or FORMULA)
        elif tag.name == "nowiki":
            self._append_rendered(_INVISIBLE.sub("", html.unescape(content)))
