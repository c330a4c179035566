r"""Unicode by pinned tables: the same letters, cases and compositions on every Python.

Python's own tables grow with it (Unicode 14 in 3.11, 15 in 3.12, 15.1 in 3.13, 16 in 3.14): between 3.11 and
3.14 \w differs for 9,392 characters, islower for 98, lower for 27, and what they decide of a text would be in
the corpus. Here constraints.txt decides instead:

- classes of characters, word borders and case-blind patterns: the `regex` package, in every pattern with
  \w, \d, \b or IGNORECASE that is not ASCII alone. Its \w holds combining marks, and no ² or ½ (\p{N} does).
- NFC: unicodedata2. Of a letter's marks 30 are kept, and no language has as many: Unicode's Stream-Safe Text
  Format (UAX #15, 13). Sorting them by their class takes quadratic time in some implementations.
- lower and upper case: pyarrow, one character for one: İ becomes i, ß becomes ẞ.

White space (\s, strip, split) is left to Python: it has been the same since Unicode 6.3. A test holds that,
and another one finds what depends on Python's tables elsewhere.
"""

import pyarrow as pa
import pyarrow.compute as pc
import regex
import unicodedata2

_MANY_MARKS = regex.compile(r"(\P{ccc=0}{30})\P{ccc=0}++")
_MARKS = regex.compile(r"\p{Mn}++")
_LETTER = regex.compile(r"\p{L}")
_NUMBER = regex.compile(r"\p{N}")
_UPPER = regex.compile(r"\p{Uppercase}")
_LOWER = regex.compile(r"\p{Lowercase}")


def nfc(text: str) -> str:
    """Letters and their combining marks in one character each, where there is one; marks beyond 30 go."""
    composed: str = unicodedata2.normalize("NFC", _MANY_MARKS.sub(r"\1", text))
    return composed


def without_accents(text: str) -> str:
    """Letters without their marks: "más" → "mas"."""
    return text if text.isascii() else _MARKS.sub("", unicodedata2.normalize("NFD", nfc(text)))


def is_latin_1(text: str) -> bool:
    """Whether all characters are below U+0100, as nearly all of Spanish: such a text is in NFC."""
    try:
        text.encode("latin-1")  # a tenth of the time of a pattern
        return True
    except UnicodeEncodeError:
        return False


def lower(text: str) -> str:
    """In lower case."""
    # Latin-1 is the same for all, and there a short name takes 1/25 of the time of pyarrow's call.
    if text.isascii() or is_latin_1(text):
        return text.lower()
    return pc.utf8_lower(pa.scalar(text)).as_py()


def upper(text: str) -> str:
    """In upper case."""
    return text.upper() if text.isascii() else pc.utf8_upper(pa.scalar(text)).as_py()


def starts_with_letter(text: str) -> bool:
    """Whether the first character is a letter of any script."""
    return _LETTER.match(text) is not None


def starts_with_number(text: str) -> bool:
    """Whether the first character is a digit of any script, a raised one, a fraction or a Roman numeral."""
    return _NUMBER.match(text) is not None


def starts_upper(text: str) -> bool:
    """Whether the first character is in upper case."""
    return _UPPER.match(text) is not None


def starts_lower(text: str) -> bool:
    """Whether the first character is in lower case; ª and º are."""
    return _LOWER.match(text) is not None
