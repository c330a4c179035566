import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.own.markdown import plain_markdown

CASES = {
    "a paragraph's lines are one": ("Uno\ndos\n\nTres", "Uno dos\n\nTres"),
    "headings": ("# Uno #\n\nTexto\n\nDos\n---\nMás", "Uno\n\nTexto\n\nDos\n\nMás"),
    "emphasis": ("*a* __b__ ***c*** ~~d~~ 2*3*4 a_b_c \\*e\\*", "a b c d 234 a_b_c *e*"),
    "links": ('[a](http://x.org "t") [b][1] <http://y.org> [c]\n\n[1]: http://z.org', "a b http://y.org [c]"),
    "images": ("Antes ![foto](a.png) después", "Antes  después"),
    "code in a line": ("Usa `a*b`.", "Usa a*b."),
    "fenced code": ("Antes\n\n```python\nx = 1\n```\n\n~~~\ny\n~~~\n\nDespués", "Antes\n\nDespués"),
    "indented lines are text": ("Antes\n\n    Sangrado.", "Antes\n\nSangrado."),
    "lists": (
        "Hay:\n\n* uno\n* dos\n  1. tres\n- [x] hecho\n\nFin",
        "Hay:\n\nuno\ndos\ntres\n\nhecho\n\nFin",
    ),
    "lists with blank lines": ("* uno\n\n* dos", "uno\ndos"),
    "quotations": ("> Uno\n> dos\n>\n> > Tres", "Uno dos\n\nTres"),
    "tables": ("Antes\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nDespués", "Antes\n\nDespués"),
    "rules": ("Uno\n\n***\n\nDos", "Uno\n\nDos"),
    "a hard line break": ("Uno  \ndos\\\ntres<br/>cuatro", "Uno\ndos\ntres\ncuatro"),
    "tags in a line": ("H<sub>2</sub>O <!-- no --> sí", "H2O  sí"),
    "a block of tags": ("<div class='x'>\nUno &amp; <b>dos</b>\n</div>\n\nTres", "Uno & dos\n\nTres"),
    "a block of code in tags": ("<pre>\nx\n</pre>\n\n<script>\ny()\n</script>\n\nTres", "Tres"),
    "comments": ("<!-- no\n\nno -->\n\nSí\n\n<p>a <!-- b --> c <!-- d", "Sí\n\na c"),
    "entities": ("A&ntilde;o &#169; &amp;amp;", "Año © &amp;"),
    "footnotes": ("Dicho[^1] y [^nota].\n\n[^1]: La nota\n    sigue.\n\nFin", "Dicho y .\n\nFin"),
    "a head of YAML": ("---\ntitle: Uno\ntags: [a]\n---\n\nTexto", "Texto"),
    "a head of TOML": ("+++\ntitle = 'Uno'\n+++\nTexto", "Texto"),
    "no head but a rule": ("---\n\nTexto\n\n---\n\nMás", "Texto\n\nMás"),
    "what only looks like a mark": (
        "2 * 3 * 4 = 24 # no, a_b y [x] {{y}} ''z''",
        "2 * 3 * 4 = 24 # no, a_b y [x] {{y}} ''z''",
    ),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("markdown", "expected"), CASES.values(), ids=CASES)
def test_markdown_becomes_what_its_reader_reads(markdown: str, expected: str) -> None:
    assert plain_markdown(markdown) == expected


@given(st.text(st.sampled_from("ab *_`#>-[]()!|\n\\<&~^:1.")))
def test_any_text_can_be_read(text: str) -> None:
    plain = plain_markdown(text)
    assert plain == plain.strip("\n")
    assert "\n\n\n" not in plain
