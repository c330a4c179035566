"""English as cleaning asks for it (minillm/wikitext/language.py)."""

from minillm.languages.en.holes import HOLES
from minillm.languages.en.ordinals import RAISED
from minillm.languages.en.sections import SECTIONS
from minillm.languages.en.templates import TEMPLATES
from minillm.languages.en.wiki import CITATIONS, DISAMBIGUATION_TEMPLATES
from minillm.languages.en.words import FUNCTION_WORDS
from minillm.wikitext import mediawiki
from minillm.wikitext.language import Language

LANGUAGE = Language(
    name="English",
    hidden_namespaces=mediawiki.FILE_NAMESPACES | mediawiki.CATEGORY_NAMESPACES,
    media_namespaces=mediawiki.MEDIA_NAMESPACES,
    magic_words=mediawiki.MAGIC_WORDS,
    templates=TEMPLATES,
    citations=CITATIONS,
    raised=RAISED,
    holes=HOLES,
    sections=SECTIONS,
    function_words=FUNCTION_WORDS,
    disambiguation_templates=DISAMBIGUATION_TEMPLATES,
    disambiguation_title="(disambiguation)",
)
