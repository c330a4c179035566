"""Sentences that lack a value: «a unos  metros de altitud», «Según datos de  su población era de  ».

Where a template or formula could not be rendered the scanner leaves a HOLE. Often nothing is missed (a
flag, an editor's mark). The sentence goes if the hole gapes: the word before it cannot end a phrase («a
unos», «de», «mide»), a unit or a number's noun follows, a mark joins it to something, another hole stands a
word apart, or the sentence would begin in lower case. A hole glued to the word before it is mostly a
reference. In parentheses only the part between commas goes. A URL in running text is a hole as well.
"""

import itertools
import re

import regex

from minillm.text.expectations import (
    ADVERBS,
    COUNTED,
    DIMENSION,
    ENDINGS_OF_VERBS,
    EXPECTANT,
    NAMED,
    TAKES_A_VALUE,
    UNITS,
)
from minillm.text.marks import BREAK, HOLE, MISSING
from minillm.text.names import LANGUAGES
from minillm.text.unicode import (
    lower,
    starts_lower,
    starts_upper,
    starts_with_letter,
    starts_with_number,
)

_URL = regex.compile(
    r"(?:https?|ftp)://[^\s<>«»\"\x01\x03\x05]*[^\s<>«»\"\x01\x03\x05.,;:!?()\[\]']|www\.[\w-]+\.[\w./-]*\w"
)
_EMAIL = regex.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PARENTHESIS = re.compile(r"\(([^()\x01\x05]*[\x01\x05][^()]*)\)")
_PARTS = re.compile(r"(?<=;)|(?<=,)(?![0-9])")  # not of «3,5»
_LOOSE_DASH = re.compile(r"\A[-–—] +| [-–—]\Z")  # of «( - 1915)», not of «(-5 °C)»
_SENTENCE_END = regex.compile(
    # Not after an initial or abbreviation: «J. Ramón», «EE. UU.», «pág. 3».
    r"(?<![\s(.]\w)(?<!\bvol)(?<!\bpág)(?<!\bnúm)(?<!\bDr)(?<!\bDra)(?<!\bSr)(?<!\bSra)(?<!\bSan)(?<!\bSta)"
    r"(?<!\bEE)(?<!\bJJ)(?<!\bFF)(?<!\bCC)(?<!\bRR)(?<!\bAA)"
    r"(?!:\s*+[«\"“(¿¡]*+\x01)[.!?…:\x03][\"»”)\]]*(?:\s+|(?<=\x03))(?=[«\"“(¿¡—\x01\x05]*[A-ZÁÉÍÓÚÜÑ\d\x01\x05])"
)
_HOLES = re.compile(r"\x01[\s\x01]*")
_TWO_HOLES = regex.compile(r"\x01\s*+(?:\w++\.?|[^\w\s\x01]{1,3}+)\s*+\x01")
_NO_SUBJECT = re.compile(r"\s*[«\"“¿¡—]*\x01[\s\x01]*[(,;:–—-]")
_CHARACTERS_AROUND = 80
_WORD = regex.compile(r"\w")
_OPENING = '«"“(¿¡—'
_CLOSING = ("»", '"', "”")
_ASKING = tuple("=≈<>≤≥±×+^$€£#")  # «x = ◌»
_JOINING = tuple("-–/'’·")  # «1900-◌», «l'◌»
_JOINED = tuple("-–/×·=±^%°º")  # «◌/km²»
_CONJUNCTIONS = ("y", "e", "o", "u", "ni")
_LANGUAGE_NAMES = frozenset(LANGUAGES.values())
_BEFORE_LANGUAGE_NAMES = ("en", "del", "de", "idioma", "lengua", "nombre")


def mend_holes(paragraph: str) -> str:
    """Remove the holes of a paragraph and what cannot be read without them; "" if nothing is left."""
    if "://" in paragraph or "www." in paragraph:
        paragraph = _URL.sub(HOLE, paragraph)
    if "@" in paragraph:
        paragraph = _EMAIL.sub(HOLE, paragraph)
    if not _has_hole(paragraph):
        return paragraph
    paragraph = _PARENTHESIS.sub(_mended_parenthesis, paragraph)
    if _has_hole(paragraph):
        kept = filter(_stays, _sentences(paragraph))
        paragraph = "".join(kept).replace(HOLE, "")
    return paragraph if _WORD.search(paragraph) else ""


