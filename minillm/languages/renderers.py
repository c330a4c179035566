"""Templates of languages, links, typography and lists whose text needs more than a pattern.

Every function takes the arguments (behind what a language binds) and returns the text, or HOLE if they do not
hold the value or can be understood in two ways. Numbers are in `measures.py`.
"""

import re
from collections.abc import Callable, Container, Mapping

from minillm.unicode import lower, upper
from minillm.wikitext.arguments import Arguments, first_given, positional
from minillm.wikitext.marks import BREAK, HOLE

CODE_OF_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})*")
_CODE_OF_COUNTRY = re.compile("[A-Z]{3}")
_SOUND_FILE = re.compile(r"\.(?:ogg|oga|wav|mp3|flac)\Z", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"(?:https?:)?//|www\.", re.IGNORECASE | re.ASCII)
_LONGEST_IN_SENTENCE = 80
_WIDTH = re.compile(r"[0-9]{1,4}(?:em|px|%)?")


def given(names: tuple[str, ...], arguments: Arguments) -> str:
    """{{lang|fr|château}} → "château": the first of these arguments that is given."""
    return first_given(arguments, *names) or HOLE


def last_of_several(names: tuple[str, ...], arguments: Arguments) -> str:
    """{{color|red|rojo}} → "rojo", {{font color|red|white|rojo}} → "rojo"; or one of these names."""
    values = positional(arguments)
    return first_given(arguments, *names) or (values[-1] if len(values) > 1 else HOLE)


def interlanguage_link(names: tuple[str, ...], languages: Container[str], arguments: Arguments) -> str:
    """{{ill|Texto|en|Text}}, {{iw|en|Text|Texto}} → "Texto"; or one of these names."""
    if text := first_given(arguments, *names):
        return text
    values = positional(arguments)
    if values and values[0] in languages:  # {{iw|en|Text|Texto}}
        values = values[2:]
    return values[0] if values else HOLE


def country(names: tuple[str, ...], countries: Mapping[str, str], arguments: Arguments) -> str:
    """{{geodatos|España}}, {{flag|ESP}} → "España"; or one of these names."""
    if text := first_given(arguments, *names):
        return text
    name = arguments.get("1", "")
    return countries.get(name) or (HOLE if _CODE_OF_COUNTRY.fullmatch(name) else name) or HOLE


def quotation(names: tuple[str, ...], arguments: Arguments) -> str:
    """{{cita|text|author}} → the first of these arguments in lines of its own."""
    text = first_given(arguments, *names)
    return f"\n\n{text}\n\n" if text else HOLE


def poem(names: tuple[str, ...], arguments: Arguments) -> str:
    """{{poemquote|Green wind.\\nGreen branches.}} → the first of these arguments, each verse in a line."""
    lines = first_given(arguments, *names).replace(BREAK, "\n").split("\n")
    verses = list(filter(None, (line.lstrip(": ").rstrip() for line in lines)))
    return f"\n\n{BREAK.join(verses)}\n\n" if verses else HOLE


def transliterated(arguments: Arguments) -> str:
    """{{transl|ru|taiga}}, {{transl|ru|ISO|taiga}} → "taiga"."""
    values = positional(arguments)
    if len(values) == 1 and not CODE_OF_LANGUAGE.fullmatch(values[0]):
        return values[0]
    return values[-1] if 2 <= len(values) <= 3 else HOLE


def label_of_dead_link(arguments: Arguments) -> str:
    """{{enlace roto|1=el faro|2=http://…}} → "el faro"; as a mark of editors nothing."""
    text = arguments.get("1", "")
    return "" if _ADDRESS.match(text) else text


def pronounced(languages: Container[str], arguments: Arguments) -> str:
    """{{AFI|ˈkasa}} → "[ˈkasa]", {{AFI|/ˈkasa/}} → "/ˈkasa/", {{IPA|es|ˈkasa}} → "[ˈkasa]"."""
    values = positional(arguments)
    if len(values) > 1 and values[0] in languages:
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


def labelled(labels: Mapping[str, str], arguments: Arguments) -> str:
    """{{zh|s=北京|p=Běijīng}} → "chino simplificado: 北京, pinyin: Běijīng"."""
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


def after_word(word: str, arguments: Arguments) -> str:
    """{{née|Smith}} → "née Smith", {{née}} → "née"."""
    return f"{word} {arguments.get('1', '')}".strip()


def ship(prefix: str, arguments: Arguments) -> str:
    """{{HMS|Queen Elizabeth|R08}} → "HMS Queen Elizabeth (R08)"; {{ship|RMS|Titanic}} has its own prefix.

    The last argument says what is shown: 2 no number, 6 the name alone.
    """
    values = [arguments.get(str(n), "") for n in range(1, 5)]
    if not prefix:
        prefix, *values = values
    name, number, form = values[:3]
    if not name or form not in ("", "2", "6"):
        return HOLE
    shown = name if form == "6" else f"{prefix} {name}".strip()
    return f"{shown} ({number})" if number and not form else shown


def full_name(arguments: Arguments) -> str:
    """{{sortname|Luis|Gil}} → "Luis Gil"."""
    return f"{arguments.get('1', '')} {arguments.get('2', '')}".strip() or HOLE


def keys(arguments: Arguments) -> str:
    """{{tecla|Ctrl|C}} → "Ctrl+C"."""
    return "+".join(filter(None, positional(arguments))) or HOLE


def as_it_stands(arguments: Arguments) -> str:
    """{{sic|haiga}} → "haiga [sic]"."""
    return f"{arguments.get('1', '')} [sic]".strip()


def listed(arguments: Arguments) -> str:
    """{{lista plana|uno|dos}}, {{lista|\\n* uno\\n* dos}} → one line for each."""
    items = _items(arguments)
    return "\n* ".join(["", *items]) + "\n" if items else ""


def enumerated(conjunction: Callable[[str], str], arguments: Arguments) -> str:
    """{{hlist|uno|dos|tres}} → "uno, dos y tres"; lines, if an item is a sentence by itself.

    `conjunction`: of the last item.
    """
    items = _items(arguments)
    if len(items) < 2 or any(len(item) > _LONGEST_IN_SENTENCE for item in items):
        return listed(arguments) if len(items) > 1 else "".join(items)
    separator = "; " if any("," in item for item in items) else ", "
    return f"{separator.join(items[:-1])} {conjunction(items[-1])} {items[-1]}"


def _items(arguments: Arguments) -> list[str]:
    lines = (line.lstrip("*#: ") for item in positional(arguments) for line in item.split("\n"))
    return [line for line in lines if line]


def listed_in_columns(arguments: Arguments) -> str:
    """{{lista de columnas|3|\\n* uno\\n* dos}} → one line for each item; the first argument is no item."""
    return listed(_without_width(arguments))


def enumerated_in_columns(conjunction: Callable[[str], str], arguments: Arguments) -> str:
    """{{lista de columnas|3|uno|dos}} → "uno y dos"."""
    return enumerated(conjunction, _without_width(arguments))


def _without_width(arguments: Arguments) -> Arguments:
    first, *items = positional(arguments) or [""]
    if not (items and _WIDTH.fullmatch(first)):
        items = [first, *items]
    return {str(position): item for position, item in enumerate(items, 1)}


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
