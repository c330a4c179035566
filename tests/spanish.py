"""Spanish, for tests whose samples are in it."""

from functools import partial
from pathlib import Path

from minillm.corpus import corpus
from minillm.corpus.judging import Judging
from minillm.files import Metrics
from minillm.languages.loading import load_language
from minillm.params import CleanParams
from minillm.wikitext import holes, scanner

SPANISH = load_language("es")
plain_text = partial(scanner.plain_text, language=SPANISH)
read_page = partial(scanner.read_page, language=SPANISH)
mend_holes = partial(holes.mend_holes, known=SPANISH.holes)


def clean_articles(
    raw: Path,
    clean: Path,
    rejected: Path,
    params: CleanParams,
    *,
    definitions: Path | None = None,
    templates: Path | None = None,
    workers: int = 1,
) -> Metrics:
    """Clean articles of wikitext in Spanish."""
    judging = Judging(raw, params, "es", definitions=definitions)
    return corpus.clean_articles(judging, clean, rejected, templates=templates, workers=workers)
