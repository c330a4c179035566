import pytest

from minillm.wikitext.marks import QUOTE
from minillm.wikitext.quotes import without_quotes


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("a ''b'' '''c''' '''''d'''''", "a b c d"),
        ("en l'''Unità'' hoy", "en l'Unità hoy"),
        ("''Águila'''s", "Águila's"),
        ("de '''a'' y l'''b '''c", "de a y l'b c"),  # a word of one letter before a space
        ("de la'''a'' y un'''b'''", "de la'a y unb"),  # the first longer word
        ("de '''a''", "de 'a"),  # a space
        ("'''a''", "'a"),
        ("''''a''' b", "'a b"),
        ("a ''''''b'''''", "a 'b"),
        ("''a", "a"),
        ("'''a", "a"),
        ("'''''a", "a"),  # both are open, and none is a ''' that could be an apostrophe
        ("l'''a\nb'' c", "la\nb c"),  # each line by itself
        ("l'''a''\nl'''b''", "l'a\nl'b"),
    ],
)
def test_apostrophes_are_read_as_mediawiki_reads_them(wikitext: str, expected: str) -> None:
    assert without_quotes(wikitext.replace("'", QUOTE)) == expected
