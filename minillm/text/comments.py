"""Comments leave the page before it is read, as in MediaWiki's preprocessor (Preprocessor_Hash.php).

One that stands on lines of its own goes with its line; one without an end hides the rest of the page. Inside
<nowiki>, <syntaxhighlight>, <math> and their like `<!--` begins no comment.
"""

import re

from minillm.text.tags import OPAQUE_ELEMENTS, EndTags, read_tag

_START = re.compile(
    r"(\n[ \t]*+)?<!--|<(?=(?:" + "|".join(sorted(OPAQUE_ELEMENTS)) + r")[\s/>])", re.IGNORECASE | re.ASCII
)
_LINE_END = re.compile(r"[ \t]*+(?=\n)")


def without_comments(text: str) -> str:
    """The text without its comments."""
    if "<!--" not in text:
        return text
    ends = EndTags(text)
    kept: list[str] = []
    position = done = 0  # where to search on, up to where the text is kept or dropped
    while start := _START.search(text, position):
        if not start[0].endswith("-"):
            position = _end_of_element(text, start.start(), ends)
            continue
        end = text.find("-->", start.end())
        if end < 0:
            kept.append(text[done : start.end() - len("<!--")])
            done = len(text)
            break
        position = end + len("-->")
        alone = _LINE_END.match(text, position) if start[1] else None
        kept.append(text[done : start.start() if alone else start.end() - len("<!--")])
        done = position = alone.end() if alone else position
    return "".join(kept) + text[done:]


def _end_of_element(text: str, start: int, ends: EndTags) -> int:
    """Behind the content of the opaque element; behind its "<" if it has none."""
    tag = read_tag(text, start)
    if not tag or tag.is_empty:
        return start + 1
    end = ends.first(tag.name, tag.end)
    return end[0] if end else start + 1
