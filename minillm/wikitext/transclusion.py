"""Templates by their own pages: under which name the table knows one, and what a simple one shows.

A name that the table lacks is looked up in the pages that extract kept. A redirect leads to another name. A
template is *simple* if its wikitext only places its arguments within a few words of a sentence, and is then
rendered from it. The rule for that is one, and in doubt the template stays a hole:

- one line, at most `MOST_CHARACTERS` long, of text, links, parameters with their defaults, apostrophes and
  tags within a line; it calls neither functions nor magic words, and other templates only if they are known;
- no box and no note: nothing that begins as a list, table or indented line, no sentence of its own, no words
  in brackets, at most `MOST_WORDS_CHARACTERS` of its own, one link of its own at most and none to pages for
  editors. Navigation and hatnotes are told by that, and by standing on a line of their own: there they go.

https://www.mediawiki.org/wiki/Help:Templates says what <noinclude>, <includeonly> and <onlyinclude> do.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import regex

from minillm.unicode import lower
from minillm.wikipedia.templates import Definitions, template_name
from minillm.wikitext.comments import without_comments
from minillm.wikitext.language import Language

MOST_CHARACTERS = 300
"""Of what a simple template transcludes."""
MOST_WORDS_CHARACTERS = 40
"""Of its own words: more is a note, a box or a sentence."""
MOST_REDIRECTS = 4
MOST_NESTED_PARAMETERS = 5

_ONLY = re.compile(r"<onlyinclude>(.*?)(?:</onlyinclude>|\Z)", re.DOTALL)
_NOT = re.compile(r"<noinclude>.*?(?:</noinclude>|\Z)", re.DOTALL)
_INCLUDE = re.compile(r"</?(?:includeonly|onlyinclude|noinclude)[ \t]*+/?>")
_INLINE_TAG = re.compile(
    r"<(/?)(span|small|big|b|i|em|strong|u|s|font|abbr|bdi|cite|var|tt|nowiki|sup|sub)(?=[\s/>])([^<>]*+)>",
    re.IGNORECASE | re.ASCII,
)
_RAISED = ("sup", "sub")
_TAG = re.compile("<(?!/?su[bp]>)[!/A-Za-z]")
_BOX = re.compile(r"[*#:;=|!]|\{\||----")
_NEITHER = ("\n", "{{#", "__", "://", "~~~", "[[[", "]]]")
_BRACES = re.compile(r"\{{2,}+|\}{2,}+")
_PARAMETER_NAME = regex.compile(r"[\w -]{1,30}")
_ARGUMENT = "\0"  # in the place of one
_LINK = re.compile(r"\[\[([^\[\]]*+)\]\]")
_BRACKET = re.compile(r"(?<!\[)\[(?!\[)")
_SENTENCE = regex.compile(r"(?:\p{L}{4}|\0)\s?[.!?…:](?:\s|\Z)")
_MARKUP = re.compile(r"\[\[[^\[\]|]*+\||\{\{[^{}|]*+|&[#\w]{1,10};|[\[\]{}|']++", re.ASCII)


class Parameter(NamedTuple):
    """A place for an argument, with what stands there without one; None: MediaWiki shows the braces."""

    name: str
    default: "Parts | None"


Parts = tuple[str | Parameter, ...]


class _NotSimpleError(Exception):
    """The wikitext of a template is none that is rendered."""


class Transclusions:
    """What the pages of a wiki's templates say of names that a language's table lacks."""

    def __init__(self, definitions: Definitions, language: Language) -> None:
        self._redirects = definitions.redirects
        self._sources = definitions.sources
        self._language = language

    def look_up(self, name: str) -> tuple[str, Parts | None]:
        """The name that the table knows or where redirects end, and what a simple template of it places."""
        templates = self._language.templates
        for _ in range(MOST_REDIRECTS + 1):
            if templates.knows(name):
                return name, None
            title = template_name(name)
            if title not in self._redirects:
                break
            name = self._redirects[title]
        source = self._sources.get(title)
        return name, None if source is None else simple_parts(source, self._language.hidden_namespaces)


def transcluded(source: str) -> str:
    """What of a template's page is put into an article."""
    source = without_comments(source)
    if only := _ONLY.findall(source):
        source = "".join(only)
    return _INCLUDE.sub("", _NOT.sub("", source)).strip()


