"""Templates of languages and links whose text is Spanish, and what the others' arguments are called."""

import re
from functools import partial

from minillm.languages import renderers as r
from minillm.languages.es.names import COUNTRIES, LANGUAGES, language_name
from minillm.unicode import lower
from minillm.wikitext.arguments import Arguments, first_given, positional
from minillm.wikitext.marks import HOLE

_CHINESE = {
    "c": "chino", "t": "chino tradicional", "s": "chino simplificado", "p": "pinyin", "w": "Wade-Giles",
    "j": "jyutping", "l": "literalmente",
}  # fmt: skip
_KOREAN = {"hangul": "hangul", "hanja": "hanja", "rr": "romanización revisada", "mr": "McCune-Reischauer"}
_BEGINS_WITH_I = re.compile("h?[ií](?![aeou])")  # «padres e hijos», but «nieve y hielo»

foreign = partial(r.given, ("2", "texto", "text"))
label = partial(r.given, ("2", "texto", "1"))
last_of_several = partial(r.last_of_several, ("texto", "text"))
pronounced = partial(r.pronounced, LANGUAGES)
chinese = partial(r.labelled, _CHINESE)
korean = partial(r.labelled, _KOREAN)
interlanguage_link = partial(r.interlanguage_link, ("display_text", "texto", "lt", "es"), LANGUAGES)
country = partial(r.country, ("nombre", "name"), COUNTRIES)
quotation = partial(r.quotation, ("1", "texto", "text", "cita", "quote", "contenido"))


def _and(item: str) -> str:
    return "e" if _BEGINS_WITH_I.match(lower(item)) else "y"


enumerated = partial(r.enumerated, _and)
enumerated_in_columns = partial(r.enumerated_in_columns, _and)


def named_language(code: str, arguments: Arguments) -> str:
    """{{lang-de|Haus}} → "en alemán, Haus"."""
    text, language = first_given(arguments, "1", "texto", "text"), language_name(code)
    if not text:
        return HOLE
    return f"en {language}, {text}" if language else text


def etymology(arguments: Arguments) -> str:
    """{{etimología|francés|château}} → "(del francés château)"."""
    language, *text = positional(arguments) or [""]
    language = LANGUAGES.get(language, language)
    if not language or (len(language) < 4 and r.CODE_OF_LANGUAGE.fullmatch(language)):
        return HOLE
    return f"(del {' '.join([language, *text[:1]])})"


def road(arguments: Arguments) -> str:
    """{{identificador carretera española|A-6}} → "A-6"."""
    text = first_given(arguments, "id", "1")
    return text if re.search("[0-9]", text) else HOLE
