import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.wikitext.normalize import normalize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“a” „b‟", '"a" "b"'),
        ("l’ou ‘b’ ´c`", "l'ou 'b' 'c'"),
        ("«a» ¿b? ¡c! 1.º 2.ª", "«a» ¿b? ¡c! 1.º 2.ª"),
        ("1939–1945 −3 a‑b a‐b", "1939-1945 -3 a-b a-b"),
        ("—a— ―b", "—a— —b"),
        ("a… b", "a... b"),
        ("a\xa0b\u2009c\u3000d\te  f", "a b c d e f"),
        ("a\u2028b", "a\nb"),
        (unicodedata.normalize("NFD", "camión"), "camión"),
        ("a ( ) b (, ) c ( ; ) d", "a b c d"),
        ("a (, b) (c , ) d", "a (b) (c) d"),
        ("« a » ( b ) [ c ]", "«a» (b) [c]"),
        ("a , b ; c : d . e !", "a, b; c: d. e!"),
        ("a,, b , , c,. d", "a, b, c. d"),
        ("a ,. b ;. c", "a. b. c"),
        ("1 : 50 000, 3 : 2; 1990 : b", "1 : 50 000, 3 : 2; 1990: b"),
        ("218 a. C.. Luego", "218 a. C. Luego"),
        ("a... b", "a... b"),
        ("la plataforma .NET", "la plataforma .NET"),
        ("a {{ b ]] c <ref d", "a b c d"),
        ("a[b[0]] = {x}", "a[b[0 = {x}"),
        (" a\n", "a"),
        ("a \n b\n\n \n\nc", "a\nb\n\nc"),
    ],
)
def test_characters_have_one_form(text: str, expected: str) -> None:
    assert normalize(text) == expected


@given(st.text())
def test_result_is_composed_and_without_odd_spaces_or_pairs_of_markup(text: str) -> None:
    result = normalize(text)
    assert unicodedata.is_normalized("NFC", result)
    assert not set(result) & set("“”‘’–…\xa0\u2009\t")
    assert "  " not in result
    for pair in ("{{", "}}", "[[", "]]", "<ref"):
        assert pair not in result


@given(st.text(st.sampled_from("ab .,;:()«»[]{}<\n"), max_size=40))
def test_lines_are_tidy(text: str) -> None:
    result = normalize(text)
    assert [line.strip(" ") for line in result.split("\n")] == result.split("\n")
    assert "\n\n\n" not in result


@given(st.text(st.sampled_from("ab .,;:()«»\n"), max_size=30))
def test_letters_are_never_lost(text: str) -> None:
    assert [c for c in normalize(text) if c in "ab"] == [c for c in text if c in "ab"]
