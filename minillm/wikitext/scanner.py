r"""Wikitext to plain text in one pass.

One regular expression finds the next token (`{{`, `]]`, `<`, `\n==` …); what lies between goes to `pieces`
unread. A token that opens something pushes a frame (frames.py); the token that closes it joins the pieces
from there on and puts the result in their place. What is never closed is forgotten, so that the time is
linear whatever the input: 5 MB of `[[` included. Everything MediaWiki lets stand as text, we let stand as
text. The work is counted in steps, and a page that takes more than `MAX_STEPS` is given up: the same one on
every machine.

    drop comments (comments.py) → scan (here, with tags.py) → read apostrophes (quotes.py)
    → lay out lines as paragraphs (layout.py) → mend holes (holes.py) → normalize (normalize.py)

No library keeps the values that stand in templates ({{unidad|930|km}}): they are rendered by `templates.py`,
and a sentence whose value is not in the wikitext goes. What depends on the language comes with it
(language.py).
"""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import regex

from minillm.unicode import lower
from minillm.wikitext.arguments import Arguments, read_arguments
from minillm.wikitext.chemistry import chemistry_text
from minillm.wikitext.comments import without_comments
from minillm.wikitext.exponents import CHARACTERS_BEFORE, lowered, raised
from minillm.wikitext.formulas import formula_text
from minillm.wikitext.frames import Frame, Frames
from minillm.wikitext.language import Language
from minillm.wikitext.layout import NO_TEMPLATE, Page, lay_out
from minillm.wikitext.links import link_text
from minillm.wikitext.marks import (
    ADDRESS,
    BREAK,
    EQUALS,
    FORMULA,
    HEADING,
    HOLE,
    LITERAL,
    MISSING,
    ONE,
    QUOTE,
    ZERO,
)
from minillm.wikitext.mediawiki import ADDRESS_BEGIN
from minillm.wikitext.normalize import INVISIBLE
from minillm.wikitext.quotes import without_quotes
from minillm.wikitext.tags import (
    BLOCK_ELEMENTS,
    HEADING_ELEMENTS,
    OPAQUE_ELEMENTS,
    EndTags,
    Tag,
    read_tag,
)
from minillm.wikitext.transclusion import Parameter, Parts, Transclusions

MAX_STEPS = 3_000_000
"""A token, a line, `_CHARACTERS_PER_STEP` characters read or put together: a step each, 0.2 to 2 µs.

An article has about one for 7 characters, so the longest that MediaWiki can save (2 MiB) stays far below.
"""
_CHARACTERS_PER_STEP = 16

MAX_TRANSCLUSION_DEPTH = 3
MAX_TRANSCLUDED_CHARACTERS = 2000
"""Of a template that is rendered from its wikitext: a longer one is no part of a sentence."""

# Every branch begins with a literal, so that `re` skips to the next candidate at the speed of a scan.
_TOKEN = re.compile(
    r"\{\{|\}\}|\[\[|\]\]?|\||''+|<(?=/?[A-Za-z])|&(?=[#A-Za-z])"
    rf"|\[(?={ADDRESS_BEGIN})"
    r"|\n[ \t:*#]*\{\||\n[ \t]*\|\}(?!\})|\n(?==)|\n(?=[ \t]*\n)|__(?=[A-Z])"
)
# A parameter, copied from a template's own page: an article shows its default.
_PARAMETER = re.compile(r"(?<!\{)\{\{\{[^{}|]*+(?:\|([^{}]*+))?\}\}\}(?!\})")
_HEADING_LINE = re.compile(r"\n(={1,6})[^=\n][^\n]*?=[ \t]*(?:[<{][^\n]*)?(?=\n|\Z)")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_URL = re.compile(r"[^\s\[\]<>{}|]++[ \t]*+")
_PIPE = re.compile(r"\|[ \t]*+")  # [http://x.org|Sitio], mistaken for a link within the wiki
_PLAIN_LINK = re.compile(r"([^\[\]{}|<>&'\n:#]+)(?:\|([^\[\]{}|<>&'\n]+))?\]\]")
_MAGIC_WORD = regex.compile(r"__([\p{Lu}_]{1,40}?)__")
_LINE_REST = re.compile(r" *+(?:\{\{[^{}|\n]{1,40}+\}\} *+){0,3}(?:\n|\Z)")  # {{clear}} may follow
_CELL_MARKUP = re.compile(
    r"\n[ \t]*\|[-+][^\n]*|(?<![\w-])[\w-]{1,20} *= *(?:\"[^\"\n]*\"|[\w%#]+)[ \t]*\|?|[|!]{1,2}",
    re.ASCII,
)
_LINE_MARKS = "*#:;|!•"
_ITEM_GAP = re.compile(r"\s*+(?=<[Ll][Ii][\s>])")  # no paragraph ends between items
_ITEM_MARKS = "*#:; •"
_LONGEST_ITEM_MARK = 8
# Of HTML: those that MediaWiki takes away first, as <noinclude>, leave a list's mark at the line's beginning.
_INLINE_ELEMENTS = frozenset({
    "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "samp",
    "small", "span", "strike", "strong", "tt", "u", "var",
})  # fmt: skip
_WORD_GAP = re.compile(r"\s+")
_DIGITS = frozenset("0123456789")
_NAME_CHARACTERS = 60  # of a template, in the table of losses


