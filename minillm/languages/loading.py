"""The language that params.yaml names, for cleaning."""

from functools import cache
from importlib import import_module
from pathlib import Path

from minillm.params import read_params
from minillm.wikitext.language import Language


@cache
def load_language(code: str) -> Language:
    """The language of the folder `code`, which params.py has checked."""
    language = import_module(f"minillm.languages.{code}.language").LANGUAGE
    assert isinstance(language, Language)
    return language


@cache
def language_of_params() -> Language:
    """The language that params.yaml names in the current folder."""
    return load_language(read_params(Path("params.yaml")).language)
