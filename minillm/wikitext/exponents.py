"""Raised and lowered text on one line: `10<sup>–3</sup>` → "10⁻³", `2<sup>n/2</sup>` → "2^(n/2)".

A number must not change: glued to its base, «10<sup>6,5</sup>» would be a hundred and six. What has raised
characters of its own (digits, signs, n, i) takes them; the rest follows a ^ or, lowered, a _, as in TeX. Only
what is no exponent merges with what stands before it: ordinals («3.<sup>a</sup>» → "3.ª"), abbreviations
(«M<sup>lle</sup>»), small print. <sup>, {{exp}}, {{e}}, units, charges and formulas all come here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import regex

from minillm.unicode import lower, starts_lower, starts_upper, starts_with_letter, starts_with_number
from minillm.wikitext.marks import FORMULA, HOLE, MISSING

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_SUPERSCRIPTS = str.maketrans(f"0123456789+()=ni{_DASHES}", f"⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁽⁾⁼ⁿⁱ{'⁻' * len(_DASHES)}")
_SUBSCRIPTS = str.maketrans(
    f"0123456789+()=aehijklmnoprstuvx{_DASHES}", f"₀₁₂₃₄₅₆₇₈₉₊₍₎₌ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ{'₋' * len(_DASHES)}"
)
_ALL_SUPERSCRIPT = re.compile(rf"[0-9+()=ni\{_DASHES}]+")
_ALL_SUBSCRIPT = re.compile(rf"[0-9+()=\{_DASHES}]+|[aehijklmnoprstuvx]")
_ALPHANUMERIC = regex.compile(r"[\p{L}\p{N}]++")

CHARACTERS_BEFORE = 24
"""Of the text before it, as many as a decision needs."""
_BASE = regex.compile(r"(?:\p{L}[\p{L}\p{M}]*+|\p{N}[\p{N}.,]*+|[.)\]}°′″√∞])\Z")
_TRADE_MARKS = {"tm": "™", "sm": "℠"}
_SPACES_AROUND_SIGN = re.compile(rf"(?<!\s)\s*+([+=\{_DASHES}])\s*+")
_HOLE = re.compile(f"[{FORMULA}{HOLE}{MISSING}]")
_ROMAN_NUMERAL = re.compile("[IVX]+")
_TIME_BEFORE = re.compile(r"\d ?[hm] ?\d+(?:[.,]\d+)?\Z", re.ASCII)  # «5 h 34»<sup>m</sup>
_TIME_AFTER = re.compile(r"(?:&nbsp;|\s)?\d", re.ASCII)


@dataclass(frozen=True)
class RaisedWords:
    """What a language raises that is no exponent."""

    endings: frozenset[str]
    """Of ordinals («1.<sup>er</sup>»), in lower case."""
    characters: Mapping[str, str]
    """Endings that have a character of their own («3.ª»)."""
    numero: str
    """The letter with such an ending that stands before a number («n<sup>o</sup> 3»)."""
    reference: regex.Pattern[str]
    """A mark of a note («[nota 1]»)."""


def superscript(text: str) -> str:
    """Raise `text`: "2" → "²"; what has no raised characters stays as it is."""
    return text.translate(_SUPERSCRIPTS) if _ALL_SUPERSCRIPT.fullmatch(text) else text


def subscript(text: str) -> str:
    """Lower `text`: "2" → "₂"; what has no lowered characters stays as it is."""
    return text.translate(_SUBSCRIPTS) if _ALL_SUBSCRIPT.fullmatch(text) else text


def exponent(text: str) -> str:
    """What follows its base: "-3" → "⁻³", "6,5" → "^(6,5)", "k" → "^k"."""
    return _script(text, superscript, "^")


def index(text: str) -> str:
    """What follows its base: "12" → "₁₂", "máx" → "_máx", "n+1" → "_(n+1)"."""
    return _script(text, subscript, "_")


def _script(text: str, move: Callable[[str], str], sign: str) -> str:
    moved = _moved(text, move)
    if moved:
        return moved
    needs_none = len(text) == 1 or (sign == "_" and _ALPHANUMERIC.fullmatch(text))
    return sign + text if needs_none else f"{sign}({text})"


def _moved(text: str, move: Callable[[str], str]) -> str:
    """The text in raised or lowered characters; "" if it has none."""
    compact = _SPACES_AROUND_SIGN.sub(r"\1", text)
    moved = move(compact)
    return moved if moved != compact else ""


def raised(text: str, known: RaisedWords, before: str, after: str = "") -> str:
    """What <sup>text</sup> reads like between `before` and `after`."""
    text = text.strip()
    if _HOLE.search(text):
        return MISSING  # without it, another number
    moved = _moved(text, superscript)
    if moved or not _is_spoken(text):
        return moved or text
    base = _base(before)
    if known.reference.fullmatch(text) and not (len(base) == 1 and starts_with_letter(base)):
        return ""
    if text in ("h", "m", "s") and (_TIME_BEFORE.search(before) or (base and _TIME_AFTER.match(after))):
        return f" {text}"
    if _is_exponent(text, base, known):
        return exponent(text)
    return (_TRADE_MARKS.get(lower(text)) if base else None) or known.characters.get(text, text)


def lowered(text: str, before: str) -> str:
    """What <sub>text</sub> reads like after `before`."""
    text = text.strip()
    if _HOLE.search(text):
        return MISSING
    moved = _moved(text, subscript)
    if moved or not _is_spoken(text) or _base(before) in ("", "."):
        return moved or text
    small_print = " " in text and not regex.search(r"[\p{N}=+]", text)
    return text if small_print else index(text)


def _is_spoken(text: str) -> bool:
    return regex.search(r"[\p{L}\p{N}∞]", text) is not None


def _base(before: str) -> str:
    """What is raised or lowered: a word, a number, a sign; "" if nothing stands right before."""
    match = _BASE.search(before[-CHARACTERS_BEFORE:])
    return match[0] if match else ""


def _is_exponent(text: str, base: str, known: RaisedWords) -> bool:
    """Whether it is read as a power or index of its base, and not as the end of a word."""
    if base == "." or text[0] in "°º":
        return False
    has_number = regex.search(r"\p{N}", text) is not None
    is_word = regex.fullmatch(r"[\p{L}\p{M}.]++(?:\s[\p{L}\p{M}.]++)*+", text) is not None
    if not base:
        return has_number and " " not in text  # <sup>99m</sup>Tc
    if starts_with_number(base):
        return lower(text).rstrip(".") not in known.endings
    if not starts_with_letter(base):
        return not is_word or len(text) == 1
    if len(base) > 1:
        return (not is_word and " " not in text) or _ROMAN_NUMERAL.fullmatch(text) is not None
    if starts_upper(base):  # «M<sup>lle</sup>», «D<sup>a</sup>», but «A<sup>T</sup>»
        return not (is_word and starts_lower(text) and (len(text) > 1 or text in ("a", "o", "e", "r")))
    return base != known.numero or text not in known.endings  # «n<sup>o</sup> 3»
