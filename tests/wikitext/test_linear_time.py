"""Whatever is on a page, four times as much of it takes about four times as long, and not sixteen times."""

import gc
import importlib
import pkgutil
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import regex

import minillm
from minillm.corpus.duplicates import shingles
from minillm.corpus.rules import rejection
from minillm.params import CleanParams
from minillm.wikipedia.templates import Definitions
from minillm.wikitext.layout import Page
from minillm.wikitext.transclusion import Transclusions
from tests.spanish import SPANISH, plain_text, read_page

PARAMS = CleanParams(
    min_chars=1,
    keep_headings=True,
    max_list_share=1.0,
    min_function_word_share=0.0,
    max_duplicate_similarity=0.8,
)


def work(wikitext: str) -> None:
    """All that the clean stage does with a page."""
    page = read_page(wikitext)
    rejection("Faro", page, PARAMS, SPANISH)
    shingles(page.text)


def seconds(function: Callable[[], object]) -> float:
    """Processor time, without the garbage collector's: a pass over torch's objects costs a second."""
    gc.disable()
    try:
        start = time.process_time()
        function()
        return time.process_time() - start
    finally:
        gc.enable()


def grows_linearly(work_of: Callable[[int], Callable[[], object]], size: int, spare_seconds: float) -> bool:
    """Whether four times as much takes less than ten times as long.

    A busy machine may slow one attempt; what is quadratic takes 16 times as long in each of them.
    """
    return any(seconds(work_of(4 * size)) < 10 * seconds(work_of(size)) + spare_seconds for _ in range(3))


# What is repeated, or what stands once before it as well.
ADVERSARIAL: dict[str, str | tuple[str, str]] = {
    "unclosed links": "[[",
    "unclosed links with text": "[[río ",
    "unclosed pictures": "[[Archivo:a|",
    "unclosed templates": "{{",
    "unclosed templates with arguments": "{{a|b=",
    "unclosed tables": "\n{|\n| a",
    "unclosed references": "<ref>",
    "unclosed formulas": "<math>",
    "unclosed comments": "<!--",
    "unclosed raised text": "<sup>",
    "unclosed external links": "[https://a ",
    "less than": "<",
    "tags without end": "<a",
    "apostrophes": "'",
    "bold and italics": "a''b'''",
    "parentheses": "(",
    "holes in parentheses": "({{x}}",
    "holes": "de {{x}}. ",
    "commas": ", ",
    "spaces": " ",
    "lines": "\n",
    "headings": "\n==",
    "headings without text": "\n== a ==\n",
    "back matter": "\n== Fuentes ==\n* a",
    "list items": "\n* a",
    "dashes of a list item": ("\n* a", " -"),
    "pipes": "\n|",
    "addresses": "https://a. ",
    "addresses of e-mail": "a@",
    "magic words": "__A",
    "entities": "&amp",
    "table attributes": '\n{|\na="',
    "full stops": ".",
    "quotation marks": '."',
    "holes in quotations": "«{{x}}. A» ",
    "quotations without end": ("{{x}}", "A. «"),
    "tags of one long name": ("<", "a"),
    "tags of long names": "<aaaaaaaa",
    "attributes without end": ("<ref ", "a=b "),
    "quoted attributes": ("<ref ", 'a="b" '),
    "tags in quoted attributes": '<b " a="',
    "tags in quotes of both kinds": "<b a=\"<i b='",
    "values in quotes without end": '<b a="',
    "styles": ("<span ", "style=:"),
    "hidden elements without end": '<span style="display:none">',
    "tables in HTML": "<table>",
    "headings in HTML": "<h2>",
    "end tags with spaces": ("<ref>", "</ref "),
    "code without end": "<pre>",
    "comments in code": "<pre><!--</pre>",
    "comments of code": "<!--<pre>-->",
    "lines of comments": "\n <!-- a -->",
    "comments in a line": ("\n", "<!-- a --> "),
    "apostrophes in a line": "l'''a''",
    "apostrophes in lines": "\nl'''a''",
    "dashes and holes": "— {{x}} ",
    "holes in a word": "{{x}}a",
    "a hole and a long word": ("de {{x}} ", "a"),
    "a hole and letters": ("{{x}} ", "á é "),
    "marks of a letter": ("a", "\u0301"),
    "marks of two kinds": ("a", "\u0301\u0316"),
    "marks in disorder": ("a", "\u0301" * 10_000 + "\u0316" * 10_000),
    "pictures and blank lines": ("[[Archivo:a|b", "\n\n"),
    "pictures in pictures": "[[Archivo:a|\n\n",
    "a long picture and blank lines": ("[[Archivo:" + "a" * 10_000, "\n\n"),
    "titles of references": "\n== Fuentes ==\n",
    "formulas on lines": "\n:<math>\\int_0</math>",
    "disambiguations": "{{desamb ",
}


