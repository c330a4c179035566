"""What is done with each article: clean it, apply the rules, take its fingerprint. A pure function.

An article that breaks the cleaner or takes too much of its time is rejected like any other and says why, so
that one page in two million does not stop the run.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from minillm.corpus.duplicates import Fingerprint, fingerprint
from minillm.corpus.plain import read_plain
from minillm.corpus.rules import PARSER_ERROR, TOO_MUCH_WORK, Rejection, rejection
from minillm.languages.loading import load_language
from minillm.params import CleanParams
from minillm.wikipedia.articles import Article
from minillm.wikipedia.templates import NO_DEFINITIONS, Definitions
from minillm.wikitext.language import Language
from minillm.wikitext.layout import Page
from minillm.wikitext.scanner import MAX_STEPS, TooMuchWorkError, read_page
from minillm.wikitext.transclusion import Transclusions

Row = dict[str, Any]
_NOTHING = Page("", 0, 0)


def judged(
    articles: Iterable[Article],
    params: CleanParams,
    language: str,
    *,
    plain: bool = False,
    definitions: Definitions = NO_DEFINITIONS,
) -> Iterator[tuple[Row, Fingerprint | None]]:
    """Yield for each article its row (see `judging.py`) and, unless it is rejected, its fingerprint.

    `plain`: whether the articles are plain text and no wikitext; `definitions`: what the wiki's own pages say
    of templates.
    """
    known = load_language(language)
    transclusions = Transclusions(definitions, known) if definitions else None
    for article in articles:
        if plain:
            page, verdict = _read_plain(article, params, known)
        else:
            page, verdict = _cleaned(article, params, known, transclusions)
        row = {
            "id": str(article.page_id),
            "url": article.url,
            "title": article.title,
            "text": page.text,
            "revision_id": article.revision_id,
            "timestamp": article.timestamp,
            "page_id": article.page_id,
            "reason": verdict and verdict.reason,
            "detail": verdict and verdict.detail,
            "characters_in": len(article.wikitext),
            "characters": len(page.text),
            "words": len(page.text.split()),
            "losses": [loss._asdict() for loss in page.losses],
            "lost_characters": page.lost_characters,
        }
        yield row, None if verdict else fingerprint(page.text, params.max_duplicate_similarity)


def _read_plain(article: Article, params: CleanParams, language: Language) -> tuple[Page, Rejection | None]:
    page = read_plain(article.wikitext)
    return page, rejection(article.title, page, params, language)


def _cleaned(
    article: Article, params: CleanParams, language: Language, transclusions: Transclusions | None
) -> tuple[Page, Rejection | None]:
    try:
        page = read_page(
            article.wikitext,
            language,
            keep_headings=params.keep_headings,
            title=article.title,
            transclusions=transclusions,
        )
        return page, rejection(article.title, page, params, language)
    except TooMuchWorkError:
        characters = len(article.wikitext)
        return _NOTHING, Rejection(TOO_MUCH_WORK, f"more than {MAX_STEPS} steps for {characters} characters")
    except MemoryError:
        raise  # this computer's limit, which must not decide on what is in the corpus
    except Exception as error:  # whatever it is: the run goes on, and the article is there to look into
        return _NOTHING, Rejection(PARSER_ERROR, f"{type(error).__name__}: {error}"[:200])
