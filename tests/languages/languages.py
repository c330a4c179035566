"""The languages that there are: a folder of minillm/languages is tested by being there."""

from minillm.languages.loading import load_language
from minillm.params import LANGUAGES

ALL = {code: load_language(code) for code in LANGUAGES}
