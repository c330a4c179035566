"""What a link shows: its text or its target; nothing for files, categories, links to other languages."""

from minillm.unicode import lower
from minillm.wikitext.language import Language
from minillm.wikitext.marks import HOLE
from minillm.wikitext.mediawiki import LANGUAGE_PREFIXES


def link_text(target: str, rest: list[str], language: Language) -> str:
    """What [[target|rest]] shows; `rest` is what stands after each pipe."""
    prefix, colon, _ = target.partition(":")
    if colon:
        namespace = prefix.strip()
        if lower(namespace) in language.hidden_namespaces:
            return ""
        if namespace in LANGUAGE_PREFIXES:
            return ""
    if rest and (text := "|".join(rest).strip(" ")):
        return text
    if colon and lower(namespace) in language.media_namespaces:
        return HOLE  # the name of a sound file: no word of the sentence
    shown = target.removeprefix(":")
    return shown.partition("#")[0] or shown.lstrip("#")
