import inspect
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.wikitext import formula_symbols
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
        (r"\{a, b\} \subset \mathbb{R}", "{a, b} ⊂ ℝ"),
        (r"\int", "∫"),
        ("f'", "f'"),
    ],
)
def test_simple_formulas_read_as_a_line(tex: str, expected: str) -> None:
    assert formula_text(tex) == expected


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        # relations and operators: a blank on either side, if they stand between something
        (r"A\mid B", "A | B"),
        (r"f \circ g", "f ∘ g"),
        (r"f\circ g", "f ∘ g"),
        (r"a\cdot b", "a · b"),
        (r"\nabla \cdot \mathbf{F}", "∇ · F"),
        (r"\nabla \times \vec{B}", "∇ × B⃗"),
        (r"(G, \cdot)", "(G, ·)"),
        (r"(G,\cdot )", "(G,·)"),
        (r"\langle\cdot,\cdot\rangle", "⟨·,·⟩"),
        (r"(\mathbb{Z}, +, \cdot )", "(ℤ, +, ·)"),
        (r"x = \pm 1", "x = ±1"),
        (r"x \approx \pm\sqrt{2}", "x ≈ ±√2"),
        (r"a \pm b", "a ± b"),
        (r"(\neq 0)", "(≠ 0)"),
        # what encloses
        (r"\langle u, v \rangle", "⟨u, v⟩"),
        (r"\left\langle u, v \right\rangle", "⟨u, v⟩"),
        (r"\lang u \rang", "⟨u⟩"),
        (r"\lfloor x \rfloor + \lceil x \rceil", "⌊x⌋ + ⌈x⌉"),
        (r"\lvert x \rvert = \lVert x \rVert", "|x| = ‖x‖"),
        (r"\vert x \vert", "|x|"),
        (r"2\vert x \vert + \left\vert y \right\vert", "2|x| + |y|"),
        (r"\Vert x \Vert = \| x \|", "‖x‖ = ‖x‖"),
        (r"P(A \vert B) = P(B\vert A)", "P(A | B) = P(B | A)"),
        (r"f\vert_{x=0}", "f|_(x=0)"),
        (r"|\sin x|", "|sin x|"),
        (r"\{ x \in \R \mid x \ge 0 \}", "{x ∈ ℝ | x ≥ 0}"),
        (r"f\left (x\right )", "f(x)"),
        # what belongs to the next
        (r"\neg p \land \lnot q", "¬p ∧ ¬q"),
        (r"\angle ABC", "∠ABC"),
        (r"\triangle ABC \sim \triangle DEF", "△ABC ~ △DEF"),
        (r"\forall x \in A \exists y", "∀x ∈ A ∃y"),
        (r"\Delta x \Delta y", "Δx Δy"),
        (r"\Delta = b^2-4ac", "Δ = b²-4ac"),
        (r"\partial f / \partial x", "∂f / ∂x"),
        (r"\frac{\partial L}{\partial \dot q}", "(∂L)/(∂q\u0307)"),
        (r"\int \frac{1}{x}\,dx", "∫ 1/x dx"),
        # functions
        (r"\sin^2 x + \cos ^2 x", "sin² x + cos² x"),
        (r"\operatorname{sen}^2 x", "sen² x"),
        (r"\operatorname{rg}(A)", "rg(A)"),
        (r"\operatorname{rg} (A)", "rg(A)"),
        (r"\sin(x)", "sin(x)"),
        (r"\sin \left(x\right)", "sin(x)"),
        (r"\max\{a, b\}", "max{a, b}"),
        (r"2\sin x", "2 sin x"),
        (r"y=-\sin x", "y=-sin x"),
        (r"(\ln x)^2", "(ln x)²"),
        (r"\tg x + \arctg x + \cosec x", "tg x + arctg x + cosec x"),
        (r"\Re z + \image z", "Re z + Im z"),
        (r"a \bmod n", "a mod n"),
        # letters
        (r"2\pi r", "2π r"),
        (r"n \pi x", "n π x"),
        (r"\rho g h", "ρ g h"),
        (r"\alpha x + \beta y", "α x + β y"),
        (r"SS_\text{Total} = x^\mathrm T", "SS_Total = x^T"),
        (r"A =\left ( \frac{1}{D} \right ) ^2", "A = ( 1/D )²"),
        (r"\sin(\omega t + \phi)", "sin(ω t + φ)"),
        (r"h\nu - \phi", "hν - φ"),
        (r"\alpha -1", "α-1"),
        (r"(\alpha , \beta )", "(α, β)"),
        (r"\alpha ^2", "α²"),
        (r"x ^2", "x²"),
        (r"\pi \text{ rad}", "π rad"),
        (r"a_1, \ldots, a_n", "a₁, ..., aₙ"),
        (r"1, 2, \dots n", "1, 2, ... n"),
        (r"2\pi*r", "2π*r"),
        (r"{\rm H}_2", "H₂"),
        # degrees and other signs that stand high by themselves
        (r"90^\circ - h", "90° - h"),
        (r"20 ^\circ C", "20°C"),
        (r"10^{\circ C}", "10°C"),
        (r"30^\circ 15^\prime", "30°15′"),
        (r"f^{\prime\prime}", "f′′"),
        (r"x^\dagger", "x†"),
        (r"x^\ast", "x^*"),  # as x^*: x*y would be a product
        (r"x^{}_{}", "x"),
    ],
)
def test_the_blank_after_a_command_ends_its_name_alone(tex: str, expected: str) -> None:
    assert formula_text(tex) == expected


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"0{,}\overline{36}", "0,3̅6̅"),
        (r"\overline{AB}", "A̅B̅"),
        (r"\overrightarrow{AB}", "A⃗B⃗"),
        (r"\bar{x_1} = \hat{\imath}", "x\u0304₁ = i\u0302"),
        (r"\mathring{A}", "A\u030a"),
        (r"{1 \over 2}", "1/2"),
        (r"3{1 \over 2}m", "3 1/2 m"),
        (r"x^{a+b \over 2c}", "x^((a+b)/(2c))"),
        (r"{\frac{1}{2}}m", "1/2 m"),
        (r"A \supseteq B \subsetneq C", "A ⊇ B ⊊ C"),
        (r"f \ast g \star h \bullet k", "f * g ⋆ h • k"),
        (r"x \not\in A", "x ∉ A"),
        (r"a\not=b", "a ≠ b"),
        (r"\not\exists x", "∄x"),
        (r"p \nmid n", "p ∤ n"),
        (r"\therefore p \because q", "∴ p ∵ q"),
        (r"A \vdash p, A \models q", "A ⊢ p, A ⊨ q"),
        (r"\top, \bot", "⊤, ⊥"),
        (r"x\uparrow y\downarrow z", "x ↑ y ↓ z"),
        (r"a \prec b \succ c \asymp d \doteq e", "a ≺ b ≻ c ≍ d ≐ e"),
        (r"{\sf x} \in \Complex, \reals, \N, \H", "x ∈ ℂ, ℝ, ℕ, ℍ"),
        (r"\mathbb{N}, \mathbb Z, \Bbb{Q}, \mathbb{P}", "ℕ, ℤ, ℚ, ℙ"),
        (r"\mathbb{RP}^2, \mathbb{K}", "RP², K"),
        (r"\color{red}x", "x"),
        (r"\textcolor{red}{x}", "x"),
        (r"\color[rgb]{1,0,0} x", "x"),
        (r"\ce{H2O}", "H₂O"),
        (r"2\,\ce{Fe^{3+}}", "2 Fe³⁺"),
        (r"x \isin A \sub B \sube C \supe D", "x ∈ A ⊂ B ⊆ C ⊇ D"),
        (r"a \rarr b \larr c \harr d", "a → b ← c ↔ d"),
        (r"a \rArr b \lArr c \hArr d", "a ⇒ b ⇐ c ⇔ d"),
        (r"a \sdot b \plusmn c", "a · b ± c"),
        (r"\exist x, \infin, \empty", "∃x, ∞, ∅"),
        (r"p \and q \or r", "p ∧ q ∨ r"),
        (r"\thetasym, \alefsym, \weierp, \real z", "θ, ℵ, ℘, Re z"),
        (r"\clubs, \hearts", "♣, ♥"),
        (r"1 + \cdots + n", "1 + ... + n"),
        (r"\Alpha, \varsigma, \digamma, \imath, \jmath", "Α, ς, ϝ, ı, ȷ"),
    ],
)
def test_what_has_a_sign_or_a_line_is_read(tex: str, expected: str) -> None:
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
        r"\overline{z+w}",
        r"n^{\underline{k}}",  # a falling factorial, no power
        r"\underbrace{a}_{b}",
        r"\sum _i x",
        r"\not p",
        r"\ce{H2O",
        r"\ce{a^x}",
        "[[x,y],z]",
        "",
        "   ",
        "{" * 50 + "x" + "}" * 50,
        "x" * (MAX_CHARACTERS + 1),
    ],
)
def test_what_does_not_read_as_a_line_is_none(tex: str) -> None:
    assert formula_text(tex) is None


