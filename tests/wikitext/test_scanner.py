import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.languages.loading import load_language
from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import read_dump
from minillm.wikitext import scanner
from minillm.wikitext.frames import MAX_DEPTH
from minillm.wikitext.scanner import TooMuchWorkError
from tests.spanish import plain_text, read_page

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "eswiki-sample.xml"
GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.txt"))
RESIDUE = (
    "{{",
    "}}",
    "[[",
    "]]",
    "{|",
    "|}",
    "<ref>",
    "<ref ",
    "<ref/",
    "\x01",
    "\x02",
    "\x03",
    "\x04",
    "\x05",
)

ARTICLE = """{{Ficha de faro
| nombre = Faro de Lora
| altura = {{unidad|12|m}} <!-- sin
la torre -->
}}
[[Archivo:Faro.jpg|miniatura|El [[faro]] de noche]]
El '''faro de Lora''' ({{lang-la|pharus}}) es del siglo {{siglo|XIX}}.<ref name="a">{{cita|x|[[y]]}}</ref>

== Historia ==
{| class="wikitable"
! Año !! Alto
|-
| 1850 || {{unidad|12|m}}
|}
* Su ángulo es <math>\\frac{a_{1}}{2}</math> &nbsp;y [https://example.org su página].
{{lista plana|uno|dos}}

== Referencias ==
{{listaref}}
[[Categoría:Faros]]
"""


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_cases(path: Path) -> None:
    rule, rest = path.read_text(encoding="utf-8").split("\n--- wikitext\n")
    wikitext, text = rest.split("\n--- text\n")
    assert plain_text(wikitext) == text.removesuffix("\n"), rule


def test_there_are_golden_cases() -> None:
    assert len(GOLDEN) >= 50


def test_the_article_of_these_tests_reads_as_it_should() -> None:
    assert plain_text(ARTICLE) == (
        "El faro de Lora (en latín, pharus) es del siglo XIX.\n\n"
        "Historia\n\n"
        "Su ángulo es a₁/2 y su página.\n\n"
        "uno\ndos"
    )


def test_headings_can_be_left_out() -> None:
    assert plain_text("a\n== T ==\nb\n=== U ===\nc", keep_headings=False) == "a\n\nb\n\nc"


def test_back_matter_goes_without_headings_too() -> None:
    assert plain_text("a\n== Referencias ==\nb", keep_headings=False) == "a"


def test_characters_in_lists_and_tables_are_counted() -> None:
    page = read_page('Prosa.\n* uno\n* cuatro\n{| class="wikitable" style="x"\n|-\n| celda || otra\n|}')
    assert page.text == "Prosa.\n\nuno\ncuatro".replace("\n\n", "\n")
    assert page.list_characters == len("uno") + len("cuatro")
    assert len("celda otra") <= page.table_characters <= len("celda otra") + 4


def test_a_mark_in_the_input_is_no_mark() -> None:
    assert plain_text("es de\x01 la\x02 sierra&#1;\x03.") == "es de la sierra."


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 50_000])
def test_deep_nesting_is_no_recursion(depth: int) -> None:
    text = plain_text("a " + "{{nowrap|" * depth + "x" + "}}" * depth + " b")
    assert text.startswith("a ")
    assert text.endswith(" b")
    assert ("x" in text) == (depth <= MAX_DEPTH)
    assert not any(residue in text for residue in RESIDUE)


def test_whatever_is_cut_nothing_of_the_markup_is_left() -> None:
    texts = [plain_text(ARTICLE[:cut]) for cut in range(len(ARTICLE) + 1)]
    texts += [plain_text(ARTICLE[cut:]) for cut in range(len(ARTICLE) + 1)]
    assert len(set(texts)) > 100
    assert not [text for text in texts if any(residue in text for residue in RESIDUE)]


