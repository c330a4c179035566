"""The words of metrics/samples.md, the page of what the model writes: the language of its articles."""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from minillm.params import EvaluateParams


class SamplesPage(NamedTuple):
    """What stands around the samples, in Markdown."""

    introduction: Callable[[EvaluateParams, int, str], str]
    """Title and settings, of the parameters, the seed and the sign that an article ends with."""
    without_prompt: str
    """The heading where there is no prompt."""
    greedy: str
    sampled: str
    comparison: str
    """The heading above a real article."""
    test_article: str
    unknown: str
    """What [UNK] is."""


def load_samples_page(code: str) -> SamplesPage:
    """The words of the folder `code`, which params.py has checked."""
    page = import_module(f"minillm.languages.{code}.samples").SAMPLES_PAGE
    assert isinstance(page, SamplesPage)
    return page
