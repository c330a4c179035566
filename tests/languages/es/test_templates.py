import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.languages.es import dates as d
from minillm.languages.es.names import COUNTRIES, LANGUAGES
from minillm.languages.es.templates import TEMPLATES
from minillm.languages.es.wiki import SILENT_TEMPLATES
from minillm.wikitext.marks import HOLE
from minillm.wikitext.templates import Template
from tests.spanish import plain_text

WITH_NAME = [(template, name) for template in TEMPLATES.rows for name in template.names]


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
    assert [name for name in tables if TEMPLATES.canonical_name(name) != name] == []


def test_a_template_is_either_rendered_or_silent() -> None:
    assert [name for _, name in WITH_NAME if name in SILENT_TEMPLATES] == []


@pytest.mark.parametrize("name", ["Unidad", "unidad ", "Plantilla:Unidad", "\nunidad\n", "UNIDAD"])
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    assert in_a_sentence("{{" + name + "|3|m}}") == "Ana 3 m luz"


def test_underscores_in_names_are_spaces() -> None:
    assert TEMPLATES.canonical_name("Fecha_de  inicio ") == "fecha de inicio"


@pytest.mark.parametrize("name", sorted(SILENT_TEMPLATES))
def test_silent_templates_leave_no_trace_after_an_article(name: str) -> None:
    assert plain_text("Vive en la {{" + name + "|x}} sierra.") == "Vive en la sierra."


def test_an_unknown_template_leaves_a_hole() -> None:
    assert TEMPLATES.find("sin datos") is None
    assert not TEMPLATES.is_silent("sin datos")
    assert plain_text("Luce. Vive en la {{sin datos|x}} sierra. Canta.") == "Luce. Canta."


@pytest.mark.parametrize(
    "example", ["{{unidad}}", "{{siglo|}}", "{{formatnum:}}", "{{fecha}}", "{{lang|fr}}", "{{color|red}}"]
)
def test_a_template_without_its_value_is_a_hole(example: str) -> None:
    assert plain_text(f"Luce. Vive desde el {example} en paz. Canta.") == "Luce. Canta."


# Of the Olympic Games of 2024.
IOC = """
AFG ALB ALG AND ANG ANT ARG ARM ARU ASA AUS AUT AZE BAH BAN BAR BDI BEL BEN BER BHU BIH BIZ BLR BOL BOT
BRA BRN BRU BUL BUR CAF CAM CAN CAY CGO CHA CHI CHN CIV CMR COD COK COL COM CPV CRC CRO CUB CYP CZE DEN
DJI DMA DOM ECU EGY ERI ESA ESP EST ETH FIJ FIN FRA FSM GAB GAM GBR GBS GEO GEQ GER GHA GRE GRN GUA GUI
GUM GUY HAI HKG HON HUN INA IND IRI IRL IRQ ISL ISR ISV ITA IVB JAM JOR JPN KAZ KEN KGZ KIR KOR KOS KSA
KUW LAO LAT LBA LBN LBR LCA LES LIE LTU LUX MAD MAR MAS MAW MDA MDV MEX MGL MHL MKD MLI MLT MNE MON MOZ
MRI MTN MYA NAM NCA NED NEP NGR NIG NOR NRU NZL OMA PAK PAN PAR PER PHI PLE PLW PNG POL POR PRK PUR QAT
ROU RSA RUS RWA SAM SEN SEY SGP SKN SLE SLO SMR SOL SOM SRB SRI SSD STP SUD SUI SUR SVK SWE SWZ SYR TAN
TGA THA TJK TKM TLS TOG TPE TTO TUN TUR TUV UAE UGA UKR URU USA UZB VAN VEN VIE VIN YEM ZAM ZIM
"""


def test_every_code_of_the_olympic_games_is_a_country() -> None:
    assert len(IOC.split()) == 206
    assert [code for code in IOC.split() if code not in COUNTRIES] == []
    assert (COUNTRIES["UGA"], COUNTRIES["KUW"], COUNTRIES["BAH"]) == ("Uganda", "Kuwait", "Bahamas")


def test_names_read_as_they_stand() -> None:
    assert [name for name in [*COUNTRIES.values(), *LANGUAGES.values()] if set(name) & set("()[]{}<>.")] == []
    assert [code for code in LANGUAGES if code != code.lower()] == []


@pytest.mark.parametrize(
    ("code", "language"), [("ha", "hausa"), ("pt-BR", "portugués de Brasil"), ("sr-Latn", "serbio")]
)
def test_languages_of_cldr_have_names(code: str, language: str) -> None:
    assert in_a_sentence("{{lang-" + code + "|luz}}") == f"Ana en {language}, luz luz"


@pytest.mark.parametrize("code", ["ESP", "UKR", "UK"])
def test_country_codes_give_names(code: str) -> None:
    assert in_a_sentence("{{" + code + "}}") == f"Ana {COUNTRIES[code]} luz"


def test_a_country_code_in_lower_case_is_another_template() -> None:
    assert HOLE not in in_a_sentence("{{esp}}")
    assert in_a_sentence("{{esp}}") == "Ana luz"


ARGUMENT = st.sampled_from(
    ["", "1", "5", "-3", "1,5", "1990", "2+", "a", "s", "n/2", "km", "ft", "to", "x y", "e=", "e=3", "1=",
     "es", "N", "–", "/a/", "[", "(", HOLE, "{", "2{", "٣", "²", "=", "display=title", "ISO", "\n* a\n* b"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([name for _, name in WITH_NAME]),
    st.lists(ARGUMENT, max_size=7),
    st.sampled_from(["", "3"]),
)
def test_no_arguments_give_another_number(name: str, values: list[str], before: str) -> None:
    text = TEMPLATES.text(name, values, alone=False, before=before)
    given = {*re.findall("[0-9]+", " ".join(values)), "1", "10"}  # {{frac|2}}, {{e|2}}
    template = TEMPLATES.find(name)
    assert template
    computes_years = template.rendering in (d.age, d.death_date)
    assert computes_years or {*re.findall("[0-9]+", text)} - given == set()


@pytest.mark.parametrize("code", ["de", "grc", "yua"])
def test_language_codes_give_names(code: str) -> None:
    assert in_a_sentence("{{lang-" + code + "|luz}}") == f"Ana en {LANGUAGES[code]}, luz luz"


def test_a_language_without_a_name_leaves_the_text() -> None:
    assert in_a_sentence("{{lang-qqq|luz}}") == "Ana luz luz"


def test_pronunciation_in_a_language() -> None:
    assert in_a_sentence("{{AFI-es|ˈlus}} {{IPA-fr|lɥis}}") == "Ana [ˈlus] [lɥis] luz"