MARKUP = st.sampled_from(
    [
        "{{", "}}", "[[", "]]", "{|", "|}", "|-", "|", "=", "==", "''", "'''", "<ref>", "</ref>", "<ref/>",
        "<!--", "-->", "<math>", "</math>", "<nowiki>", "<br>", "<sup>", "</sup>", "{{unidad|1|m}}",
        "{{siglo|X", "[[Archivo:", "[[en:x]]", "[https://a.b", "*", "#", "__TOC__", "&nbsp;", "&#x5b;&#x5b;",
        "{{{", "\\frac", "}", "{", "(", ")", ",", ".", "https://a.b", "«",
    ]
)  # fmt: skip
TEXT = st.text(max_size=8)
WIKITEXT = st.lists(st.one_of(MARKUP, st.just("\n"), st.just(" "), TEXT), max_size=60).map("".join)


@settings(max_examples=300, deadline=None)
@given(WIKITEXT)
def test_any_string_gives_text_without_markup(wikitext: str) -> None:
    text = plain_text(wikitext)
    assert not any(residue in text for residue in RESIDUE)
    assert text == text.strip()
    assert "\n\n\n" not in text
    text.encode()  # no lone surrogates


PAGES = [page.wikitext for page in itertools.islice(read_dump(SAMPLE), 60) if isinstance(page, Article)]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([ARTICLE, *PAGES]))
def test_mutated_articles_give_text_without_markup(seed: int, page: str) -> None:
    rng = random.Random(seed)
    characters = list(page)
    for _ in range(rng.randint(1, 12)):
        position = rng.randrange(len(characters))
        match rng.randrange(3):
            case 0:
                del characters[position]
            case 1:
                characters.insert(position, rng.choice("{}[]|<>='\n*&-"))
            case _:
                end = position + rng.randint(1, 40)
                characters[position:position] = characters[position:end]
    text = plain_text("".join(characters))
    assert not any(residue in text for residue in RESIDUE)


@given(st.lists(st.text("abcdefñáéí ", min_size=1), min_size=1).map(" ".join))
def test_text_without_markup_stays(text: str) -> None:
    assert plain_text(text) == " ".join(text.split())


@pytest.mark.parametrize("token", ["|", "{{", "&amp;", "[["])
def test_the_work_is_counted_exactly(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    wikitext = token * 300
    # a step for each token, for the line end that the scanner puts before, and for 16 characters
    steps = 300 + 1 + (len(wikitext) + 1) // 16
    monkeypatch.setattr("minillm.wikitext.scanner.MAX_STEPS", steps)
    plain_text(wikitext)
    monkeypatch.setattr("minillm.wikitext.scanner.MAX_STEPS", steps - 1)
    with pytest.raises(TooMuchWorkError):
        plain_text(wikitext)


def test_the_longest_page_that_mediawiki_saves_is_cleaned() -> None:
    page = ARTICLE * (2**21 // len(ARTICLE.encode()))
    assert len(plain_text(page)) > 100_000


def test_moving_text_from_frame_to_frame_is_work() -> None:
    deep = "{{nowrap|" * 39 + "río " * 200_000 + "}}" * 39
    assert len(plain_text(deep)) == 799_999
    with pytest.raises(TooMuchWorkError):
        plain_text(deep.replace("río ", "río " * 3))


def test_the_title_stands_where_the_article_asks_for_it() -> None:
    wikitext = "'''{{PAGENAME}}''' es una aldea. Tiene una iglesia."
    assert plain_text(wikitext, title="Xía") == "Xía es una aldea. Tiene una iglesia."
    assert plain_text(wikitext) == "Tiene una iglesia."


UNREADABLE = "<math>\\begin{matrix}a\\end{matrix}</math>"


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        (f"El segmento {UNREADABLE} es igual al segmento {UNREADABLE}.", ""),
        (f"Muestra la proporción {UNREADABLE}.", ""),
        (f"El espacio {UNREADABLE} es compacto.", ""),
        (f"La fórmula de Euler, {UNREADABLE}, es bella.", ""),
        (f"El área del círculo ({UNREADABLE}) crece.", "El área del círculo crece."),
        ("El área <math>\\pi r^2</math> crece.", "El área π r² crece."),
    ],
)
def test_the_sentence_of_a_formula_that_cannot_be_read_goes_alone(wikitext: str, expected: str) -> None:
    assert plain_text(f"Luce. {wikitext} Canta.") == " ".join(["Luce.", *filter(None, [expected]), "Canta."])
    assert plain_text(f"Luce. {UNREADABLE}. Canta.") == "Luce. Canta."


