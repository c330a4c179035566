"""What is measured of a cleaner's output, on pages whose wikitext says what should be there and what not.

From the wikitext come word sequences: the beginnings of paragraphs and list items, headings, what stands
before and after a value in a sentence; and of what has to go: references, captions, table cells, categories.
Each is looked for in the output, spaces, digit groups and case aside. All of it is heuristic, and the same
for every cleaner: it tells them apart and finds regressions; it is no proof. Nothing here comes from the
cleaner that is measured.
"""

import re
from collections import Counter
from typing import NamedTuple

from benchmarks.template_values import TemplateValue, template_values

RESIDUE = {
    "braces": re.compile(r"\{\{|\}\}|\{\||\|\}"),
    "brackets": re.compile(r"\[\[|\]\]"),
    "quotes": re.compile(r"'''?"),
    "tags": re.compile(r"</?[a-z][^<>\n]{0,80}>|&[a-z]{2,8};"),
    "pipes": re.compile(r"\|"),
    "headings": re.compile(r"^==+|==+$", re.MULTILINE),
    "bullets": re.compile(r"^[*#:;]+", re.MULTILINE),
    "names": re.compile(r"\b(?:Categoría|Archivo|Imagen|File|Image):|\b\d{2,3}px\b|__[A-Z]+__|formula_\d"),
    "addresses": re.compile(r"https?://"),
}
"""Traces of markup in the output, by class. Bullets are counted and not summed: keeping them is a choice."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_GALLERY = re.compile(r"<(gallery|timeline|math)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_REFERENCE = re.compile(r"<ref\b[^<>]*?(?:/>|>(.*?)</ref>)", re.DOTALL | re.IGNORECASE)
_CAPTION = re.compile(r"\[\[(?:Archivo|Imagen|File|Image):[^\[\]\n]*\|([^\[\]|\n=]{12,})\]\]", re.IGNORECASE)
_CATEGORY = re.compile(r"\[\[(?:Categoría|Category):([^\[\]|]+)")
_CELL = re.compile(r"(?:^\|(?![-}+])|\|\|)\s*([^|\n\[\]{}<]{8,})", re.MULTILINE)
_TABLE = re.compile(r"\{\|(?:(?!\{\|).)*?\|\}", re.DOTALL)
_VALUE = re.compile(r"\{\{(unidad|siglo|AC|formatnum|lang)[|:]([^{}]*)\}\}", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]{2,}(?: [^\W\d_]{2,}){2,5}")
_HEADING = re.compile(r"^(={2,6})\s*([^=\n{}<\[\]']+?)\s*\1\s*$", re.MULTILINE)
_FILE = re.compile(r"\[\[(?:Archivo|Imagen|File|Image):[^\n]*", re.IGNORECASE)
_LINK = re.compile(r"\[\[(?:[^\[\]|:]*\|)?([^\[\]|:]*)\]\]")
_TITLE = (
    "referencias?|notas?|citas|bibliograf[ií]a|fuentes|v[ée]ase tambi[ée]n|enlaces externos|references|notes"
    "|footnotes|citations|bibliography|sources|see also|external links|further reading"
)
_LAST_SECTIONS = re.compile(rf"(?:{_TITLE})(?:(?:, | y | e | and )(?:{_TITLE}))*", re.IGNORECASE)
_SPACES = re.compile(r"[\s\xa0]+")


class Wanted(NamedTuple):
    """Word sequences that the output should hold, and those that it should not, by what they are of."""

    kept: dict[str, list[str]]
    dropped: dict[str, list[str]]
    values: list[tuple[str, str, str]]
    """Words before, figures or letters of the value, words after."""
    in_templates: list[TemplateValue]


def wanted(wikitext: str) -> Wanted:
    """Read off a page what a good cleaner keeps and drops of it."""
    text = _GALLERY.sub("", _COMMENT.sub("", wikitext))
    references = [match[1] for match in _REFERENCE.finditer(text) if match[1]]
    text = _REFERENCE.sub("", text)
    captions = [match[1] for match in _CAPTION.finditer(text)]
    text = _FILE.sub("", text)
    cells = [cell[1] for table in _TABLE.finditer(text) for cell in _CELL.finditer(table[0])]
    categories = [match[1] for match in _CATEGORY.finditer(text)]
    body = _LINK.sub(r"\1", _prose(_TABLE.sub("", text)))
    lines = body.split("\n")
    shown = normal(body)
    return Wanted(
        kept={
            "paragraphs": _sequences(line for line in lines if line[:1].isalpha() or line[:1] == "'"),
            "list items": _sequences(line.lstrip("*#: ") for line in lines if line[:1] in ("*", "#")),
            "headings": _headings(body),
        },
        dropped={
            "references": _absent(_sequences(references), shown),
            "captions": _absent(_sequences(captions), shown),
            "table cells": _absent(_sequences(cells), shown),
            "categories": [normal(f"Categoría:{name}") for name in categories],
        },
        values=_values(body),
        in_templates=template_values(body),
    )


def _prose(text: str) -> str:
    """The page up to its back matter, without the templates that stand on lines of their own."""
    kept, depth = [], 0
    for line in text.split("\n"):
        heading = _HEADING.match(line)
        if heading and _LAST_SECTIONS.fullmatch(heading[2]):
            break
        opened, closed = line.count("{{"), line.count("}}")
        if not depth and not (line.startswith("{{") and (opened != closed or line.endswith("}}"))):
            kept.append(line)
        depth = max(0, depth + opened - closed)
    return "\n".join(kept)


def _sequences(parts: object) -> list[str]:
    """The first three or more plain words of each part that has them."""
    found = [_WORDS.search(part) for part in parts]  # type: ignore[attr-defined]
    return [normal(match[0]) for match in found if match]


def _absent(sequences: list[str], shown: str) -> list[str]:
    """Those that the text of the page does not have as well."""
    return [sequence for sequence in sequences if sequence not in shown]


def _headings(body: str) -> list[str]:
    """Those with text right below: one without a section's text may go."""
    found = []
    for match in _HEADING.finditer(body):
        below = body[match.end() :].lstrip()
        if _WORDS.match(below):
            found.append(normal(match[2]))
    return found