@lru_cache(maxsize=2**12)
def simple_parts(source: str, hidden_namespaces: frozenset[str]) -> Parts | None:
    """Text and parameters in their order; None if the template is not simple."""
    try:
        return _parts(transcluded(source), hidden_namespaces)
    except _NotSimpleError:
        return None


def _parts(text: str, hidden_namespaces: frozenset[str]) -> Parts:
    if len(text) > MOST_CHARACTERS or _BOX.match(text) or any(mark in text for mark in _NEITHER):
        raise _NotSimpleError
    text = _INLINE_TAG.sub(_bare_tag, text)
    if _TAG.search(text) or _BRACKET.search(text) or text.count("[[") != text.count("]]"):
        raise _NotSimpleError
    parts = _parsed(text)
    own = "".join(part if isinstance(part, str) else _ARGUMENT for part in parts)
    words = _MARKUP.sub(" ", _shown_links(own, hidden_namespaces))
    if len(words.replace(_ARGUMENT, "").strip()) > MOST_WORDS_CHARACTERS or _SENTENCE.search(words):
        raise _NotSimpleError
    return parts


def _bare_tag(tag: re.Match[str]) -> str:
    name = lower(tag[2])
    if "display" in tag[3] or "float" in tag[3] or "class" in tag[3]:
        raise _NotSimpleError  # a box, or what is not shown
    return f"<{tag[1]}{name}>" if name in _RAISED else ""


def _shown_links(text: str, hidden_namespaces: frozenset[str]) -> str:
    """Without files and categories. Refuses a template that leads readers or editors elsewhere."""
    own = 0

    def shown(link: re.Match[str]) -> str:
        nonlocal own
        target = link[1].partition("|")[0]
        namespace, colon, _ = target.partition(":")
        if colon and lower(namespace.strip()) in hidden_namespaces:
            return ""
        own += _ARGUMENT not in target
        if colon or own > 1:
            raise _NotSimpleError
        return link[0]

    return _LINK.sub(shown, text)


def _parsed(text: str) -> Parts:
    """`a {{{1|b}}}` → ("a ", Parameter("1", ("b",)))"""
    stack: list[tuple[bool, list[str | Parameter]]] = [(False, [])]  # whether it is a parameter, its parts
    templates = [0]  # calls open in each of them
    position = 0
    for braces in _BRACES.finditer(text):
        stack[-1][1].append(text[position : braces.start()])
        position = braces.end()
        size = len(braces[0])
        if braces[0][0] == "{":
            if size > 3 or len(stack) > MOST_NESTED_PARAMETERS:
                raise _NotSimpleError  # {{{{{1}}}|…}}: even the name is an argument
            if size == 2:
                stack[-1][1].append("{{")
                templates[-1] += 1
            else:
                stack.append((True, []))
                templates.append(0)
            continue
        while size:
            if templates[-1] and size >= 2:
                stack[-1][1].append("}}")
                templates[-1] -= 1
                size -= 2
            elif stack[-1][0] and size >= 3:
                templates.pop()
                content = stack.pop()[1]
                stack[-1][1].append(_parameter(content))
                size -= 3
            else:
                raise _NotSimpleError
    if len(stack) > 1 or templates[-1]:
        raise _NotSimpleError
    stack[0][1].append(text[position:])
    return _joined(stack[0][1])


def _parameter(content: list[str | Parameter]) -> Parameter:
    parts = _joined(content)
    first = parts[0] if parts and isinstance(parts[0], str) else ""
    name, has_default, rest = first.partition("|")
    name = lower(name.strip())
    if not _PARAMETER_NAME.fullmatch(name) or (len(parts) > 1 and not has_default):
        raise _NotSimpleError
    if any(isinstance(part, str) and "|" in part and "{{" not in part for part in (rest, *parts[1:])):
        raise _NotSimpleError
    if not has_default:
        return Parameter(name, None)
    return Parameter(name, (rest, *parts[1:]) if rest else parts[1:])


def _joined(parts: list[str | Parameter]) -> Parts:
    """Without empty text, and with no text beside other text."""
    joined: list[str | Parameter] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    return tuple(joined)
