"""Which cleaned articles are worth learning from: rules in a fixed order, each with its reason.

The first rule that an article breaks gives the reason; the detail holds the number that tripped it, so
that a threshold can be judged from data/clean/rejected.parquet. Duplicates are found by `duplicates.py`.
"""

from typing import NamedTuple

import regex

from minillm.params import CleanParams
from minillm.text.layout import Page
from minillm.text.unicode import lower
from minillm.text.wikipedia_es import DISAMBIGUATION_TEMPLATES

PARSER_ERROR = "parser_error"
TOO_MUCH_WORK = "too_much_work"
DISAMBIGUATION = "disambiguation"
TOO_SHORT = "too_short"
MOSTLY_LIST = "mostly_list"
NOT_SPANISH = "not_spanish"
EXACT_DUPLICATE = "exact_duplicate"
NEAR_DUPLICATE = "near_duplicate"
REASONS = (
    PARSER_ERROR,
    TOO_MUCH_WORK,
    DISAMBIGUATION,
    TOO_SHORT,
    MOSTLY_LIST,
    NOT_SPANISH,
    EXACT_DUPLICATE,
    NEAR_DUPLICATE,
)
"""In the order in which they are tried. The first two are about our cleaner, not about the article."""

FUNCTION_WORDS = frozenset(
    {
        "a", "al", "algunos", "ante", "antes", "aunque", "bajo", "cada", "como", "con", "contra",
        "cuando", "cual", "cuyo", "de", "del", "desde", "donde", "dos", "durante", "e", "el", "ella",
        "en", "entre", "era", "eran", "es", "esta", "estaba", "este", "esto", "está", "fue", "fueron",
        "ha", "había", "han", "hasta", "hay", "junto", "la", "las", "le", "les", "lo", "los", "luego",
        "me", "mientras", "muy", "más", "mi", "ni", "no", "nos", "o", "otra", "otro", "otros", "para",
        "pero", "poco", "por", "porque", "pues", "que", "quien", "se", "según", "ser", "si", "sido",
        "sin", "sino", "sobre", "solo", "son", "su", "sus", "también", "tan", "tanto", "tras", "u", "un",
        "una", "uno", "unos", "y", "ya",
    }
)  # fmt: skip
"""The words that hold Spanish prose together: some 45 % of its words, next to none of a table's."""

_DISAMBIGUATION = regex.compile(
    r"\{\{\s*(?:" + "|".join(map(regex.escape, sorted(DISAMBIGUATION_TEMPLATES))) + r")\s*[|}]",
    regex.IGNORECASE,
)
_DISAMBIGUATION_TITLE = "(desambiguación)"


class Rejection(NamedTuple):
    """Why an article is left out."""

    reason: str
    detail: str


def rejection(title: str, wikitext: str, page: Page, params: CleanParams) -> Rejection | None:
    """The first rule that the article breaks, or None."""
    characters = len(page.text)
    if title.endswith(_DISAMBIGUATION_TITLE):
        return Rejection(DISAMBIGUATION, f"title ends with {_DISAMBIGUATION_TITLE}")
    if template := _DISAMBIGUATION.search(wikitext):
        return Rejection(DISAMBIGUATION, f"template {template[0].strip('{|} ')}")
    if characters < params.min_chars:
        return Rejection(TOO_SHORT, f"{characters} characters")
    lists = list_share(page)
    if lists > params.max_list_share:
        return Rejection(MOSTLY_LIST, f"{lists:.3f} of the characters in lists and tables")
    spanish = function_word_share(page.text)
    if spanish < params.min_function_word_share:
        return Rejection(NOT_SPANISH, f"{spanish:.3f} of the words are Spanish function words")
    return None


def list_share(page: Page) -> float:
    """Share of characters in list items and table cells, of the text and the tables left out of it."""
    total = len(page.text) + page.table_characters
    return (page.list_characters + page.table_characters) / total if total else 0.0


def function_word_share(text: str) -> float:
    """Share of the words, split at spaces, that are Spanish function words; 0 without words."""
    words = lower(text).split()
    return sum(map(FUNCTION_WORDS.__contains__, words)) / len(words) if words else 0.0
