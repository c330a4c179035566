"""Sentences that lack a value: «a unos  metros de altitud», «Según datos de  su población era de  ».

Where a template could not be rendered the scanner leaves a HOLE. Often nothing is missed (a
flag, an editor's mark). The sentence goes if the hole gapes: the word before it cannot end a phrase («a
unos», «de», «mide»), a unit or a number's noun follows, a mark joins it to something, another hole stands a
word apart, or the sentence would begin in lower case. A hole glued to the word before it is mostly a
reference. In parentheses only the part between commas goes; a quotation goes whole. A URL in running text is
a hole as well. Without a formula that could not be rendered (MISSING) a sentence goes always.
"""

import bisect
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import regex

from minillm.unicode import (
    lower,
    starts_lower,
    starts_upper,
    starts_with_letter,
    starts_with_number,
)
from minillm.wikitext.marks import BREAK, HOLE, MISSING, ONE, ZERO

_URL = regex.compile(
    r"""(?i:https?|ftp)://
        (?: [^\s<>«»"\x01\x03\x05()] | \([^\s<>«»"\x01\x03\x05()]*+\) )*  # with pairs of parentheses
        (?: \([^\s<>«»"\x01\x03\x05()]*+\) | [^\s<>«»"\x01\x03\x05.,;:!?()\[\]'] )
        | www\.[\w-]+\.[\w./-]*\w""",
    regex.VERBOSE,
)
_EMAIL = regex.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PARENTHESIS = re.compile(r"\(([^()\x01\x05]*[\x01\x05][^()]*)\)")
_PARTS = re.compile(r"(?<=;)|(?<=,)(?![0-9])")  # not of «3,5»
_LOOSE_DASH = re.compile(r"\A[-–—] +| [-–—]\Z")  # of «( - 1915)», not of «(-5 °C)»
_NUMBERS = re.compile(f"[{HOLE}{MISSING}]([{ZERO}{ONE}]*+)")
_NUMBERS_ALONE = re.compile(f"[{ZERO}{ONE}]++")
_HOLES = re.compile(r"\x01[\s\x01]*")
_BETWEEN = r"\x01\s*+(?:\w++\.?|[^\w\s\x01]{1,3}+)"
# «entre ◌ y ◌»; where each is glued to the word before it they are references: «Lora◌ y Gil◌».
_TWO_HOLES = regex.compile(rf"(?:(?<!\S){_BETWEEN}\s*+|{_BETWEEN}\s++)\x01")
_NO_SUBJECT = re.compile(r"\s*[«\"“¿¡—]*\x01[\s\x01]*[(,;:–—-]")
_ONE_WORD = regex.compile(r"\s*+[«\"“¿¡—]*+\w{1,40}+\s++\x01[\s\x01]*+[.!?…]")  # «Pasó ◌.»
_LOOSE_COMMA = re.compile(r",(?=\s*\x01[\s\x01]*\()")  # «Ana, ◌ (1950) es»
_QUANTITY = re.compile(r"(?![0-9]{3,4}\Z)[0-9]+(?:[.,][0-9]+)*")  # no year
_CHARACTERS_AROUND = 80
_WORD = regex.compile(r"\w")
_OPENING = '«"“(¿¡—'
_CLOSING = ("»", '"', "”")
# What opens is the group; a colon that announces it belongs to it.
_ENCLOSING = re.compile(r"""(?::\s)?([«“(]|(?<![^\s«“(¿¡—])")|[»”)"]""")
_OPENER = {"»": "«", "”": "“", ")": "(", '"': '"'}
_ASKING = tuple("=≈<>≤≥±×+^$€£#")  # «x = ◌»
_JOINING = tuple("-–/'’·")  # «1900-◌», «l'◌»
_JOINED = tuple("-–/×·=±^%°º")  # «◌/km²»