class TooMuchWorkError(Exception):
    """The page takes more than MAX_STEPS."""


def plain_text(wikitext: str, language: Language, *, keep_headings: bool = True, title: str = "") -> str:
    """The text that a reader of the article reads, without tables, captions, boxes and references.

    Paragraphs and headings are separated by a blank line, list items by a line break. Takes any string;
    raises TooMuchWorkError for one that would take for ever: none below half a million characters.
    """
    return read_page(wikitext, language, keep_headings=keep_headings, title=title).text


def read_page(
    wikitext: str,
    language: Language | None = None,
    *,
    keep_headings: bool = True,
    title: str = "",
    transclusions: Transclusions | None = None,
) -> Page:
    """Like `plain_text`, with the counts by which quality is judged.

    `language`: without one, that of params.yaml, for who tries the reader by hand. `title`: of the article,
    which {{PAGENAME}} shows. `transclusions`: what the wiki's own pages say of templates that the language's
    table lacks, each of which may take as many steps as 2,000 characters.
    """
    language = language or _language_of_params()
    text = INVISIBLE.sub("", wikitext.replace("\r\n", "\n").replace("\t", " "))
    text = _PARAMETER.sub(r"\1", without_comments("\n" + text))
    scanner = _Scanner(language, title, transclusions)
    marked = scanner.scan(text)
    names = list(scanner.names)
    page = lay_out(marked, scanner.table_characters, names, language, keep_headings=keep_headings)
    return replace(page, disambiguation=scanner.disambiguation) if scanner.disambiguation else page


def _language_of_params() -> Language:
    """By its name, since languages import from here."""
    language = import_module("minillm.languages.loading").language_of_params()
    assert isinstance(language, Language)
    return language


