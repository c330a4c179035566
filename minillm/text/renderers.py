"""How templates whose value needs more than putting arguments in a sentence are rendered.

Every function takes the arguments ("1", "2", … and names) and returns the text, or HOLE if the wikitext
does not hold the value. Numbers follow the Academia: decimal comma, spaces between groups of three digits
from five digits on.
"""

import re
from collections.abc import Mapping

from minillm.text.formulas import chemistry_text, subscript, superscript
from minillm.text.marks import HOLE
from minillm.text.names import COUNTRIES, LANGUAGES
from minillm.text.unicode import lower, upper

Arguments = Mapping[str, str]

_NUMBER = re.compile(r"([-−+]?)([0-9]{1,40})(?:\.([0-9]{1,40}))?")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
    "noviembre", "diciembre",
)  # fmt: skip
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
    (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_UNITS = {"km2": "km²", "m2": "m²", "cm2": "cm²", "m3": "m³", "cm3": "cm³", "km3": "km³", "hm3": "hm³"}
_BETWEEN = {"-": "-", "–": "-", "a": " a ", "y": " y ", "o": " o ", "x": " × ", "por": " × ", "±": " ± "}
_DIRECTIONS = frozenset("NSEWOnsewo")
_CHINESE = {
    "c": "chino", "t": "chino tradicional", "s": "chino simplificado", "p": "pinyin", "w": "Wade-Giles",
    "j": "jyutping", "l": "literalmente",
}  # fmt: skip
_KOREAN = {"hangul": "hangul", "hanja": "hanja", "rr": "romanización revisada", "mr": "McCune-Reischauer"}


def positional(arguments: Arguments) -> list[str]:
    """Arguments 1, 2, … up to the first that is not given."""
    values: list[str] = []
    while (value := arguments.get(str(len(values) + 1))) is not None:
        values.append(value)
    return values


def number(text: str) -> str:
    """`2300000` → "2 300 000", `1240.5` → "1240,5"; what is no plain number stays as it was typed."""
    match = _NUMBER.fullmatch(text)
    if not match:
        return text
    sign, integer, decimals = match.groups()
    if len(integer) > 4:
        integer = f"{int(integer):,}".replace(",", " ")
    return sign + integer + (f",{decimals}" if decimals else "")


def formatted_number(arguments: Arguments) -> str:
    """{{formatnum:1234567}}, {{nts|1234567}}."""
    return number(arguments.get("1", "")) or HOLE


def quantity(arguments: Arguments) -> str:
    """{{unidad|10|m|s|-2}} → "10 m·s⁻²": a value, then units, each with an optional exponent.

    {{convertir|12|-|15|km|mi}} → "12-15 km": a range is followed by a unit.
    """
    value, *rest = positional(arguments) or [""]
    text = number(value)
    if _is_range(rest):
        text, rest = f"{text}{_BETWEEN[rest[0]]}{number(rest[1])}", rest[2:]
    units: list[str] = []
    for part in rest[:8]:
        if units and re.fullmatch(r"[-−+]?[0-9]{1,3}", part):
            units[-1] += superscript(part)
        elif part:
            units.append(_UNITS.get(part, part))
    return f"{text} {'·'.join(units)}".strip() if value else HOLE


def _is_range(rest: list[str]) -> bool:
    return len(rest) > 2 and rest[0] in _BETWEEN and _NUMBER.fullmatch(rest[1]) is not None


def converted(arguments: Arguments) -> str:
    """{{convertir|10|km|mi}} → "10 km": the converted value is not in the wikitext."""
    values = positional(arguments)
    shown = values[: 4 if _is_range(values[1:]) else 2]
    return quantity({str(position): value for position, value in enumerate(shown, 1)})


def measurement(arguments: Arguments) -> str:
    """{{val|1.23|0.05|u=km}} → "1,23 ± 0,05 km"."""
    value, *error = map(number, positional(arguments) or [""])
    power = f" × 10{superscript(arguments['e'])}" if arguments.get("e") else ""
    unit = arguments.get("u") or arguments.get("ul") or ""
    return f"{' ± '.join([value, *error[:1]])}{power} {unit}".strip() if value else HOLE


def power_of_ten(arguments: Arguments) -> str:
    """2{{e|5}} → "2 × 10⁵"."""
    exponent = arguments.get("1", "")
    return f" × 10{superscript(exponent)}" if exponent else HOLE


def fraction(arguments: Arguments) -> str:
    """{{frac|1|2}} → "1/2", {{frac|2}} → "1/2", {{frac|3|1|2}} → "3 1/2"."""
    match positional(arguments):
        case [denominator]:
            return f"1/{denominator}"
        case [numerator, denominator]:
            return f"{numerator}/{denominator}"
        case [integer, numerator, denominator, *_]:
            return f"{integer} {numerator}/{denominator}"
        case _:
            return HOLE


def roman(arguments: Arguments) -> str:
    """{{romanos|16}} → "XVI"."""
    text = arguments.get("1", "")
    if not re.fullmatch("[0-9]{1,4}", text) or not 0 < int(text) < 4000:
        return text or HOLE
    rest, numeral = int(text), ""
    for value, letters in _ROMAN:
        times, rest = divmod(rest, value)
        numeral += letters * times
    return numeral


def century(arguments: Arguments) -> str:
    """{{siglo|XVI}} → "XVI" (the word stands before it), {{siglo|IX|a|s}} → "siglo IX a. C."."""
    numeral, era, form = (arguments.get(key, "") for key in ("1", "2", "3"))
    word = {"s": "siglo ", "S": "Siglo "}.get(form, "")
    suffix = {"a": " a. C.", "d": " d. C."}.get(lower(era), "")
    return word + numeral + suffix if numeral else HOLE


def date(arguments: Arguments) -> str:
    """{{fecha|12|5|1874}} → "12 de mayo de 1874"; year, month, day is understood too."""
    return spell_date(positional(arguments)[:3]) or HOLE


def death_date(arguments: Arguments) -> str:
    """{{fecha y edad|15|7|1885|24|2|1837}} → "15 de julio de 1885 (48 años)"."""
    values = positional(arguments)
    years = _years_between(values[3:6], values[:3])
    return (spell_date(values[:3]) + (f" ({years} años)" if years is not None else "")) or HOLE


def age(arguments: Arguments) -> str:
    """{{edad|24|2|1837|15|7|1885}} → "48"; with one date the age depends on today: a hole."""
    values = positional(arguments)
    years = _years_between(values[:3], values[3:6])
    return HOLE if years is None else str(years)


def spell_date(parts: list[str]) -> str:
    """["12", "5", "1874"] → "12 de mayo de 1874"; what is no date is joined as it was typed."""
    parts = [part for part in parts if part and "=" not in part and lower(part) not in ("edad", "no", "sí")]
    if len(parts) == 3 and _is_number(parts[0]) and int(parts[0]) > 31:
        parts.reverse()
    if len(parts) >= 2 and _is_number(parts[-2]) and 1 <= int(parts[-2]) <= 12:
        parts[-2] = _MONTHS[int(parts[-2]) - 1]
    if len(parts) == 3 and _is_number(parts[0]):
        parts[0] = str(int(parts[0]))
    return " de ".join(parts)


def _is_number(text: str) -> bool:
    return re.fullmatch("[0-9]{1,4}", text) is not None


def _years_between(birth: list[str], death: list[str]) -> int | None:
    if not (len(birth) == len(death) == 3 and all(map(_is_number, birth + death))):
        return None
    born, died = (
        [int(part) for part in (parts if int(parts[0]) > 31 else parts[::-1])] for parts in (birth, death)
    )
    years = died[0] - born[0] - (died[1:] < born[1:])
    return years if years >= 0 else None


def coordinates(arguments: Arguments) -> str:
    """{{coord|28|16|N|16|38|W}} → "28°16′N 16°38′O"; those shown only beside the title go."""
    shown = arguments.get("display", "inline")
    if "inline" not in shown and "línea" not in shown:
        return ""
    values = [value for value in positional(arguments)[:8] if _is_coordinate(value)]
    if len(values) == 2:
        return ", ".join(f"{number(value)}°" for value in values)
    text = ""
    figures: list[str] = []
    for value in values:
        if value in _DIRECTIONS:
            text += " " + "".join(figures) + upper(value).replace("W", "O")
            figures = []
        else:
            figures.append(number(value) + "°′″"[min(len(figures), 2)])
    return text.strip() or HOLE


def _is_coordinate(value: str) -> bool:
    return value in _DIRECTIONS or re.fullmatch(r"[-−]?[0-9]{1,3}(\.[0-9]+)?", value) is not None


def foreign(arguments: Arguments) -> str:
    """{{lang|fr|château}} → "château"."""
    return arguments.get("2") or arguments.get("texto") or HOLE


def named_language(code: str, arguments: Arguments) -> str:
    """{{lang-de|Haus}} → "en alemán, Haus"."""
    text, language = arguments.get("1", ""), LANGUAGES.get(code)
    if not text:
        return HOLE
    return f"en {language}, {text}" if language else text


def etymology(arguments: Arguments) -> str:
    """{{etimología|francés|château}} → "(del francés château)"."""
    language = arguments.get("1", "")
    language = LANGUAGES.get(language, language)
    return f"(del {' '.join([language, *positional(arguments)[1:2]])})" if language else HOLE


def japanese(arguments: Arguments) -> str:
    """{{nihongo|batalla decisiva|艦隊決戦|Kantai Kessen}} → "batalla decisiva (艦隊決戦 Kantai Kessen)"."""
    text, *others = [*positional(arguments)[:3], "", "", ""][:3]
    inner = " ".join(filter(None, others))
    if not (text and inner):
        return text or inner or HOLE
    return f"{text} ({inner})"


def chinese(arguments: Arguments) -> str:
    """{{zh|s=北京|p=Běijīng}} → "chino simplificado: 北京, pinyin: Běijīng"."""
    return _labelled(arguments, _CHINESE)


def korean(arguments: Arguments) -> str:
    """{{coreano|hangul=서울|rr=Seoul}} → "hangul: 서울, romanización revisada: Seoul"."""
    return _labelled(arguments, _KOREAN)


def _labelled(arguments: Arguments, labels: Mapping[str, str]) -> str:
    parts = [f"{label}: {arguments[key]}" for key, label in labels.items() if arguments.get(key)]
    return ", ".join(parts) or arguments.get("1") or HOLE


def gloss(arguments: Arguments) -> str:
    """{{ruby|東京|とうきょう}} → "東京 (とうきょう)"."""
    text, reading = arguments.get("1", ""), arguments.get("2", "")
    return (f"{text} ({reading})" if reading else text) or HOLE


def chemical_formula(arguments: Arguments) -> str:
    """{{quim|C|2|H|6|O}}, {{chem2|C2H6O}} → "C₂H₆O": counts lowered, charges raised."""
    parts = positional(arguments)
    if len(parts) == 1:
        return chemistry_text(parts[0]) or parts[0] or HOLE
    return "".join(map(_chemical_part, parts)) or HOLE


def _chemical_part(part: str) -> str:
    if re.fullmatch("[0-9]{0,3}[-−+]", part):
        return superscript(part)
    return subscript(part) if re.fullmatch("[0-9]+", part) else part


def isotope(arguments: Arguments) -> str:
    """{{nucleido|carbono|14}} → "carbono-14"."""
    parts = positional(arguments)
    return "-".join(parts[:2]) or HOLE


def raised(arguments: Arguments) -> str:
    """{{exp|2}} → "²"."""
    return superscript(arguments.get("1", "")) or HOLE


def lowered(arguments: Arguments) -> str:
    """{{sub|2}} → "₂"."""
    return subscript(arguments.get("1", "")) or HOLE


def interlanguage_link(arguments: Arguments) -> str:
    """{{link-interwiki|es=Texto|lang=en|lang_title=Text}} → "Texto"."""
    return arguments.get("display_text") or arguments.get("es") or arguments.get("1") or HOLE


def listed(arguments: Arguments) -> str:
    """{{lista plana|uno|dos}}, {{lista|\\n* uno\\n* dos}} → one line for each."""
    lines = [line.lstrip("*#: ") for item in positional(arguments) for line in item.split("\n")]
    return "\n* ".join(["", *filter(None, lines)]) + "\n" if any(lines) else ""


def country(arguments: Arguments) -> str:
    """{{geodatos|España}}, {{flag|ESP}} → "España"."""
    name = arguments.get("1", "")
    return COUNTRIES.get(name, name) or HOLE


def quotation(arguments: Arguments) -> str:
    """{{cita|text|author}} → the text in lines of its own."""
    text = arguments.get("1") or arguments.get("texto") or arguments.get("text") or ""
    return f"\n\n{text}\n\n" if text else HOLE


def married(arguments: Arguments) -> str:
    """{{matrimonio|Frida Kahlo|1929|1939}} → "Frida Kahlo (1929-1939)"."""
    spouse, *years = positional(arguments) or [""]
    period = "-".join(filter(None, years[:2]))
    return (f"{spouse} ({period})" if period else spouse) or HOLE


def hard_space(arguments: Arguments) -> str:
    """{{esd}} → " ", {{esd|12 km}} → "12 km"."""
    return arguments.get("1") or " "


def lower_case(arguments: Arguments) -> str:
    """{{lc:ONU}} → "onu"."""
    return lower(arguments.get("1", "")) or HOLE


def upper_case(arguments: Arguments) -> str:
    """{{uc:onu}} → "ONU"."""
    return upper(arguments.get("1", "")) or HOLE
