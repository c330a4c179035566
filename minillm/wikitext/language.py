"""What cleaning asks of a language: a folder of `minillm/languages/` answers it (docs/languages.md)."""

from dataclasses import dataclass

from minillm.wikitext.exponents import RaisedWords
from minillm.wikitext.holes import HoleWords
from minillm.wikitext.sections import SectionTitles
from minillm.wikitext.templates import Templates


@dataclass(frozen=True, eq=False)
class Language:
    """A language and its edition of Wikipedia."""

    name: str
    """In English: "Spanish"."""
    hidden_namespaces: frozenset[str]
    """Of pictures and categories, which show no text; in lower case."""
    media_namespaces: frozenset[str]
    """Of links to a sound or picture, in lower case."""
    magic_words: frozenset[str]
    """TOC, of __TOC__: how the page is shown."""
    templates: Templates
    citations: tuple[str, ...]
    """How the name of a template begins that shows a whole reference where it stands, in lower case."""
    raised: RaisedWords
    holes: HoleWords
    sections: SectionTitles
    function_words: frozenset[str]
    """What holds prose together, in lower case."""
    disambiguation_templates: frozenset[str]
    """In lower case."""
    disambiguation_title: str
    """How a title ends that is none of an article."""
