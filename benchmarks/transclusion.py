"""What pages of templates win: the embedded corpus, cleaned with less of the table and with such pages.

Usage: python -m benchmarks.transclusion [--dump FILE]

A wiki's own pages count where the table lacks a name. So the calls of some names are given others
(`ALIASES`), with redirects as on a wiki, and some rows are taken out of the table whose templates are simple
ones: `PAGES` has them in the manner of es.wikipedia's. What stands in templates inside sentences is then
looked for in its place (template_values.py), in the text that comes without the pages, with the redirects,
with both.
"""

import argparse
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks.cleaning_measures import wanted
from benchmarks.template_values import OUTCOMES, outcomes
from minillm.languages.loading import load_language
from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import read_dump
from minillm.wikipedia.templates import NO_DEFINITIONS, Definitions
from minillm.wikitext.language import Language
from minillm.wikitext.scanner import read_page
from minillm.wikitext.transclusion import Transclusions

SAMPLE = Path("data/sample/eswiki-sample.xml")
ALIASES = {"unidad": "Medida", "siglo": "Sgl", "fecha": "Día"}
PAGES = {
    "AC": "{{{1|}}}&nbsp;<small>a.&nbsp;C.</small><noinclude>{{documentación}}</noinclude>",
    "Lang": "<span lang='{{{1}}}'>{{{2}}}</span>",
    "Lenguaje": "{{lang|{{{1}}}|{{{2}}}}}",
    "Versalita": "<span style='font-variant:small-caps'>{{{1|}}}</span>",
    "Color": "<span style='color:{{{1}}}'>{{{2}}}</span>",
}
_CALL = re.compile(r"\{\{(" + "|".join(ALIASES) + r")(?=\|)")


def main() -> None:
    """Print a table; a row is what the cleaner was given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dump", type=Path, default=SAMPLE)
    articles = [page for page in read_dump(parser.parse_args().dump) if isinstance(page, Article)]
    pages = [_CALL.sub(lambda call: "{{" + ALIASES[call[1]], article.wikitext) for article in articles]
    language = _without_rows(load_language("es"))
    redirects = {alias: name for name, alias in ALIASES.items()}
    print("| | sentences lost | holes closed |", " | ".join(f"values {name}" for name in OUTCOMES), "|")
    print("|---" * (3 + len(OUTCOMES)) + "|")
    for label, definitions in (
        ("no pages", NO_DEFINITIONS),
        ("redirects", Definitions(redirects)),
        ("redirects and simple templates", Definitions(redirects, PAGES)),
    ):
        print(f"| {label} | " + " | ".join(map(str, _measured(pages, language, definitions))) + " |")


def _without_rows(language: Language) -> Language:
    names = {language.templates.canonical_name(name) for name in PAGES}
    rows = tuple(row for row in language.templates.rows if names.isdisjoint(row.names))
    return replace(language, templates=replace(language.templates, rows=rows))


def _measured(pages: list[str], language: Language, definitions: Definitions) -> list[int]:
    found = Counter[str]()
    transclusions = Transclusions(definitions, language)
    for wikitext in pages:
        page = read_page(wikitext, language, transclusions=transclusions)
        found += outcomes(wanted(wikitext).in_templates, page.text)
        found["sentences"] += sum(loss.taken for loss in page.losses)
        found["holes"] += sum(loss.closed for loss in page.losses)
    return [found[key] for key in ("sentences", "holes", *OUTCOMES)]


if __name__ == "__main__":
    main()
