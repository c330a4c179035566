"""Apostrophes in a row: italics ('') and bold ('''), of which some are apostrophes.

The rule is that of MediaWiki (Parser::doQuotes), for each line: of four, one is text; of more than five, all
but five. If both italics and bold are left open, one ''' was meant as an apostrophe and italics, as in
l'''Unità'': the first one behind a word of one letter, else the first behind a longer word, else the first.
"""

import re

from minillm.wikitext.marks import APART, QUOTE

_RUN = re.compile(f"{QUOTE}++")


def without_quotes(text: str) -> str:
    """Take the marks of a text's lines away, but for those that are apostrophes."""
    if QUOTE not in text:
        return text
    pieces = []
    done = 0  # up to where the pieces are
    end = -1
    all_lines = QUOTE * 4 in text
    while (mark := text.find(QUOTE, end + 1)) >= 0:
        start = text.rfind("\n", end + 1, mark) + 1 or end + 1
        end = text.find("\n", mark)
        end = len(text) if end < 0 else end
        # Runs of 2, 3 and 5 that leave both open are odd in sum: the other lines need no closer look.
        if all_lines or text.count(QUOTE, mark, end) % 2:
            pieces += [text[done:start], _line_without_quotes(text[start:end])]
            done = end
    return ("".join(pieces) + text[done:]).replace(QUOTE, "").replace(APART, "")


def _line_without_quotes(line: str) -> str:
    lengths = list(map(len, _RUN.findall(line)))
    texts = _RUN.split(line)
    for index, length in enumerate(lengths):
        if length == 4 or length > 5:
            texts[index] += "'" * (1 if length == 4 else length - 5)
            lengths[index] = 3 if length == 4 else 5
    both = lengths.count(5)
    if (lengths.count(3) + both) % 2 and (lengths.count(2) + both) % 2:
        before = [(_rank(texts[index]), index) for index, length in enumerate(lengths) if length == 3]
        if before:
            texts[min(before)[1]] += "'"
    return "".join(texts)


def _rank(before: str) -> int:
    """0 behind a word of one letter, 1 behind a longer one, 2 behind a space."""
    if before.endswith(" "):
        return 2
    return 0 if before[-2:-1] == " " else 1
