"""Plain text: no markup is seen in it, and what becomes of its lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.corpus.plain import read_plain

FILLED = (
    "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha\n"
    "mucho tiempo que vivía un hidalgo de los de lanza en astillero, adarga\n"
    "antigua, rocín flaco y galgo corredor."
)
CASES = {
    "markup is text": ("Usa {{x}}, ''y'', [[z|w]], <ref>a</ref> y == b ==.", None),
    "brackets and signs stay": ("f () y [ ] ,, (a , b) int[] 1..2", None),
    "paragraphs": ("Uno.\n\n\n \nDos.\r\n\r\nTres.", "Uno.\n\nDos.\n\nTres."),
    "lines of a verse": ("Verde que te quiero verde.\nVerde viento. Verdes ramas.", None),
    "a paragraph a line": ("Largo." * 30 + "\n" + "Otro." * 40, None),
    "a paragraph filled to a width": (FILLED, FILLED.replace("\n", " ")),
    "each for itself": (f"Uno\n\n{FILLED}\n\na\nb", f"Uno\n\n{' '.join(FILLED.split())}\n\na\nb"),
    "a line that ends early": (FILLED.replace("de cuyo", "\nde cuyo").replace(", \n", ",\n"), None),
    "a list": ("- " + "a " * 30 + "\n- b", "- " + "a " * 29 + "a\n- b"),
    "one form of each character": ("“Sí” – dijo…\t´a` a\u0301\xa0b", "\"Sí\" - dijo... 'a' á b"),
    "what cannot be seen": ("a\xad\u200bb\x00c\ufeff", "abc"),
    "other ends of lines": ("a\x0bb\x0c\x0cc\x85d\u2028e\rf", "a\nb\n\nc\nd\ne\nf"),
    "nothing": (" \n\n ", ""),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_what_becomes_of_a_text(text: str, expected: str | None) -> None:
    assert read_plain(text).text == (text if expected is None else expected)


def test_items_of_lists_are_counted_and_a_dialogue_is_none() -> None:
    page = read_plain("Hay:\n- uno\n* dos\n• tres\n12. cuatro\n\n—No —dijo.\n1900 fue un año.\n-5 grados")
    assert page.list_characters == len("- uno* dos• tres12. cuatro")
    assert (page.table_characters, page.losses) == (0, ())


@given(st.text(st.sampled_from("aáñ .,\n\r\t-—*1<{['\u200b\u0301\ud800")))
def test_any_text_is_in_one_form_after_the_first_time(text: str) -> None:
    once = read_plain(text).text
    assert read_plain(once).text == once
    assert "\n\n\n" not in once
    assert "  " not in once
    assert once == once.strip()
    assert [c for c in once if c in "{['<*"] == [c for c in text if c in "{['<*"]
