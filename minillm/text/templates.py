"""The templates of es.wikipedia.org whose value belongs to the sentence, as data.

`{{unidad|120|km}}` is part of what a reader reads: dropped, it would leave «recorre unos de ríos». A row
says how it is rendered, under which names it goes, and shows an example that is its test. A rendering is
a pattern («{1} a. C.») or a function of `measures.py`, `dates.py`, `renderers.py`. To add a template, add a
row. A name whose template behaves otherwise has a row of its own: the row's example holds for each name.

What stands in no table follows one rule: it goes. Infoboxes and navigation boxes stand on lines of their
own and nothing is missed; inside a sentence, if a hole is left, `holes.py` mends the sentence.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

from minillm.text import dates as d
from minillm.text import measures as m
from minillm.text import renderers as r
from minillm.text.arguments import Arguments, read_arguments
from minillm.text.marks import FORMULA, HOLE, MISSING
from minillm.text.names import COUNTRIES
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
    seen: str = ""
    """Where: a page, MediaWiki's own words, a public program that reads Wikipedia's templates."""


TEMPLATES: tuple[Template, ...] = (
    # Numbers and units
    Template(("unidad", "unit", "unidades"), m.quantity, "{{unidad|85000|km2}}", "85 000 km²",
             seen="embedded corpus: Acequia"),
    Template(("formatnum", "nts", "num", "número", "numero"),
             m.formatted_number, "{{formatnum:14088.590}}", "14 088,590",
             seen="es.wikipedia: Caiçara del Río del Vento"),
    Template(("val",), m.measurement, "{{val|1.23|0.05|u=km}}", "1,23 ± 0,05 km", seen="wtf_wikipedia"),
    Template(("convertir", "convert", "conversión", "cvt"),
             m.converted, "{{convertir|5|ft|11|in|m}}", "5 ft 11 in",
             seen="benjavalero/replacer; en.wikipedia: Arts Club of Chicago"),
    Template(("e",), m.power_of_ten, "2{{e|–5}}", "2 × 10⁻⁵"),
    Template(("frac", "fracción", "fraction", "sfrac"), m.fraction, "1{{frac|1|2}}", "1 1/2",
             seen="wtf_wikipedia"),
    Template(("romanos", "romano", "número romano"), m.roman, "{{romanos|16}}", "XVI"),
    Template(("ordinal",), m.ordinal, "{{ordinal|3|a}}", "3.ª"),
    Template(("ord",), m.raised_ending, "{{ord|3.|er}}", "3.er", seen="benjavalero/replacer"),
    Template(("raíz", "sqrt"), m.root, "{{raíz|x+1}}", "√(x+1)", seen="wtf_wikipedia"),
    Template(("math", "mvar", "mates", "fórmula"), "{1}", "{{math|x + y}}", "x + y", seen="wtf_wikipedia"),
    Template(("pi",), "π", "{{pi}}", "π"),
    Template(("0",), "", "{{0}}5", "5", seen="en.wikipedia: United Kingdom"),
    Template(("exp", "sup", "superíndice", "su"), m.raised_text, "10{{exp|2,5}}", "10^(2,5)"),
    Template(("sub", "subíndice"), m.lowered_text, "H{{sub|2}}O", "H₂O"),
    Template(("quim", "química", "chem", "chem2", "fórmula química"),
             m.chemical_formula, "{{quim|C|2|H|6|O}}", "C₂H₆O"),
    Template(("nucleido", "isótopo"), m.isotope, "{{nucleido|carbono|14}}", "carbono-14"),
    Template(("coord", "coor", "coordenadas", "coor dms", "coor dm"),
             m.coordinates, "{{coord|28|16|N|16|38|W}}", "28°16′N 16°38′O", alone=False,
             seen="embedded corpus: Albaicín"),
    # Money
    Template(("euro", "euros", "eur", "€"), partial(m.money, "{} €"), "{{euro|5}}", "5 €",
             seen="wtf_wikipedia"),
    Template(("usd", "us$", "dólares"), partial(m.money, "US$ {}"), "{{USD|5}}", "US$ 5",
             seen="wtf_wikipedia"),
    Template(("gbp", "libras", "£"), partial(m.money, "£{}"), "{{GBP|5}}", "£5", seen="wtf_wikipedia"),
    # Centuries, years and dates
    Template(("siglo", "century"), d.century, "{{siglo|IX|a|s}}", "siglo IX a. C.",
             seen="embedded corpus: Abolicionismo"),
    Template(("ac", "a. c.", "a.c.", "a. c", "a.c", "antes de cristo"),
             partial(d.era, "a. C."), "{{AC|218}}", "218 a. C.", seen="embedded corpus: Acueducto"),
    Template(("dc", "d. c.", "d.c.", "d. c", "d.c", "después de cristo"),
             partial(d.era, "d. C."), "{{DC|14}}", "14 d. C."),
    Template(("aec", "a. e. c."), partial(d.era, "a. e. c."), "{{AEC|218}}", "218 a. e. c."),
    Template(("circa", "c.", "ca."), d.around, "{{circa|1653}}", "c. 1653",
             seen="embedded corpus: Taj Mahal"),
    Template(("floruit", "fl."), partial(d.period, "fl."), "{{floruit|1400}}", "fl. 1400"),
    Template(("reinado", "reinó", "r."), "r. {1}-{2}", "{{reinado|1474|1504}}", "r. 1474-1504",
             seen="wtf_wikipedia"),
    Template(
        ("fecha", "fecha de inicio", "fecha de fin", "fecha de nacimiento",
         "fecha de nacimiento y edad", "fecha de estreno", "fecha de publicación",
         "fecha de fallecimiento", "fecha de lanzamiento", "start date", "end date", "birth date",
         "birth date and age", "film date", "dts", "edad y fecha", "julgregfecha"),
        d.date, "{{fecha|12|5|1874}}", "12 de mayo de 1874", seen="es.wikipedia: Racing Athletic Club"),
    Template(
        ("fecha y edad", "fecha de muerte y edad", "fecha de fallecimiento y edad",
         "fecha de defunción y edad", "death date and age"),
        d.death_date, "{{fecha y edad|15|7|1885|24|2|1837}}", "15 de julio de 1885 (48 años)",
        seen="embedded corpus: Miguel Ángel"),
    Template(("edad", "age"), d.age, "{{edad|24|2|1837|15|7|1885}}", "48",
             seen="es.wikipedia: Racing Athletic Club"),
    Template(("f1", "temporada f1", "motogp"), "{1}", "{{F1|1963}}", "1963",
             seen="es.wikipedia: Ludovico Scarfiotti"),
    Template(("matrimonio", "marriage", "casado"),
             d.married, "{{matrimonio|Ana|1929|1939}}", "Ana (1929-1939)",
             seen="embedded corpus: Frida Kahlo"),
    # Languages, scripts and pronunciation
    Template(("lang", "lenguaje", "idioma texto", "llang", "langx"),
             r.foreign, "{{lang|fr|château}}", "château",
             seen="benjavalero/replacer; embedded corpus: Lago Baikal"),
    Template(("etimología", "etimologia"),
             r.etymology, "{{etimología|la|castellum}}", "(del latín castellum)",
             seen="es.wikipedia: Bonifacio Novelo"),
    Template(("etimología2", "etimologia2"), "({1})", "{{etimología2|del latín lux}}", "(del latín lux)"),
    Template(("nihongo", "japonés"),
             r.japanese, "{{nihongo|monte|富士山|Fujisan|alto}}", "monte (富士山 Fujisan, alto)",
             seen="es.wikipedia: Kantai Kessen"),
    Template(("nihongo foot",), "{1}", "{{nihongo foot|monte|富士山|Fujisan}}", "monte",
             seen="wtf_wikipedia"),
    Template(("nihongo2", "kanji"), "{1}", "{{nihongo2|富士山}}", "富士山", seen="wtf_wikipedia"),
    Template(("nihongo3",),
             r.japanese_reading_first, "{{nihongo3|monte|富士山|Fujisan}}", "Fujisan (富士山, monte)",
             seen="wtf_wikipedia"),
    Template(("zh", "chino", "zh-full"),
             r.chinese, "{{zh|s=北京|p=Běijīng}}", "chino simplificado: 北京, pinyin: Běijīng",
             seen="en.wikipedia: Mozilla Firefox"),
    Template(("coreano", "korean", "ko"),
             r.korean, "{{coreano|hangul=서울|rr=Seoul}}", "hangul: 서울, romanización revisada: Seoul"),
    Template(("ruby", "furigana"), r.gloss, "{{ruby|東京|とうきょう}}", "東京 (とうきょう)"),
    Template(("transliteración", "transl", "translit", "romanización"),
             r.transliterated, "{{transl|ru|ISO|taiga}}", "taiga", seen="en.wikipedia: al Haytham"),
    Template(
        ("unicode", "politónico", "polytonic", "hebreo", "árabe", "fuente unicode", "cirílico", "griego"),
        "{1}", "{{politónico|λόγος}}", "λόγος"),
    Template(("script",), r.foreign, "{{script|Grek|λόγος}}", "λόγος"),
    Template(("okina",), "ʻ", "O{{okina}}ahu", "Oʻahu"),
    Template(("afi", "ipa", "api", "pronunciación", "pron", "pronunciado"),
             r.pronounced, "{{AFI|/ˈkasa/}}", "/ˈkasa/", seen="es.wiktionary; en.wikipedia: Mozilla Firefox"),
    Template(("audio", "sonido"), "{2}", "{{audio|casa.ogg|escuchar}}", "escuchar"),
    # Typography
    Template(("nowrap", "no wrap", "nobr", "nobreak", "sin salto", "no salto"),
             "{1}", "{{nowrap|12 m}}", "12 m", seen="en.wikipedia: Harry McPherson"),
    Template(("esd", "espacio duro", "nbsp", "espacio"), r.hard_space, "en{{esd}}{{esd|1901}}", "en 1901",
             seen="benjavalero/replacer"),
    Template(("versalita", "versalitas", "sc", "smallcaps", "small caps"),
             "{1}", "{{versalitas|García}}", "García", seen="es.wikipedia: Fletamento"),
    Template(("small", "pequeño", "smaller", "big", "grande", "larger", "resize1"),
             "{1}", "{{small|rey}}", "rey", seen="es.wikipedia: Ludovico Scarfiotti"),
    Template(
        ("negrita", "bold", "cursiva", "itálica", "itálicas", "italic", "subrayado", "underline",
         "tachado", "strike", "resaltado", "resaltar", "mono", "code", "código", "tt",
         "samp", "var", "centrar", "center", "centro", "sangría", "derecha", "izquierda",
         "visible anchor", "texto ancla"),
        "{1}", "{{cursiva|in vitro}}", "in vitro", seen="wtf_wikipedia"),
    Template(("kbd", "tecla", "key"), r.keys, "{{tecla|Ctrl|C}}", "Ctrl+C", seen="wtf_wikipedia"),
    Template(("color", "color de fuente", "colortexto", "color texto"),
             "{2}", "{{color|red|rojo}}", "rojo", seen="embedded corpus: Café"),
    Template(("font color", "fontcolor", "coloredlink"),
             r.last_of_several, "{{font color|red|white|rojo}}", "rojo"),
    Template(("abreviatura", "abbr", "abr", "sigla", "siglas", "tooltip", "acrónimo"),
             "{1}", "{{abreviatura|pág.|página}}", "pág.", seen="wtf_wikipedia"),
    Template(
        ("enlace-interlingüístico", "link-interwiki", "interlanguage link", "ill", "enlace interlingüe",
         "iw"),
        r.interlanguage_link, "{{link-interwiki|es=Torre|lang=en|lang_title=Tower}}", "Torre"),
    Template(("no rojo", "sin enlace rojo", "enlace a", "sort", "wikt"),
             r.label, "{{no rojo|Torre|torre}}", "torre", seen="benjavalero/replacer"),
    Template(("enlace roto",),
             r.label_of_dead_link, "{{enlace roto|1=Torre|2=http://example.org}}", "Torre",
             seen="es.wikipedia: Racing Athletic Club"),
    Template(("sortname",), r.full_name, "{{sortname|Ana|Ruiz}}", "Ana Ruiz",
             seen="benjavalero/replacer; en.wikipedia"),
    Template(("identificador carretera española", "identificador carretera europea"),
             r.road, "{{identificador carretera española|A-6}}", "A-6", seen="benjavalero/replacer"),
    Template(("comillas", "comillas latinas", "cita corta", "quote inline", "«"),
             "«{1}»", "{{comillas|luz}}", "«luz»"),
    Template(("raya", "mdash", "em dash", "—"), "—", "{{raya}}inciso{{raya}}", "—inciso—",
             seen="wtf_wikipedia"),
    Template(("ndash", "en dash", "–", "semiraya", "menos"), "-{1?}", "3{{ndash}}5", "3-5",
             seen="wtf_wikipedia"),
    Template(("·", "•", "middot", "punto medio"), " · ", "a{{·}}b", "a · b", seen="wtf_wikipedia"),
    Template(("'", "apóstrofo"), "'", "d{{'}}Or", "d'Or"),
    Template(("!", "!!"), "|", "a {{!}} b", "a | b", seen="MediaWiki; en.wikipedia: United Kingdom"),
    Template(("=",), "=", "a {{=}} b", "a = b", seen="MediaWiki"),
    Template(("sic",), r.as_it_stands, "{{sic|haiga}}", "haiga [sic]", seen="en.wikipedia: al Haytham"),
    Template(("tm", "marca registrada"), "{1?}™", "X{{tm}}", "X™"),
    # Quotations and lists
    Template(
        ("cita", "quote", "cquote", "cita destacada", "blockquote", "quotation", "bquote", "cita larga",
         "caja de cita", "quote box", "epígrafe", "cita textual"),
        r.quotation, "{{cita|Era de noche.|Un viajero}}", "Era de noche.",
        seen="es.wikipedia: Bonifacio Novelo"),
    Template(("verso", "poema", "poem", "versos"), r.quotation, "{{verso|Luz, luz.}}", "Luz, luz."),
    Template(
        ("lista", "lista plana", "lista simple", "lista desplegable", "lista plegable",
         "lista horizontal", "plainlist", "hlist", "ubl", "unbulleted list", "flatlist",
         "lista sin viñetas"),
        r.listed, "{{lista plana|1|2}}", "1 2", seen="embedded corpus: Arepa"),
    Template(("lista de columnas", "columns-list"),
             r.listed_in_columns, "{{lista de columnas|3|uno|dos}}", "uno dos", seen="wtf_wikipedia"),
    # Countries by name ({{ESP}} is in names.py)
    Template(
        ("flag", "flagcountry", "geodatos", "país", "bandera y nombre", "bandera nombre", "banderapaís",
         "bandera2", "sel", "selb"),
        r.country, "{{flag|ESP}}", "España", seen="es.wikipedia: Monte Baume"),
    # The parser's own functions: {{lc:…}}
    Template(("lc",), r.lower_case, "{{lc:ONU}}", "onu", seen="MediaWiki"),
    Template(("uc",), r.upper_case, "{{uc:onu}}", "ONU", seen="MediaWiki"),
    Template(("lcfirst",), r.lower_first, "{{lcfirst:ONU}}", "oNU", seen="MediaWiki"),
    Template(("ucfirst",), r.upper_first, "{{ucfirst:onu de lora}}", "Onu de lora", seen="MediaWiki"),
)  # fmt: skip

_BY_NAME = {name: template for template in TEMPLATES for name in template.names}
_PLACEHOLDER = re.compile(r"\{(\w+)(\??)\}", re.ASCII)
_HOLE = re.compile(f"[{FORMULA}{HOLE}{MISSING}]")
_FRACTION = re.compile("[0-9]{1,3}/[0-9]{1,3}")

_TITLE = frozenset(
    {
        "pagename", "nombredepagina", "nombredepágina", "fullpagename", "nombredepáginacompleta",
        "nombredepaginacompleta", "basepagename", "subpagename",
    }
)  # fmt: skip
"""MediaWiki's words for the title of the article: it has no namespace and no subpages."""

