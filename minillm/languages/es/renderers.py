"""Templates of languages, links, typography and lists whose text needs more than a pattern.

Every function takes the arguments and returns the text, or HOLE if they do not hold the value or can be
understood in two ways. Numbers are in `measures.py`, dates in `dates.py`.
"""

import re
from collections.abc import Mapping

from minillm.languages.es.names import COUNTRIES, LANGUAGES, language_name
from minillm.unicode import lower, upper
from minillm.wikitext.arguments import Arguments, first_given, positional
from minillm.wikitext.marks import HOLE

_CHINESE = {
    "c": "chino", "t": "chino tradicional", "s": "chino simplificado", "p": "pinyin", "w": "Wade-Giles",
    "j": "jyutping", "l": "literalmente",
}  # fmt: skip
_KOREAN = {"hangul": "hangul", "hanja": "hanja", "rr": "romanización revisada", "mr": "McCune-Reischauer"}
_CODE_OF_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})*")
_CODE_OF_COUNTRY = re.compile("[A-Z]{3}")
_SOUND_FILE = re.compile(r"\.(?:ogg|oga|wav|mp3|flac)\Z", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"(?:https?:)?//|www\.", re.IGNORECASE | re.ASCII)
_WIDTH = re.compile(r"[0-9]{1,4}(?:em|px|%)?")


def foreign(arguments: Arguments) -> str:
    """{{lang|fr|château}} → "château"."""
    return first_given(arguments, "2", "texto", "text") or HOLE


def named_language(code: str, arguments: Arguments) -> str:
    """{{lang-de|Haus}} → "en alemán, Haus"."""
    text, language = first_given(arguments, "1", "texto", "text"), language_name(code)
    if not text:
        return HOLE
    return f"en {language}, {text}" if language else text


def transliterated(arguments: Arguments) -> str:
    """{{transl|ru|taiga}}, {{transl|ru|ISO|taiga}} → "taiga"."""
    values = positional(arguments)
    if len(values) == 1 and not _CODE_OF_LANGUAGE.fullmatch(values[0]):
        return values[0]
    return values[-1] if 2 <= len(values) <= 3 else HOLE


def last_of_several(arguments: Arguments) -> str:
    """{{color|red|rojo}} → "rojo", {{font color|red|white|rojo}} → "rojo"."""
    values = positional(arguments)
    return first_given(arguments, "texto", "text") or (values[-1] if len(values) > 1 else HOLE)


def label(arguments: Arguments) -> str:
    """{{no rojo|Torre}} → "Torre", {{no rojo|Torre|la torre}} → "la torre"."""
    return first_given(arguments, "2", "texto", "1") or HOLE


def label_of_dead_link(arguments: Arguments) -> str:
    """{{enlace roto|1=el faro|2=http://…}} → "el faro"; as a mark of editors nothing."""
    text = arguments.get("1", "")
    return "" if _ADDRESS.match(text) else text


def etymology(arguments: Arguments) -> str:
    """{{etimología|francés|château}} → "(del francés château)"."""
    language, *text = positional(arguments) or [""]
    language = LANGUAGES.get(language, language)
    if not language or (len(language) < 4 and _CODE_OF_LANGUAGE.fullmatch(language)):
        return HOLE
    return f"(del {' '.join([language, *text[:1]])})"


def pronounced(arguments: Arguments) -> str:
    """{{AFI|ˈkasa}} → "[ˈkasa]", {{AFI|/ˈkasa/}} → "/ˈkasa/", {{IPA|es|ˈkasa}} → "[ˈkasa]"."""
    values = positional(arguments)
    if len(values) > 1 and values[0] in LANGUAGES:
        values = values[1:]
    text = values[0] if values else ""
    if not text or _SOUND_FILE.search(text):
        return HOLE
    return text if text[0] in "[/⟨" else f"[{text}]"


def japanese(arguments: Arguments) -> str:
    """{{nihongo|batalla|艦隊決戦|Kantai Kessen|1941}} → "batalla (艦隊決戦 Kantai Kessen, 1941)"."""
    text, characters, reading = (arguments.get(key, "") for key in ("1", "2", "3"))
    characters, reading = characters or arguments.get("kanji", ""), reading or arguments.get("romaji", "")
    inner = _comma_separated(f"{characters} {reading}".strip(), first_given(arguments, "4", "extra"))
    shown = f"{text} ({inner})" if text and inner else text or inner
    return f"{shown} {first_given(arguments, '5', 'extra2')}".strip() or HOLE


def japanese_reading_first(arguments: Arguments) -> str:
    """{{nihongo3|monte Fuji|富士山|Fujisan}} → "Fujisan (富士山, monte Fuji)"."""
    text, characters, reading = (arguments.get(key, "") for key in ("1", "2", "3"))
    if not reading:
        return japanese(arguments)
    inner = _comma_separated(characters, text, first_given(arguments, "4", "extra"))
    shown = f"{reading} ({inner})" if inner else reading
    return f"{shown} {first_given(arguments, '5', 'extra2')}".strip()


