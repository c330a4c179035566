import pytest

from minillm.languages.es.names import COUNTRIES, LANGUAGES
from minillm.languages.es.templates import TEMPLATES
from minillm.wikitext.marks import HOLE
from tests.spanish import plain_text

WITH_NAME = [(template, name) for template in TEMPLATES.rows for name in template.names]


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


def test_pronunciation_in_a_language() -> None:
    assert in_a_sentence("{{AFI-es|ˈlus}} {{IPA-fr|lɥis}}") == "Ana [ˈlus] [lɥis] luz"
