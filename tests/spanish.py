"""Spanish, for tests whose samples are in it."""

from functools import partial

from minillm.corpus import corpus
from minillm.languages.loading import load_language
from minillm.wikitext import holes, scanner

SPANISH = load_language("es")
plain_text = partial(scanner.plain_text, language=SPANISH)
read_page = partial(scanner.read_page, language=SPANISH)
mend_holes = partial(holes.mend_holes, known=SPANISH.holes)
clean_articles = partial(corpus.clean_articles, language="es")
