"""What holds for the tables of templates of each language."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.wikitext.language import Language
from minillm.wikitext.marks import HOLE
from minillm.wikitext.scanner import plain_text
from minillm.wikitext.templates import Template
from tests.languages.languages import ALL

NAMES = [
    (code, template, name) for code in ALL for template in ALL[code].templates.rows for name in template.names
]
languages = pytest.mark.parametrize("language", ALL.values(), ids=ALL)


def in_a_sentence(wikitext: str, language: Language) -> str:
    return " ".join(plain_text(f"Ana {wikitext} luz", language).split())


@pytest.mark.parametrize(
    ("code", "template", "name"), NAMES, ids=[f"{code} {name}" for code, _, name in NAMES]
)
def test_every_example_reads_as_expected_under_every_name(code: str, template: Template, name: str) -> None:
    example = re.sub(r"\{\{[^|:{}]+", lambda _: "{{" + name, template.example)
    assert "{{" + name in example
    assert in_a_sentence(example, ALL[code]) == f"Ana {template.expected} luz"


@languages
def test_every_row_says_where_it_was_seen(language: Language) -> None:
    assert [template.names for template in language.templates.rows if not template.seen] == []


@languages
def test_no_name_stands_in_two_rows_and_there_are_many(language: Language) -> None:
    rows = language.templates.rows
    names = [name for template in rows for name in template.names]
    assert len(names) == len(set(names))
    assert len(rows) >= 70
    assert [template.names for template in rows if not template.seen] == []
    assert len(names) >= 200


@languages
def test_names_are_canonical_as_they_stand(language: Language) -> None:
    templates = language.templates
    names = [name for template in templates.rows for name in template.names]
    names += [*templates.silent, *templates.silent_prefixes, *language.disambiguation_templates]
    assert [name for name in names if templates.canonical_name(name + "x") != name + "x"] == []


@languages
def test_a_template_is_either_rendered_or_silent(language: Language) -> None:
    templates = language.templates
    names = [name for template in templates.rows for name in template.names]
    assert [name for name in names if name in templates.silent] == []


@pytest.mark.parametrize("form", ["Val", "val ", "\nval\n", "VAL", "{}Val"])
@languages
def test_a_name_is_found_however_it_is_written(language: Language, form: str) -> None:
    name = form.format(language.templates.namespace.title())
    assert in_a_sentence("{{" + name + "|3|u=m}}", language) == "Ana 3 m luz"


@languages
def test_silent_templates_leave_no_trace_where_something_would_be_missed(language: Language) -> None:
    sentence = f"Ana {language.holes.preposition} {{}}luz."
    for name in sorted(language.templates.silent):
        assert plain_text(sentence.format("{{" + name + "|x}} "), language) == sentence.format(""), name


@languages
def test_an_unknown_template_leaves_a_hole(language: Language) -> None:
    assert language.templates.find("qqq qqq") is None
    assert not language.templates.is_silent("qqq qqq")
    wikitext = f"Luz. Ana {language.holes.preposition} {{{{qqq qqq|x}}}} luz. Ana."
    assert plain_text(wikitext, language) == "Luz. Ana."


@pytest.mark.parametrize("function", ["#expr: 2 + 2", "#if: a | b", "#invoke: a | b", "plural: 2 | a"])
@languages
def test_a_function_of_the_parser_is_a_value(language: Language, function: str) -> None:
    assert plain_text(f"Luz. Ana {{{{{function}}}}} luz. Ana.", language) == "Luz. Ana."


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


@languages
def test_every_code_of_the_olympic_games_is_a_country(language: Language) -> None:
    countries = language.templates.countries
    assert len(IOC.split()) == 206
    assert [code for code in IOC.split() if code not in countries] == []
    assert (countries["UGA"], countries["KUW"], countries["BAH"]) == ("Uganda", "Kuwait", "Bahamas")
    assert [name for name in countries.values() if set(name) & set("()[]{}<>.")] == []
    for code in ("UKR", "UK", "JPN"):
        assert in_a_sentence("{{" + code + "}}", language) == f"Ana {countries[code]} luz"


ARGUMENT = st.sampled_from(
    ["", "1", "5", "-3", "1,5", "1990", "2+", "a", "s", "n/2", "km", "ft", "to", "x y", "e=", "e=3", "1=",
     "es", "N", "–", "/a/", "[", "(", HOLE, "{", "2{", "٣", "²", "=", "display=title", "ISO", "\n* a\n* b"]
)  # fmt: skip


_GROUPS = re.compile("(?<=[0-9])[, ](?=[0-9]{3}(?![0-9]))")  # of one number


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([(code, name) for code, _, name in NAMES]),
    st.lists(ARGUMENT, max_size=7),
    st.sampled_from(["", "3"]),
)
def test_no_arguments_give_another_number(place: tuple[str, str], values: list[str], before: str) -> None:
    code, name = place
    templates = ALL[code].templates
    text = templates.text(name, values, alone=False, before=before)
    given = {*re.findall("[0-9]+", " ".join(values)), "1", "10"}  # {{frac|2}}, {{e|2}}
    template = templates.find(name)
    assert template
    function = getattr(template.rendering, "__name__", "")
    computes_years = function in ("age", "death_date", "season")
    assert (
        computes_years or {*re.findall("[0-9]+", _GROUPS.sub("", text.replace("°", "° ")))} - given == set()
    ), template


@pytest.mark.parametrize("code", ALL)
@pytest.mark.parametrize("prefix", ["Template:", "template : ", " :TEMPLATE:", "_template_:_"])
def test_a_name_may_have_its_namespace(code: str, prefix: str) -> None:
    assert in_a_sentence("{{" + prefix + "nowrap|1 m}}", ALL[code]) == "Ana 1 m luz"
    assert in_a_sentence("{{:nowrap|1 m}}, la", ALL[code]) == "Ana, la luz"  # the article of this name


def test_the_namespace_has_its_name_in_the_language() -> None:
    assert in_a_sentence("{{Plantilla:nowrap|1 m}}", ALL["es"]) == "Ana 1 m luz"
    assert in_a_sentence("{{PLANTILLA_:_ESP}}", ALL["es"]) == "Ana España luz"