class _Scanner:
    def __init__(
        self, language: Language, title: str, transclusions: Transclusions | None, depth: int = 0
    ) -> None:
        self.language = language
        self.title = title
        self.transclusions = transclusions
        self.depth = depth  # of templates that are rendered from their wikitext; 0: an article is read
        self.left_hole = False  # some template did
        self.steps_left = MAX_STEPS
        self.frames = Frames(language)
        self.pieces = self.frames.pieces
        self.table_characters = 0
        self.disambiguation = ""  # the name of such a template
        self.names = {NO_TEMPLATE: 0}  # of what left a hole, with their numbers
        self.handlers: dict[str, Callable[[], None]] = {
            "{{": lambda: self.frames.push("{{"),
            "[[": self._open_link,
            "}}": self._close_template,
            "]]": self._close_link,
            "]": self._close_external_link,
            "|": self.frames.add_pipe,
            "[": self._open_external_link,
            "<": self._tag,
            "&": self._entity,
            "__": self._magic_word,
        }

    def scan(self, text: str) -> str:
        """Read everything; returns text with marks."""
        self._read(text)
        self.frames.forget()
        return without_quotes("".join(self.pieces)).replace(EQUALS, "=")

    def _read(self, text: str) -> None:
        self.text, self.position, self.ends = text, 0, EndTags(text)
        search, pieces, handlers = _TOKEN.search, self.pieces, self.handlers
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
                self.frames.add_mark(QUOTE * len(token))
                self._guard(start, text[end : end + 1])
        pieces.append(text[self.position :])

    def _count(self, steps: int, characters: int) -> None:
        """Steps that are not seen in `scan`: they count before the next token is read."""
        self.steps_left -= steps + characters // _CHARACTERS_PER_STEP
        if self.steps_left < 0:
            raise TooMuchWorkError

    def _take(self, frame: Frame) -> list[str]:
        steps = len(self.pieces) - frame.start
        parts = self.frames.take(frame)
        self._count(steps, sum(map(len, parts)))
        return parts

    def _guard(self, start: int, first: str) -> None:
        """Let a character be text that follows inline markup, at `start`, at the head of a line or item."""
        if first and first in _LINE_MARKS:
            before = self.text[max(0, start - _LONGEST_ITEM_MARK) : start]
            if before.rstrip(_ITEM_MARKS).endswith("\n"):
                self.pieces.append(LITERAL)

    def _append_rendered(self, text: str) -> None:
        """Append what is no longer wikitext."""
        self.pieces.append(text.replace("=", EQUALS) if "=" in text else text)

    def _number(self, name: str) -> str:
        """The number of the template that left a hole, in digits."""
        canonical = self.language.templates.canonical_name(name)
        if canonical[:1] == "#":
            canonical = canonical.partition(":")[0]
        number = self.names.setdefault(canonical[:_NAME_CHARACTERS], len(self.names))
        return f"{number:b}".replace("0", ZERO).replace("1", ONE)

    # What closes

    def _close_template(self) -> None:
        if frame := self.frames.pop("{{"):
            name, *values = self._take(frame)
            name = self.language.templates.without_namespace(name.strip())
            text = self._template_text(name, values, alone=not self.depth and self._is_alone())
            if text in (HOLE, MISSING):
                self.left_hole = True
                is_formula = any(FORMULA in value for value in values)
                text = FORMULA if is_formula else text + self._number(name)
            self._append_rendered(text)

    def _is_alone(self) -> bool:
        """Whether the line shows nothing but the template that ends here, and others that give nothing."""
        before = self.frames.before().rstrip(f" {HOLE}{MISSING}{ZERO}{ONE}")
        return (before.endswith("\n") or not self.pieces) and bool(_LINE_REST.match(self.text, self.position))

    def _template_text(self, name: str, values: list[str], *, alone: bool) -> str:
        parts = None
        if self.transclusions:
            name, parts = self.transclusions.look_up(name)
        language, before = self.language, self.frames.before()
        canonical = language.templates.canonical_name(name)
        if canonical in language.disambiguation_templates:
            self.disambiguation = self.disambiguation or name
        if parts is not None:
            return "" if alone else self._transclude(parts, values)
        text = language.templates.text(name, values, alone=alone, before=before, title=self.title)
        return text or (HOLE if self._asks_for_reference(canonical, before) else "")

    def _asks_for_reference(self, canonical: str, before: str) -> bool:
        """Whether the sentence needs a reference that shows nothing: «según {{cita web|…}}, fue»."""
        templates = self.language.templates
        if not canonical.startswith(self.language.citations) or canonical in templates.silent:
            return False
        word = before.rstrip(" ").rpartition(" ")[2].lstrip("(«")
        return before.endswith(" ") and lower(word) in self.language.holes.expectant

    def _transclude(self, parts: Parts, values: list[str]) -> str:
        """What a simple template shows in a sentence."""
        transclusions = self.transclusions if self.depth < MAX_TRANSCLUSION_DEPTH else None
        inner = _Scanner(self.language, self.title, transclusions, self.depth + 1)
        inner.steps_left = self.steps_left
        inner.pieces.append(self.frames.before())  # «3{{frac|1|2}}»
        inner._place(parts, read_arguments(values))
        self.steps_left = inner.steps_left
        inner.frames.forget()
        text = without_quotes("".join(inner.pieces[1:])).replace(EQUALS, "=")
        shows_nothing = not text.strip() and any(isinstance(part, Parameter) for part in parts)
        if inner.left_hole or shows_nothing or "\n" in text or len(text) > MAX_TRANSCLUDED_CHARACTERS:
            return HOLE
        return text

    def _place(self, parts: Parts, arguments: Arguments) -> None:
        """Read the wikitext of a template, with the arguments, which are text already, in their places."""
        for part in parts:
            if isinstance(part, str):
                self._read(part)
            elif (value := arguments.get(part.name)) is not None:
                self._count(1, len(value))
                self._append_rendered(value)
            elif part.default is not None:
                self._place(part.default, arguments)
            else:
                self.left_hole = True  # MediaWiki shows the braces

    def _close_link(self) -> None:
        if self.frames.is_innermost("["):  # "]]]": the first one is the inner link's
            self._close_external_link()
            self.position -= 1
        elif self.frames.is_innermost("[[") and (frame := self.frames.pop("[[")):
            target, *rest = self._take(frame)
            self.pieces.append(link_text(target.strip(), rest, self.language))

    def _close_table(self) -> None:
        if frame := self.frames.pop("{|"):
            cells = _CELL_MARKUP.sub(" ", "".join(self._take(frame)))
            self.table_characters += len(_WORD_GAP.sub(" ", cells))
            self.pieces[frame.start - 1] = "\n\n"  # text may follow on the line

    def _close_element(self, name: str) -> None:
        if self.frames.is_innermost(name) and (frame := self.frames.pop(name)):
            text = "".join(self._take(frame))
            if name in HEADING_ELEMENTS:
                self.pieces.append(f"\n{HEADING}{name[1]}{' '.join(text.split())}\n")
            elif name == "poem":
                verses = filter(None, (verse.lstrip(": ").rstrip() for verse in text.split("\n")))
                self.pieces.append(f"\n\n{BREAK.join(verses)}\n\n")
            elif name == "sup":
                after = self.text[self.position : self.position + CHARACTERS_BEFORE]
                self.pieces.append(raised(text, self.language.raised, self.frames.before(), after))
            else:
                self.pieces.append(lowered(text, self.frames.before()))

    # Single tokens

    def _line(self, token: str, start: int) -> None:
        """A token at the beginning of a line: a table's begin or end, a heading, the end of a paragraph."""
        if token.endswith("{|"):
            self.pieces.append("\n|")  # left over if the table never ends; such lines are dropped
            self.frames.push("{|")
        elif token.endswith("|}"):
            self._close_table()
        elif heading := _HEADING_LINE.match(self.text, start):
            self.frames.forget()  # nothing reaches across sections
            self.pieces.append(f"\n{HEADING}{len(heading[1])}")
            self.position = start + 1 + len(heading[1])
        else:
            self.pieces.append("\n")
            self.frames.end_paragraph()

    def _open_link(self) -> None:
        # 87 % of the links hold no namespace and no markup: read at once, which saves 12 % of the time.
        if match := _PLAIN_LINK.match(self.text, self.position):
            text = match[2] or match[1]
            self._guard(self.position - 2, text[0])
            self.pieces.append(text)
            self.position = match.end()
        else:
            self.frames.push("[[")

    def _open_external_link(self) -> None:
        if match := _URL.match(self.text, self.position):
            self.position = match.end()
            if not self.frames.is_innermost("{{") and (pipe := _PIPE.match(self.text, self.position)):
                self.position = pipe.end()
            self.frames.push("[")
            self.frames.add_mark(ADDRESS)

    def _close_external_link(self) -> None:
        if self.frames.is_innermost("[") and (frame := self.frames.pop("[")):
            if not any(map(str.strip, self.pieces[frame.start + 1 :])):
                self._add_numbered_link(frame.start)
        else:
            self.pieces.append("]")

    def _add_numbered_link(self, start: int) -> None:
        """Append a hole for a link without a label, at `start`, glued to its word as a reference: [1]."""
        if start:
            self.pieces[start - 1] = self.pieces[start - 1].rstrip(" ")
        self.pieces.append(HOLE)

    def _entity(self) -> None:
        match = _ENTITY.match(self.text, self.position - 1)
        if not match:
            self.pieces.append("&")
            return
        character = INVISIBLE.sub("", html.unescape(match[0]))
        self._guard(match.start(), character)
        self.pieces.append(character)
        self.position = match.end()

    def _magic_word(self) -> None:
        match = _MAGIC_WORD.match(self.text, self.position - 2)
        if match and match[1] in self.language.magic_words:
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
                self._opaque_element(tag, start)
        elif tag.name == "br":
            self.pieces.append(BREAK)
        elif tag.name == "li":
            self._item(tag)
        elif tag.name in BLOCK_ELEMENTS:
            self.pieces.append("\n\n")
        elif tag.name in self.frames.open and not tag.is_empty:
            if tag.is_end:
                self._close_element(tag.name)
            else:
                self.frames.push(tag.name)
        elif tag.name in _INLINE_ELEMENTS:
            self._guard(start, self.text[tag.end : tag.end + 1])

    def _item(self, tag: Tag) -> None:
        if not tag.is_end:
            self.pieces.append("* " if self.frames.before().rstrip(" ").endswith("\n") else "\n* ")
        elif gap := _ITEM_GAP.match(self.text, tag.end):
            self.position = gap.end()
        else:
            self.pieces.append("\n")

    def _opaque_element(self, tag: Tag, start: int) -> None:
        """An element, from `start` on, whose content is no wikitext or does not belong to the text."""
        end = self.ends.first(tag.name, tag.end)
        if not end:
            return  # never closed: the tag alone goes
        content = self.text[tag.end : end[0]]
        self.position = end[1]
        if tag.name == "math":
            text = formula_text(without_comments(content)) or FORMULA
            is_mixed = text[0] in _DIGITS and self.frames.before()[-1:] in _DIGITS
            self._guard(start, text[0])
            self._append_rendered(f" {text}" if is_mixed else text)  # 3<math>\tfrac12</math> is no 31/2
        elif tag.name in ("chem", "ce"):
            self._append_rendered(chemistry_text(html.unescape(content)) or FORMULA)
        elif tag.name in ("hiero", "score"):
            self.pieces.append(HOLE)  # a picture, which may be a word of the sentence
        elif tag.name in ("syntaxhighlight", "source") and "inline" in self.text[start : tag.end]:
            self._guard(start, content[:1])
            self._append_rendered(content)
        elif tag.name == "nowiki":
            text = INVISIBLE.sub("", html.unescape(content))
            self._guard(start, text[:1])
            self._append_rendered(text)
