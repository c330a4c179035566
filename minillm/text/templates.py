"""The templates of es.wikipedia.org whose value belongs to the sentence, as data.

`{{unidad|120|km}}` is part of what a reader reads: dropped, it would leave «recorre unos de ríos». A row
says how it is rendered, under which names it goes, and shows an example that is its test. A rendering is
a pattern («{1} a. C.») or a function of `renderers.py`. To add a template, add a row.

What stands in no table follows one rule: it goes. Infoboxes and navigation boxes stand on lines of their
own and nothing is missed; inside a sentence, if a hole is left, `holes.py` mends the sentence.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import regex

from minillm.text import renderers as r
from minillm.text.marks import HOLE
from minillm.text.names import COUNTRIES
from minillm.text.renderers import Arguments
from minillm.text.unicode import lower
from minillm.text.wikipedia_es import SILENT_PREFIXES, SILENT_TEMPLATES

Rendering = str | Callable[[Arguments], str]


class Template(NamedTuple):
    """One template: its names, how it is rendered, and an example."""

    names: tuple[str, ...]
    rendering: Rendering
    example: str
    expected: str
    alone: bool = True
    """Rendered on a line of its own too; False: there it is a box and goes."""


TEMPLATES: tuple[Template, ...] = (
    # Numbers and units
    Template(("unidad", "unit", "unidades"), r.quantity, "{{unidad|85000|km2}}", "85 000 km²"),
    Template(("formatnum", "nts", "num", "número", "numero"),
             r.formatted_number, "{{formatnum:14088.590}}", "14 088,590"),
    Template(("val",), r.measurement, "{{val|1.23|0.05|u=km}}", "1,23 ± 0,05 km"),
    Template(("convertir", "convert", "conversión", "cvt"), r.converted, "{{convertir|10|km|mi}}", "10 km"),
    Template(("e",), r.power_of_ten, "2{{e|5}}", "2 × 10⁵"),
    Template(("frac", "fracción", "fraction"), r.fraction, "{{frac|1|2}}", "1/2"),
    Template(("romanos", "romano", "número romano"), r.roman, "{{romanos|16}}", "XVI"),
    Template(("ordinal",), "{1}.º", "{{ordinal|3}}", "3.º"),
    Template(("raíz", "sqrt"), "√{1}", "{{raíz|2}}", "√2"),
    Template(("math", "mvar", "mates", "fórmula"), "{1}", "{{math|x + y}}", "x + y"),
    Template(("pi",), "π", "{{pi}}", "π"),
    Template(("exp", "sup", "superíndice", "su"), r.raised, "km{{exp|2}}", "km²"),
    Template(("sub", "subíndice"), r.lowered, "H{{sub|2}}O", "H₂O"),
    Template(("quim", "química", "chem", "chem2", "fórmula química"),
             r.chemical_formula, "{{quim|C|2|H|6|O}}", "C₂H₆O"),
    Template(("nucleido", "isótopo"), r.isotope, "{{nucleido|carbono|14}}", "carbono-14"),
    Template(("coord", "coor", "coordenadas", "coor dms", "coor dm"),
             r.coordinates, "{{coord|28|16|N|16|38|W}}", "28°16′N 16°38′O", alone=False),
    # Money
    Template(("euro", "euros", "eur", "€"), "{1} €", "{{euro|5}}", "5 €"),
    Template(("usd", "us$", "dólares"), "US$ {1}", "{{USD|5}}", "US$ 5"),
    Template(("gbp", "libras", "£"), "£{1}", "{{GBP|5}}", "£5"),
    # Centuries, years and dates
    Template(("siglo", "century"), r.century, "{{siglo|IX|a|s}}", "siglo IX a. C."),
    Template(("ac", "a. c.", "a.c.", "a. c", "a.c", "antes de cristo"),
             "{1?} a. C.", "{{AC|218}}", "218 a. C."),
    Template(("dc", "d. c.", "d.c.", "d. c", "d.c", "después de cristo"),
             "{1?} d. C.", "{{DC|14}}", "14 d. C."),
    Template(("aec", "a. e. c."), "{1?} a. e. c.", "{{AEC|218}}", "218 a. e. c."),
    Template(("circa", "c.", "ca."), "c. {1}", "{{circa|1653}}", "c. 1653"),
    Template(("floruit", "fl."), "fl. {1}", "{{floruit|1400}}", "fl. 1400"),
    Template(("reinado", "reinó", "r."), "r. {1}-{2}", "{{reinado|1474|1504}}", "r. 1474-1504"),
    Template(
        ("fecha", "fecha de inicio", "fecha de fin", "fecha de nacimiento",
         "fecha de nacimiento y edad", "fecha de estreno", "fecha de publicación",
         "fecha de fallecimiento", "fecha de lanzamiento", "start date", "end date", "birth date",
         "birth date and age", "film date", "dts", "edad y fecha"),
        r.date, "{{fecha|12|5|1874}}", "12 de mayo de 1874"),
    Template(
        ("fecha y edad", "fecha de muerte y edad", "fecha de fallecimiento y edad",
         "fecha de defunción y edad", "death date and age"),
        r.death_date, "{{fecha y edad|15|7|1885|24|2|1837}}", "15 de julio de 1885 (48 años)"),
    Template(("edad", "age"), r.age, "{{edad|24|2|1837|15|7|1885}}", "48"),
    Template(("f1", "temporada f1", "motogp"), "{1}", "{{F1|1963}}", "1963"),
    Template(("matrimonio", "marriage", "casado"),
             r.married, "{{matrimonio|Ana|1929|1939}}", "Ana (1929-1939)"),
    # Languages, scripts and pronunciation
    Template(("lang", "lenguaje", "idioma texto", "llang"), r.foreign, "{{lang|fr|château}}", "château"),
    Template(("etimología", "etimologia"),
             r.etymology, "{{etimología|la|castellum}}", "(del latín castellum)"),
    Template(("etimología2", "etimologia2"), "({1})", "{{etimología2|del latín lux}}", "(del latín lux)"),
    Template(("nihongo", "japonés"),
             r.japanese, "{{nihongo|monte|富士山|Fujisan}}", "monte (富士山 Fujisan)"),
    Template(("nihongo2", "kanji"), "{1}", "{{nihongo2|富士山}}", "富士山"),
    Template(("nihongo3",), r.japanese, "{{nihongo3|Fujisan|富士山}}", "Fujisan (富士山)"),
    Template(("zh", "chino", "zh-full"),
             r.chinese, "{{zh|s=北京|p=Běijīng}}", "chino simplificado: 北京, pinyin: Běijīng"),
    Template(("coreano", "korean", "ko"),
             r.korean, "{{coreano|hangul=서울|rr=Seoul}}", "hangul: 서울, romanización revisada: Seoul"),
    Template(("ruby", "furigana"), r.gloss, "{{ruby|東京|とうきょう}}", "東京 (とうきょう)"),
    Template(("transliteración", "transl", "translit", "romanización"),
             r.foreign, "{{transl|ru|taiga}}", "taiga"),
    Template(
        ("unicode", "politónico", "polytonic", "hebreo", "árabe", "script", "fuente unicode",
         "cirílico", "griego"),
        "{1}", "{{politónico|λόγος}}", "λόγος"),
    Template(("afi", "ipa", "api"), "[{1}]", "{{AFI|ˈkasa}}", "[ˈkasa]"),
    Template(("pronunciación", "pron", "pronunciado"), "[{1}]", "{{pronunciación|ˈkasa}}", "[ˈkasa]"),
    Template(("audio", "sonido"), "{2}", "{{audio|casa.ogg|escuchar}}", "escuchar"),
    # Typography
    Template(("nowrap", "no wrap", "nobr", "nobreak", "sin salto", "no salto"),
             "{1}", "{{nowrap|12 m}}", "12 m"),
    Template(("esd", "espacio duro", "nbsp", "espacio"), r.hard_space, "en{{esd}}{{esd|1901}}", "en 1901"),
    Template(("versalita", "versalitas", "sc", "smallcaps", "small caps"),
             "{1}", "{{versalitas|García}}", "García"),
    Template(("small", "pequeño", "smaller", "big", "grande", "larger", "resize1"),
             "{1}", "{{small|rey}}", "rey"),
    Template(
        ("negrita", "bold", "cursiva", "itálica", "itálicas", "italic", "subrayado", "underline",
         "tachado", "strike", "resaltado", "resaltar", "mono", "code", "código", "tt", "kbd", "tecla",
         "key", "samp", "var", "centrar", "center", "centro", "sangría", "derecha", "izquierda",
         "visible anchor", "texto ancla"),
        "{1}", "{{cursiva|in vitro}}", "in vitro"),
    Template(
        ("color", "color de fuente", "font color", "colortexto", "fontcolor", "color texto",
         "coloredlink"),
        "{2}", "{{color|red|rojo}}", "rojo"),
    Template(("abreviatura", "abbr", "abr", "sigla", "siglas", "tooltip", "acrónimo"),
             "{1}", "{{abreviatura|pág.|página}}", "pág."),
    Template(
        ("enlace-interlingüístico", "link-interwiki", "interlanguage link", "ill", "enlace interlingüe",
         "iw"),
        r.interlanguage_link, "{{link-interwiki|es=Torre|lang=en|lang_title=Tower}}", "Torre"),
    Template(("no rojo", "sin enlace rojo", "enlace a"), "{1}", "{{no rojo|Torre}}", "Torre"),
    Template(("comillas", "comillas latinas", "cita corta", "quote inline", "«"),
             "«{1}»", "{{comillas|luz}}", "«luz»"),
    Template(("raya", "mdash", "em dash", "—"), "—", "{{raya}}inciso{{raya}}", "—inciso—"),
    Template(("ndash", "en dash", "–", "semiraya", "menos"), "-", "3{{ndash}}5", "3-5"),
    Template(("·", "•", "middot", "punto medio"), " · ", "a{{·}}b", "a · b"),
    Template(("'", "apóstrofo"), "'", "d{{'}}Or", "d'Or"),
    Template(("!", "!!"), "|", "a {{!}} b", "a | b"),
    Template(("=",), "=", "a {{=}} b", "a = b"),
    Template(("sic",), "[sic]", "{{sic}}", "[sic]"),
    Template(("tm", "marca registrada"), "™", "X{{tm}}", "X™"),
    # Quotations and lists
    Template(
        ("cita", "quote", "cquote", "cita destacada", "blockquote", "quotation", "bquote", "cita larga",
         "caja de cita", "quote box", "epígrafe", "cita textual", "extracto"),
        r.quotation, "{{cita|Era de noche.|Un viajero}}", "Era de noche."),
    Template(("verso", "poema", "poem", "versos"), r.quotation, "{{verso|Luz, luz.}}", "Luz, luz."),
    Template(
        ("lista", "lista plana", "lista simple", "lista desplegable", "lista plegable",
         "lista horizontal", "plainlist", "hlist", "ubl", "unbulleted list", "flatlist",
         "lista de columnas", "lista sin viñetas"),
        r.listed, "{{lista plana|uno|dos}}", "uno dos"),
    # Countries by name ({{ESP}} is in names.py)
    Template(
        ("flag", "flagcountry", "geodatos", "país", "bandera y nombre", "bandera nombre", "banderapaís",
         "bandera2", "sel", "selb"),
        r.country, "{{flag|ESP}}", "España"),
    # The parser's own functions: {{lc:…}}
    Template(("lc", "lcfirst"), r.lower_case, "{{lc:ONU}}", "onu"),
    Template(("uc", "ucfirst"), r.upper_case, "{{uc:onu}}", "ONU"),
)  # fmt: skip

_BY_NAME = {name: template for template in TEMPLATES for name in template.names}
_ARGUMENT_NAME = regex.compile(r"[\w -]{1,30}")
_PLACEHOLDER = re.compile(r"\{(\w+)(\??)\}", re.ASCII)


def template_text(name: str, values: list[str], *, alone: bool) -> str:
    """What {{name|values}} says: "" for a box or mark, HOLE for what we cannot render.

    `alone`: whether it stands on a line of its own.
    """
    if name in COUNTRIES:
        return COUNTRIES[name]
    canonical = canonical_name(name)
    template = find_template(canonical)
    if template is None and ":" in canonical:  # a parser function: {{formatnum:1234}}
        function, _, first = name.partition(":")
        template = find_template(canonical_name(function))
        values = [first, *values]
    if template is None:
        return "" if is_silent(canonical) else HOLE
    if alone and not template.alone:
        return ""
    return render(template, _arguments(values))


def canonical_name(name: str) -> str:
    """`Fecha_de inicio ` → `fecha de inicio`."""
    return lower(" ".join(name.replace("_", " ").split())).removeprefix("plantilla:").strip()


def is_silent(name: str) -> bool:
    """Whether the template of this canonical name says nothing in the sentence where it stands."""
    return name in SILENT_TEMPLATES or name.startswith(SILENT_PREFIXES) or not name


def find_template(name: str) -> Template | None:
    """The row of a canonical name, or None. {{lang-de|…}} and {{AFI-es|…}} are named by their language."""
    template = _BY_NAME.get(name)
    if template is None and "-" in name:
        family, _, code = name.partition("-")
        if family == "lang":
            return Template((name,), partial(r.named_language, code), "", "")
        if family in ("ipa", "afi"):
            return _BY_NAME["afi"]
    return template


def render(template: Template, arguments: Arguments) -> str:
    """The text of a template with these arguments; HOLE if the value is not among them.

    In a pattern `{1}` is an argument that must be there, `{1?}` one that may be missing.
    """
    rendering = template.rendering
    if not isinstance(rendering, str):
        return rendering(arguments)
    text = []
    for constant, name, optional in _pattern_parts(rendering):
        value = arguments.get(name, "")
        if name and not value and not optional:
            return HOLE
        text.append(constant + value)
    return "".join(text)


@cache
def _pattern_parts(pattern: str) -> list[tuple[str, str, str]]:
    """`{1} a. C.` → [("", "1", ""), (" a. C.", "", "")]"""
    pieces = [*_PLACEHOLDER.split(pattern), "", ""]
    return list(zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True))


def _arguments(values: list[str]) -> dict[str, str]:
    """["930", "u = km"] → {"1": "930", "u": "km"}"""
    arguments: dict[str, str] = {}
    position = 0
    for value in values:
        name, equals, rest = value.partition("=")
        if equals and _ARGUMENT_NAME.fullmatch(name.strip()):
            arguments[lower(name.strip())] = rest.strip()
        else:
            position += 1
            arguments[str(position)] = value.strip()
    return arguments
