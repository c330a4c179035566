"""What a worker process does with a batch of articles: clean, apply the rules, fingerprint. A pure function.

An article that breaks the cleaner or takes too much of its time is rejected like any other and says why, so
that one page in two million does not stop the run.
"""

from collections.abc import Sequence
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


def clean_batch(
    articles: Sequence[Article],
    params: CleanParams,
    language: str,
    *,
    plain: bool = False,
    definitions: Definitions = NO_DEFINITIONS,
) -> list[tuple[Row, Fingerprint | None]]:
    """For each article its row (see `corpus.py`) and, unless it is rejected, its fingerprint.

    `plain`: whether the articles are plain text and no wikitext; `definitions`: what the wiki's own pages say
    of templates.
    """
    known = load_language(language)
    transclusions = Transclusions(definitions, known) if definitions else None
    results = []
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
            "losses": page.losses,
            "lost_characters": page.lost_characters,
        }
        results.append((row, None if verdict else fingerprint(page.text, params.max_duplicate_similarity)))
    return results


def _read_plain(article: Article, params: CleanParams, language: Language) -> tuple[Page, Rejection | None]:
    page = read_plain(article.wikitext)
    return page, rejection(article.title, "", page, params, language)


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
        return page, rejection(article.title, article.wikitext, page, params, language)
    except TooMuchWorkError:
        characters = len(article.wikitext)
        return _NOTHING, Rejection(TOO_MUCH_WORK, f"more than {MAX_STEPS} steps for {characters} characters")
    except MemoryError:
        raise  # this computer's limit, which must not decide on what is in the corpus
    except Exception as error:  # whatever it is: the run goes on, and the article is there to look into
        return _NOTHING, Rejection(PARSER_ERROR, f"{type(error).__name__}: {error}"[:200])
