"""What a link shows: its text or its target; nothing for files, categories, links to other languages."""

import re

from minillm.text.marks import HOLE
from minillm.text.unicode import lower
from minillm.text.wikipedia_es import (
    CATEGORY_NAMESPACES,
    FILE_NAMESPACES,
    LANGUAGE_PREFIXES,
    MEDIA_NAMESPACES,
)

HIDDEN_NAMESPACES = FILE_NAMESPACES | CATEGORY_NAMESPACES

_PIPE_TRICK = re.compile(r"^[^:|]*:|(?<!\s)\s*+\([^()]*+\)$")


def link_text(target: str, rest: list[str]) -> str:
    """What [[target|rest]] shows; `rest` is what stands after each pipe."""
    prefix, colon, _ = target.partition(":")
    if colon:
        namespace = prefix.strip()
        if lower(namespace) in HIDDEN_NAMESPACES:
            return ""
        if namespace in LANGUAGE_PREFIXES:
            return ""
    if rest and (text := "|".join(rest).strip(" ")):
        return text
    if colon and lower(namespace) in MEDIA_NAMESPACES:
        return HOLE  # the name of a sound file: no word of the sentence
    shown = target.removeprefix(":")
    if rest:  # the pipe trick: [[Mérida (Yucatán)|]]
        return _PIPE_TRICK.sub("", shown)
    return shown.partition("#")[0] or shown.lstrip("#")
