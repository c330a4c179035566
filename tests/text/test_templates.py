import re

import pytest

from minillm.text.marks import HOLE
from minillm.text.names import COUNTRIES, LANGUAGES
from minillm.text.templates import TEMPLATES, Template, canonical_name, find_template, is_silent
from minillm.text.wikipedia_es import SILENT_TEMPLATES
from minillm.text.wikitext import plain_text

WITH_NAME = [(template, name) for template in TEMPLATES for name in template.names]


def in_a_sentence(wikitext: str) -> str:
    return " ".join(plain_text(f"Ana {wikitext} luz").split())


@pytest.mark.parametrize(("template", "name"), WITH_NAME, ids=[name for _, name in WITH_NAME])
def test_every_example_reads_as_expected_under_every_name(template: Template, name: str) -> None:
    example = re.sub(r"\{\{[^|:{}]+", lambda _: "{{" + name, template.example)
    assert "{{" + name in example
    assert in_a_sentence(example) == f"Ana {template.expected} luz"


def test_no_name_stands_in_two_rows() -> None:
    names = [name for _, name in WITH_NAME]
    assert len(names) == len(set(names))
    assert len(names) > 200


def test_names_are_canonical_as_they_stand() -> None:
    tables = [name for _, name in WITH_NAME] + sorted(SILENT_TEMPLATES)
    assert [name for name in tables if canonical_name(name) != name] == []


def test_a_template_is_either_rendered_or_silent() -> None:
    assert [name for _, name in WITH_NAME if name in SILENT_TEMPLATES] == []


@pytest.mark.parametrize("name", ["Unidad", "unidad ", "Plantilla:Unidad", "\nunidad\n", "UNIDAD"])
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    assert in_a_sentence("{{" + name + "|3|m}}") == "Ana 3 m luz"


def test_underscores_in_names_are_spaces() -> None:
    assert canonical_name("Fecha_de  inicio ") == "fecha de inicio"


@pytest.mark.parametrize("name", sorted(SILENT_TEMPLATES))
def test_silent_templates_leave_no_trace_after_an_article(name: str) -> None:
    assert plain_text("Vive en la {{" + name + "|x}} sierra.") == "Vive en la sierra."


def test_an_unknown_template_leaves_a_hole() -> None:
    assert find_template("sin datos") is None
    assert not is_silent("sin datos")
    assert plain_text("Luce. Vive en la {{sin datos|x}} sierra. Canta.") == "Luce. Canta."


@pytest.mark.parametrize(
    "example", ["{{unidad}}", "{{siglo|}}", "{{formatnum:}}", "{{fecha}}", "{{lang|fr}}", "{{color|red}}"]
)
def test_a_template_without_its_value_is_a_hole(example: str) -> None:
    assert plain_text(f"Luce. Vive desde el {example} en paz. Canta.") == "Luce. Canta."


@pytest.mark.parametrize("code", ["ESP", "UKR", "UK"])
def test_country_codes_give_names(code: str) -> None:
    assert in_a_sentence("{{" + code + "}}") == f"Ana {COUNTRIES[code]} luz"


def test_a_country_code_in_lower_case_is_another_template() -> None:
    assert HOLE not in in_a_sentence("{{esp}}")
    assert in_a_sentence("{{esp}}") == "Ana luz"


@pytest.mark.parametrize("code", ["de", "grc", "yua"])
def test_language_codes_give_names(code: str) -> None:
    assert in_a_sentence("{{lang-" + code + "|luz}}") == f"Ana en {LANGUAGES[code]}, luz luz"


def test_a_language_without_a_name_leaves_the_text() -> None:
    assert in_a_sentence("{{lang-xyz|luz}}") == "Ana luz luz"


def test_pronunciation_in_a_language() -> None:
    assert in_a_sentence("{{AFI-es|ˈlus}} {{IPA-fr|lɥis}}") == "Ana [ˈlus] [lɥis] luz"
