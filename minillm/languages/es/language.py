"""Spanish as cleaning asks for it (minillm/wikitext/language.py)."""

from minillm.languages.es.holes import HOLES
from minillm.languages.es.ordinals import RAISED
from minillm.languages.es.sections import SECTIONS
from minillm.languages.es.templates import TEMPLATES
from minillm.languages.es.wiki import (
    CITATIONS,
    DISAMBIGUATION_TEMPLATES,
    HIDDEN_NAMESPACES,
    MAGIC_WORDS,
    MEDIA_NAMESPACES,
)
from minillm.languages.es.words import FUNCTION_WORDS
from minillm.wikitext.language import Language

LANGUAGE = Language(
    name="Spanish",
    hidden_namespaces=HIDDEN_NAMESPACES,
    media_namespaces=MEDIA_NAMESPACES,
    magic_words=MAGIC_WORDS,
    templates=TEMPLATES,
    citations=CITATIONS,
    raised=RAISED,
    holes=HOLES,
    sections=SECTIONS,
    function_words=FUNCTION_WORDS,
    disambiguation_templates=DISAMBIGUATION_TEMPLATES,
    disambiguation_title="(desambiguación)",
)
