"""Which cleaned articles are worth learning from: rules in a fixed order, each with its reason.

The first rule that an article breaks gives the reason; the detail holds the number that tripped it, so
that a threshold can be judged from data/clean/rejected.parquet. Duplicates are found by `duplicates.py`.
"""

from typing import NamedTuple

from minillm.params import CleanParams
from minillm.unicode import lower
from minillm.wikitext.language import Language
from minillm.wikitext.layout import Page

PARSER_ERROR = "parser_error"
TOO_MUCH_WORK = "too_much_work"
DISAMBIGUATION = "disambiguation"
TOO_SHORT = "too_short"
MOSTLY_LIST = "mostly_list"
EXACT_DUPLICATE = "exact_duplicate"
NEAR_DUPLICATE = "near_duplicate"


class Rejection(NamedTuple):
    """Why an article is left out."""

    reason: str
    detail: str


def reasons(language: Language) -> tuple[str, ...]:
    """In the order in which they are tried. The first two are about our cleaner, not about the article."""
    return (
        PARSER_ERROR,
        TOO_MUCH_WORK,
        DISAMBIGUATION,
        TOO_SHORT,
        MOSTLY_LIST,
        _other_language(language),
        EXACT_DUPLICATE,
        NEAR_DUPLICATE,
    )


def _other_language(language: Language) -> str:
    return f"not_{lower(language.name)}"


def rejection(title: str, page: Page, params: CleanParams, language: Language) -> Rejection | None:
    """The first rule that the article breaks, or None."""
    characters = len(page.text)
    if title.endswith(language.disambiguation_title):
        return Rejection(DISAMBIGUATION, f"title ends with {language.disambiguation_title}")
    if page.disambiguation:
        return Rejection(DISAMBIGUATION, f"template {page.disambiguation}")
    if characters < params.min_chars:
        return Rejection(TOO_SHORT, f"{characters} characters")
    lists = list_share(page)
    if lists > params.max_list_share:
        return Rejection(MOSTLY_LIST, f"{lists:.3f} of the characters in lists and tables")
    share = function_word_share(page.text, language)
    if share < params.min_function_word_share:
        detail = f"{share:.3f} of the words are {language.name} function words"
        return Rejection(_other_language(language), detail)
    return None


def list_share(page: Page) -> float:
    """Share of characters in list items and table cells, of the text and the tables left out of it."""
    total = len(page.text) + page.table_characters
    return (page.list_characters + page.table_characters) / total if total else 0.0


def function_word_share(text: str, language: Language) -> float:
    """Share of the words, split at spaces, that are the language's function words; 0 without words."""
    words = lower(text).split()
    return sum(map(language.function_words.__contains__, words)) / len(words) if words else 0.0
