"""Numbers in English: decimal point, commas between groups of three digits."""

import re

from minillm.languages.en.ordinals import RAISED
from minillm.languages.measures import Measures
from minillm.unicode import starts_with_letter
from minillm.wikitext.arguments import Arguments, first_given, positional
from minillm.wikitext.exponents import superscript
from minillm.wikitext.marks import HOLE

_ACRES = dict.fromkeys(("acre", "acres", "ac"), "acres")
MEASURES = Measures(
    decimal=".",
    group=",",
    most_together=3,
    units={
        **_ACRES, "sqmi": "sq mi", "sqft": "sq ft", "sqyd": "sq yd", "sqin": "sq in", "cuft": "cu ft",
        "cuin": "cu in", "cuyd": "cu yd", "mi2": "sq mi", "ft2": "sq ft", "hectare": "ha", "hectares": "ha",
        "LT": "long tons", "ST": "short tons", "USgal": "US gal", "usgal": "US gal", "impgal": "imp gal",
        "foot": "ft", "feet": "ft", "inch": "in", "inches": "in", "mile": "mi", "miles": "mi", "yard": "yd",
        "yards": "yd", "pound": "lb", "pounds": "lb", "lbs": "lb", "stone": "st", "kilometre": "km",
        "kilometer": "km", "kilometres": "km", "kilometers": "km", "metre": "m", "meter": "m", "metres": "m",
        "meters": "m", "knot": "kn", "knots": "kn", "furlong": "furlongs", "tonne": "t", "tonnes": "t",
        "degC": "°C", "degF": "°F", "PD/sqmi": "per sq mi", "PD/km2": "per km²", "PD/sqkm": "per km²",
        "/sqmi": "per sq mi", "/km2": "per km²", "carat": "carats", "ft3": "cu ft", "in3": "cu in",
        "yd3": "cu yd", "CID": "cu in", "ft3/s": "cu ft/s", "cuft/s": "cu ft/s", "Mcuft": "thousand cu ft",
        "MMcuft": "million cu ft", "Bcuft": "billion cu ft", "Tcuft": "trillion cu ft", "oilbbl": "bbl",
        "koilbbl": "thousand bbl", "Moilbbl": "million bbl", "Goilbbl": "billion bbl", "USbbl": "US bbl",
        "USfloz": "US fl oz", "impfloz": "imp fl oz", "USqt": "US qt", "USpt": "US pt", "imppt": "imp pt",
        "lbf.ft": "lbf·ft", "lbft": "lb·ft", "lb.ft": "lb·ft", "ft.lbf": "ft·lbf", "Nm": "N·m", "N.m": "N·m",
        "lb/sqin": "psi",
    },
    together=(
        frozenset({"mi", "mile", "miles", "yd", "ft", "foot", "feet", "in", "inch", "inches"}),
        frozenset({"st", "stone", "lb", "lbs", "oz"}),
        frozenset({"mi", "chain", "furlong"}),
    ),
    between={
        **dict.fromkeys(("-", "−", "–", "—", "to(-)"), "-"), "to": " to ", "to about": " to about ",
        **dict.fromkeys(("and", "&", "and(-)"), " and "), "or": " or ",
        **dict.fromkeys(("x", "×", "by", "*", "xx"), " × "), **dict.fromkeys(("±", "+/-"), " ± "), "+": " + ",
    },
    scales={
        "3": ("thousand ", "thousand "), "6": ("million ", "million "), "9": ("billion ", "billion "),
        "12": ("trillion ", "trillion "),
    },
    counted=frozenset({"acres", "furlongs", "long tons", "short tons", "carats"}),
    multiples=frozenset({"thousand", "million", "billion", "trillion", "m", "bn", "crore", "lakh"}),
    inline=("inline",),
    west="W",
    raised=RAISED,
)  # fmt: skip


def ordinal(arguments: Arguments) -> str:
    """{{ordinal|3}} → "3rd", {{ordinal|11}} → "11th"."""
    figure = arguments.get("1", "")
    if not re.fullmatch("[0-9]{1,9}", figure):
        return HOLE
    ending = "th" if figure[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(figure[-1], "th")
    return figure + ending


def height(arguments: Arguments) -> str:
    """{{height|ft=5|in=11}} → "5 ft 11 in", {{height|m=1.80}} → "1.80 m"."""
    given = [(arguments.get(unit, ""), unit) for unit in ("ft", "in", "m", "cm")]
    parts = [(figure, unit) for figure, unit in given if figure]
    units = tuple(unit for _, unit in parts)
    if units not in (("ft",), ("ft", "in"), ("m",), ("cm",)):
        return HOLE
    return " ".join(f"{figure} {unit}" for figure, unit in parts)


def isotope(arguments: Arguments) -> str:
    """{{nuclide|carbon|14}} → "carbon-14", {{nuclide|C|14}} → "¹⁴C"."""
    match positional(arguments):
        case [element, mass, *_] if starts_with_letter(element) and re.fullmatch("[0-9]{1,3}m?", mass):
            is_symbol = re.fullmatch("[A-Z][a-z]?", element) and not mass.endswith("m")
            return superscript(mass) + element if is_symbol else f"{element}-{mass}"
        case _:
            return HOLE


def money(sign: str, arguments: Arguments) -> str:
    """{{US$|5 million}} → "US$5 million", {{INR|5|crore}} → "₹5 crore"; alone it is the sign."""
    values = positional(arguments)
    if not values:
        return HOLE if first_given(arguments, "value", "year") else sign
    return MEASURES.money(sign + "{}", {str(n): value for n, value in enumerate(values[:2], 1)})


def degrees(arguments: Arguments) -> str:
    """{{deg|45}}, {{angle|45}} → "45°"; degrees, minutes, seconds."""
    values = positional(arguments)
    if not 1 <= len(values) <= 3 or not all(re.fullmatch(r"[-−]?[0-9]+(?:\.[0-9]+)?", v) for v in values):
        return HOLE
    return "".join(figure + sign for figure, sign in zip(values, "°′″", strict=False))


def plus_minus(arguments: Arguments) -> str:
    """{{±|3}} → "±3", {{±|3|2}} → " (+3, -2)"."""
    match positional(arguments):
        case []:
            return "±"
        case [error]:
            return f"±{error}"
        case [more, less]:
            return f" (+{more}, -{less})"
        case _:
            return HOLE
