"""The wikitext cleaners that benchmarks/cleaning.py compares: ours, and five of PyPI as their README says.

    python -m venv peers && peers/bin/pip install -c constraints.txt -e . mwparserfromhell==0.7.2 \\
        wikiextractor==3.1.0 gensim==4.4.0 wikitextparser==3.0.0 mwedittypes==3.1.0

A virtual environment of their own: nothing else of the project needs them. What is not installed is left out.
"""

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any

from minillm.languages.loading import load_language
from minillm.wikitext.scanner import plain_text

Cleaner = Callable[[str], str]


def _mwparserfromhell() -> Cleaner:
    parser: Any = importlib.import_module("mwparserfromhell")
    return lambda wikitext: str(parser.parse(wikitext).strip_code())


def _wikiextractor() -> Cleaner:
    module: Any = importlib.import_module("wikiextractor.extract")

    def clean(wikitext: str) -> str:
        extractor = module.Extractor("1", "1", "https://es.wikipedia.org/wiki", "Faro", [wikitext])
        paragraphs = extractor.clean_text(wikitext, expand_templates=False, html_safe=False)
        return "\n".join(paragraphs)

    return clean


def _gensim() -> Cleaner:
    module: Any = importlib.import_module("gensim.corpora.wikicorpus")
    clean: Cleaner = module.filter_wiki
    return clean


def _wikitextparser() -> Cleaner:
    module: Any = importlib.import_module("wikitextparser")
    return lambda wikitext: str(module.remove_markup(wikitext))


def _mwedittypes() -> Cleaner:
    module: Any = importlib.import_module("mwedittypes.utils")
    return lambda wikitext: str(module.wikitext_to_plaintext(wikitext, lang="es"))


_LOADERS: dict[str, Callable[[], Cleaner]] = {
    "miniLLM": lambda: partial(plain_text, language=load_language("es")),
    "mwparserfromhell": _mwparserfromhell,
    "wikiextractor": _wikiextractor,
    "gensim": _gensim,
    "wikitextparser": _wikitextparser,
    "mwedittypes": _mwedittypes,
}
NAMES = tuple(_LOADERS)


def load(name: str) -> Cleaner | None:
    """The cleaner, or None if its package is not installed."""
    try:
        return _LOADERS[name]()
    except ImportError:
        return None
