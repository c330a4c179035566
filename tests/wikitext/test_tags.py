import pytest

from minillm.wikitext.comments import without_comments
from minillm.wikitext.tags import EndTags, read_tag


@pytest.mark.parametrize(
    "text",
    [
        "<b>", "</b>", "<br/>", "<br clear=all>", "<BR />", "<ref name=x/>", '<ref name="a>b" />',
        "<ref name='c<d'>",
        '<span title="x" class=\'y>z\' >', '<li value="3">', "<i id=a class = b>", "<th nowrap>", "<small >",
        '<div\nstyle="a">', "<math>", "<h2>", "<ref name=L'Or>",
    ],
)  # fmt: skip
def test_a_tag_ends_at_its_end(text: str) -> None:
    tag = read_tag(f"a {text}b > c", 2)
    assert tag is not None
    assert tag.end == 2 + len(text)
    assert tag.is_end == text.startswith("</")
    assert tag.is_empty == text.endswith("/>")


@pytest.mark.parametrize(
    "text",
    [
        "<", "<>", "< b>", "<origen>", "<a>", "<b y c>", "<i, j>", "<p q>", "<s=3>", "<año>", "<bé>",
        "<brío>", "<x>", "<div\n\n>", "<b <i>", "<3>", "</ b>", "<b", "<thead>",
    ],
)  # fmt: skip
def test_what_is_no_tag_is_text(text: str) -> None:
    assert read_tag(text, 0) is None


def test_a_quote_without_its_partner_holds_no_end() -> None:
    text = '<ref name="a>b</ref> «c "d"» <ref name="e">'
    tag = read_tag(text, 0)
    assert tag is not None
    assert text[: tag.end] == '<ref name="a>'


@pytest.mark.parametrize(
    ("tag", "hides"),
    [
        ('<span style="display:none">', True),
        ("<div class=a style='color:red; DISPLAY : none;'>", True),
        ("<td style=visibility:hidden>", True),
        ('<span style="display:inline">', False),
        ("</span style='display:none'>", False),
        ('<span title="none">', False),
    ],
)
def test_what_a_style_hides(tag: str, hides: bool) -> None:
    found = read_tag(tag, 0)
    assert found is not None
    assert found.hides == hides


def test_partners_nest_and_the_unclosed_has_none() -> None:
    text = "<div><DIV a>x</div ><div/></div><div>"
    ends = EndTags(text)
    assert ends.partner("div", 0) == text.rindex("<div>")
    assert ends.partner("div", 5) == text.index("<div/>")
    assert ends.partner("div", text.rindex("<div>")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<!-- b -->c", "ac"),
        ("a\n <!-- b\nc --> \nd", "a\nd"),
        ("a\n<!-- b -->c\nd", "a\nc\nd"),
        ("a\n<!-- b --> <!-- c --><!--\nd-->\t\ne", "a\ne"),
        ("a\n<!-- b --> <!-- c --> d\ne", "a\n  d\ne"),
        ("a\n<!-- b --><!-- c", "a\n"),
        ("a<!-- b", "a"),
        ("a<!--><!-- b -->c-->d", "ac-->d"),
        ("<pre><!--</pre>a<!--b-->", "<pre><!--</pre>a"),
        ("<!--<pre>-->a<!--b--></pre>", "a</pre>"),
        ("<pre>a<!--b-->", "<pre>a"),  # never closed
        ("<nowiki/><!--b-->", "<nowiki/>"),
        ("<b><!--c--></b>", "<b></b>"),
    ],
)
def test_comments_go_but_not_what_looks_like_one_in_code(text: str, expected: str) -> None:
    assert without_comments(text) == expected
