"""Numbers in Spanish, as the Academia writes them: decimal comma, groups of digits from five on."""

import re

from minillm.languages.es.ordinals import RAISED
from minillm.languages.measures import Measures
from minillm.unicode import lower, starts_with_letter
from minillm.wikitext.arguments import Arguments, positional
from minillm.wikitext.marks import HOLE

MEASURES = Measures(
    decimal=",",
    group=" ",
    most_together=4,
    units={},
    together=(
        frozenset(
            {"mi", "yd", "ft", "foot", "in", "milla", "millas", "yarda", "yardas", "pie", "pies", "pulgada",
             "pulgadas"}
        ),
        frozenset({"st", "lb", "lbs", "oz", "libra", "libras", "onza", "onzas"}),
    ),
    between={
        **dict.fromkeys(("-", "−", "–", "—", "to(-)"), "-"), **dict.fromkeys(("a", "to", "hasta"), " a "),
        **dict.fromkeys(("y", "and", "&", "and(-)"), " y "), **dict.fromkeys(("o", "or"), " o "),
        **dict.fromkeys(("x", "×", "por", "by", "*", "xx"), " × "), **dict.fromkeys(("±", "+/-"), " ± "),
    },
    scales={
        "3": ("", "mil "), "6": ("millón de ", "millones de "),
        "9": ("mil millones de ", "miles de millones de "), "12": ("billón de ", "billones de "),
    },
    counted=frozenset(),
    multiples=frozenset({"mil", "millón", "millones", "billón", "billones", "mil millones"}),
    inline=("inline", "línea"),
    west="O",
    raised=RAISED,
)  # fmt: skip
_ORDINAL_ENDINGS = {
    **dict.fromkeys(("", "o", "º", "m", "masculino"), "º"), **dict.fromkeys(("a", "ª", "f", "femenino"), "ª"),
    "er": "er",
}  # fmt: skip


def isotope(arguments: Arguments) -> str:
    """{{nucleido|carbono|14}} → "carbono-14"."""
    match positional(arguments):
        case [element, mass, *_] if starts_with_letter(element) and re.fullmatch("[0-9]{1,3}m?", mass):
            return f"{element}-{mass}"
        case _:
            return HOLE


def ordinal(arguments: Arguments) -> str:
    """{{ordinal|3}} → "3.º", {{ordinal|3|a}} → "3.ª"."""
    figure, ending = arguments.get("1", ""), _ORDINAL_ENDINGS.get(lower(arguments.get("2", "")))
    return f"{figure}.{ending}" if re.fullmatch("[0-9]{1,9}", figure) and ending else HOLE
