import pytest

from minillm.languages import renderers as r
from minillm.languages.en import measures as m
from minillm.languages.en.measures import MEASURES
from minillm.languages.loading import load_language
from minillm.wikitext.arguments import Arguments, read_arguments
from minillm.wikitext.marks import HOLE
from minillm.wikitext.scanner import plain_text

ENGLISH = load_language("en")


def arguments(wikitext: str) -> Arguments:
    return read_arguments(wikitext.split("|") if wikitext else [])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0", "0"), ("371", "371"), ("3715", "3,715"), ("2300000", "2,300,000"), ("1240.5", "1,240.5"),
        ("-14088.590", "-14,088.590"), ("1,234", "1,234"), ("5+1/2", "5 1/2"), ("twelve", "twelve"),
    ],
)  # fmt: skip
def test_number(typed: str, expected: str) -> None:
    assert MEASURES.number(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("10|km|mi", "10 km"),
        ("1,200|ft|m|0", "1,200 ft"),
        ("19000|sqft|m2", "19,000 sq ft"),
        ("5|ft|11|in|m", "5 ft 11 in"),
        ("12|to|15|mi|km", "12 to 15 mi"),
        ("3|x|5|x|2|m", "3 × 5 × 2 m"),
        ("400|acre|ha", "400 acres"),
        ("100|PD/sqmi", "100 per sq mi"),
        ("12|-|15|mi", "12-15 mi"),
        ("10|km|mi|disp=number", HOLE),
        ("10|e6acre|km2", "10 million acres"),
        ("2.5|e9USgal", "2.5 billion US gal"),
        ("1|e6km2", "1 million km²"),
        ("1|e6acre", "1 million acres"),
        ("10|e7km2", HOLE),
        ("1|acre|ha", "1 acre"),
        ("40|acre|ha|adj=on", "40-acre"),
        ("10|e6acre|km2|adj=on", "10-million-acre"),
        ("300|m|ft|adj=on", "300 m"),
        ("160|Tcuft", "160 trillion cu ft"),
        ("15700|ft3", "15,700 cu ft"),
        ("20|m3/s|cuft/s", "20 m³/s"),
        ("1460|oilbbl", "1,460 bbl"),
        ("5|ft|11|kg", HOLE),
        ("10", HOLE),
        ("|km", HOLE),
        ("", HOLE),
    ],
)
def test_converted(typed: str, expected: str) -> None:
    assert MEASURES.converted(arguments(typed)) == expected


@pytest.mark.parametrize(
    ("figure", "expected"),
    [("1", "1st"), ("2", "2nd"), ("3", "3rd"), ("4", "4th"), ("11", "11th"), ("112", "112th"), ("23", "23rd"),
     ("x", HOLE), ("", HOLE)],
)  # fmt: skip
def test_ordinal(figure: str, expected: str) -> None:
    assert m.ordinal(arguments(figure)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("5", "£5"), ("5 million", "£5 million"), ("5|million", "£5 million"), ("2300", "£2,300"), ("", "£"),
     ("5|1990", HOLE), ("value=5", HOLE)],
)  # fmt: skip
def test_money(typed: str, expected: str) -> None:
    assert m.money("£", arguments(typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("ft=5|in=11", "5 ft 11 in"), ("m=1.80", "1.80 m"), ("in=11", HOLE), ("", HOLE)],
)
def test_height(typed: str, expected: str) -> None:
    assert m.height(arguments(typed)) == expected


def test_isotopes_and_degrees() -> None:
    assert m.isotope(arguments("carbon|14")) == "carbon-14"
    assert m.isotope(arguments("C|14")) == "¹⁴C"
    assert m.isotope(arguments("14")) == HOLE
    assert m.degrees(arguments("45|30")) == "45°30′"
    assert m.degrees(arguments("N")) == HOLE


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Queen Elizabeth|R08", "HMS Queen Elizabeth (R08)"),
        ("Queen Elizabeth|R08|6", "Queen Elizabeth"),
        ("Queen Elizabeth||2", "HMS Queen Elizabeth"),
        ("Victory", "HMS Victory"),
        ("Victory||5", HOLE),
        ("", HOLE),
    ],
)
def test_ships(typed: str, expected: str) -> None:
    assert r.ship("HMS", arguments(typed)) == expected


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("It is {{langx|de|Haus}}.", "It is German: Haus."),
        ("It is {{lang-qqq|Haus}}.", "It is Haus."),
        ("It is {{lang-de|Haus|label=none}}.", "It is Haus."),
        ("Ann {{IPAc-en|lang|t|ə|_|n}} sang.", "Ann /tə n/ sang."),
        ("Ann {{bibleverse|1|John|3:16|NIV}} sang.", "Ann 1 John 3:16 sang."),
        ("{{harvtxt|Gil|Ruiz|2010}} sang.", "Gil & Ruiz (2010) sang."),
        ("Ann sang. According to {{harvnb|Gil|2010}}, she ate.", "Ann sang."),
        ("Ann sang (see also {{harvnb|Gil|2010}}; cf. {{harvnb|Ruiz|2010}}).", "Ann sang."),
        ("Ann sang{{harvnb|Gil|2010}} (see {{harvp|Gil|2010}}) and ate.", "Ann sang and ate."),
        ("Ann on 1<sup>st</sup> and 20<sup>o</sup>C, 10<sup>6.5</sup>.", "Ann on 1st and 20°C, 10^(6.5)."),
        ("Ann{{citation needed|date=May 2010}} sang{{cite web|url=x}}.", "Ann sang."),
        ("The [[File:A.jpg|thumb|A [[tower]]]] [[:Category:B|B]][[Category:B]] is.", "The B is."),
        ("Ann {{sic|hide=y|teh}} and {{sic|teh}}.", "Ann teh and teh [sic]."),
        ("Ann{{hsp}}B sang{{nowrap begin}} for 5{{thinsp|1|km}}.", "Ann B sang for 51 km."),
        ("Ann {{citation needed span|sang for years|date=May 2010}}.", "Ann sang for years."),
        ("Ann {{IPAc-en|en-us-Ann.ogg|æ|n}} sang.", "Ann /æn/ sang."),
        ("A flat in B{{music|flat}} by {{Nastaliq|انور}}.", "A flat in B♭ by انور."),
    ],
)  # fmt: skip
def test_sentences(wikitext: str, expected: str) -> None:
    assert plain_text(wikitext, ENGLISH) == expected
