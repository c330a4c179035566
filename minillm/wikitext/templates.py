"""Templates: what {{name|values}} says in the sentence where it stands.

`{{unidad|120|km}}` is part of what a reader reads: dropped, it would leave «recorre unos de ríos». A language
has a table of those whose value belongs to the sentence. A row says how the template is rendered, under which
names it goes, and shows an example that is its test. A rendering is a pattern («{1} a. C.») or a function of
the arguments. A name whose template behaves otherwise has a row of its own: the row's example holds for each
name.

What stands in no table follows one rule: it goes. Infoboxes and navigation boxes stand on lines of their
own and nothing is missed; inside a sentence, if a hole is left, `holes.py` mends the sentence.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from minillm.unicode import lower
from minillm.wikitext.arguments import Arguments, read_arguments
from minillm.wikitext.marks import FORMULA, HOLE, MISSING
from minillm.wikitext.mediawiki import TEMPLATE_NAMESPACE

Rendering = str | Callable[[Arguments], str]
"""A function gives HOLE if the arguments do not hold the value or can be understood in two ways."""


class Template(NamedTuple):
    """One template: its names, how it is rendered, and an example."""

    names: tuple[str, ...]
    rendering: Rendering
    example: str
    expected: str
    alone: bool = True
    """Rendered on a line of its own too; False: there it is a box and goes."""
    seen: str = ""
    """Where: a page, MediaWiki's own words, or a public program that reads Wikipedia's templates
    (benjavalero/replacer, spencermountain/wtf_wikipedia, JLaTondre/JL-Bot, reedy/AutoWikiBrowser,
    BoboTiG/ebook-reader-dict)."""
    is_value: bool = False
    """A number or a date: with a hole among its arguments it would be another one."""
    in_sentence: Rendering | None = None
    """How it is rendered within a line, if otherwise than on a line of its own: a list."""


@dataclass(frozen=True)
class Templates:
    """The templates of an edition of Wikipedia. Names are canonical, but for countries'."""

    rows: tuple[Template, ...]
    family: Callable[[str], Template | None]
    """The row of a name that is one of many: {{lang-de|…}}."""
    countries: Mapping[str, str]
    """Names by codes: {{ESP}}."""
    silent: frozenset[str]
    """They say nothing in the sentence where they stand: they go and leave no hole."""
    silent_prefixes: tuple[str, ...]
    """The same, by how the name begins."""
    namespace: str
    """What may stand before a name beside the English word, in lower case."""
    title_words: frozenset[str]
    """MediaWiki's words for the title of the article."""
    values_of_the_wiki: frozenset[str]
    """MediaWiki's words whose value the wikitext does not hold."""

    @cached_property
    def _by_name(self) -> dict[str, Template]:
        return {name: row for row in self.rows for name in row.names}

    def text(self, name: str, values: list[str], *, alone: bool, before: str = "", title: str = "") -> str:
        """What {{name|values}} says: "" for a box or mark, HOLE or MISSING for what we cannot render.

        `alone`: whether it stands on a line of its own; `before`: the end of the text before it; `title`: of
        the article.
        """
        if name in self.countries:
            return self.countries[name]
        canonical = self.canonical_name(name)
        if canonical in self.title_words:
            return title or MISSING
        template = self.find(canonical)
        if template is None and ":" in canonical:  # a parser function: {{formatnum:1234}}
            function, _, first = name.partition(":")
            template = self.find(self.canonical_name(function))
            values = [first, *values]
        if template is None:
            return self._unknown(canonical)
        if alone and not template.alone:
            return ""
        if template.is_value and any(_HOLE.search(value) for value in values):
            return MISSING  # {{frac|1|{{x}}}} is no 1
        rendering = template.rendering if alone else template.in_sentence or template.rendering
        return render(rendering, read_arguments(values, before))

    def knows(self, name: str) -> bool:
        """Whether the table says what becomes of the template, or it is none but a word of MediaWiki's."""
        canonical = self.canonical_name(name)
        return (
            name in self.countries
            or canonical in self.title_words
            or canonical in self.values_of_the_wiki
            or ":" in canonical
            or canonical[:1] == "#"
            or self.is_silent(canonical)
            or self.find(canonical) is not None
        )

    def _unknown(self, name: str) -> str:
        if self.is_silent(name):
            return ""
        is_value = name.startswith("#") or name.partition(":")[0] in self.values_of_the_wiki
        return MISSING if is_value else HOLE

    def canonical_name(self, name: str) -> str:
        """`Fecha_de inicio ` → `fecha de inicio`."""
        return lower(" ".join(self.without_namespace(name).replace("_", " ").split()))

    def without_namespace(self, name: str) -> str:
        """`:template: Unidad` → `Unidad`."""
        if ":" not in name:
            return name
        namespace, _, rest = name.replace("_", " ").strip().removeprefix(":").partition(":")
        is_template = f"{lower(namespace.strip())}:" in (self.namespace, TEMPLATE_NAMESPACE)
        return rest.strip() if is_template else name

    def is_silent(self, name: str) -> bool:
        """Whether the template of this canonical name says nothing in the sentence where it stands."""
        return name in self.silent or name.startswith(self.silent_prefixes) or not name

    def find(self, name: str) -> Template | None:
        """The row of a canonical name, or None."""
        return self._by_name.get(name) or self.family(name)


_PLACEHOLDER = re.compile(r"\{(\w+)(\??)\}", re.ASCII)
_HOLE = re.compile(f"[{FORMULA}{HOLE}{MISSING}]")


def render(rendering: Rendering, arguments: Arguments) -> str:
    """The text of a template with these arguments; HOLE if the value is not among them.

    In a pattern `{1}` is an argument that must be there, `{1?}` one that may be missing.
    """
    if not isinstance(rendering, str):
        return rendering(arguments)
    text = []
    for constant, name, optional in _pattern_parts(rendering):
        value = arguments.get(name, "")
        if name and not value and not optional:
            return HOLE
        text.append(constant + value)
    return "".join(text)


@cache
def _pattern_parts(pattern: str) -> list[tuple[str, str, str]]:
    """`{1} a. C.` → [("", "1", ""), (" a. C.", "", "")]"""
    pieces = [*_PLACEHOLDER.split(pattern), "", ""]
    return list(zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True))
