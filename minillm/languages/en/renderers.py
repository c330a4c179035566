"""Templates whose text is English, and what the arguments of the others are called."""

import re
from functools import partial

from minillm.languages import renderers as r
from minillm.languages.en.names import COUNTRIES, LANGUAGES, language_name
from minillm.unicode import lower, starts_with_letter
from minillm.wikitext.arguments import BEFORE, Arguments, first_given, positional
from minillm.wikitext.exponents import lowered
from minillm.wikitext.marks import HOLE, LITERAL

_CHINESE = {
    "c": "Chinese", "t": "traditional Chinese", "s": "simplified Chinese", "p": "pinyin", "w": "Wade-Giles",
    "j": "Jyutping", "l": "lit.",
}  # fmt: skip
_KOREAN = {"hangul": "Korean", "hanja": "Hanja", "rr": "RR", "mr": "MR"}
_NOT_SPOKEN = frozenset({"lang", "local", "us", "uk", "also", "icon", "pron", "pronounced", "en", "audio"})
_ACCIDENTALS = {
    **dict.fromkeys(("flat", "b"), "♭"), **dict.fromkeys(("sharp", "#"), "♯"),
    **dict.fromkeys(("natural", "n"), "♮"), **dict.fromkeys(("doubleflat", "double flat", "bb"), "𝄫"),
    **dict.fromkeys(("doublesharp", "double sharp", "x", "##"), "𝄪"),
}  # fmt: skip

foreign = partial(r.given, ("2", "text"))
label = partial(r.given, ("2", "text", "1"))
last_of_several = partial(r.last_of_several, ("text",))
pronounced = partial(r.pronounced, LANGUAGES)
chinese = partial(r.labelled, _CHINESE)
korean = partial(r.labelled, _KOREAN)
interlanguage_link = partial(r.interlanguage_link, ("lt", "display"), frozenset[str]())
country = partial(r.country, ("name",), COUNTRIES)
_QUOTED = ("1", "text", "quote", "content")
quotation = partial(r.quotation, _QUOTED)
poem = partial(r.poem, _QUOTED)


def _and(_item: str) -> str:
    return "and"


listed_in_sentence = partial(r.enumerated, _and)
listed_in_columns_in_sentence = partial(r.enumerated_in_columns, _and)


def named_language(code: str, arguments: Arguments) -> str:
    """{{lang-de|Haus}} → "German: Haus"."""
    text, language = first_given(arguments, "1", "text"), language_name(code)
    if not text:
        return HOLE
    has_label = arguments.get("label", "") != "none"
    return f"{language}: {text}" if language and has_label else text


def language_and_text(arguments: Arguments) -> str:
    """{{langx|de|Haus}} → "German: Haus"."""
    inner = {name: value for name, value in arguments.items() if name != "1"}
    return named_language(arguments.get("1", ""), inner | {"1": arguments.get("2", "")})


def last(arguments: Arguments) -> str:
    """{{script|Grek|λόγος}}, {{Nastaliq|انور}}: the last argument."""
    values = positional(arguments)
    return values[-1] if values else HOLE


def phonemes(arguments: Arguments) -> str:
    """{{IPAc-en|t|ə|ˈ|r|ɒ|n|t|oʊ}} → "/təˈrɒntoʊ/"."""
    sounds = [
        value
        for value in positional(arguments)
        if value and lower(value) not in _NOT_SPOKEN and "." not in value[1:-1]  # no sound file
    ]
    text = "".join(sounds).replace("_", " ")
    return f"/{text}/" if text else HOLE


def quoted_as_is(arguments: Arguments) -> str:
    """{{sic|teh}} → "teh [sic]", {{sic|hide=y|teh}} → "teh"."""
    text = joined("", arguments) if positional(arguments) else ""
    is_hidden = lower(arguments.get("hide", "")) in ("y", "yes", "true")
    return text if is_hidden or text == HOLE else f"{text} [sic]".strip()


def spaced(arguments: Arguments) -> str:
    """{{hsp}} → " ", {{thinsp|5|km}} → "5 km"."""
    return " ".join(filter(None, positional(arguments))) or " "


def respelled(arguments: Arguments) -> str:
    """{{respell|tə|RON|toh}} → "tə-RON-toh"."""
    parts = "-".join(filter(None, positional(arguments)))
    return parts.replace("-_-", " ") or HOLE


