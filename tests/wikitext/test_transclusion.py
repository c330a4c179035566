"""Templates by their own pages: which are simple, and what becomes of them in a sentence."""

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.wikipedia.articles import Article, text_sha1, write_articles
from minillm.wikipedia.templates import MOST_SOURCE_CHARACTERS, Definitions, write_definitions
from minillm.wikitext.transclusion import (
    MOST_CHARACTERS,
    MOST_WORDS_CHARACTERS,
    Parameter,
    Transclusions,
    simple_parts,
    transcluded,
)
from tests.corpus.test_corpus import PARAMS
from tests.spanish import SPANISH, clean_articles, read_page

HIDDEN = frozenset({"archivo", "categoría"})


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("luz", "luz"),
        ("luz<noinclude>{{documentación}}</noinclude>", "luz"),
        ("<noinclude>a</noinclude>luz<noinclude>b", "luz"),
        ("<includeonly>luz</includeonly><noinclude>a</noinclude>", "luz"),
        ("a<onlyinclude>lu</onlyinclude>b<onlyinclude>z</onlyinclude>c", "luz"),
        ("a<onlyinclude>luz", "luz"),
        ("lu<!-- a\n -->z\n", "luz"),
        ("<noinclude>a</noinclude>", ""),
        ("lu<includeonly/>z</noinclude>", "luz"),
    ],
)
def test_what_is_put_into_an_article(source: str, text: str) -> None:
    assert transcluded(source) == text


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("luz", ("luz",)),
        ("{{{1}}}", (Parameter("1", None),)),
        ("{{{1|}}}", (Parameter("1", ()),)),
        ("a {{{ Nombre | b }}} c", ("a ", Parameter("nombre", (" b ",)), " c")),
        ("{{{1|{{{2|x}}}}}}", (Parameter("1", (Parameter("2", ("x",)),)),)),
        ("{{nowrap|{{{1}}}}} m", ("{{nowrap|", Parameter("1", None), "}} m")),
        ("{{{1|{{nowrap|x}}}}}", (Parameter("1", ("{{nowrap|x}}",)),)),
        ("<span style='color:{{{2}}}'>{{{1}}}</span>", (Parameter("1", None),)),
        ("x<sup id=y>{{{1}}}</sup>", ("x<sup>", Parameter("1", None), "</sup>")),
    ],
)
def test_a_simple_template_is_text_and_parameters(source: str, parts: tuple[object, ...]) -> None:
    assert simple_parts(source, HIDDEN) == parts


@pytest.mark.parametrize(
    "source",
    [
        # functions, tables, blocks
        "{{#if:{{{1|}}}|x}}", "{{{1}}}\nx", "{| \n|}", "<div>{{{1}}}</div>", "<br>", "<ref>{{{1}}}</ref>",
        "<span style='display:none'>x</span>", "<span class='navbox'>x</span>", "__NOTOC__", "~~~~",
        # boxes, notes, navigation
        "* {{{1}}}", ":''Artículo principal: [[{{{1}}}]]''", "; x", "= {{{1}}} =", "| x",
        "[[Lunes]] · [[Martes]]", "<sup>[cita requerida]</sup>", "[[Wikipedia:Citas|¿cuándo?]]",
        "Para otros usos, véase {{{1}}}.", "Este artículo es un esbozo. Ayuda.", "[http://x.org x]",
        "x" * (MOST_WORDS_CHARACTERS + 1), "{{{1|" + "x" * MOST_CHARACTERS + "}}}",
        # braces that can be read in two ways, or not at all
        "{{{{1}}}}", "{{{{{{1}}}}}}", "{{{1}}", "{{x", "}}", "{{{}}}", "{{{1{{{2}}}}}}", "{{{{{1}}}|x}}",
        "{{{1|a|b}}}", "{{{" + "x" * 31 + "}}}", "{{{1|" * 9 + "}}}" * 9, "[[a", "[[[x]]]",
    ],
)  # fmt: skip
def test_what_is_not_simple_is_refused(source: str) -> None:
    assert simple_parts(source, HIDDEN) is None


def read(wikitext: str, redirects: dict[str, str] | None = None, **sources: str) -> str:
    definitions = Definitions(
        redirects or {}, {name.replace("_", " "): text for name, text in sources.items()}
    )
    return read_page(wikitext, transclusions=Transclusions(definitions, SPANISH), title="Lora").text