def test_a_formula_does_not_continue_the_number_before_it() -> None:
    assert plain_text("Mide 3<math>\\tfrac12</math> m y 3<math>x</math>.") == "Mide 3 1/2 m y 3x."


@pytest.mark.parametrize("element", ["<hiero>A1-B2</hiero>", '<score sound="1">{ c d }</score>'])
def test_a_picture_of_signs_is_missed_as_a_word_and_not_on_its_line(element: str) -> None:
    assert plain_text(f"Luce. El signo {element} significa luz. Canta.") == "Luce. Canta."
    assert plain_text(f"El rey Ra ({element}, sol) luce.") == "El rey Ra (sol) luce."
    assert plain_text(f"Luce.\n{element}\nCanta.") == "Luce.\n\nCanta."


def test_the_language_is_that_of_params_yaml_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SAMPLE.parents[2])
    wikitext = "Nació en el siglo {{siglo|V|a}}."
    assert scanner.read_page(wikitext) == scanner.read_page(wikitext, load_language("es"))
    assert scanner.read_page(wikitext) != scanner.read_page(wikitext, load_language("en"))


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("'''!!!''' es un grupo. Nació en 1996.", "!!! es un grupo. Nació en 1996."),
        ("Uno.\n\n'''!Kung''' es un pueblo.", "Uno.\n\n!Kung es un pueblo."),
        ("'''#YoSoy132''' fue un grupo.", "#YoSoy132 fue un grupo."),
        ("''*NSYNC'' fue un grupo.", "*NSYNC fue un grupo."),
        ("<math>|x|</math> es el valor absoluto de x.", "|x| es el valor absoluto de x."),
        ("<nowiki>#</nowiki>MeToo es un lema.", "#MeToo es un lema."),
        ("&#35;MeToo es un lema.", "#MeToo es un lema."),
        ("<code>!x</code> niega. Y más.", "!x niega. Y más."),
        ("<b>;</b> acaba una orden.", "; acaba una orden."),
        ("[[Hashtag|#MeToo]] es un lema.", "#MeToo es un lema."),
        ("* '''#YoSoy132'''\n** ''*NSYNC''\n; ''':-)''' : risa", "#YoSoy132\n*NSYNC\n:-): risa"),
        ("# <code>#define</code>\n#[[Hashtag|#MeToo]]", "#define\n#MeToo"),
        ("* [[Uno]]: '''#dos'''\n*#*: tres", "Uno: #dos\ntres"),
        ("# uno\n# dos", "uno\ndos"),  # here they are marks, and behind what MediaWiki takes away first
        ("<onlyinclude># uno\n# dos</onlyinclude>", "uno\ndos"),
        ("<noinclude>* uno</noinclude>\n* dos", "uno\ndos"),
        ("<section begin=x />* uno\n* dos", "uno\ndos"),
        ("<!-- uno -->* uno\n* dos", "uno\ndos"),
        ("{|\n| a || '''!b'''\n|}\nUn texto.", "Un texto."),
    ],
)
def test_what_follows_inline_markup_at_the_beginning_of_a_line_is_text(wikitext: str, text: str) -> None:
    assert plain_text(wikitext) == text


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("Salió en ''[[Uno (revista)|''Uno'']]'' en 1990.", "Salió en Uno en 1990."),
        ("La '''[[Liga Uno|'''Liga Uno''']]''' empezó.", "La Liga Uno empezó."),
        ("'''[http://x.org '''Lora''']''' luce.", "Lora luce."),
        ("''Uno''<nowiki/>''dos''", "Unodos"),
        ("''Uno''<ref>x</ref>''dos''", "Unodos"),
        ("''<span>''Uno''</span>''", "Uno"),
        ("{{nowrap|''Uno''}} es '''A''' de l'''Unità'' fin.", "Uno es A de l'Unità fin."),
        ("''Uno''<!-- x -->''dos''", "Uno'dos"),  # a comment goes before apostrophes are read
        ("l'''Hospitalet'' y [[Uno|''Uno]]", "l'Hospitalet y Uno"),  # a label closes what it opens
    ],
)
def test_apostrophes_that_touch_where_markup_is_gone_are_runs_of_their_own(wikitext: str, text: str) -> None:
    assert plain_text(wikitext) == text


