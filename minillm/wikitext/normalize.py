"""One form for each character that is written in several ways.

«», the long dash (—, of dialogue and asides), ¿ ¡ and the ordinals º ª stay. What differs by keyboard
and not by meaning becomes one form, so that a small vocabulary does not have to learn it twice:

    “ ” „ ‟        → "          short dashes ‐ ‑ ‒ – −  → -   (ranges too)
    ‘ ’ ‚ ‛ ´ `    → '          long dashes ― ⸺          → —
    …              → ...        every kind of space      → one space
"""

import re

from minillm.unicode import is_latin_1, nfc

_ONE_FORM = {
    **dict.fromkeys("“”„‟", '"'),
    **dict.fromkeys("‘’‚‛´`", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
    **dict.fromkeys("\u2015\u2e3a", "—"),
    "…": "...",
    **dict.fromkeys("\t\xa0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " "),
    **dict.fromkeys("\u2028\u2029", "\n"),
}
# Controls (our marks among them), soft hyphens, zero-width and bidirectional marks, lone surrogates.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85]")  # of text that nobody has written for a wiki
_OTHER_FORM = re.compile(f"[{''.join(_ONE_FORM)}]")
_TRANSLATION = str.maketrans(_ONE_FORM)
_SPACES = re.compile(" {2,}")
_LINE_END = re.compile(" ?\n ?")
_BLANK_LINES = re.compile("\n{3,}")

# What is left of markup that nobody closed. A space takes its place, so that no new pair can form.
_RESIDUE = re.compile(
    r"\{\{|\}\}|\[\[|\]\]|\{\||\|\}|</?ref(?![a-z]++>)(?:[^<>\n]*+>)?|={3,}|[\x00-\x08\x0e-\x1f\x7f]"
)
_RESIDUE_HINT = re.compile(r"[{}\[\]<=\x00-\x08\x0e-\x1f\x7f]")

# What references, boxes and values leave behind when they go. The look-behinds make a run be tried once.
# Not of printf() and int[].
_EMPTY_BRACKETS = re.compile(
    r" ?\((?!(?<=[A-Za-z0-9_]\()\))[\s,;:·/]*+\)| ?\[(?!(?<=[A-Za-z0-9_]\[)\])\s*+\]| ?«\s*+»"
)
_AFTER_OPENING = re.compile(r"(?<=[(«¿¡\[])[\s,;:]+")
_BEFORE_CLOSING = re.compile(
    r"(?<![\s,;])[\s,;]++(?=[)\]»])|(?<! ) ++(?=[,;:.!?](?:\s|$))(?!(?<=[0-9] ): [0-9])"
)
_DOUBLED = re.compile(r" ?(?<![,;])[,;](?: ?[,;])* ?([.,;:])(?=\s|$)|(?<![.0-9])(\.)\.(?!\.)")
# Whether one of the four may apply: asked of the marks, which are fewer than the spaces beside them.
_UNTIDY = re.compile(
    r"[,;:.!?)\]»(«¿¡\[](?:(?<=[ («¿¡\[,;][,;:.!?)\]»])|(?<=[ («¿¡\[,;]\s[,;:.!?)\]»])"
    r"|(?<=\.\.)|(?<=[(«¿¡\[])\s)"
)


def normalize(text: str) -> str:
    """Bring characters, spaces and punctuation to one form; line breaks stay, at most one blank line."""
    text = _without_residue(_in_one_form(text))
    if _UNTIDY.search(text):
        text = _EMPTY_BRACKETS.sub("", text)
        text = _AFTER_OPENING.sub("", text)
        text = _BEFORE_CLOSING.sub("", text)
        text = _DOUBLED.sub(r"\1\2", text)
        text = _without_residue(text)  # what went may have brought two brackets together
    return _with_tidy_lines(text)


def normalize_plain(text: str) -> str:
    """Bring the characters, spaces and line ends of plain text to one form: nothing goes that can be seen."""
    text = _in_one_form(INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))
    return _with_tidy_lines(_SPACES.sub(" ", text))


def _in_one_form(text: str) -> str:
    if is_latin_1(text):
        has_other_form = "\xa0" in text or "\t" in text or "´" in text or "`" in text
    else:
        text = nfc(text)
        has_other_form = _OTHER_FORM.search(text) is not None
    return text.translate(_TRANSLATION) if has_other_form else text


def _with_tidy_lines(text: str) -> str:
    if "\n" in text:
        text = _BLANK_LINES.sub("\n\n", _LINE_END.sub("\n", text))
    return text.strip(" \n")


def _without_residue(text: str) -> str:
    if _RESIDUE_HINT.search(text):
        text = _RESIDUE.sub(" ", text)
    return _SPACES.sub(" ", text) if "  " in text else text
