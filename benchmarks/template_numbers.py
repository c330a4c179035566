"""Numbers that stand in templates inside sentences, and what a cleaner makes of them.

Read off the wikitext by rules that know no template and no table of ours: of each call in a paragraph, with
words before and after it, the longest number among its arguments without a name. In the output it is looked
for between the same words. Three things may have become of it:

- kept: it stands there, with whatever separators and unit;
- gone: the words around it do not stand together any more, since their sentence went or reads otherwise;
- lost: the words stand together without it, and nobody can tell that it was there.

Some calls show no number to a reader at all (a flag of 1939, an icon 20 pixels wide): the rule cannot know,
and they count as lost for every cleaner alike. Footnotes are left out by the names that all wikis give them.
"""

import re
from collections import Counter
from typing import NamedTuple

_CALL = re.compile(r"\{\{([^{}]*)\}\}")
_FOOTNOTE = re.compile(r"\s*(?:#tag|sfn|harv|ref|r\b|rp\b|efn|cit[ae]|isbn|doi)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BEFORE = re.compile(r"([^\W\d_]+) ([^\W\d_]+),? ?\Z")
_AFTER = re.compile(r"[\s,;.)]{0,3}([^\W\d_]{2,})")
_MARKUP = re.compile(r"'{2,}|\[\[(?:[^\[\]|]*\|)?|\]\]")
_SEPARATOR = re.compile(r"(?<=\d)[\s.,](?=\d)")
_BETWEEN_CHARACTERS = 60
_PARAGRAPH = re.compile(r"[^\W\d_]|['\"«¿¡\[]")


class TemplateNumber(NamedTuple):
    """Words before a template, digits of its number, a word after it; in lower case."""

    before: str
    digits: str
    after: str


def template_numbers(body: str) -> list[TemplateNumber]:
    """Those of a page's paragraphs."""
    return [
        number
        for line in body.split("\n")
        if _PARAGRAPH.match(line)
        for call in _CALL.finditer(line)
        if (number := _number_of(line, call))
    ]


def _number_of(line: str, call: re.Match[str]) -> TemplateNumber | None:
    name, *arguments = call[1].split("|")
    function, colon, value = name.partition(":")
    if colon:
        arguments = [value, *arguments]
    digits = [number for part in arguments if "=" not in part for number in _NUMBER.findall(part)]
    before = _BEFORE.search(_MARKUP.sub("", line[: call.start()])[-80:])
    after = _AFTER.match(_MARKUP.sub("", line[call.end() :])[:40])
    if _FOOTNOTE.match(function) or not (digits and before and after):
        return None
    longest = max((_digits(number) for number in digits), key=len)
    return TemplateNumber(f"{before[1]} {before[2]}".lower(), longest, after[1].lower())


def outcomes(numbers: list[TemplateNumber], output: str) -> Counter[str]:
    """How many are kept, gone, lost."""
    text = " ".join(output.split()).lower()
    return Counter(_outcome(number, text) for number in numbers)


def _outcome(number: TemplateNumber, text: str) -> str:
    after = re.compile(rf"\b{re.escape(number.after)}\b")
    outcome = "gone"
    for before in re.finditer(rf"\b{re.escape(number.before)}\b", text):
        if end := after.search(text, before.end(), before.end() + _BETWEEN_CHARACTERS):
            if number.digits in _NUMBER.findall(_digits(text[before.end() : end.start()])):
                return "kept"
            if not text[before.end() : end.start()].strip(" ,;.()"):
                outcome = "lost"
    return outcome


def _digits(text: str) -> str:
    return _SEPARATOR.sub("", text)