@pytest.mark.parametrize(
    "address",
    [
        "http://x.org", "HTTP://x.org", "Https://x.org", "//x.org", "ftps://x.org/a", "irc://x.org/lora", "git://x",
        "news:es.comp", "mailto:ana@x.org", "Tel:+34", "urn:isbn:1",
    ],
)  # fmt: skip
def test_a_link_out_of_the_wiki_may_have_any_protocol(address: str) -> None:
    assert plain_text(f"Ver [{address} la ''página''] de Lora.") == "Ver la página de Lora."


@pytest.mark.parametrize(
    "text", ["[sic]", "[tel: 34]", "[nota: así]", "[a//b]", "[http]", "[news:]", "[...]"]
)
def test_words_in_brackets_stay(text: str) -> None:
    assert plain_text(f"Dijo {text} ayer.") == f"Dijo {text} ayer."


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("Luce. Según [http://x.org], fue rey. Canta.", "Luce. Canta."),
        ("Luce. La dirección es: [//x.org]. Canta.", "Luce. Canta."),
        ("Luce. Se lee en [http://x.org <ref>a</ref>] y en [http://y.org]. Canta.", "Luce. Canta."),
        ("Luce [http://x.org], [http://y.org]. Canta.", "Luce. Canta."),
        ("Luce. [http://x.org] Canta.[http://x.org]", "Luce. Canta."),
        ("Creció [http://x.org] y luce siempre [http://y.org].", "Creció y luce siempre."),
        ("Lora [http://x.org] y Gil [http://y.org] lucen.", "Lora y Gil lucen."),
        ("Luce.\n\n[http://x.org]\n\nCanta.", "Luce.\n\nCanta."),
        ("* Sitio: [http://x.org]\n* Lora [http://y.org]\n* [http://z.org] Gil", "Lora\nGil"),
        ("|}[http://x.org] Canta.", "Canta."),
    ],
)
def test_a_link_without_a_label_is_a_reference_unless_a_word_asks_for_it(wikitext: str, text: str) -> None:
    assert plain_text(wikitext) == text