# Redirects


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("Mide {{ud|12|m}}.", "Mide 12 m."),
        ("Mide {{Ud|12|m}} de alto.", "Mide 12 m de alto."),
        ("Es {{cr}} alto.", "Es alto."),
        ("Vive en la {{cr}} sierra.", "Vive en la sierra."),  # a mark of editors, so nothing is missed
        ("Mide {{lejos|12|m}}.", "Mide 12 m."),
        ("Mide {{UD|12|m}}.", ""),  # only the first letter may be either
    ],
)
def test_a_name_that_redirects_to_one_of_the_table_is_rendered_as_that_one(call: str, expected: str) -> None:
    redirects = {"Ud": "Unidad", "Cr": "Cita requerida", "Lejos": "Menos lejos", "Menos lejos": "Ud"}
    redirects["UD"] = "Otra"
    assert read(f"Luce. {call}", redirects) == f"Luce. {expected}".strip()


def test_the_table_is_asked_first() -> None:
    assert read("Mide {{unidad|12|m}}.", {"Unidad": "Cita requerida"}, Unidad="mal") == "Mide 12 m."


@pytest.mark.parametrize(
    "redirects", [{"A": "A"}, {"A": "B", "B": "A"}, {f"A{'a' * n}": "A" for n in range(9)}]
)
def test_redirects_that_lead_nowhere_leave_a_hole(redirects: dict[str, str]) -> None:
    assert read("Luce. Vive en la {{a}} sierra.", redirects) == "Luce."


# Simple templates


@pytest.mark.parametrize(
    ("source", "call", "expected"),
    [
        ("{{{1}}}", "{{t|tres}}", "tres"),
        ("'''{{{1}}}'''", "{{t|tres}}", "tres"),
        ("{{{1}}} m", "{{t|''tres''}}", "tres m"),
        ("{{{1|cuatro}}} m", "{{t}}", "cuatro m"),
        ("{{{1|cuatro}}} m", "{{t|}}", "m"),  # given, and empty: so does MediaWiki
        ("{{{alto|{{{1}}}}}} m", "{{t|5}}", "5 m"),
        ("{{{Alto}}} m", "{{t|Alto=5}}", "5 m"),
        ("[[{{{1}}}|{{{2|{{{1}}}}}}]]", "{{t|Lora (río)|Lora}}", "Lora"),
        ("[[{{{1}}}]]", "{{t|Lora}}", "Lora"),
        ("[[Archivo:B {{{1}}}.svg|20px|link=]] [[{{{1}}}]]", "{{t|Lora}}", "Lora"),
        ("[[Archivo:a.svg|20px]] {{{1}}}[[Categoría:X]]", "{{t|Lora}}", "Lora"),
        ("{{unidad|{{{1}}}|m}}", "{{t|5}}", "5 m"),
        ("{{nowrap|{{u|{{{1}}}}}}}", "{{t|5}}", "5 u"),  # u is simple, too
        ("<small>{{{1}}}</small>", "{{t|tres}}", "tres"),
        ("<abbr title='{{{2}}}'>{{{1}}}</abbr>", "{{t|tres|3}}", "tres"),
        ("{{{1}}}&nbsp;{{{2}}}", "{{t|tres|m}}", "tres m"),
        ("{{{1}}}<noinclude>{{documentación}}</noinclude>\n", "{{t|tres}}", "tres"),
        ("{{{1}}} {{cita requerida}}", "{{t|tres}}", "tres"),
        ("{{{1}}} = {{{2}}}", "{{t|x|2 = 2}}", "x = 2"),
        ("{{{1}}} de {{PAGENAME}}", "{{t|tres}}", "tres de Lora"),
        ("{{{1}}}", "{{t|1=x=y}}", "x=y"),
        ("{{{1}}}", "{{t|<nowiki>a {{x|b}}</nowiki>}}", "a x|b"),  # text, and not read again
    ],
)
def test_a_simple_template_is_rendered_from_its_wikitext(source: str, call: str, expected: str) -> None:
    assert read(f"Hay {call}.", T=source, U="{{{1}}} u") == f"Hay {expected}."


