"""Characters that some supported Python does not know yet; the expected values are those of Unicode 18."""

import importlib
import pkgutil
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm import corpus, evaluation, own, tokens, wikitext
from minillm.corpus.duplicates import shingles
from minillm.unicode import (
    lower,
    nfc,
    starts_lower,
    starts_upper,
    starts_with_letter,
    starts_with_number,
    upper,
)
from minillm.wikitext.marks import HOLE
from tests.spanish import mend_holes, plain_text

CAPITAL_TJE, TJE = "\u1c89", "\u1c8a"  # Cyrillic, a pair since Unicode 16
KAWI_ONE = "\U00011f51"  # since 15
IDEOGRAPH = "\U00031350"  # since 15


def test_new_letters_have_two_cases() -> None:
    assert lower(f"Á{CAPITAL_TJE}Z") == f"á{TJE}z"
    assert upper(f"á{TJE}z\u0264") == f"Á{CAPITAL_TJE}Z\ua7cb"  # ɤ has been there for ever, its capital not
    assert (starts_upper(CAPITAL_TJE), starts_lower(CAPITAL_TJE)) == (True, False)
    assert (starts_upper(TJE), starts_lower(TJE)) == (False, True)


@pytest.mark.parametrize("text", ["", "aÑ.1", "ÀÉÎÕÜ ß", "ΑΒΓ Ж Ǆ — Ñ", "日本"])
def test_old_letters_have_the_cases_of_python(text: str) -> None:
    assert lower(text) == text.lower()


def test_one_character_stands_for_one() -> None:
    assert lower("İ ΑΣ —") == "i ασ —"
    assert len(upper("ß straße")) == 8


@given(st.text(st.characters(max_codepoint=0xFF)))
def test_lower_case_is_the_same_beside_other_characters(text: str) -> None:
    assert lower(text + "—") == lower(text) + "—"


def test_new_marks_are_ordered_and_composed() -> None:
    assert nfc("a\U0001e08f\u0323") == "ạ\U0001e08f"  # a mark above since 15: the dot below goes first
    assert nfc("\U000105d2\u0307") == "\U000105c9"  # one letter since 16


@given(st.text())
def test_what_python_composes_is_composed_alike(text: str) -> None:
    if all(unicodedata.category(character) != "Cn" for character in text):
        assert nfc(text) == unicodedata.normalize("NFC", text)


def test_of_a_letters_marks_thirty_are_kept() -> None:
    above, below = "\u0301", "\u0316"
    assert nfc("a" + above * 30 + "b") == "á" + above * 29 + "b"
    assert nfc("a" + above * 20 + below * 20 + "b" + below) == "á" + below * 10 + above * 19 + "b" + below
    assert len(nfc("a" + above * 100_000 + below * 100_000)) == 30


def test_every_mark_that_is_sorted_is_counted() -> None:
    combining = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.combining(c)]
    assert len(combining) > 800
    # of them U+0344 is two marks
    assert [c for c in combining if len(nfc("a" + c * 31)) > 31] == ["\u0344"]


def test_classes_are_those_of_new_characters_too() -> None:
    assert starts_with_letter(IDEOGRAPH)
    assert not starts_with_letter(KAWI_ONE)
    assert starts_with_number(KAWI_ONE)
    assert [starts_with_number(text) for text in ("7", "²", "Ⅷ", "a1", "")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert starts_lower("ª") and not starts_upper("1A")  # noqa: PT018


def test_a_word_goes_on_over_a_new_letter() -> None:
    assert len(shingles(f"uno dos tres cuatro cin{IDEOGRAPH}co")) == 1


def test_a_new_capital_begins_a_name() -> None:
    assert mend_holes(f"Luce. Es de {HOLE} {CAPITAL_TJE}na.") == f"Luce. Es de  {CAPITAL_TJE}na."
    assert mend_holes(f"Luce. Es de {HOLE} {TJE}na.") == "Luce. "


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        (f"a {{{{lc:{CAPITAL_TJE}}}}} b {{{{uc:{TJE}}}}}", f"a {TJE} b {CAPITAL_TJE}"),
        (f"a {{{{unidad|{KAWI_ONE}{KAWI_ONE}|km}}}}", f"a {KAWI_ONE}{KAWI_ONE} km"),
        (f"a {{{{frac|{IDEOGRAPH}=x|3|4}}}}", "a 3/4"),  # the name of an argument
        (f"a <math>\\frac{{{IDEOGRAPH}}}{{2}}</math>", f"a {IDEOGRAPH}/2"),
        (f"Ya. En www.{IDEOGRAPH}.es/x. B.", "Ya. B."),
        (f"a {KAWI_ONE}.. B", f"a {KAWI_ONE}. B"),
    ],
)
def test_templates_formulas_and_addresses_read_them_on_every_python(wikitext: str, expected: str) -> None:
    assert plain_text(wikitext) == expected


def test_white_space_is_the_same_in_every_python() -> None:
    """Which is why `\\s`, strip and split are left to it."""
    spaces = {*"\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"}
    spaces |= set(map(chr, range(0x2000, 0x200B)))
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert set(filter(str.isspace, everything)) == spaces
    assert set(re.findall(r"\s", everything)) == spaces
    assert set(everything) - set("".join(everything.split())) == spaces


def test_no_pattern_of_re_has_a_possessive_group() -> None:
    # Before Python 3.11.5 they match too little (gh-106052); those of the regex package do not.
    modules = [
        importlib.import_module(module.name)
        for package in (wikitext, own, corpus, tokens, evaluation)
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    ]
    patterns = [
        value.pattern
        for module in modules
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    ]
    assert len(patterns) > 50
    group = re.compile(r"(?<!\\)\)(?:[*+?]|\{[0-9,]+\})\+")
    assert all(map(group.search, ("(?:a|b)*+", "(ab){0,2}+")))
    assert not group.search("[ab]*+")
    assert not [pattern for pattern in patterns if group.search(str(pattern))]
