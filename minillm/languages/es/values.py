"""The templates of es.wikipedia.org that are numbers and dates: a value with a hole in it is none."""

from functools import partial

from minillm.languages import measures as m
from minillm.languages.dates import period
from minillm.languages.es import dates as d
from minillm.languages.es.measures import MEASURES, isotope, ordinal
from minillm.wikitext.templates import Template

VALUES: tuple[Template, ...] = (
    # Numbers and units
    Template(("unidad", "unit", "unidades"), MEASURES.quantity, "{{unidad|85000|km2}}", "85 000 km²",
             seen="embedded corpus: Acequia"),
    Template(("formatnum", "nts", "num", "número", "numero"),
             MEASURES.formatted_number, "{{formatnum:14088.590}}", "14 088,590",
             seen="es.wikipedia: Caiçara del Río del Vento"),
    Template(("val",), MEASURES.measurement, "{{val|1.23|0.05|u=km}}", "1,23 ± 0,05 km",
             seen="wtf_wikipedia"),
    Template(("convertir", "convert", "conversión", "cvt"),
             MEASURES.converted, "{{convertir|5|ft|11|in|m}}", "5 ft 11 in",
             seen="benjavalero/replacer; en.wikipedia: Arts Club of Chicago"),
    Template(("e",), m.power_of_ten, "2{{e|–5}}", "2 × 10⁻⁵", seen="br.wikipedia: Patrom:E/doc"),
    Template(("x10^",), m.power_of_ten, "2{{x10^|30}}", "2 × 10³⁰", seen="en.wikipedia: Template:X10^"),
    Template(("frac", "fracción", "fraction", "sfrac"), m.fraction, "1{{frac|1|2}}", "1 1/2",
             seen="wtf_wikipedia"),
    Template(("romanos", "romano", "número romano"), m.roman, "{{romanos|16}}", "XVI",
             seen="es.wikipedia: Módulo:Números"),
    Template(("ordinal",), ordinal, "{{ordinal|3|a}}", "3.ª", seen="JL-Bot"),
    Template(("ord",), MEASURES.raised_ending, "{{ord|3.|er}}", "3.er", seen="benjavalero/replacer"),
    Template(("raíz", "sqrt"), m.root, "{{raíz|x+1}}", "√(x+1)", seen="wtf_wikipedia"),
    Template(("exp", "sup", "superíndice", "su"), MEASURES.raised_text, "10{{exp|2,5}}", "10^(2,5)",
             seen="ebook-reader-dict"),
    Template(("sub", "subíndice"), m.lowered_text, "H{{sub|2}}O", "H₂O", seen="ebook-reader-dict"),
    Template(("quim", "química", "chem", "chem2", "fórmula química"),
             m.chemical_formula, "{{quim|C|2|H|6|O}}", "C₂H₆O", seen="JL-Bot; wtf_wikipedia"),
    Template(("nucleido", "isótopo", "nuclide"), isotope, "{{nucleido|carbono|14}}", "carbono-14",
             seen="wtf_wikipedia"),
    Template(("coord", "coor", "coordenadas", "coor dms", "coor dm"),
             MEASURES.coordinates, "{{coord|28|16|N|16|38|W}}", "28°16′N 16°38′O", alone=False,
             seen="embedded corpus: Albaicín"),
    # Money
    Template(("euro", "euros", "eur", "€"), partial(MEASURES.money, "{} €"), "{{euro|5}}", "5 €",
             seen="wtf_wikipedia"),
    Template(("usd", "us$", "dólares"), partial(MEASURES.money, "US$ {}"), "{{USD|5}}", "US$ 5",
             seen="wtf_wikipedia"),
    Template(("gbp", "libras", "£"), partial(MEASURES.money, "£{}"), "{{GBP|5}}", "£5", seen="wtf_wikipedia"),
    # Centuries, years and dates
    Template(("siglo", "century"), d.century, "{{siglo|IX|a|s}}", "siglo IX a. C.",
             seen="embedded corpus: Abolicionismo"),
    Template(("ac", "a. c.", "a.c.", "a. c", "a.c", "antes de cristo"),
             partial(d.era, "a. C."), "{{AC|218}}", "218 a. C.", seen="embedded corpus: Acueducto"),
    Template(("dc", "d. c.", "d.c.", "d. c", "d.c", "después de cristo"),
             partial(d.era, "d. C."), "{{DC|14}}", "14 d. C.", seen="es.wikipedia: Plantilla:DC"),
    Template(("circa", "c.", "ca."), d.around, "{{circa|1653}}", "c. 1653",
             seen="embedded corpus: Taj Mahal"),
    Template(("floruit", "fl.", "fl"), partial(period, "fl."), "{{floruit|1400}}", "fl. 1400",
             seen="AutoWikiBrowser"),
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