@pytest.mark.parametrize("unit", ADVERSARIAL.values(), ids=ADVERSARIAL)
def test_cleaning_takes_linear_time(unit: str | tuple[str, str]) -> None:
    head, repeated = ("", unit) if isinstance(unit, str) else unit

    def work_of(size: int) -> Callable[[], None]:
        wikitext = head + repeated * (size // len(repeated))
        return lambda: work(wikitext)

    assert grows_linearly(work_of, 25_000, 0.1)


DEFINITIONS = Definitions(
    {f"C{n}": f"C{n + 1}" for n in range(9)} | {"C9": "C0"},
    {"T": "''{{{1}}}'' [[{{{1}}}]] {{{2|x}}}", "U": "{{t|{{t|{{{1}}}}}}}", "Tt": "{{{1}}}{{{1}}}"},
)


@pytest.mark.parametrize(
    "unit",
    ["{{t|a}} ", "{{t|{{t|a}}}} ", "{{u|a}} ", "{{c0}} ", "{{t|", "{{tt|{{tt|{{tt|a}}}}}}", "{{t|a|b}}\n"],
)
def test_templates_by_their_pages_take_linear_time(unit: str) -> None:
    transclusions = Transclusions(DEFINITIONS, SPANISH)

    def work_of(size: int) -> Callable[[], Page]:
        wikitext = unit * (size // len(unit))
        return lambda: read_page(wikitext, transclusions=transclusions)

    assert grows_linearly(work_of, 5_000, 0.1)


HEADS = (
    "", "<", "<a ", '<a b="', "(", "[", "{{", "[[", "[[a|", "&#", ".", ",", "«", "\n", "\n==a", "\n|", "__A",
    "https://", "www.a.", "a@b", "a", "1", "\x01", "\n:",
)  # fmt: skip
UNITS = (
    "a", "á", "A", "1", " ", "  a", "\n", "\n ", "a ", ", ", ",;", ",", ". ", "..", "( ", "(", ")", "« ", '"',
    "'", "=", "= ", "a=", '="', "<", "<a ", "</", "<!--", "\n<!--", "&", "[", "]", "|", "{", "}", "{{",
    "\n{|", "_", "-", "a-", "a.", "/", "a/", "@", "a@", "://a", "www.", ":", "*", "\x01", "a\x01", "\x01 ",
    "\x03", "\u0301", "\\a", "\\", "^", "~", "display ", "display:", "desamb ", "\u2009",
)  # fmt: skip
METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")


PACKAGES = ("minillm.wikitext.", "minillm.languages.", "minillm.corpus.")


def patterns() -> list[tuple[str, Callable[[str], object]]]:
    """Each pattern of the packages and each way in which its module uses it; `search` for one handed on."""
    uses: list[tuple[str, Callable[[str], object]]] = []
    for info in pkgutil.walk_packages(minillm.__path__, "minillm."):
        if not info.name.startswith(PACKAGES):
            continue
        module = importlib.import_module(info.name)
        assert module.__file__
        source = Path(module.__file__).read_text(encoding="utf-8")
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern | regex.Pattern) and re.search(rf"(?m)^{name} = ", source):
                used = [method for method in METHODS if re.search(rf"\b{name}\.{method}\b", source)]
                uses += [
                    (f"{info.name}.{name}.{method}", use(value, method)) for method in used or ["search"]
                ]
    return uses


def use(pattern: Any, method: str) -> Callable[[str], object]:
    if method == "sub":
        return lambda text: pattern.sub("", text)
    if method == "finditer":
        return lambda text: list(pattern.finditer(text))
    function: Callable[[str], object] = getattr(pattern, method)
    return function


PATTERNS = patterns()


def test_there_are_patterns() -> None:
    assert len(PATTERNS) > 40


@pytest.mark.parametrize("search", [search for _, search in PATTERNS], ids=[name for name, _ in PATTERNS])
def test_a_pattern_takes_linear_time(search: Callable[[str], object]) -> None:
    # 1,600 characters take microseconds; milliseconds, if from each of them all the others are read.
    slow = []
    for head in HEADS:
        for unit in UNITS:

            def work_of(size: int, head: str = head, unit: str = unit) -> Callable[[], object]:
                text = head + unit * (size // len(unit))
                return lambda: search(text)

            if seconds(work_of(1_600)) > 0.001 and not grows_linearly(work_of, 2_000, 0.002):
                slow.append((head, unit))
    assert not slow


@pytest.mark.parametrize("opening", ["[[", "{{a|", "[[a|", "{{lista|", "{{nowrap|", "<sup>"])
def test_time_is_linear_in_nesting(opening: str) -> None:
    closing = {"[[": "]]", "{{": "}}", "<s": "</sup>"}[opening[:2]]
    start = time.process_time()
    text = plain_text(opening * 40_000 + "x" + closing * 40_000)
    assert time.process_time() - start < 5
    assert len(text) < 400_000


def test_one_long_argument_takes_linear_time() -> None:
    start = time.process_time()
    plain_text(
        "{{a|" + " " * 1_000_000 + "!=}}\n{|\n| " + "a" * 1_000_000 + "\n|}\n{{unidad" + "|1" * 200_000 + "}}"
    )
    assert time.process_time() - start < 5
