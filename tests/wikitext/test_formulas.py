import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.wikitext.formulas import MAX_CHARACTERS, formula_text


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("E = mc^2", "E = mc²"),
        (r"\alpha", "α"),
        (r"\frac ab", "a/b"),
        (r"3\tfrac{1}{2}", "3 1/2"),
        (r"\frac{1}{2}3", "1/2 3"),
        (r"x\frac{1}{2}", "x1/2"),
        (r"E_c=\frac{1}{2}mv^2", "E_c=1/2 mv²"),  # not 1/(2mv²)
        (r"\frac{\sqrt{3}}{4}a^2", "√3/4 a²"),
        (r"\frac{a}{b}\frac{c}{d}", "a/b c/d"),
        (r"\frac{d}{dx}f", "d/dx f"),
        (r"\frac{a}{b}(c+d)", "a/b (c+d)"),
        (r"\sqrt{2}3", "√2 3"),  # not √23
        (r"\frac{a}{b}+c", "a/b+c"),
        (r"\{\emptyset,\{\emptyset\}\}", "{∅,{∅} }"),
        (r"\{\{a\},\{a,b\}\}", "{ {a},{a,b} }"),
        (r"\frac{a+b}{2c}", "(a+b)/(2c)"),
        (r"F = G \frac{m_1 m_2}{r^2}", "F = G m₁ m₂/r²"),
        (r"\sqrt{2}", "√2"),
        (r"\sqrt[3]{x+1}", "∛(x+1)"),
        (r"Q = A\,v", "Q = A v"),
        (r"4{,}9 \times 10^{-23}\ \mathrm{J/K}", "4,9 × 10⁻²³ J/K"),
        (r"\Delta T = T - \overline{T}", "ΔT = T - T̄".replace("T̄", "T\u0304")),
        (r"\mathrm{Ca^{2+} + 2\,HCO_3^-}", "Ca²⁺ + 2 HCO₃⁻"),
        (r"{}^{238}_{92}\mathrm{U}", "²³⁸₉₂U"),
        (r"90^\circ", "90°"),
        (r"2^{n/12}", "2^(n/12)"),
        (r"E_{\mathrm{max}}", "E_max"),
        (r"F_{n-1}", "F_(n-1)"),
        (r"\sin \theta \leq \operatorname{sen}\beta", "sin θ ≤ sen β"),
        (r"\left( \frac{1}{2} \right)", "( 1/2 )"),
        (r"c \equiv m^e \pmod{n}", "c ≡ m^e (mod n)"),
        (r"\{a, b\} \subset \mathbb{R}", "{a, b} ⊂ R"),
        (r"\int", "∫"),
        ("f'", "f'"),
    ],
)
def test_simple_formulas_read_as_a_line(tex: str, expected: str) -> None:
    assert formula_text(tex) == expected


@pytest.mark.parametrize(
    "tex",
    [
        r"\sum_{n=0}^{\infty} x^n",
        r"\int_a^b f(x)\,dx",
        r"\lim_{x \to 0} x",
        r"\begin{pmatrix} a & b \end{pmatrix}",
        r"\unknowncommand x",
        r"\frac{a}",
        "{a",
        "a}",
        "a^",
        r"\sqrt",
        r"\vec{AB}",
        "[[x,y],z]",
        "",
        "   ",
        "{" * 50 + "x" + "}" * 50,
        "x" * (MAX_CHARACTERS + 1),
    ],
)
def test_what_does_not_read_as_a_line_is_none(tex: str) -> None:
    assert formula_text(tex) is None


SYMBOLS = [*"\\{}[]^_~& abn12+-=().,'", r"\frac ", r"\sqrt", r"\left", r"\alpha"]


@given(st.lists(st.sampled_from(SYMBOLS), max_size=60).map("".join))
def test_any_string_gives_a_line_or_none(tex: str) -> None:
    text = formula_text(tex)
    assert text is None or (text and "\n" not in text)