COMMANDS = {
    rf"\{name}"
    for table in vars(formula_symbols).values()
    if isinstance(table, dict | frozenset)
    for name in table
    if isinstance(name, str) and (name.isalpha() or len(name) == 1)
}
OTHER_TOKENS = [
    *"{}[]()^_~& abn12+-=.,'|*\n\\",
    *(
        r"\\",
        r"\ ",
        r"\|",
        r"\vert",
        r"\not",
        r"\ce",
        r"\sqrt",
        r"\over",
        r"\mathbb",
        r"\pmod",
        r"\operatorname*",
    ),
    *(r"\begin{matrix}", r"\unknown", r"\ce{H2O}", r"\frac{a}{b}", r"\color[rgb]{1,0,0}"),
]
TOKENS = OTHER_TOKENS * 10 + sorted(COMMANDS)


@given(st.lists(st.sampled_from(TOKENS), max_size=100).map("".join))
def test_any_string_gives_a_line_or_none(tex: str) -> None:
    text = formula_text(tex)
    assert text is None or (text and "\n" not in text)


@pytest.mark.parametrize("link", ["a_{", "{", "^", "_", r"\hat", r"\frac1", r"\sqrt[", r"a\over ", r"\not"])
def test_a_chain_needs_little_of_the_stack(link: str) -> None:
    """Where the caller has left less than 150 frames."""
    chain = link * (MAX_CHARACTERS // len(link))

    def called_from(depth: int) -> str | None:
        return called_from(depth - 1) if depth else formula_text(chain)

    assert called_from(sys.getrecursionlimit() - len(inspect.stack()) - 150) is None
