import pytest

from minillm.languages.es.names import COUNTRIES, LANGUAGES
from minillm.languages.es.templates import TEMPLATES
from minillm.wikitext.marks import HOLE
from tests.spanish import plain_text


def in_a_sentence(wikitext: str) -> str:
    return " ".join(plain_text(f"Ana {wikitext} luz").split())


@pytest.mark.parametrize("name", ["Unidad", "unidad ", "Plantilla:Unidad", "\nunidad\n", "UNIDAD"])
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    assert in_a_sentence("{{" + name + "|3|m}}") == "Ana 3 m luz"


def test_underscores_in_names_are_spaces() -> None:
    assert TEMPLATES.canonical_name("Fecha_de  inicio ") == "fecha de inicio"


@pytest.mark.parametrize(
    "example", ["{{unidad}}", "{{siglo|}}", "{{formatnum:}}", "{{fecha}}", "{{lang|fr}}", "{{color|red}}"]
)
def test_a_template_without_its_value_is_a_hole(example: str) -> None:
    assert plain_text(f"Luce. Vive desde el {example} en paz. Canta.") == "Luce. Canta."


def test_names_read_as_they_stand() -> None:
    assert [name for name in [*COUNTRIES.values(), *LANGUAGES.values()] if set(name) & set("()[]{}<>.")] == []
    assert [code for code in LANGUAGES if code != code.lower()] == []


@pytest.mark.parametrize(
    ("code", "language"), [("ha", "hausa"), ("pt-BR", "portugués de Brasil"), ("sr-Latn", "serbio")]
)
def test_languages_of_cldr_have_names(code: str, language: str) -> None:
    assert in_a_sentence("{{lang-" + code + "|luz}}") == f"Ana en {language}, luz luz"


def test_a_country_code_in_lower_case_is_another_template() -> None:
    assert HOLE not in in_a_sentence("{{esp}}")
    assert in_a_sentence("{{esp}}") == "Ana luz"


@pytest.mark.parametrize("code", ["de", "grc", "yua"])
def test_language_codes_give_names(code: str) -> None:
    assert in_a_sentence("{{lang-" + code + "|luz}}") == f"Ana en {LANGUAGES[code]}, luz luz"


def test_a_language_without_a_name_leaves_the_text() -> None:
    assert in_a_sentence("{{lang-qqq|luz}}") == "Ana luz luz"


@pytest.mark.parametrize("name", ["harvnp", "Harvnb", "harvsp"])
@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Según ◌, el faro luce.", ""),
        ("◌ dice que luce.", ""),
        ("Lo cuenta Gil en ◌.", ""),
        ("Véase ◌.", ""),
        ("El faro luce ◌.", "El faro luce."),
        ("El faro luce. ◌", "El faro luce."),
        ("El faro◌, alto, luce.", "El faro, alto, luce."),
        ("El faro luce (◌; ◌).", "El faro luce."),
        ("El faro luce (véase ◌).", "El faro luce."),
    ],
)
def test_a_source_is_missed_where_it_is_a_word_of_the_sentence(
    name: str, sentence: str, expected: str
) -> None:
    wikitext = sentence.replace("◌", "{{" + name + "|Gil|2001|p=3}}")
    assert plain_text(f"Ana canta. {wikitext} Y más.") == " ".join(f"Ana canta. {expected} Y más.".split())


def test_pronunciation_in_a_language() -> None:
    assert in_a_sentence("{{AFI-es|ˈlus}} {{IPA-fr|lɥis}}") == "Ana [ˈlus] [lɥis] luz"


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("Luce. Vivió en el {{Siglo|XX||a}} y murió.", "Luce."),  # a form that is not known
        ("Ana Ruiz ({{floruit}} 1400) canta.", "Ana Ruiz (fl. 1400) canta."),
        ("Ana Ruiz ({{fl.}} 1400) canta.", "Ana Ruiz (fl. 1400) canta."),
        ("Ana Ruiz ({{fl|1400}}) canta.", "Ana Ruiz (fl. 1400) canta."),
        ("Está en si{{bemol}} y fa{{sostenido}}.", "Está en si♭ y fa♯."),
        ("Fue en el {{HMS|Victory}} al mar.", "Fue en el HMS Victory al mar."),
        ("El {{USS|Arizona|BB-39}} se hundió.", "El USS Arizona (BB-39) se hundió."),
        ("El {{USS|Arizona|BB-39|2}} se hundió.", "El USS Arizona se hundió."),
        ("La masa es 1,989{{x10^|30}} kg.", "La masa es 1,989 × 10³⁰ kg."),
        ("Grabó en {{enlace interlingüístico|Sun Records|en|Sun Records}} y más.",
         "Grabó en Sun Records y más."),
    ],
)  # fmt: skip
def test_templates_in_sentences(wikitext: str, expected: str) -> None:
    assert plain_text(wikitext) == expected


_ENERGY = r"<math>E=mc^2</math>"
_UNREADABLE = r"<math>\begin{matrix}a&b\end{matrix}</math>"


@pytest.mark.parametrize("formula", [_ENERGY, _UNREADABLE])
@pytest.mark.parametrize("form", ["{{{{ecuación|{}|2|left}}}}", "{{{{Ecuación|\n{}\n||left}}}}"])
@pytest.mark.parametrize("after", ["\ndonde ''m'' es la masa. Luce.", "\n\nLuce.", ""])
def test_an_equation_reads_as_its_formula_on_a_line_of_its_own(formula: str, form: str, after: str) -> None:
    before = "Ana canta. La energía es:\n"
    text = plain_text(before + form.format(formula) + after)
    assert text == plain_text(before + ":" + formula + after)
    assert ("E=mc²" in text) == (formula == _ENERGY)