@pytest.mark.parametrize(
    "source", ["", "[[Categoría:X]]", "<noinclude>{{x}}</noinclude>", "<span id=x></span>"]
)
def test_a_template_that_shows_nothing_leaves_no_hole(source: str) -> None:
    assert read("Vive en la {{t}} sierra.", T=source) == "Vive en la sierra."


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ("{{{1}}} m", "{{t}}"),  # MediaWiki shows the braces
        ("{{{1}}}", "{{t|}}"),
        ("{{{1}}} {{nadie}}", "{{t|5}}"),
        ("{{{1}}} {{u}}", "{{t|5}}"),
        ("{{t|{{{1}}}}}", "{{t|5}}"),  # calls itself
        ("{{{1}}}", "{{t|\n* a\n* b}}"),
        ("{{{1}}}", "{{t|" + "a" * 3000 + "}}"),
        ("{{unidad}}", "{{t}}"),
        ("{{{1}}}", "{{t|{{nadie}}}}"),
        ("* {{{1}}}", "{{t|5}}"),
        ("x" * (MOST_SOURCE_CHARACTERS + 1), "{{t}}"),
    ],
)
def test_what_cannot_be_placed_stays_a_hole(source: str, call: str) -> None:
    assert read(f"Luce. Vive en la {call} sierra.", T=source, U="{{{1}}}") == "Luce."


def test_the_loss_is_that_of_the_name_that_stands_in_the_article() -> None:
    definitions = Definitions({"A": "B"}, {"B": "{{{1}}} {{nadie}}"})
    page = read_page("Es de {{a|1}}.", transclusions=Transclusions(definitions, SPANISH))
    assert [loss.template for loss in page.losses] == ["a"]


@pytest.mark.parametrize("source", ["{{{1}}}", "Véase [[{{{1}}}]]", "luz"])
def test_on_a_line_of_its_own_it_goes(source: str) -> None:
    assert read("Luce.\n\n{{t|Lora}}\n\nCanta.", T=source) == "Luce.\n\nCanta."


def test_numbers_do_not_run_together() -> None:
    assert read("Hay 3{{t|1|2}} m.", T="{{frac|{{{1}}}|{{{2}}}}}") == "Hay 3 1/2 m."


@given(
    st.text(alphabet="{}[]|'<>/=1a \n#*", max_size=40),
    st.lists(st.sampled_from(["{{t", "|", "1", "}}", "{{u|", "a", "\n", "[[", "]]", " de "]), max_size=12),
)
def test_no_template_leaves_braces_of_its_own(source: str, calls: list[str]) -> None:
    text = "".join(calls)
    page = read(text, T=source, U="{{t|{{{1}}}}}")
    assert page.isprintable() or "\n" in page
    assert "{{{" not in page


def test_the_work_of_nested_templates_is_bounded() -> None:
    twice = {"T": "{{{1}}}{{{1}}}", "U": "{{t|{{t|{{t|{{{1}}}}}}}}}"}
    assert len(read("Hay " + "{{t|" * 39 + "x" + "}}" * 39 + " faros.", **twice)) < 5000
    assert len(read("Hay {{u|{{u|{{u|x}}}}}} faros. " * 100, **twice)) < 300_000


# In the clean stage


@pytest.mark.parametrize("workers", [1, 2])
def test_the_stage_renders_templates_by_their_pages_in_any_process(tmp_path: Path, workers: int) -> None:
    prose = "El faro de la villa luce en la noche para los barcos que van a la mar por el canal. "
    raw, definitions = tmp_path / "raw.parquet", tmp_path / "templates.json"
    texts = [f"{prose * n}Mide {{{{ud|{n}|m}}}} de alto y {{{{ancho|{n}}}}} de ancho." for n in range(1, 80)]
    saved = "2026-01-02T03:04:05Z"
    numbered = enumerate(texts, 1)
    write_articles(raw, [Article(n, n, saved, f"F{n}", "", text, text_sha1(text)) for n, text in numbered])
    write_definitions(definitions, Definitions({"Ud": "Unidad"}, {"Ancho": "{{{1}}}&nbsp;m"}))
    clean, rejected = tmp_path / "clean", tmp_path / "rejected"
    clean_articles(raw, clean, rejected, PARAMS, definitions=definitions, workers=workers)
    texts = pq.read_table(clean)["text"].to_pylist() + pq.read_table(rejected)["text"].to_pylist()
    assert len(texts) == 79
    assert all(re.search(r"Mide (\d+) m de alto y \1 m de ancho\.\Z", text) for text in texts)


@pytest.mark.parametrize("name", ["Desambiguación", "Dab"])
def test_a_disambiguation_is_told_by_its_name_whatever_its_page_says(name: str) -> None:
    pages = Definitions({"Dab": "Desambiguación"}, {"Desambiguación": "<div>aviso</div>"})
    transclusions = Transclusions(pages, SPANISH)
    page = read_page(f"Faro puede ser:\n* un edificio\n{{{{{name}}}}}", transclusions=transclusions)
    assert page.disambiguation == "Desambiguación"
