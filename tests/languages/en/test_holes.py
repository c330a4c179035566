import pytest

from minillm.languages.loading import load_language
from minillm.wikitext.holes import mend_holes
from minillm.wikitext.marks import HOLE

ENGLISH = load_language("en").holes


def mended(paragraph: str) -> str:
    return mend_holes(paragraph.replace("◌", HOLE), ENGLISH)


@pytest.mark.parametrize(
    "sentence",
    [
        # after what ends no phrase
        "The tower has a height of ◌ and a width of 3 feet.",
        "In the ◌ century it grew.",
        "It was founded in ◌.",
        "It was founded by ◌ and his son.",
        "Its capital is ◌.",
        "It is ◌ long and old.",
        "About ◌ people live there.",
        "He moved to ◌ and then to Lora.",
        "The song reached number ◌ in Spain.",
        # after a verb
        "The tower measures ◌ in height.",
        "It weighs ◌ and floats.",
        "It cost ◌ to build.",
        "He directed ◌ in 1999.",
        "They defeated ◌ 3-1.",
        "Members include ◌.",
        "It has ◌.",
        # before a unit, a number's noun, a dimension
        "The tower stands ◌ tall.",
        "The town has ◌ inhabitants.",
        "It covers ◌ km².",
        "The road runs ◌ miles from Lora to Xia.",
        "It was founded ◌ years ago.",
        "It lies ◌ above sea level.",
        # two holes, a joining mark, a name, an adverb, the subject
        "It grew ◌ to ◌.",
        "There are ◌ / residents ◌.",
        "The clubs ◌ and were promoted.",
        "It was $◌ then.",
        "Here x = ◌ holds.",
        "The word ◌ means light.",
        "He was called ◌ by his friends.",
        "It was named ◌.",
        "In Greek ◌ means light.",
        "However, ◌ won the race.",
        "Also ◌ shone at night.",
        "◌ is a lighthouse.",
        "The 3 ◌ of 1980 were good.",
    ],
)
def test_a_sentence_that_misses_something_goes(sentence: str) -> None:
    assert mended(f"Light. {sentence} Night.") == "Light. Night."


@pytest.mark.parametrize(
    "sentence",
    [
        "The club ◌ was founded in 1900.",
        "The club was founded ◌ in 1900.",
        "The house was built ◌ in 1900.",
        "The town grew quickly ◌.",
        "It is a town ◌.",
        "It is in ◌ Spain.",
        "The club was founded in 1900 ◌ and won.",
        "The river ◌, which is long, flows there.",
        "Some critics ◌ liked it.",
        "Ann ◌ and Ruiz are singers.",
        "The man ◌ who lived there left.",
        "The church◌, which is old, stands.",
    ],
)
def test_one_that_does_not_stays(sentence: str) -> None:
    assert mended(f"Light. {sentence} Night.") == f"Light. {sentence.replace('◌', '')} Night."


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("Mr. Ruiz of ◌ sang. Night.", "Night."),
        ("He met Dr. Ann in No. 5 of ◌. Night.", "Night."),
        ("The U.S. Army of ◌ left. Night.", "Night."),
        ("J. R. Lora met ◌. Night.", "Night."),
        ("The Ruiz Jr. Trio of ◌ sang. Night.", "Night."),
        ("Maj. Ruiz of ◌ led Lora Inc. Records. Night.", "Night."),
        ("Ann (of ◌, 1915) sings.", "Ann (1915) sings."),
        ("Ann (◌, ◌) sings.", "Ann  sings."),
    ],
)
def test_a_sentence_does_not_end_at_an_abbreviation_and_in_parentheses_the_part_goes(
    paragraph: str, expected: str
) -> None:
    assert mended(paragraph) == expected
