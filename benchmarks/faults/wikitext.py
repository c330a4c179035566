"""Mutated pages of the embedded corpus through the cleaner, with the rules of any language."""

import functools
from pathlib import Path
from random import Random

from benchmarks.faults.outcome import CrashError, time_limit
from minillm.corpus.cleaning import judged
from minillm.corpus.rules import PARSER_ERROR, TOO_MUCH_WORK
from minillm.errors import InputError
from minillm.params import LANGUAGES, read_params
from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import read_dump

SAMPLE = Path("data/sample/eswiki-sample.xml")
SECONDS, SECONDS_PER_CHARACTER = 2.0, 20e-6
"""What a page may take, in time of the CPU."""
MOST_CHARACTERS = 200_000

MARKUP = [
    "{{", "}}", "{{{", "}}}", "[[", "]]", "[", "]", "|", "=", "''", "'''", "'''''", "==", "===", "\n*", "\n#",
    "\n:", "\n;", "{|", "|}", "\n|-", "||", "\n!", "!!", "----", "~~~~", "__TOC__", "-{", "}-", "<ref>",
    "</ref>", "<ref/>", "<ref name=", "<!--", "-->", "<nowiki>", "</nowiki>", "<math>", "</math>", "<table>",
    "<tr>", "<td>", "</table>", "<div", "</div>", "<br>", "<", ">", "&lt;", "&amp;", "&#0;", "&#x110000;",
    "&nbsp;", "&", "http://", "[https://", "mailto:", "{{#if:", "{{unidad|", "{{lang|es|", "{{cita|",
    "[[Archivo:", "[[Categoría:", "[[es:", "|thumb|", "ISBN ", "{{convert|5|ft|", "{{birth date|", "{{HMS|",
    "[[File:", "[[Category:", "\n== See also ==\n",
]  # fmt: skip
CHARACTERS = [
    *map(chr, [0, 1, 7, 8, 9, 10, 11, 12, 13, 27, 28, 0x7F, 0x85, 0xA0, 0xAD, 0x300, 0x301, 0x345, 0x378]),
    *map(chr, [0x200B, 0x200D, 0x200E, 0x2028, 0x202E, 0x3000, 0xE000, 0xFE0F, 0xFEFF, 0xFFFD, 0xFFFE]),
    *map(chr, [0x1F1EA, 0x1F468, 0x10FFFF, 0xFB01, 0x130, 0xDF, 0x64A]),
]


@functools.cache
def pages() -> list[Article]:
    """The articles of the embedded corpus."""
    return [page for page in read_dump(SAMPLE) if isinstance(page, Article)]


def attack(random: Random, _folder: Path) -> None:
    """pages of wikitext: tokens of markup, control and combining characters, nesting, repeats"""
    article, language = random.choice(pages()), random.choice(LANGUAGES)
    text = article.wikitext
    for _ in range(random.randint(1, 12)):
        text = mutated(text, random)[:MOST_CHARACTERS]
    changed = Article(1, 1, article.timestamp, article.title, article.url, text, "")
    params = read_params(Path("params.yaml"))
    with time_limit(SECONDS + SECONDS_PER_CHARACTER * len(text)):
        [(row, _)] = judged([changed], params.clean, language)
    if row["reason"] == PARSER_ERROR:  # it does not stop the run, and is a bug of ours
        raise CrashError(row["detail"])
    if row["reason"] == TOO_MUCH_WORK:
        raise InputError(row["detail"])


def mutated(text: str, random: Random) -> str:
    """One mutation of a wikitext."""
    start, end = sorted(random.randint(0, len(text)) for _ in range(2))
    near = min(len(text), start + random.randint(0, 200))
    token = random.choice(MARKUP)
    match random.randrange(10):
        case 0:
            return text[:start] + token + text[start:]
        case 1:
            return text[:start] + random.choice(CHARACTERS) + text[start:]
        case 2:
            return text[:start] + text[near:]
        case 3:  # one occurrence of a token goes
            place = text.find(token, start)
            return text if place < 0 else text[:place] + text[place + len(token) :]
        case 4:
            return text.replace(token, random.choice(MARKUP))
        case 5:
            return text[:end] + text[start:end] + text[end:]
        case 6:  # two pieces change places
            return text[:start] + text[end:] + text[start:end]
        case 7:
            return text[:start] + token * int(10 ** random.uniform(0, 4.5)) + text[start:]
        case 8:  # nesting around a piece
            depth = int(10 ** random.uniform(0, 3.5))
            opening, closing = random.choice(
                [("{{a|", "}}"), ("[[a|", "]]"), ("\n{|\n| ", "\n|}"), ("<ref>", "</ref>")]
            )
            return text[:start] + opening * depth + text[start:near] + closing * depth + text[near:]
        case _:
            piece = text[start : min(near, start + 40)] or token
            return text[:start] + piece * int(10 ** random.uniform(0, 3.5)) + text[start:]