@dataclass(frozen=True)
class HoleWords:
    """The words of a language by which a hole is known to gape; in lower case, but for the signs of units."""

    expectant: frozenset[str]
    """They end no phrase: articles, prepositions, auxiliaries («a unos ◌»)."""
    preposition: str
    """One of them that may follow any word («de»)."""
    takes_a_value: regex.Pattern[str]
    """Verbs whose object is a value or a name («mide ◌»)."""
    endings_of_verbs: tuple[str, ...]
    """With a hole and a word in lower case after a verb that ends so, what it governs is gone."""
    passive: frozenset[str]
    """After these a verb has no object («was founded ◌ in»)."""
    named: frozenset[str]
    """A word or sign follows them («la palabra ◌ significa»)."""
    adverbs: frozenset[str]
    """After them the subject is missed («además ◌ luce»)."""
    endings_of_adverbs: tuple[str, ...]
    conjunctions: frozenset[str]
    """Between several of the same kind («los clubes ◌ y»)."""
    endings_of_plurals: tuple[str, ...]
    after_a_number: frozenset[str]
    """What follows a number that is not whole («el 3 ◌ de 1980»)."""
    languages: frozenset[str]
    """Names of languages («en griego ◌»)."""
    before_languages: frozenset[str]
    """What stands before such a name where a word of the language follows it."""
    units: frozenset[str]
    """Signs and words that follow a number."""
    counted: frozenset[str]
    """Nouns that follow a number."""
    dimension: regex.Pattern[str]
    """What follows a measured value («de altura»)."""
    sentence_end: regex.Pattern[str]
    """As `sentence_end` makes it."""


def sentence_end(abbreviations: Iterable[str]) -> regex.Pattern[str]:
    """The end of a sentence; not after an initial or one of these: «J. Ramón», «EE. UU.», «pág. 3»."""
    return regex.compile(
        rf"(?<![\s(.]\p{{L}})(?<!\A\w)(?<!\b(?:{'|'.join(abbreviations)}))"
        r"[.!?…\x03][\"»”)\]]*(?:\s+|(?<=\x03))"
        r"(?=[«\"“(¿¡—\x01\x05]*[\p{Lu}\d\x01\x05])"
    )


@dataclass(slots=True)
class Losses:
    """What holes cost. A template is a number; 0 is a formula or an address."""

    closed: list[int] = field(default_factory=list)
    """Of each hole that closed without a trace."""
    taken: list[int] = field(default_factory=list)
    """Of each sentence, and part of a parenthesis, that went; each of its templates once."""
    characters: int = 0
    """Of what went."""

    def add(self, others: "Losses") -> None:
        """Take those of another paragraph, too."""
        self.closed.extend(others.closed)
        self.taken.extend(others.taken)
        self.characters += others.characters


class _Holes:
    """The numbers of a paragraph's holes, which are met from left to right, and what becomes of them."""

    def __init__(self, paragraph: str, losses: Losses) -> None:
        self._left = iter([_number(digits) for digits in _NUMBERS.findall(paragraph)])
        self._losses = losses

    def pass_by(self, text: str) -> list[int]:
        """The numbers of the holes in a piece of text, which is the next one."""
        return list(itertools.islice(self._left, text.count(HOLE) + text.count(MISSING)))

    def meet_again(self, numbers: list[int]) -> None:
        """Go back to the beginning, where these are left."""
        self._left = iter(numbers)

    def count(self, text: str, *, stays: bool) -> None:
        """The next piece of text stays without its holes, or goes with them."""
        found = self.pass_by(text)
        if stays:
            self._losses.closed.extend(found)
        elif found:
            self._losses.taken.extend(set(found))
            self._losses.characters += len(text)


def mend_holes(paragraph: str, known: HoleWords, losses: Losses | None = None) -> str:
    """Remove the holes of a paragraph and what cannot be read without them; "" if nothing is left.

    `losses` counts what that costs.
    """
    if "://" in paragraph or "www." in paragraph:
        paragraph = _URL.sub(HOLE, paragraph)
    if "@" in paragraph:
        paragraph = _EMAIL.sub(HOLE, paragraph)
    if not _has_hole(paragraph):
        return paragraph
    holes = _Holes(paragraph, Losses() if losses is None else losses)
    paragraph = _with_mended_parentheses(_NUMBERS_ALONE.sub("", paragraph), holes, known)
    kept = []
    for sentence in _sentences(paragraph, known) if _has_hole(paragraph) else [paragraph]:
        stays = not _has_hole(sentence) or _can_be_read(sentence, known)
        holes.count(sentence, stays=stays)
        if stays:
            kept.append(sentence)
    text = _LOOSE_COMMA.sub("", "".join(kept)).replace(HOLE, "")
    return text if _WORD.search(text) else ""


def _number(digits: str) -> int:
    return int(digits.replace(ZERO, "0").replace(ONE, "1") or "0", 2)


def _can_be_read(sentence: str, known: HoleWords) -> bool:
    if not _WORD.search(sentence) or _NO_SUBJECT.match(sentence) or _ONE_WORD.match(sentence):
        return False
    return not _gapes(sentence, known)


def _has_hole(text: str) -> bool:
    return HOLE in text or MISSING in text


