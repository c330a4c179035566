"""What Spanish raises that is no exponent: endings of ordinals and abbreviations, marks of notes."""

import regex

from minillm.wikitext.exponents import RaisedWords

_CHARACTERS = {"a": "ª", "o": "º", "ª": "ª", "º": "º"}
_ENDINGS = _CHARACTERS.keys() | {
    "as", "os", "er", "ra", "ro", "da", "do", "ta", "to", "va", "vo", "na", "no", "ma", "mo",  # Spanish
    "e", "ème", "eme", "ième", "re", "ère", "nd", "nde", "st", "rd", "th",  # French and English
}  # fmt: skip
_REFERENCE = regex.compile(
    r"\[[^\[\]]*+\]|(?:notas?|ref\.?|citas?|cita requerida)(?: ?\d++)?", regex.IGNORECASE
)

RAISED = RaisedWords(frozenset(_ENDINGS), _CHARACTERS, "n", _REFERENCE)
