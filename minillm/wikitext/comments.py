"""Comments leave the page before it is read, as in MediaWiki's preprocessor (Preprocessor_Hash.php).

Those on a line that holds nothing else go with the line; one without an end hides the rest of the page.
Inside <nowiki>, <syntaxhighlight>, <math> and their like `<!--` begins no comment.
"""

import re

from minillm.wikitext.tags import OPAQUE_ELEMENTS, EndTags, read_tag

_START = re.compile("<(?=!--|[A-Za-z])")
_COMMENT = re.compile(r"[ \t]*+<!--")
_LINE_END = re.compile(r"[ \t]*+(?=\n)")


def without_comments(text: str) -> str:
    """The text without its comments."""
    if "<!--" not in text:
        return text
    ends = EndTags(text)
    kept: list[str] = []
    position = done = 0  # where to search on, up to where the text is kept or dropped
    while match := _START.search(text, position):
        start = match.start()
        if not text.startswith("!--", start + 1):
            position = _end_of_element(text, start, ends)
            continue
        position = _end_of_comment(text, start)
        line_start = text.rfind("\n", done, start)
        if line_start >= 0 and not text[line_start:start].strip(" \t\n"):
            line_end = _end_of_line(text, position)
            start, position = (line_start, line_end) if line_end else (start, position)
        kept.append(text[done:start])
        done = position
    return "".join(kept) + text[done:]


def _end_of_comment(text: str, start: int) -> int:
    end = text.find("-->", start + 4)
    return len(text) if end < 0 else end + 3


def _end_of_line(text: str, position: int) -> int | None:
    """Where the line ends if from here on it holds comments alone."""
    while following := _COMMENT.match(text, position):
        position = _end_of_comment(text, following.end() - len("<!--"))
    line_end = _LINE_END.match(text, position)
    return line_end and line_end.end()


def _end_of_element(text: str, start: int, ends: EndTags) -> int:
    """Behind the content of an opaque element; behind the "<" of anything else."""
    tag = read_tag(text, start)
    if not tag or tag.is_empty or tag.name not in OPAQUE_ELEMENTS:
        return start + 1
    end = ends.first(tag.name, tag.end)
    return end[0] if end else start + 1
