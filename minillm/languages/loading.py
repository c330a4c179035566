"""The language that params.yaml names, for cleaning."""

from functools import cache
from importlib import import_module

from minillm.wikitext.language import Language


@cache
def load_language(code: str) -> Language:
    """The language of the folder `code`, which params.py has checked."""
    language = import_module(f"minillm.languages.{code}.language").LANGUAGE
    assert isinstance(language, Language)
    return language
