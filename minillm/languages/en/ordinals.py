"""What English raises that is no exponent: endings of ordinals and abbreviations, marks of notes."""

import regex

from minillm.wikitext.exponents import RaisedWords

_CHARACTERS = {"a": "ª", "o": "°", "ª": "ª", "º": "°"}
"""«20<sup>o</sup>C» is meant as a degree, «N<sup>o</sup>» as it looks."""
_ENDINGS = _CHARACTERS.keys() | {
    "st", "nd", "rd", "th", "d", "s",  # English, of before too («2<sup>d</sup>»)
    "e", "ème", "eme", "ième", "er", "re", "ère", "nde",  # French
}  # fmt: skip
_REFERENCE = regex.compile(
    r"\[[^\[\]]*+\]|(?:notes?|refs?\.?|cite|citation needed)(?: ?\d++)?", regex.IGNORECASE
)

RAISED = RaisedWords(frozenset(_ENDINGS), _CHARACTERS, "n", _REFERENCE)