def _values(body: str) -> list[tuple[str, str, str]]:
    values = []
    for match in _VALUE.finditer(body):
        before = re.search(r"([^\W\d_]+ [^\W\d_]+) $", body[: match.start()][-60:])
        after = re.match(r"[,;.]? ?([^\W\d_]+)", body[match.end() :][:40])
        value = re.search(r"\w+", match[2].rpartition("|")[2] if match[1].lower() == "lang" else match[2])
        if before and after and value:
            values.append((normal(before[1]), value[0].lower(), normal(after[1])))
    return values


def normal(text: str) -> str:
    """Lower case, one kind of space."""
    return _SPACES.sub(" ", text).strip().lower()


def values_in_place(values: list[tuple[str, str, str]], output: str) -> int:
    """How many values stand in the output between the words that stand around them in the wikitext."""
    text = normal(output)
    found = 0
    for before, value, after in values:
        figures = " ?".join(map(re.escape, value)) if value.isdigit() else re.escape(value)
        pattern = rf"{re.escape(before)} [^\n]{{0,25}}?{figures}[^\n]{{0,40}}?{re.escape(after)}"
        found += re.search(pattern, text) is not None
    return found


def precision_and_recall(output: str, expected: str) -> tuple[float, float]:
    """Of the output's words the share that is expected, of the expected ones the share that is there."""
    found, gold = (Counter(re.findall(r"\w+|[^\w\s]", text)) for text in (joined(output), joined(expected)))
    common = (found & gold).total()
    return common / max(1, found.total()), common / max(1, gold.total())


def joined(text: str) -> str:
    """One line, digit groups together: «12 500» is «12500»."""
    return re.sub(r"(?<=\d) (?=\d{3}\b)", "", _SPACES.sub(" ", text).strip())
