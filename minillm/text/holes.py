"""Sentences that lack a value: «a unos  metros de altitud», «Según datos de  su población era de  ».

Where a template or formula could not be rendered the scanner leaves a HOLE. Often nothing is missed (a
flag, an editor's mark). The sentence goes if the hole gapes: the word before it cannot end a phrase («a
unos», «de», «fue»), a unit follows, or the sentence would begin in lower case. In parentheses only the
part between commas goes. A URL in running text is a hole as well.
"""

import itertools
import re
from collections.abc import Iterator

import regex

from minillm.text.marks import HOLE
from minillm.text.unicode import lower, starts_lower, starts_upper

_URL = regex.compile(
    r"(?:https?|ftp)://[^\s<>«»\"\x01\x03]*[^\s<>«»\"\x01\x03.,;:!?()\[\]']|www\.[\w-]+\.[\w./-]*\w"
)
_EMAIL = regex.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PARENTHESIS = re.compile(r"\(([^()\x01]*\x01[^()]*)\)")
_LOOSE_DASH = re.compile(r"\A[-–—] +| [-–—]\Z")  # of «( - 1915)», not of «(-5 °C)»
_SENTENCE_END = regex.compile(
    # Not after an initial or abbreviation: «J. Ramón», «EE. UU.», «pág. 3».
    r"(?<![\s(.]\w)(?<!\bvol)(?<!\bpág)(?<!\bnúm)(?<!\bDr)(?<!\bDra)(?<!\bSr)(?<!\bSra)(?<!\bSan)(?<!\bSta)"
    r"(?<!\bEE)(?<!\bJJ)(?<!\bFF)(?<!\bCC)(?<!\bRR)(?<!\bAA)[.!?…:\x03][\"»”)\]]*(?:\s+|(?<=\x03))(?=[«\"“(¿¡—\x01]*[A-ZÁÉÍÓÚÜÑ\d\x01])"
)
_AFTER_HOLE = re.compile(r"[\s\x01]*+(\S*+)")
_OPENING = '«"“(¿¡—'
_EXPECTANT = frozenset(
    {
        "a", "al", "ante", "antes", "aproximadamente", "aquel", "aquella", "bajo", "cada", "casi",
        "cerca", "como", "con", "contra", "cual", "cuando", "cuya", "cuyo", "de", "del", "desde",
        "después", "donde", "durante", "e", "el", "ella", "en", "entre", "era", "eran", "es", "esta",
        "este", "fue", "fueron", "ha", "hacia", "hasta", "la", "las", "lo", "los", "mediante", "menos",
        "más", "ni", "o", "para", "por", "que", "según", "ser", "si", "siendo", "siglo", "sin", "sobre",
        "su", "sus", "son", "también", "tan", "tras", "u", "un", "una", "unas", "uno", "unos", "vale",
        "valen", "y", "año", "años",
    }
)  # fmt: skip
_UNITS = frozenset(
    {
        "habitantes", "hab", "hab.", "km", "km²", "km/h", "m", "m²", "m³", "metros", "kilómetros",
        "hectáreas", "ha", "años", "días", "horas", "minutos", "segundos", "kg", "g", "toneladas",
        "litros", "euros", "dólares", "personas", "grados", "%", "°C", "veces",
    }
)  # fmt: skip


def mend_holes(paragraph: str) -> str:
    """Remove the holes of a paragraph and what cannot be read without them; "" if nothing is left."""
    if "://" in paragraph or "www." in paragraph:
        paragraph = _URL.sub(HOLE, paragraph)
    if "@" in paragraph:
        paragraph = _EMAIL.sub(HOLE, paragraph)
    if HOLE not in paragraph:
        return paragraph
    paragraph = _PARENTHESIS.sub(_mended_parenthesis, paragraph)
    if HOLE not in paragraph:
        return paragraph
    kept = [sentence for sentence in _sentences(paragraph) if not _gapes(sentence)]
    return "".join(kept).replace(HOLE, "")


def _sentences(paragraph: str) -> list[str]:
    ends = [0, *(match.end() for match in _SENTENCE_END.finditer(paragraph)), len(paragraph)]
    return [paragraph[start:end] for start, end in itertools.pairwise(ends)]


def _gapes(phrase: str) -> bool:
    """Whether some hole in the phrase leaves it unreadable."""
    beginning = len(phrase) - len(phrase.lstrip(_OPENING + " "))
    for start, before, after in _hole_contexts(phrase):
        before = lower(before.lstrip(_OPENING))
        if not before and start > beginning:
            continue
        if before in _EXPECTANT and not starts_upper(after):
            return True
        if (not before and starts_lower(after)) or after.rstrip(".,;:)") in _UNITS:
            return True
    return False


def _hole_contexts(phrase: str) -> Iterator[tuple[int, str, str]]:
    """For each run of holes the word before, where it starts, and the word after. Reads everything once."""
    position = 0
    while (hole := phrase.find(HOLE, position)) >= 0:
        words = phrase[position:hole].rstrip()
        before = words.split()[-1] if words else ""
        match = _AFTER_HOLE.match(phrase, hole)
        assert match
        yield position + len(words) - len(before), before, match[1]
        position = match.end()


def _mended_parenthesis(match: re.Match[str]) -> str:
    parts = [part for part in re.split(r"(?<=[,;])", match[1]) if HOLE not in part or not _lost(part)]
    text = "".join(parts).replace(HOLE, "").strip(" ,;:")
    text = _LOOSE_DASH.sub("", text).strip(" ,;:")
    return f"({text})" if text else ""


def _lost(part: str) -> bool:
    return not part.strip(f" ,;:/·-–{HOLE}") or _gapes(part)
