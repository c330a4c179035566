"""The templates of es.wikipedia.org that are numbers and dates: a value with a hole in it is none."""

from functools import partial

from minillm.languages.es import dates as d
from minillm.languages.es import measures as m
from minillm.wikitext.templates import Template

VALUES: tuple[Template, ...] = (
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
    Template(("matrimonio", "marriage", "casado"),
             d.married, "{{matrimonio|Ana|1929|1939}}", "Ana (1929-1939)",
             seen="embedded corpus: Frida Kahlo"),
)  # fmt: skip
