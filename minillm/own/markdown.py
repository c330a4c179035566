r"""Markdown to plain text: what a reader of the page reads, and no mark.

CommonMark with tables and struck-out text, read by markdown-it-py. What becomes of what:

    headings, paragraphs, quotations   their text, a blank line between
    list items, done or to do          their text, a line each
    emphasis, links, inline code       their text; a line's end is a space, one that is asked for stays
    images, tables, fenced code, rules, HTML tags and comments, footnotes, a head of YAML or TOML   nothing

Indented lines are text and no code: they mostly are paragraphs that somebody has indented.
"""

import html
import re
from collections.abc import Iterator, Sequence

import regex
from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")
_HEAD = regex.compile(
    r"(---|\+\+\+)[ \t]*\n(?=[A-Za-z_][^\n:=]{0,60}[:=])(?:(?!\1)[^\n]*\n)*+\1[ \t]*(?:\n|\Z)"
)
_FOOTNOTE = regex.compile(
    r"^ {0,3}\[\^[^\]\s]{1,100}\]:[^\n]*+(?:\n\n?(?: {2,}|\t)[^\n]++)*+", regex.MULTILINE
)
_FOOTNOTE_MARK = re.compile(r"\[\^[^\[\]\s]{1,100}\]")
_TASK = re.compile(r"\[[ xX]\] +")
_CODE_ELEMENT = re.compile(r"\s*<(?:script|style|pre|textarea)\b", re.IGNORECASE | re.ASCII)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]*+>")
_BREAK_ELEMENT = re.compile(r"<br\b", re.IGNORECASE | re.ASCII)


def plain_markdown(text: str) -> str:
    r"""The text of a page whose lines end in \n: blank lines between its blocks, items of a list on lines."""
    if head := _HEAD.match(text):
        text = text[head.end() :]
    parts: list[str] = []
    last_list = 0
    for block, in_list in _blocks(_PARSER.parse(_FOOTNOTE.sub("", text))):
        if block:
            parts += ["\n" if in_list and in_list == last_list else "\n\n", block]
            last_list = in_list
    return "".join(parts[1:])


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[str, int]]:
    """The text of each block, and which list it is in: 1, 2 … or none, 0."""
    depth = lists = tables = 0
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists += depth == 0
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type in ("table_open", "table_close"):
            tables += token.nesting
        elif token.type == "html_block":
            yield _without_tags(token.content), lists if depth else 0
        elif token.type == "inline" and not tables:
            text = _inline(token.children or ())
            yield _TASK.sub("", text, count=1) if depth and _TASK.match(text) else text, lists if depth else 0


def _inline(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type == "text":
            parts.append(_FOOTNOTE_MARK.sub("", token.content))
        elif token.type == "code_inline":
            parts.append(token.content)
        elif token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak" or (
            token.type == "html_inline" and _BREAK_ELEMENT.match(token.content)
        ):
            parts.append("\n")
    return "".join(parts).strip()


def _without_tags(content: str) -> str:
    """The text of a block of HTML, in one line; code and comments are not."""
    if _CODE_ELEMENT.match(content):
        return ""
    shown, *commented = content.split("<!--")
    shown += "".join(part.partition("-->")[2] for part in commented)
    return " ".join(html.unescape(_TAG.sub(" ", shown)).split())
