"""The templates that articles call, as far as their own pages tell it: redirects, and short wikitext.

A dump holds the pages of templates (namespace 10), an API tells them by name. Kept is what the articles of
this run lead to: the redirects of the names that they call, whatever those lead to, and the wikitext of
templates that is short and calls no parser function: which of them are rendered from it is for the cleaner to
say. A name is the title without its namespace, which is called otherwise in every language: what a page's own
title begins with, its redirect's target has to begin with as well.

The articles decide on what is kept, not the order of pages: a dump and the API of the same moment give the
same file. It is text, sorted, and small (a dump has no more than `MOST_PAGES` and `MOST_CHARACTERS` of it).
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from minillm.errors import InputError
from minillm.files import check, write_json
from minillm.unicode import upper

TEMPLATES_FILE = "templates.json"

MOST_SOURCE_CHARACTERS = 2000
"""Of a template's wikitext, documentation included; a longer one is not kept."""
MOST_PAGES = 500_000
MOST_CHARACTERS = 32 * 2**20
"""Of a dump's template pages in memory, names and wikitext: later ones are left out. eswiki is below."""
MOST_NAMES = 2**20
"""That articles call; further ones are not looked up."""
MOST_STEPS = 4
"""From a name in an article, over redirects and calls in templates, to the last page that is kept."""

_MOST_NAME_BYTES = 255  # MediaWiki's limit
_CALL = re.compile(r"\{\{\s*+([^{}|<>\[\]#:\n]{1,255}+)(?=\s*+[|}])")
_FUNCTION = "{{#"


@dataclass(frozen=True, slots=True)
class Definitions:
    """By the names of templates, without their namespace."""

    redirects: Mapping[str, str] = field(default_factory=dict)
    """The name to which one redirects."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Short wikitext of a page."""

    def __bool__(self) -> bool:
        return bool(self.redirects or self.sources)


NO_DEFINITIONS = Definitions()


def template_name(text: str) -> str:
    """`unidad_de  medida` → `Unidad de medida`, as MediaWiki titles it; "" for what is no title."""
    name = " ".join(text.replace("_", " ").split())
    if not name or len(name.encode()) > _MOST_NAME_BYTES:
        return ""
    return _capital(name[0]) + name[1:]


_capital = cache(upper)


def called_names(wikitext: str) -> set[str]:
    """The templates that a text calls, without parser functions and parameters."""
    names = set()
    for match in _CALL.finditer(wikitext):
        if wikitext[match.start() - 1 : match.start()] != "{" and (name := template_name(match[1])):
            names.add(name)
    return names


class TemplatePages:
    """The pages of templates that were read so far, and the names that articles call."""

    def __init__(self) -> None:
        self._redirects: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._called: set[str] = set()
        self._characters = 0
        self.left_out = 0
        """Pages for which there was no room."""

    def add(self, title: str, wikitext: str, redirect: str | None) -> None:
        """Take a page by its full title; `redirect` is the full title of its target. The first one counts."""
        namespace, _, name = title.partition(":")
        name = template_name(name)
        if not name or name in self._redirects or name in self._sources:
            return
        if redirect is None:
            if is_short(wikitext):
                self._keep(self._sources, name, wikitext)
        else:
            target_namespace, _, target = redirect.partition(":")
            if target_namespace == namespace and (target := template_name(target)):
                self._keep(self._redirects, name, target)

    def _keep(self, pages: dict[str, str], name: str, value: str) -> None:
        characters = self._characters + len(name) + len(value)
        if characters > MOST_CHARACTERS or len(self._redirects) + len(self._sources) >= MOST_PAGES:
            self.left_out += 1
        else:
            self._characters = characters
            pages[name] = value

    def call(self, wikitext: str) -> None:
        """Note which templates an article calls."""
        if len(self._called) < MOST_NAMES:
            self._called |= called_names(wikitext)

    def called(self) -> Definitions:
        """What the articles lead to."""
        return lead_to(self._called, self.look_up)

    def look_up(self, names: Collection[str]) -> Definitions:
        """What the pages of these names say."""
        return Definitions(
            {name: self._redirects[name] for name in names if name in self._redirects},
            {name: self._sources[name] for name in names if name in self._sources},
        )


def lead_to(called: Iterable[str], look_up: Callable[[Collection[str]], Definitions]) -> Definitions:
    """What the names lead to, over redirects and calls; each one is looked up once, so circles end."""
    redirects: dict[str, str] = {}
    sources: dict[str, str] = {}
    seen: set[str] = set()
    names = set(called)
    for _ in range(MOST_STEPS):
        found = look_up(sorted(names - seen))
        redirects |= found.redirects
        sources |= found.sources
        seen |= names
        names = {*found.redirects.values()}.union(*map(called_names, found.sources.values()))
    return Definitions(redirects, sources)


def is_short(wikitext: str) -> bool:
    """Whether the wikitext of a template is kept."""
    return len(wikitext) <= MOST_SOURCE_CHARACTERS and _FUNCTION not in wikitext


def write_definitions(path: Path, templates: Definitions) -> None:
    """Write them as JSON, sorted."""
    write_json(path, {kind: dict(sorted(values.items())) for kind, values in _kinds(templates).items()})


def read_definitions(path: Path, advice: str = "run `dvc repro -f extract`") -> Definitions:
    """Read them back. Raises InputError if the file is missing, something else or not as it was written."""
    check(path, "extract")
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {advice}") from None
    except (ValueError, RecursionError):
        content = None
    if not (
        isinstance(content, dict)
        and content.keys() == _kinds(NO_DEFINITIONS).keys()
        and all(isinstance(values, dict) for values in content.values())
        and all(isinstance(value, str) for values in content.values() for value in values.values())
    ):
        raise InputError(f"{path} does not hold templates; {advice}")
    return Definitions(**content)


def _kinds(templates: Definitions) -> dict[str, Mapping[str, str]]:
    return {"redirects": templates.redirects, "sources": templates.sources}