def _sentences(paragraph: str, known: HoleWords) -> list[str]:
    """The sentences; none ends within a quotation or parentheses, of which half would be left."""
    enclosed = _enclosed(paragraph)
    begins = [begin for begin, _ in enclosed]
    cuts = [0]
    for match in known.sentence_end.finditer(paragraph):
        before = bisect.bisect_left(begins, match.end()) - 1
        if before < 0 or enclosed[before][1] < match.end():
            cuts.append(match.end())
    return [paragraph[start:end] for start, end in itertools.pairwise([*cuts, len(paragraph)])]


def _enclosed(text: str) -> list[tuple[int, int]]:
    """Begin and end of quotations and parentheses, but of those within others and of marks that lack one."""
    found: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    for mark in _ENCLOSING.finditer(text):
        if mark[1]:
            opened.append((mark[1], mark.start()))
        elif opened and opened[-1][0] == _OPENER[mark[0]]:
            begin = opened.pop()[1]
            while found and found[-1][0] > begin:
                found.pop()
            found.append((begin, mark.start()))
    return found


def _gapes(phrase: str, known: HoleWords) -> bool:
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
        if _gapes_between(left, right, known, is_glued_to_right=hole[0].endswith(HOLE)):
            return True
    return False


def _gapes_between(left: str, right: str, known: HoleWords, *, is_glued_to_right: bool) -> bool:
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
    if before in known.expectant or before.endswith(":"):
        return True
    # Glued to its word, it is mostly a reference.
    return not is_glued and _misses_value(words, word, right, known)


def _misses_value(words: list[str], word: str, right: str, known: HoleWords) -> bool:
    """Whether a value or name is missed between `word`, the last one of `words`, and `right`."""
    before, after = lower(word), right.partition(" ")[0]
    if before[-1] in "0123456789":
        # «el 3 ◌ de 1980», «mide 2 ◌ y luce»
        return after in known.after_a_number or _misses_unit(words, right, known)
    goes_on = starts_lower(after)
    if before in known.named and (goes_on or after.startswith((".", ";"))):
        return True  # «la palabra ◌ es»
    if goes_on and (before.endswith(known.endings_of_adverbs) or before in known.adverbs):
        return True  # «además ◌ luce»
    if before.endswith(",") and starts_lower(right.lstrip(", ")):
        return True  # «Así, ◌ luce», «Lora, ◌ y Ruiz», «el rey, ◌, murió»
    if after in known.conjunctions and before.endswith(known.endings_of_plurals) and starts_lower(word):
        return True  # one of several
    if before in known.languages and (len(words) == 1 or lower(words[0]) in known.before_languages):
        return True
    if len(words) < 2 or lower(words[0]) not in known.passive:
        if known.takes_a_value.fullmatch(before):
            return True
        if before.endswith(known.endings_of_verbs) and (goes_on or starts_with_number(after)):
            return True
    noun = after.rstrip(".,;:)")
    return noun in known.units or noun in known.counted or known.dimension.match(right) is not None


def _misses_unit(words: list[str], right: str, known: HoleWords) -> bool:
    """Whether a unit is missed after a number, the last one of `words`; «5000 ◌ casas» is whole."""
    if len(words) < 2 or not _QUANTITY.fullmatch(words[1]):
        return False
    word = lower(words[0].lstrip(_OPENING))
    is_asked = word in known.expectant or known.takes_a_value.fullmatch(word) is not None
    return is_asked and (right.partition(" ")[0] in known.conjunctions or not starts_with_letter(right))


def _with_mended_parentheses(paragraph: str, holes: _Holes, known: HoleWords) -> str:
    pieces, outside, position = [], [], 0
    for match in _PARENTHESIS.finditer(paragraph):
        before = paragraph[position : match.start()]
        outside += holes.pass_by(before)
        pieces += [before, _mended_parenthesis(match[1], holes, known)]
        position = match.end()
    rest = paragraph[position:]
    holes.meet_again(outside + holes.pass_by(rest))
    return "".join(pieces) + rest


def _mended_parenthesis(content: str, holes: _Holes, known: HoleWords) -> str:
    parts = []
    for part in _PARTS.split(content):
        stays = not (_has_hole(part) and _lost(part, known))
        holes.count(part, stays=stays)
        if stays:
            parts.append(part)
    text = "".join(parts).replace(HOLE, "").strip(" ,;:")
    text = _LOOSE_DASH.sub("", text).strip(" ,;:")
    return f"({text})" if text else ""


def _lost(part: str, known: HoleWords) -> bool:
    return not part.strip(f" ,;:/·-–{HOLE}") or _gapes(part, known)
