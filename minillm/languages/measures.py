"""Templates of numbers: quantities, conversions, fractions, powers, money, formulas, coordinates.

Every function takes the arguments and returns the text, or HOLE if they do not hold the value or can be
understood in two ways: a wrong number is worse than none. What a language writes in its own way is in
`Measures`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from minillm.unicode import lower, upper
from minillm.wikitext.arguments import BEFORE, Arguments, first_given, positional
from minillm.wikitext.chemistry import chemistry_text
from minillm.wikitext.exponents import RaisedWords, exponent, index, lowered, raised, superscript
from minillm.wikitext.formulas import parenthesized
from minillm.wikitext.marks import HOLE

_DASHES = "-−–—"
_NUMBER = re.compile(r"([-−–+]?)([0-9]{1,40})(?:\.([0-9]{1,40}))?")
_MIXED = re.compile(r"([-−–+]?[0-9]{1,9})[+ ]([0-9]{1,9})[/⁄]([0-9]{1,9})")
_ENGLISH_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_EXPONENT = re.compile(rf"[{_DASHES}+]?[0-9]{{1,3}}(?:[.,/][0-9]{{1,3}})?")
_SCALED = re.compile("e([0-9]{1,2})(.+)")  # e6km2: millions of them
_RAISED_FIGURE = re.compile(r"(?<=[A-Za-z])[23](?=/|\Z)")  # ft3/s
_CHARGE = re.compile(rf"[0-9]{{0,3}}[{_DASHES}+]")
_COUNT = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,4})?|[0-9]{0,3}[nmxyz](?:[-−–+][0-9nmxyz]{1,3})?")
_COORDINATE = re.compile(r"[-−–]?[0-9]{1,3}(?:[.,][0-9]{1,12})?")
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
    (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_UNITS = {"km2": "km²", "m2": "m²", "cm2": "cm²", "mm2": "mm²", "mi2": "mi²", "ft2": "ft²", "m3": "m³",
          "cm3": "cm³", "mm3": "mm³", "km3": "km³", "hm3": "hm³", "dm3": "dm³"}  # fmt: skip
_CODES_OF_UNITS = _UNITS | {
    "sqkm": "km²", "sqm": "m²", "sqmi": "mi²", "sqft": "ft²", "sqyd": "yd²", "sqin": "in²", "cuft": "ft³",
    "cuin": "in³", "cum": "m³", "C": "°C", "F": "°F", "kmh": "km/h", "kph": "km/h", "lbs": "lb",
}  # fmt: skip
"""As {{convertir}} abbreviates them."""
_VALUE_NOT_SHOWN = frozenset(
    {"out", "output", "output only", "output number only", "number", "unit", "unit2", "unit or text"}
)
_ADJECTIVE = frozenset({"on", "mid", "pre"})
_MAX_VALUES = 20  # of one quantity
_DIRECTIONS = frozenset("NSEWOnsewo")


@dataclass(frozen=True)
class Measures:
    """How a language writes numbers and what stands between them."""

    decimal: str
    """Before decimals."""
    group: str
    """Between groups of three digits."""
    most_together: int
    """Digits that stand without groups."""
    units: Mapping[str, str]
    """As {{convert}} writes them, where that differs from international signs."""
    together: tuple[frozenset[str], ...]
    """Units of one quantity: 5 ft 11 in."""
    between: Mapping[str, str]
    """What {{convert}} takes between two values, and how it reads."""
    scales: Mapping[str, tuple[str, str]]
    """What e6 before a unit's code says of one and of several, by its figures."""
    counted: frozenset[str]
    """Units that are written as words in the plural: 40 acres, 1 acre, a 40-acre farm."""
    multiples: frozenset[str]
    """Words between a sum and its currency (5 millones €)."""
    inline: tuple[str, ...]
    """Of a coordinate's display: it stands in the text, too."""
    west: str
    raised: RaisedWords

    def number(self, text: str) -> str:
        """`2300000` → "2 300 000", `1240.5` → "1240,5" in Spanish; what is no number stays as it was."""
        match = _NUMBER.fullmatch(text)
        if not match:
            return _MIXED.sub(r"\1 \2/\3", text)
        sign, integer, decimals = match.groups()
        if len(integer) > self.most_together:
            integer = f"{int(integer):,}".replace(",", self.group)
        return sign + integer + (f"{self.decimal}{decimals}" if decimals else "")

    def formatted_number(self, arguments: Arguments) -> str:
        """{{formatnum:1234567}}, {{nts|1,234,567}}: MediaWiki takes commas for separators of thousands."""
        text = arguments.get("1", "")
        return self.number(text.replace(",", "") if _ENGLISH_THOUSANDS.fullmatch(text) else text) or HOLE

    def quantity(self, arguments: Arguments) -> str:
        """{{unidad|10|m|s|-2}} → "10 m·s⁻²": a value, then units, each with an optional exponent.

        {{unidad|12|-|15|km}} → "12-15 km".
        """
        value, rest = self._range(positional(arguments))
        units: list[str] = []
        has_exponent = True
        for part in rest:
            if _EXPONENT.fullmatch(part):
                if has_exponent:
                    return HOLE  # of what?
                units[-1] += exponent(part)
                has_exponent = True
            elif part:
                units.append(_UNITS.get(part, part))
                has_exponent = False
        power = _power(arguments)
        return f"{value}{power} {'·'.join(units)}".strip() if value else HOLE

    def converted(self, arguments: Arguments) -> str:
        """{{convertir|10|km|mi}} → "10 km", {{convertir|5|ft|11|in|m}} → "5 ft 11 in".

        The converted value is not in the wikitext.
        """
        values = positional(arguments)
        is_unclear = self.decimal == "," and any(map(_ENGLISH_THOUSANDS.fullmatch, values))
        if is_unclear or lower(arguments.get("disp", "")) in _VALUE_NOT_SHOWN:
            return HOLE
        text = ""
        while True:
            value, rest = self._range(values)
            unit = rest[0] if rest else ""
            if not value or not unit or _is_number(unit) or unit in self.between:
                return HOLE
            if not (with_unit := self._with_unit(value, unit, arguments.get("adj", ""))):
                return HOLE
            text += with_unit
            values = rest[1:]
            if not values or not (values[0] in self.between or (len(values) > 1 and _is_number(values[0]))):
                return text  # what follows is the unit to convert to, or how many decimals
            if len(values) < 2 or not any({unit, values[1]} <= family for family in self.together):
                return HOLE
            text += " "

    def _with_unit(self, value: str, code: str, adjective: str) -> str:
        """("22", "e6acre") → "22 million acres"; "" if nobody knows how that is said."""
        scale = ""
        if scaled := _SCALED.fullmatch(code):
            one, several = self.scales.get(scaled[1], ("", ""))
            scale, code = one if value == "1" else several, scaled[2]
            if not scale:
                return ""
        unit = self.units.get(code) or _CODES_OF_UNITS.get(code)
        unit = unit or _RAISED_FIGURE.sub(lambda figure: superscript(figure[0]), code)
        if unit in self.counted and lower(adjective) in _ADJECTIVE:
            return "-".join(f"{value} {scale}{unit.removesuffix('s')}".split())
        if unit in self.counted and value == "1" and not scale:
            unit = unit.removesuffix("s")
        return f"{value} {scale}{unit}"

    def _range(self, values: list[str]) -> tuple[str, list[str]]:
        """["12", "-", "15", "km"] → ("12-15", ["km"]); the value is "" if there is none."""
        if not 0 < len(values) <= _MAX_VALUES:
            return "", []
        text, rest = self.number(values[0]), values[1:]
        while len(rest) >= 2 and rest[0] in self.between and _is_number(rest[1]):
            text, rest = f"{text}{self.between[rest[0]]}{self.number(rest[1])}", rest[2:]
        return (text if values[0] else ""), rest

    def measurement(self, arguments: Arguments) -> str:
        """{{val|1.23|0.05|u=km}} → "1,23 ± 0,05 km", {{val|5|2|1}} → "5 (+2, -1)"."""
        values = positional(arguments)
        power = _power(arguments)
        if not values and power:
            return power.removeprefix(" × ")
        text, errors = self._range(values)
        if not text or len(errors) > 2 or not all(map(_is_number, errors)):
            return HOLE
        if len(errors) == 2:
            more, less = (error.lstrip("+" + _DASHES) for error in errors)
            text += f" (+{self.number(more)}, -{self.number(less)})"
        elif errors:
            text += f" ± {self.number(errors[0].lstrip('±+'))}"
        unit = first_given(arguments, "u", "ul")
        if per := first_given(arguments, "up", "upl"):
            unit += f"/{per}"
        prefix, suffix = arguments.get("p", ""), arguments.get("s", "")
        return f"{prefix}{text}{power}{suffix} {_UNITS.get(unit, unit)}".strip()

    def raised_ending(self, arguments: Arguments) -> str:
        """{{ord|3.|er}} → "3.er", {{ord|n.|o}} → "n.º"."""
        figure, ending = arguments.get("1", ""), arguments.get("2", "")
        return figure + raised(ending, self.raised, figure) if figure and ending else HOLE

    def raised_text(self, arguments: Arguments) -> str:
        """10{{exp|-2}} → "10⁻²"; {{su|p=2|b=i}} is raised and lowered."""
        before = arguments.get(BEFORE, "")
        index_text = first_given(arguments, "b")
        text = first_given(arguments, "1", "p")
        return (lowered(index_text, before) + raised(text, self.raised, before)) or HOLE

    def money(self, pattern: str, arguments: Arguments) -> str:
        """{{euro|5}} → "5 €", {{euro|5|millones}} → "5 millones €"; what else follows may change the sum."""
        values = positional(arguments)
        multiple = values[1] if len(values) == 2 else ""
        is_unclear = len(values) > 2 or (multiple and lower(multiple) not in self.multiples)
        if is_unclear or not values or not values[0]:
            return HOLE
        return pattern.format(f"{self.number(values[0])} {multiple}".strip())

    def coordinates(self, arguments: Arguments) -> str:
        """{{coord|28|16|N|16|38|W}} → "28°16′N 16°38′O"; those shown only beside the title go."""
        shown = lower(arguments.get("display", "inline"))
        if not (any(word in shown for word in self.inline) or shown in ("i", "it", "ti", "")):
            return ""
        text = ""
        figures: list[str] = []
        values = list(filter(None, positional(arguments)))
        for position, value in enumerate(values):
            if value in _DIRECTIONS:
                if not figures:
                    return HOLE
                text += " " + "".join(figures) + upper(value).replace("W", self.west)
                figures = []
            elif _COORDINATE.fullmatch(value) and len(figures) < 3:
                figures.append(self.number(value) + "°′″"[len(figures)])
            elif _DIRECTIONS.isdisjoint(values[position:]):
                break  # type:mountain
            else:
                return HOLE
        if not text and len(figures) == 2:
            return f"{figures[0]}, {figures[1][:-1]}°"
        return text.strip() if text and not figures else HOLE