def ship_class(arguments: Arguments) -> str:
    """{{sclass|Nimitz|aircraft carrier}} → "Nimitz-class aircraft carrier"; the third hides parts."""
    name, kind, form = (arguments.get(str(n), "") for n in (1, 2, 3))
    if not name or not kind or form not in ("", "0", "1", "2", "4"):
        return HOLE
    return f"{name}-class {kind}"


def joined(separator: str, arguments: Arguments) -> str:
    """{{linktext|高麗|陶磁器}} → "高麗陶磁器"; figures do not merge."""
    values = list(filter(None, positional(arguments)))
    merges = not separator and len(values) > 1 and re.search("[0-9]", "".join(values))
    return HOLE if merges or not values else separator.join(values)


def accidental(arguments: Arguments) -> str:
    """{{music|flat}} → "♭", {{music|time|3|4}} → "3/4"."""
    sign, *meter = positional(arguments) or [""]
    if sign == "time":
        return "/".join(meter) if len(meter) == 2 and all(meter) else HOLE
    return _ACCIDENTALS.get(sign, HOLE)


def post_nominals(arguments: Arguments) -> str:
    """{{post-nominals|country=GBR|OBE|FRS}} → "OBE FRS", with sep=, "OBE, FRS"."""
    letters = first_given(arguments, "unlinked", "list", "post-noms")
    separator = ", " if first_given(arguments, "sep", "commas") else " "
    return letters or joined(separator, arguments)


def station(arguments: Arguments) -> str:
    """{{stn|Bramley|Hampshire}} → "Bramley"; the second argument tells it from its namesakes."""
    return first_given(arguments, "3", "1") or HOLE


def minor_planet(arguments: Arguments) -> str:
    """{{mp|2005 FY|9}} → "2005 FY₉"."""
    name, number, *rest = [*positional(arguments), "", ""]
    return name + (lowered(number, name) if number else "") if name and not any(rest) else HOLE


def absolute_value(arguments: Arguments) -> str:
    """{{abs|x}} → "|x|"; at the head of a line it begins no row of a table."""
    text = arguments.get("1", "")
    line = arguments.get(BEFORE, "").rpartition("\n")[2]
    return f"{'' if line.strip() else LITERAL}|{text}|" if text else HOLE


def interval(opening: str, closing: str, arguments: Arguments) -> str:
    """{{closed-open|a|b}}, {{closed-open|a, b}} → "[a, b)"."""
    ends = joined(", ", arguments)
    return HOLE if ends == HOLE else f"{opening}{ends}{closing}"


def set_of(arguments: Arguments) -> str:
    """{{mset|a, b}} → "{a, b}", {{mset|x {{!}} x > 0}} → "{x | x > 0}"; of two arguments nobody says."""
    values = positional(arguments)
    return f"{{{values[0]}}}" if len(values) == 1 else HOLE


def author_and_year(arguments: Arguments) -> str:
    """{{harvtxt|Smith|Ruiz|2010}} → "Smith & Ruiz (2010)"."""
    values = [value for value in positional(arguments) if value]
    if len(values) < 2 or not re.fullmatch("[0-9]{4}[a-z]?", values[-1]):
        return HOLE
    *names, last, year = values
    if len(names) > 2:
        return f"{names[0]} et al. ({year})"
    return f"{', '.join(names)} & {last} ({year})" if names else f"{last} ({year})"


def verse(arguments: Arguments) -> str:
    """{{bibleverse|1|John|3:16}}, {{bibleverse|1 John|3:16}} → "1 John 3:16"."""
    values = list(filter(None, positional(arguments)))
    end = next((place for place, value in enumerate(values, 1) if re.match("[0-9]+[:.]", value)), 0)
    text = " ".join(values[:end])
    books = (value.lstrip("0123456789 ") for value in values[:end])
    return text if end > 1 and any(map(starts_with_letter, books)) else HOLE


def address(arguments: Arguments) -> str:
    """{{URL|http://example.org|the page}} → "the page"; an address is no word of the sentence."""
    return arguments.get("2") or HOLE


def word(default: str, arguments: Arguments) -> str:
    """{{yes}} → "Yes", {{yes|Won}} → "Won"."""
    return arguments.get("1") or default
