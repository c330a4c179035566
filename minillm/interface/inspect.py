"""`minillm inspect`: random kept and rejected articles beside their wikitext, for a human look.

Which ones is decided by --seed; --reason narrows the rejected ones down, --title shows one article. The rows
are found by their ids, so that a corpus of millions is not read for ten of them. --template shows where a
template stands instead, the first lines that have it: metrics/tables/templates.tsv says which left holes.
"""

import argparse
import difflib
import itertools
import random
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from minillm.corpus.corpus import CLEAN_SCHEMA, REJECTED_SCHEMA
from minillm.errors import InputError, check_range, shown
from minillm.interface.texts import printable
from minillm.languages.loading import load_language
from minillm.params import read_params
from minillm.parquet import open_parquet, row_at
from minillm.stage import PARAMS_PATH
from minillm.wikipedia.articles import ARTICLE_SCHEMA, read_articles
from minillm.wikitext.templates import Templates

RAW = Path("data/raw/articles.parquet")
CLEAN = Path("data/clean/articles.parquet")
REJECTED = Path("data/clean/rejected.parquet")
SCHEMAS = {CLEAN: CLEAN_SCHEMA, REJECTED: REJECTED_SCHEMA}
TEMPLATES = Path("metrics/tables/templates.tsv")
_TEMPLATE = re.compile(r"\{\{([^{}|\n]++)")
_BEFORE, _AROUND = 60, 1000
"""Characters that are shown before a template, and in all."""
_MOST = {"kept": 1000, "rejected": 1000, "lines": 1_000_000, "width": 10_000}
"""Of the options: each article takes a look into its file, each line has its full width."""


def run(arguments: argparse.Namespace) -> None:
    """Print the articles, or the places of a template."""
    for name, most in _MOST.items():
        check_range(f"--{name}", getattr(arguments, name), 0, most)
    if arguments.template is not None:
        templates = load_language(read_params(PARAMS_PATH).language).templates
        print(
            printable("\n".join(places_of(arguments.template, templates, arguments.lines, arguments.width)))
        )
        return
    check_wanted(arguments.title, arguments.reason)
    for path in (CLEAN, REJECTED):
        wanted = arguments.kept if path == CLEAN else arguments.rejected
        for row in draw(path, wanted, arguments.seed, arguments.title, arguments.reason):
            print(printable(beside(row, source_of(row), arguments.width, arguments.lines)))


def places_of(template: str, templates: Templates, most: int, width: int) -> list[str]:
    """`Title: the line with the template`, the first `most` of them (0 = all), each cut to its surroundings.

    Raises InputError if no article has the template.
    """
    found = itertools.islice(_places(templates.canonical_name(template), templates), most or None)
    lines = [f"{title}: {textwrap.shorten(line, max(40, width - len(title)))}" for title, line in found]
    if not lines:
        raise InputError(f"no article has the template {shown(template)}; see {TEMPLATES}")
    return lines


def _places(template: str, templates: Templates) -> Iterator[tuple[str, str]]:
    """Title of the article, and the line from some words before the template on."""
    for article in read_articles(RAW):
        for match in _TEMPLATE.finditer(article.wikitext):
            name = templates.canonical_name(match[1])
            if name == template or (name[:1] == "#" and name.partition(":")[0] == template):
                start = max(article.wikitext.rfind("\n", 0, match.start()) + 1, match.start() - _BEFORE)
                yield article.title, article.wikitext[start : start + _AROUND].partition("\n")[0]


def check_wanted(title: str | None, reason: str | None) -> None:
    """Raises InputError where no article has this title or was rejected for this reason."""
    titles = _column(CLEAN, "title") + _column(REJECTED, "title") if title is not None else []
    if title is not None and title not in titles:
        close = difflib.get_close_matches(title, titles, 3, 0.6) or titles[:3]
        raise InputError(f"no article is called {title!r}; there are: {', '.join(close) or 'none'}")
    reasons = sorted(set(_column(REJECTED, "reason"))) if reason is not None else []
    if reason is not None and reason not in reasons:
        raise InputError(f"no article was rejected for {reason!r}; there are: {', '.join(reasons) or 'none'}")


def _column(path: Path, name: str) -> list[str]:
    with open_parquet(path, pa.schema([SCHEMAS[path].field(name)]), "clean") as file:
        return [str(value) for value in file.read([name])[name].to_pylist()]


def draw(
    path: Path, number: int, seed: int, title: str | None = None, reason: str | None = None
) -> list[dict[str, Any]]:
    """Up to `number` rows of the file, in its order; with a title or a reason only of those."""
    with open_parquet(path, SCHEMAS[path], "clean") as file:
        keys = file.read([name for name in ("title", "reason") if name in SCHEMAS[path].names]).to_pydict()
        fitting = [
            index
            for index, own_title in enumerate(keys["title"])
            if title in (None, own_title)
            and (reason is None or "reason" not in keys or keys["reason"][index] == reason)
        ]
        chosen = sorted(random.Random(seed).sample(fitting, min(number, len(fitting))))  # noqa: S311
        return [row_at(file, index) for index in chosen]


def source_of(row: dict[str, Any]) -> str:
    """The wikitext of a kept or rejected article."""
    page_id = int(row.get("page_id", row.get("id", 0)))
    with open_parquet(RAW, ARTICLE_SCHEMA, "extract") as file:
        start = 0
        for group in range(file.num_row_groups):
            ids = file.read_row_group(group, ["page_id"])["page_id"]
            index = pc.index(ids, page_id).as_py()
            if index >= 0:
                return str(row_at(file, start + index)["wikitext"])
            start += len(ids)
    raise InputError(f"{RAW} has no article {page_id}; it is of another run: `dvc repro clean`")


def beside(row: dict[str, Any], wikitext: str, width: int, lines: int) -> str:
    """The wikitext on the left, what became of it on the right."""
    column = max(20, (width - 3) // 2)
    verdict = f"{row['reason']}: {row['detail']}" if row.get("reason") else "kept"
    pairs = itertools.zip_longest(_wrapped(wikitext, column), _wrapped(row["text"], column), fillvalue="")
    shown = list(itertools.islice(pairs, lines or None))
    body = [f"{left:{column}} │ {right}".rstrip() for left, right in shown]
    return "\n".join([f"━━ {row['title']} ━━ {verdict} ".ljust(width, "━"), *body, ""])


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        lines += textwrap.wrap(line, width, break_on_hyphens=False) or [""]
    return lines