def _is_number(text: str) -> bool:
    return re.fullmatch(rf"[{_DASHES}+]?[0-9]+(?:[.,/ +][0-9]+)*", text) is not None


def _power(arguments: Arguments) -> str:
    return f" × 10{exponent(arguments['e'])}" if arguments.get("e") else ""


def power_of_ten(arguments: Arguments) -> str:
    """2{{e|5}} → "2 × 10⁵"."""
    power = arguments.get("1", "")
    if not power:
        return HOLE
    after_number = re.search(r"[0-9] ?\Z", arguments.get(BEFORE, "0"))
    return f"{' × ' if after_number else ''}10{exponent(power)}"


def fraction(arguments: Arguments) -> str:
    """{{frac|1|2}} → "1/2", {{frac|2}} → "1/2", {{frac|3|1|2}} → "3 1/2", 3{{frac|1|2}} → "3 1/2"."""
    values = positional(arguments)
    if not 1 <= len(values) <= 3 or not all(values[-2:]) or arguments.get("2") == "":
        return HOLE
    *integer, numerator, denominator = values if len(values) > 1 else ["1", *values]
    text = f"{parenthesized(numerator)}/{parenthesized(denominator)}"
    if any(integer):
        text = f"{integer[0]} {text}"
    return f" {text}" if re.search(r"[0-9]\Z", arguments.get(BEFORE, "")) else text