_VALUES_OF_THE_WIKI = frozenset(
    {
        # Of the day on which the page is shown, and of the wiki's size.
        "currentyear", "currentmonth", "currentmonthname", "currentday", "currenttime", "localyear",
        "localmonth", "localmonthname", "localday", "localtime", "añoactual", "mesactual",
        "nombremesactual", "díaactual", "diaactual", "numberofarticles", "numberofusers", "numberofpages",
        "numberofedits", "númerodeartículos", "numerodearticulos",
        # Functions of what is not computed here.
        "plural", "padleft", "padright", "gender", "género", "genero", "grammar", "int", "ns", "urlencode",
        "fullurl", "localurl", "filepath",
    }
)  # fmt: skip
"""MediaWiki's words whose value the wikitext does not hold; so are {{#expr:…}}, {{#time:…}}, {{#if:…}}."""


def template_text(name: str, values: list[str], *, alone: bool, before: str = "", title: str = "") -> str:
    """What {{name|values}} says: "" for a box or mark, HOLE or MISSING for what we cannot render.

    `alone`: whether it stands on a line of its own; `before`: the end of the text before it; `title`: of the
    article.
    """
    if name in COUNTRIES:
        return COUNTRIES[name]
    canonical = canonical_name(name)
    if canonical in _TITLE:
        return title or MISSING
    template = find_template(canonical)
    if template is None and ":" in canonical:  # a parser function: {{formatnum:1234}}
        function, _, first = name.partition(":")
        template = find_template(canonical_name(function))
        values = [first, *values]
    if template is None:
        return _unknown(canonical)
    if alone and not template.alone:
        return ""
    if _is_value(template) and any(_HOLE.search(value) for value in values):
        return MISSING  # {{frac|1|{{x}}}} is no 1
    return render(template, read_arguments(values, before))


