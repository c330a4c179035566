"""What a link shows: its text or its target; nothing for files, categories, links to other languages."""

import re

from minillm.unicode import lower
from minillm.wikitext.language import Language
from minillm.wikitext.marks import HOLE
from minillm.wikitext.mediawiki import LANGUAGE_PREFIXES

_FILE_NAME = re.compile(
    r"\.(?:jpe?g|png|gif|svg|tiff?|webp|xcf|pdf|djvu|og[agv]|webm|mp[34]|wav|flac|midi?|stl)\s*\Z",
    re.IGNORECASE | re.ASCII,
)


def is_hidden(target: str, language: Language) -> bool:
    """Whether [[target|…]] shows a picture or puts the page into a category: no text.

    A picture has the name of a file, whatever a page of another wiki calls its namespace ([[Datei:a.jpg]]).
    """
    namespace, colon, name = target.partition(":")
    namespace = lower(namespace.strip())
    if not colon or not namespace:
        return False
    if namespace in language.hidden_namespaces:
        return True
    return namespace not in language.media_namespaces and _FILE_NAME.search(name) is not None


def link_text(target: str, rest: list[str], language: Language) -> str:
    """What [[target|rest]] shows; `rest` is what stands after each pipe."""
    prefix, colon, _ = target.partition(":")
    namespace = prefix.strip()
    if colon and (namespace in LANGUAGE_PREFIXES or is_hidden(target, language)):
        return ""
    if rest and (text := "|".join(rest).strip(" ")):
        return text
    if colon and lower(namespace) in language.media_namespaces:
        return HOLE  # the name of a sound file: no word of the sentence
    shown = target.removeprefix(":")
    return shown.partition("#")[0] or shown.lstrip("#")
