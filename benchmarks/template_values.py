"""What stands in templates inside sentences, and what a cleaner makes of it.

Read off the wikitext by rules that know no template and no table of ours: of each call in a paragraph, with
words before and after it, the longest number among its arguments without a name, or the first word of the
last one. In the output it is looked for between the same words. Three things may have become of it:

- kept: it stands there, with whatever separators and unit;
- gone: the words around it do not stand together any more, since their sentence went or reads otherwise;
- lost: the words stand together without it, and nobody can tell that it was there.

Some calls show their arguments to no reader (a flag of 1939, an icon 20 pixels wide): the rule cannot know,
and they count as lost for every cleaner alike. Footnotes are left out by the names that all wikis give them.
"""

import re
from collections import Counter
from typing import NamedTuple

_CALL = re.compile(r"\{\{([^{}]*)\}\}")
_FOOTNOTE = re.compile(r"\s*(?:#tag|sfn|harv|ref|r\b|rp\b|efn|cit[ae]|isbn|doi)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]{3,}")
_BEFORE = re.compile(r"([^\W\d_]+) ([^\W\d_]+),? ?\(?\Z")
_AFTER = re.compile(r"[\s,;.)]{0,3}([^\W\d_]+)")
_MARKUP = re.compile(r"'{2,}|\[\[(?:[^\[\]|]*\|)?|\]\]")
_SEPARATOR = re.compile(r"(?<=\d)[\s.,](?=\d)")
_BETWEEN_CHARACTERS = 120
_PARAGRAPH = re.compile(r"[^\W\d_]|['\"«¿¡\[]")

OUTCOMES = ("kept", "gone", "lost")


class TemplateValue(NamedTuple):
    """Words before a template, digits or a word of it, a word after it; in lower case."""

    before: str
    value: str
    after: str


def template_values(body: str) -> list[TemplateValue]:
    """Those of a page's paragraphs."""
    return [
        value
        for line in body.split("\n")
        if _PARAGRAPH.match(line)
        for call in _CALL.finditer(line)
        if (value := _value_of(line, call))
    ]


def _value_of(line: str, call: re.Match[str]) -> TemplateValue | None:
    name, *arguments = call[1].split("|")
    function, colon, first = name.partition(":")
    if colon:
        arguments = [first, *arguments]
    arguments = [_MARKUP.sub("", argument) for argument in arguments if "=" not in argument]
    before = _BEFORE.search(_MARKUP.sub("", line[: call.start()])[-80:])
    after = _AFTER.match(_MARKUP.sub("", line[call.end() :])[:40])
    value = _shown(arguments)
    if _FOOTNOTE.match(function) or not (value and before and after):
        return None
    return TemplateValue(f"{before[1]} {before[2]}".lower(), value.lower(), after[1].lower())


def _shown(arguments: list[str]) -> str:
    numbers = [_joined(number) for argument in arguments for number in _NUMBER.findall(argument)]
    words = [word[0] for argument in arguments[-1:] if (word := _WORD.search(argument))]
    return max(numbers, key=len) if numbers else "".join(words)


def outcomes(values: list[TemplateValue], output: str) -> Counter[str]:
    """How many are kept, gone, lost."""
    text = " ".join(output.split()).lower()
    return Counter(outcome(value, text) for value in values)


def outcome(value: TemplateValue, text: str) -> str:
    """One of OUTCOMES; `text` is in lower case, with single spaces."""
    after = re.compile(rf"\b{re.escape(value.after)}\b")
    found = "gone"
    for before in re.finditer(rf"\b{re.escape(value.before)}\b", text):
        if end := after.search(text, before.end(), before.end() + _BETWEEN_CHARACTERS):
            between = text[before.end() : end.start()]
            if value.value in _NUMBER.findall(_joined(between)) or value.value in _WORD.findall(between):
                return "kept"
            if not between.strip(" ,;.()"):
                found = "lost"
    return found


def _joined(text: str) -> str:
    """«12 500», «12.500» → "12500"."""
    return _SEPARATOR.sub("", text)