def _is_value(template: Template) -> bool:
    """Whether it is a number or a date."""
    rendering = template.rendering
    function = rendering.func if isinstance(rendering, partial) else rendering
    return getattr(function, "__module__", "") in (m.__name__, d.__name__)


def _unknown(name: str) -> str:
    if is_silent(name):
        return ""
    is_value = name.startswith("#") or name.partition(":")[0] in _VALUES_OF_THE_WIKI
    return MISSING if is_value else HOLE


def canonical_name(name: str) -> str:
    """`Fecha_de inicio ` → `fecha de inicio`."""
    return lower(" ".join(name.replace("_", " ").split())).removeprefix("plantilla:").strip()


def is_silent(name: str) -> bool:
    """Whether the template of this canonical name says nothing in the sentence where it stands."""
    return name in SILENT_TEMPLATES or name.startswith(SILENT_PREFIXES) or not name


def find_template(name: str) -> Template | None:
    """The row of a canonical name, or None.

    {{lang-de|…}} and {{AFI-es|…}} are named by their language, {{3/4}} by its value.
    """
    if template := _BY_NAME.get(name):
        return template
    if _FRACTION.fullmatch(name):
        return Template((name,), partial(m.named_fraction, name), "", "")
    family, _, code = name.partition("-")
    if family == "lang" and code:
        return Template((name,), partial(r.named_language, code), "", "")
    if family in ("ipa", "afi"):
        return _BY_NAME["afi"]
    if family == "zh":  # {{zh-cp|c=…|p=…}}: which transcriptions
        return _BY_NAME["zh"]
    if name.startswith("script/"):  # {{script/Hebrew|…}}
        return _BY_NAME["unicode"]
    return None


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