@pytest.mark.parametrize(
    "line",
    [
        "{{coord|1|2}}", " {{coord|1|2}} ", "{{clear}}{{coord|1|2}}", "{{coord|1|2}} {{clear}}{{-}}",
        "{{clear}}{{-}}{{br}}{{coord|1|2}}", "{{x}}{{coord|1|2}}", "[[Archivo:a.jpg]]{{coord|1|2}}",
        "{{coord|1|2}}<!-- a -->",
    ],
)  # fmt: skip
def test_templates_that_have_a_line_for_themselves_are_alone(line: str) -> None:
    assert plain_text(f"Luce.\n{line}\nCanta.") == "Luce.\n\nCanta."


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Está en {{coord|1|2}}", "Está en 1°, 2°"),
        ("{{coord|1|2}} es el lugar.", "1°, 2° es el lugar."),
        ("{{nowrap|Está en}} {{coord|1|2}}", "Está en 1°, 2°"),
        ("* {{coord|1|2}}", "1°, 2°"),
    ],
)
def test_a_template_beside_text_is_not_alone(line: str, text: str) -> None:
    assert plain_text(f"Luce.\n\n{line}") in (f"Luce.\n\n{text}", f"Luce.\n{text}")


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("Luce.\n\n!Kung es un pueblo.", "Luce.\n\n!Kung es un pueblo."),
        ("!Kung es\n!un pueblo.", "!Kung es !un pueblo."),
        ("! Año !! Alto\n|-\n| 1850 || 12\n\nLuce.", "Luce."),  # of a table that a template begins
        ("{| class=a\n! Año\n|-\n! 1850\n\nLuce.", "Luce."),
        ("{|\n! Año\n== Historia ==\n!Kung es un pueblo.", "Historia\n\n!Kung es un pueblo."),
    ],
)
def test_an_exclamation_mark_begins_a_cell_only_where_there_are_rows(wikitext: str, text: str) -> None:
    assert plain_text(wikitext) == text


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        (" si x = 0\n   y = 1\n fin", "si x = 0\ny = 1\nfin"),
        (
            "El programa es:\n\n '''si''' x = 0\n   y = 1\n\nTermina.",
            "El programa es:\n\nsi x = 0\ny = 1\n\nTermina.",
        ),
        (" Luce de noche.\nCanta de día.", "Luce de noche. Canta de día."),
        ("Luce de noche.\n Canta de día.", "Luce de noche. Canta de día."),
        (" * Luce.\n * Canta.", "Luce.\nCanta."),
    ],
)
def test_preformatted_lines_stay_lines(wikitext: str, text: str) -> None:
    assert plain_text(wikitext) == text


@pytest.mark.parametrize("mark", [".", ",", ";"])
def test_the_mark_behind_what_is_gone_is_no_line(mark: str) -> None:
    reference = f"{{{{cita libro|título=Faros}}}}{mark}"
    assert plain_text(f"Luce.\n\n{reference}\n\n* Uno\n* {reference}\n* Dos") == "Luce.\n\nUno\nDos"
    assert plain_text("Luce.\n\n...") == "Luce.\n\n..."


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("Luce. Según el {{cita web|título=a}}, fue rey. Canta.", "Luce. Canta."),
        ("Luce (véase {{Cite book|title=a}}; 1950).", "Luce (1950)."),
        ("Luce según{{cita web|a}} todos.", "Luce según todos."),
        ("Luce según {{cita requerida}} todos.", "Luce según todos."),
        ("Luce siempre {{cita web|a}} y canta. {{cita libro|b}} Calla.", "Luce siempre y canta. Calla."),
        ("Luce.\n {{cita libro|b}} Calla.", "Luce. Calla."),
    ],
)
def test_a_reference_in_the_sentence_is_missed_after_a_word_that_asks_for_it(
    wikitext: str, text: str
) -> None:
    assert plain_text(wikitext) == text


@pytest.mark.parametrize(
    "markup",
    [
        "<ul><li>uno</li>\n\n<li>dos</li></ul>",
        "<ol>\n<li>uno</li><LI value=3>dos</li>\n</ol>",
        "<ul>\n<li>uno\n<li>dos\n</ul>",
        "<ul><li>uno<li>dos</ul>",
    ],
)
def test_items_of_html_are_one_list(markup: str) -> None:
    page = read_page(f"Hay:\n{markup}\nLuce.")
    assert page.text == "Hay:\n\nuno\ndos\n\nLuce."
    assert page.list_characters == len("unodos")


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("Vive en [[Lora (Sevilla)|Lora y luce.", "Vive en Lora y luce."),
        ("Vive en [[Lora|Lora y [[Gil|Gila]] luce.\n\nCanta.", "Vive en Lora y Gila luce.\n\nCanta."),
        ("Vive en [[Lora|la [[Ruiz|Rua.\n== Fin ==\nCanta.", "Vive en la Rua.\n\nFin\n\nCanta."),
        ("Vive en [[Lora.\nLuce | canta.", "Vive en Lora. Luce | canta."),  # no target has two lines
    ],
)
def test_a_link_without_an_end_shows_its_label(wikitext: str, text: str) -> None:
    assert plain_text(wikitext) == text