def _stays(sentence: str) -> bool:
    if not _has_hole(sentence):
        return True
    return bool(_WORD.search(sentence)) and not (_gapes(sentence) or _NO_SUBJECT.match(sentence))


def _has_hole(text: str) -> bool:
    return HOLE in text or MISSING in text


def _sentences(paragraph: str) -> list[str]:
    ends = [0, *(match.end() for match in _SENTENCE_END.finditer(paragraph)), len(paragraph)]
    return [paragraph[start:end] for start, end in itertools.pairwise(ends)]


def _gapes(phrase: str) -> bool:
    """Whether some hole in the phrase leaves it unreadable."""
    if MISSING in phrase or _TWO_HOLES.search(phrase):
        return True
    for hole in _HOLES.finditer(phrase):
        left = (
            phrase[max(0, hole.start() - _CHARACTERS_AROUND) : hole.start()]
            .replace(HOLE, "")
            .replace(BREAK, " ")
        )
        right = phrase[hole.end() : hole.end() + _CHARACTERS_AROUND].replace(BREAK, " ")
        if _gapes_between(left, right, is_glued_to_right=hole[0].endswith(HOLE)):
            return True
    return False


def _gapes_between(left: str, right: str, *, is_glued_to_right: bool) -> bool:
    """Whether something is missed between what stands to the left and to the right of a hole."""
    words = left.split()[-2:]
    word = words[-1].lstrip(_OPENING) if words else ""
    before, after = lower(word), right.partition(" ")[0]
    if not before:
        return after.startswith(_CLOSING) if left.strip(_OPENING + " ") else starts_lower(after)
    is_glued = not left[-1].isspace()
    if is_glued_to_right and (
        after.startswith(_JOINED) or (is_glued and (starts_with_letter(after) or starts_with_number(after)))
    ):
        return True
    if before.endswith(_ASKING) or (is_glued and before.endswith(_JOINING)):
        return True
    if starts_upper(after):
        return False  # «de {{bandera x}} España»
    if before in EXPECTANT or before.endswith(":"):
        return True
    return not is_glued and _misses_value(words, word, right)  # glued to its word, it is mostly a reference


def _misses_value(words: list[str], word: str, right: str) -> bool:
    """Whether a value or name is missed between `word`, the last one of `words`, and `right`."""
    before, after = lower(word), right.partition(" ")[0]
    if before[-1] in "0123456789":
        return after in ("de", "del")  # «el 3 ◌ de 1980»; «5000 ◌ habitantes» is whole
    if starts_lower(after) and (before.endswith((",", "mente")) or before in ADVERBS or before in NAMED):
        return True  # «Así, ◌ luce», «Lora, ◌ y Ruiz», «la palabra ◌ es»
    if after in _CONJUNCTIONS and before.endswith("s") and starts_lower(word):
        return True  # one of several
    if before in _LANGUAGE_NAMES and (len(words) == 1 or lower(words[0]) in _BEFORE_LANGUAGE_NAMES):
        return True
    if TAKES_A_VALUE.fullmatch(before):
        return True
    if before.endswith(ENDINGS_OF_VERBS) and (starts_lower(after) or starts_with_number(after)):
        return True
    noun = after.rstrip(".,;:)")
    return noun in UNITS or noun in COUNTED or DIMENSION.match(right) is not None


def _mended_parenthesis(match: re.Match[str]) -> str:
    parts = [part for part in _PARTS.split(match[1]) if not (_has_hole(part) and _lost(part))]
    text = "".join(parts).replace(HOLE, "").strip(" ,;:")
    text = _LOOSE_DASH.sub("", text).strip(" ,;:")
    return f"({text})" if text else ""


def _lost(part: str) -> bool:
    return not part.strip(f" ,;:/·-–{HOLE}") or _gapes(part)