def named_fraction(name: str, arguments: Arguments) -> str:
    """{{3/4}} → "3/4", 2{{3/4}} → "2 3/4"."""
    numerator, _, denominator = name.partition("/")
    return fraction({BEFORE: arguments.get(BEFORE, ""), "1": numerator, "2": denominator})


def root(arguments: Arguments) -> str:
    """{{raíz|2}} → "√2", {{raíz|x+1}} → "√(x+1)"; a second argument may be either number."""
    values = positional(arguments)
    return f"√{parenthesized(values[0])}" if len(values) == 1 else HOLE


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


def lowered_text(arguments: Arguments) -> str:
    """H{{sub|2}}O → "H₂O"."""
    return lowered(arguments.get("1", ""), arguments.get(BEFORE, "")) or HOLE


def chemical_formula(arguments: Arguments) -> str:
    """{{quim|C|2|H|6|O}}, {{chem2|C2H6O}} → "C₂H₆O": counts lowered, charges raised."""
    parts = positional(arguments)
    if len(parts) != 1:
        text = "\0".join(filter(None, (_chemical_part(part, n % 2 == 1) for n, part in enumerate(parts))))
        return HOLE if not text or re.search("[0-9]\0[0-9]", text) else text.replace("\0", "")
    name = parts[0]
    return chemistry_text(name) or (HOLE if re.search(r"[{}^_<>\\]|[0-9]", name) else name)


def _chemical_part(part: str, is_count: bool) -> str:
    if _CHARGE.fullmatch(part):
        return superscript(part)
    if re.fullmatch("[0-9]+", part) or (is_count and _COUNT.fullmatch(part)):
        return index(part)
    return part