def _comma_separated(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def chinese(arguments: Arguments) -> str:
    """{{zh|s=北京|p=Běijīng}} → "chino simplificado: 北京, pinyin: Běijīng"."""
    return _labelled(arguments, _CHINESE)


def korean(arguments: Arguments) -> str:
    """{{coreano|hangul=서울|rr=Seoul}} → "hangul: 서울, romanización revisada: Seoul"."""
    return _labelled(arguments, _KOREAN)


def _labelled(arguments: Arguments, labels: Mapping[str, str]) -> str:
    is_bare = lower(arguments.get("labels", "")) in ("no", "none")
    parts = [
        arguments[key] if is_bare else f"{label}: {arguments[key]}"
        for key, label in labels.items()
        if arguments.get(key)
    ]
    return ", ".join(parts) or arguments.get("1") or HOLE


def gloss(arguments: Arguments) -> str:
    """{{ruby|東京|とうきょう}} → "東京 (とうきょう)"."""
    text, reading = arguments.get("1", ""), arguments.get("2", "")
    return (f"{text} ({reading})" if text and reading else text) or HOLE


def interlanguage_link(arguments: Arguments) -> str:
    """{{link-interwiki|es=Texto|lang=en|lang_title=Text}}, {{ill|Texto|en|Text}} → "Texto"."""
    if text := first_given(arguments, "display_text", "texto", "lt", "es"):
        return text
    values = positional(arguments)
    if values and values[0] in LANGUAGES:  # {{iw|en|Text|Texto}}
        values = values[2:]
    return values[0] if values else HOLE


def full_name(arguments: Arguments) -> str:
    """{{sortname|Luis|Gil}} → "Luis Gil"."""
    return f"{arguments.get('1', '')} {arguments.get('2', '')}".strip() or HOLE


def road(arguments: Arguments) -> str:
    """{{identificador carretera española|A-6}} → "A-6"."""
    text = first_given(arguments, "id", "1")
    return text if re.search("[0-9]", text) else HOLE


def keys(arguments: Arguments) -> str:
    """{{tecla|Ctrl|C}} → "Ctrl+C"."""
    return "+".join(filter(None, positional(arguments))) or HOLE


def as_it_stands(arguments: Arguments) -> str:
    """{{sic|haiga}} → "haiga [sic]"."""
    return f"{arguments.get('1', '')} [sic]".strip()


def listed(arguments: Arguments) -> str:
    """{{lista plana|uno|dos}}, {{lista|\\n* uno\\n* dos}} → one line for each."""
    lines = [line.lstrip("*#: ") for item in positional(arguments) for line in item.split("\n")]
    return "\n* ".join(["", *filter(None, lines)]) + "\n" if any(lines) else ""


def listed_in_columns(arguments: Arguments) -> str:
    """{{lista de columnas|3|\\n* uno\\n* dos}} → one line for each item; the first argument is no item."""
    first, *items = positional(arguments) or [""]
    if not (items and _WIDTH.fullmatch(first)):
        items = [first, *items]
    return listed({str(position): item for position, item in enumerate(items, 1)})


def country(arguments: Arguments) -> str:
    """{{geodatos|España}}, {{flag|ESP}} → "España"."""
    if text := first_given(arguments, "nombre", "name"):
        return text
    name = arguments.get("1", "")
    return COUNTRIES.get(name) or (HOLE if _CODE_OF_COUNTRY.fullmatch(name) else name) or HOLE


def quotation(arguments: Arguments) -> str:
    """{{cita|text|author}} → the text in lines of its own."""
    text = first_given(arguments, "1", "texto", "text", "cita", "quote", "contenido")
    return f"\n\n{text}\n\n" if text else HOLE


def hard_space(arguments: Arguments) -> str:
    """{{esd}} → " ", {{esd|12 km}} → "12 km"."""
    return arguments.get("1") or " "


def lower_case(arguments: Arguments) -> str:
    """{{lc:ONU}} → "onu"."""
    return lower(arguments.get("1", "")) or HOLE


def upper_case(arguments: Arguments) -> str:
    """{{uc:onu}} → "ONU"."""
    return upper(arguments.get("1", "")) or HOLE


def lower_first(arguments: Arguments) -> str:
    """{{lcfirst:ONU}} → "oNU"."""
    text = arguments.get("1", "")
    return lower(text[:1]) + text[1:] or HOLE


def upper_first(arguments: Arguments) -> str:
    """{{ucfirst:onu}} → "Onu"."""
    text = arguments.get("1", "")
    return upper(text[:1]) + text[1:] or HOLE
