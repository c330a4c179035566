"""The templates of es.wikipedia.org whose value belongs to the sentence, as data.

A rendering is a pattern («{1} a. C.») or a function. Numbers and dates are in `values.py`, templates that say
nothing in `wiki.py`. To add a template, add a row.
"""

import re
from functools import partial

from minillm.languages import measures as m
from minillm.languages import renderers as r
from minillm.languages.es import renderers as es
from minillm.languages.es.names import COUNTRIES
from minillm.languages.es.values import VALUES
from minillm.languages.es.wiki import (
    SILENT_PREFIXES,
    SILENT_TEMPLATES,
    TITLE_WORDS,
    VALUES_OF_THE_WIKI,
)
from minillm.unicode import lower
from minillm.wikitext.templates import Template, Templates

_FRACTION = re.compile("[0-9]{1,3}/[0-9]{1,3}")
_SHIP_PREFIXES = ("HMS", "USS", "RMS", "HMAS", "HMCS", "HMNZS", "SMS", "USNS")

_TEXTS: tuple[Template, ...] = (
    # Languages, scripts and pronunciation
    Template(("lang", "lenguaje", "idioma texto", "llang", "langx"),
             es.foreign, "{{lang|fr|château}}", "château",
             seen="benjavalero/replacer; embedded corpus: Lago Baikal"),
    Template(("etimología", "etimologia"),
             es.etymology, "{{etimología|la|castellum}}", "(del latín castellum)",
             seen="es.wikipedia: Bonifacio Novelo"),
    Template(("etimología2", "etimologia2"), "({1})", "{{etimología2|del latín lux}}", "(del latín lux)",
             seen="es.wiktionary: Wikcionario:Plantillas"),
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
             es.chinese, "{{zh|s=北京|p=Běijīng}}", "chino simplificado: 北京, pinyin: Běijīng",
             seen="en.wikipedia: Mozilla Firefox"),
    Template(("coreano", "korean", "ko"),
             es.korean, "{{coreano|hangul=서울|rr=Seoul}}", "hangul: 서울, romanización revisada: Seoul",
             seen="es.wikipedia: Wikipedia:Manual de estilo/Artículos relacionados con Corea"),
    Template(("ruby", "furigana"), r.gloss, "{{ruby|東京|とうきょう}}", "東京 (とうきょう)",
             seen="vi.wikisource: Bản mẫu:Ruby"),
    Template(("transliteración", "transl", "translit", "romanización"),
             r.transliterated, "{{transl|ru|ISO|taiga}}", "taiga", seen="en.wikipedia: al Haytham"),
    Template(
        ("unicode", "politónico", "polytonic", "hebreo", "árabe", "fuente unicode", "cirílico", "griego"),
        "{1}", "{{politónico|λόγος}}", "λόγος", seen="AutoWikiBrowser; ebook-reader-dict"),
    Template(("script",), es.foreign, "{{script|Grek|λόγος}}", "λόγος", seen="en.wikipedia: Template:Script"),
    Template(("okina",), "ʻ", "O{{okina}}ahu", "Oʻahu", seen="JL-Bot"),
    Template(("afi", "ipa", "api", "pronunciación", "pron", "pronunciado"),
             es.pronounced, "{{AFI|/ˈkasa/}}", "/ˈkasa/",
             seen="es.wiktionary; en.wikipedia: Mozilla Firefox"),
    Template(("audio", "sonido"), "{2}", "{{audio|casa.ogg|escuchar}}", "escuchar",
             seen="es.wiktionary: Wikcionario:Plantillas"),
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
             es.last_of_several, "{{font color|red|white|rojo}}", "rojo", seen="wtf_wikipedia"),
    Template(("abreviatura", "abbr", "abr", "sigla", "siglas", "tooltip", "acrónimo"),
             "{1}", "{{abreviatura|pág.|página}}", "pág.", seen="wtf_wikipedia"),
    Template(
        ("enlace-interlingüístico", "link-interwiki", "interlanguage link", "ill", "enlace interlingüe",
         "enlace interlingüístico", "iw"),
        es.interlanguage_link, "{{link-interwiki|es=Torre|lang=en|lang_title=Tower}}", "Torre",
        seen="wtf_wikipedia"),
    Template(("no rojo", "sin enlace rojo", "enlace a", "sort", "wikt"),
             es.label, "{{no rojo|Torre|torre}}", "torre", seen="benjavalero/replacer"),
    Template(("enlace roto",),
             r.label_of_dead_link, "{{enlace roto|1=Torre|2=http://example.org}}", "Torre",
             seen="es.wikipedia: Racing Athletic Club"),
    Template(("sortname",), r.full_name, "{{sortname|Ana|Ruiz}}", "Ana Ruiz",
             seen="benjavalero/replacer; en.wikipedia"),
    Template(("identificador carretera española", "identificador carretera europea"),
             es.road, "{{identificador carretera española|A-6}}", "A-6", seen="benjavalero/replacer"),
    Template(("raya", "mdash", "em dash", "—"), "—", "{{raya}}inciso{{raya}}", "—inciso—",
             seen="wtf_wikipedia"),
    Template(("ndash", "en dash", "–", "semiraya", "menos"), "-{1?}", "3{{ndash}}5", "3-5",
             seen="wtf_wikipedia"),
    Template(("·", "•", "middot", "punto medio"), " · ", "a{{·}}b", "a · b", seen="wtf_wikipedia"),
    Template(("'", "apóstrofo"), "'", "d{{'}}Or", "d'Or", seen="JL-Bot"),
    Template(("!", "!!"), "|", "a {{!}} b", "a | b", seen="MediaWiki; en.wikipedia: United Kingdom"),
    Template(("=",), "=", "a {{=}} b", "a = b", seen="MediaWiki"),
    Template(("sic",), r.as_it_stands, "{{sic|haiga}}", "haiga [sic]", seen="en.wikipedia: al Haytham"),
    # Quotations and lists
    Template(
        ("cita", "quote", "cquote", "cita destacada", "blockquote", "quotation", "bquote", "cita larga",
         "caja de cita", "quote box", "epígrafe", "cita textual"),
        es.quotation, "{{cita|Era de noche.|Un viajero}}", "Era de noche.",
        seen="es.wikipedia: Bonifacio Novelo"),
    Template(
        ("lista", "lista plana", "lista simple", "lista desplegable", "lista plegable",
         "lista horizontal", "plainlist", "hlist", "ubl", "unbulleted list", "flatlist",
         "lista sin viñetas"),
        r.listed, "{{lista plana|1|2}}", "1 y 2", seen="embedded corpus: Arepa", in_sentence=es.enumerated),
    Template(("lista de columnas", "columns-list"),
             r.listed_in_columns, "{{lista de columnas|3|uno|dos}}", "uno y dos", seen="wtf_wikipedia",
             in_sentence=es.enumerated_in_columns),
    # Signs and names
    Template(("math", "mvar", "mates", "fórmula"), "{1}", "{{math|x + y}}", "x + y", seen="wtf_wikipedia"),
    Template(("ecuación", "ecuacion"), ":{1}", "{{ecuación|x + y|2|left}}", "x + y", in_sentence="{1}",
             seen="es.wikipedia: Plantilla:Ecuación; public code"),
    Template(("bemol",), "♭", "si{{bemol}}", "si♭", seen="es.wikipedia: Plantilla:Bemol"),
    Template(("sostenido",), "♯", "fa{{sostenido}}", "fa♯", seen="es.wikipedia: Plantilla:Sostenido"),
    Template(("becuadro",), "♮", "fa{{becuadro}}", "fa♮", seen="es.wikipedia: Plantilla:Becuadro"),
    Template(("pi",), "π", "{{pi}}", "π", seen="JL-Bot"),
    Template(("0",), "", "{{0}}5", "5", seen="en.wikipedia: United Kingdom"),
    Template(("f1", "temporada f1", "motogp"), "{1}", "{{F1|1963}}", "1963",
             seen="es.wikipedia: Ludovico Scarfiotti"),
    # Countries by name ({{ESP}} is in names.py)
    Template(
        ("flag", "flagcountry", "geodatos", "país", "bandera y nombre", "bandera nombre", "banderapaís",
         "bandera2", "sel", "selb"),
        es.country, "{{flag|ESP}}", "España", seen="es.wikipedia: Monte Baume"),
    # The parser's own functions: {{lc:…}}
    Template(("lc",), r.lower_case, "{{lc:ONU}}", "onu", seen="MediaWiki"),
    Template(("uc",), r.upper_case, "{{uc:onu}}", "ONU", seen="MediaWiki"),
    Template(("lcfirst",), r.lower_first, "{{lcfirst:ONU}}", "oNU", seen="MediaWiki"),
    Template(("ucfirst",), r.upper_first, "{{ucfirst:onu de lora}}", "Onu de lora", seen="MediaWiki"),
    # Ships by their prefix
    *(
        Template((lower(prefix),), partial(r.ship, prefix), f"{{{{{prefix}|Ana|R08}}}}",
                 f"{prefix} Ana (R08)", seen="es.wikipedia: Plantilla:HMS")
        for prefix in _SHIP_PREFIXES
    ),
)  # fmt: skip

_ROWS = {name: row for row in _TEXTS for name in row.names}


def _family(name: str) -> Template | None:
    """{{lang-de|…}} and {{AFI-es|…}} are named by their language, {{3/4}} by its value."""
    if _FRACTION.fullmatch(name):
        return Template((name,), partial(m.named_fraction, name), "", "", is_value=True)
    family, _, code = name.partition("-")
    if family == "lang" and code:
        return Template((name,), partial(es.named_language, code), "", "")
    if family in ("ipa", "afi"):
        return _ROWS["afi"]
    if family == "zh":  # {{zh-cp|c=…|p=…}}: which transcriptions
        return _ROWS["zh"]
    if name.startswith("script/"):  # {{script/Hebrew|…}}
        return _ROWS["unicode"]
    return None


TEMPLATES = Templates(
    rows=(*(row._replace(is_value=True) for row in VALUES), *_TEXTS),
    family=_family,
    countries=COUNTRIES,
    silent=SILENT_TEMPLATES,
    silent_prefixes=SILENT_PREFIXES,
    namespace="plantilla:",
    title_words=TITLE_WORDS,
    values_of_the_wiki=VALUES_OF_THE_WIKI,
)
