"""Tags as MediaWiki reads them: which names are tags, where a tag ends, what it hides.

Whatever else begins with "<" is text: «si x<y», «cp <origen> <destino>», vector<int>. MediaWiki shows it so
too (Sanitizer.php has the names). It would read «a<b y c>d» as bold; we do not: no attribute looks like that.

Every search is linear: a tag is matched without backtracking, and what was found once, or not found, is
remembered. Where a group is possessive the pattern is regex's: before Python 3.11.5 that of `re` matches too
little there (gh-106052), which Debian 12 has.
"""

import re
from functools import cache
from typing import NamedTuple

import regex

from minillm.unicode import lower

DROPPED_ELEMENTS = frozenset(
    {
        "ref", "gallery", "timeline", "references", "imagemap", "score", "syntaxhighlight", "source", "pre",
        "templatedata", "graph", "chart", "mapframe", "maplink", "inputbox", "categorytree", "hiero",
        "indicator", "includeonly", "style", "script", "templatestyles", "charinsert", "video", "audio",
    }
)  # fmt: skip
"""They go with their content, which reaches to the first end tag."""

OPAQUE_ELEMENTS = DROPPED_ELEMENTS | {"math", "chem", "ce", "nowiki"}
"""Their content is no wikitext, or not the article's: no comment begins in it."""

BLOCK_ELEMENTS = frozenset({"p", "div", "center", "blockquote", "ul", "ol", "dl", "dd", "dt", "hr"})
HEADING_ELEMENTS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

_OTHER_ELEMENTS = frozenset(
    {
        # HTML
        "abbr", "b", "bdi", "bdo", "big", "br", "caption", "cite", "code", "data", "del", "dfn", "em", "font",
        "i", "ins", "kbd", "li", "link", "mark", "meta", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp",
        "small", "span", "strike", "strong", "sub", "sup", "table", "td", "th", "time", "tr", "tt", "u",
        "var", "wbr",
        # Extensions and what controls transclusion
        "langconvert", "noinclude", "onlyinclude", "phonos", "poem", "section", "translate", "tvar",
    }
)  # fmt: skip
_ELEMENTS = OPAQUE_ELEMENTS | BLOCK_ELEMENTS | HEADING_ELEMENTS | _OTHER_ELEMENTS

_NAME = r"<(/?)([A-Za-z][A-Za-z0-9]*+)(?=[\s/>])"
# Nearly all: at most one value, in double quotes.
_PLAIN_TAG = regex.compile(_NAME + r"""([^<>"']*+(?:"[^"<>]*+"[\s/]*+)?+)>""")
# Up to the ">". In quotes there may be one, if a space or the end follows them: an apostrophe opens nothing.
# Two such values at most, since each lets a tag be read across the next "<", which is read again later.
_PLAIN = r"""(?:[^<>"'=]++|["']|=(?!\s*+["'])|=\s*+"[^"<>]*+"|=\s*+'[^'<>]*+')*+"""
_QUOTED = r"""=\s*+(?:"[^"\n]{0,300}+"|'[^'\n]{0,300}+')(?=[\s/>])"""
_TAG = regex.compile(f"{_NAME}({_PLAIN}(?:{_QUOTED}{_PLAIN}){{0,2}}+)>")
_TAG_TO_THE_FIRST_END = regex.compile(_NAME + "([^<>]*+)>")
_ATTRIBUTE_LIST = regex.compile(
    r"""(?:\s++(?:[A-Za-z:_-]++\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=]++)|nowrap|reversed|hidden|clear))*+[\s/]*+"""
)
_BLANK_LINE = re.compile(r"\n[ \t]*+\n")
_HIDING = re.compile(
    r"(?<![\w-])(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)", re.IGNORECASE | re.ASCII
)


class Tag(NamedTuple):
    """A tag in the text."""

    name: str
    end: int
    """Where the text goes on."""
    is_end: bool
    """</b>"""
    is_empty: bool
    """<br/>: no end tag follows."""
    hides: bool
    """Its element is not shown."""


def read_tag(text: str, start: int) -> Tag | None:
    """The tag that begins at the "<" at `start`, or None: then it is text."""
    match = _PLAIN_TAG.match(text, start)
    if not match:
        match = _TAG.match(text, start) or _TAG_TO_THE_FIRST_END.match(text, start)
    if not match or (name := lower(match[2])) not in _ELEMENTS:
        return None
    attributes = match[3]
    if not attributes:
        return Tag(name, match.end(), bool(match[1]), False, False)
    if name not in OPAQUE_ELEMENTS and not _are_attributes(name, attributes):
        return None
    hides = not match[1] and ":" in attributes and _HIDING.search(attributes) is not None
    return Tag(name, match.end(), bool(match[1]), attributes.endswith("/"), hides)


def _are_attributes(name: str, attributes: str) -> bool:
    """Not «n<p y q>r». A name of three letters is no variable, and what follows it may be mistyped."""
    if len(name) <= 2 and name != "br":
        return _ATTRIBUTE_LIST.fullmatch(attributes) is not None
    return not _BLANK_LINE.search(attributes)


class EndTags:
    """Where the elements of a text end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[re.Pattern[str], re.Match[str] | None] = {}
        self._partners: dict[str, dict[int, int]] = {}

    def find(self, pattern: re.Pattern[str], position: int) -> re.Match[str] | None:
        """The next match; remembered, so that any number of calls, positions growing, read the text once."""
        if pattern in self._found:
            known = self._found[pattern]
            if known is None or known.start() >= position:
                return known
        self._found[pattern] = pattern.search(self.text, position)
        return self._found[pattern]

    def first(self, name: str, position: int) -> tuple[int, int] | None:
        """Start and end of the end tag of an opaque element whose content begins at `position`."""
        end = self.find(_end_tag(name), position)
        if not end:
            return None
        if name == "ref" and (section := self.find(_SECTION, position)) and section.start() < end.start():
            return None  # forgotten in its section; the end belongs to another
        return end.span()

    def partner(self, name: str, start: int) -> int | None:
        """Where the element whose tag is at `start` ends; it may hold others of its name."""
        if name not in self._partners:
            self._partners[name] = _partners(self.text, name)
        return self._partners[name].get(start)


_SECTION = re.compile(r"\n==")


@cache
def _end_tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}\s*+>", re.IGNORECASE | re.ASCII)


def _partners(text: str, name: str) -> dict[int, int]:
    """For each tag that is closed, its start and the end of its end tag."""
    partners: dict[int, int] = {}
    open_tags: list[int] = []
    for match in re.finditer(rf"<(/?){name}(?=[\s/>])[^<>]*+>", text, re.IGNORECASE | re.ASCII):
        if not match[1]:
            if text[match.end() - 2] != "/":
                open_tags.append(match.start())
        elif open_tags:
            partners[open_tags.pop()] = match.end()
    return partners
