"""What a link shows: its text or its target; nothing for files, categories, links to other languages."""

import re

from minillm.text.unicode import lower
from minillm.text.wikipedia_es import (
    CATEGORY_NAMESPACES,
    FILE_NAMESPACES,
    INTERWIKI_OF_TWO_OR_THREE_LETTERS,
)

HIDDEN_NAMESPACES = FILE_NAMESPACES | CATEGORY_NAMESPACES

_PIPE_TRICK = re.compile(r"^[^:|]*:|(?<!\s)\s*+\([^()]*+\)$")
_INTERLANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]+)*|simple")


def link_text(target: str, rest: list[str]) -> str:
    """What [[target|rest]] shows; `rest` is what stands after each pipe."""
    prefix, colon, _ = target.partition(":")
    if colon:
        namespace = prefix.strip()
        if lower(namespace) in HIDDEN_NAMESPACES:
            return ""
        if _INTERLANGUAGE.fullmatch(namespace) and namespace not in INTERWIKI_OF_TWO_OR_THREE_LETTERS:
            return ""
    if rest and (text := "|".join(rest).strip(" ")):
        return text
    shown = target.removeprefix(":")
    if rest:  # the pipe trick: [[Mérida (Yucatán)|]]
        return _PIPE_TRICK.sub("", shown)
    return shown.partition("#")[0] or shown.lstrip("#")
