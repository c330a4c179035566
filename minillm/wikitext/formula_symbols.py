"""The commands that MediaWiki's texvc accepts and that have a sign of their own, by how they stand in a line.

The names are those of `texutil.json` of its extension Math, with aliases from HTML (`\\rarr`, `\\isin`) and
some that Spanish articles use (`\\tg`). What reads as no line (`\\binom`, `\\vdots`, `\\cancel`) is missing.
"""


def _table(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


LETTERS = _table(r"""
    alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta θ thetasym θ iota ι
    kappa κ varkappa κ lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ρ sigma σ varsigma ς tau τ
    upsilon υ phi φ varphi φ chi χ psi ψ omega ω digamma ϝ coppa ϙ varcoppa ϙ koppa ϟ sampi ϡ stigma ϛ
    varstigma ϛ Alpha Α Beta Β Gamma Γ Epsilon Ε Zeta Ζ Eta Η Theta Θ Iota Ι Kappa Κ Lambda Λ Mu Μ Nu Ν Xi Ξ
    Omicron Ο Pi Π Rho Ρ Sigma Σ Tau Τ Upsilon Υ Phi Φ Chi Χ Psi Ψ Omega Ω Digamma Ϝ Coppa Ϙ Koppa Ϟ Sampi Ϡ
    Stigma Ϛ varGamma Γ varTheta Θ varLambda Λ varXi Ξ varPi Π varSigma Σ varUpsilon Υ varPhi Φ varPsi Ψ
    varOmega Ω imath ı jmath ȷ ell ℓ hbar ħ hslash ħ eth ð mho ℧ wp ℘ weierp ℘ aleph ℵ alef ℵ alefsym ℵ
    beth ℶ gimel ℷ daleth ℸ Bbbk 𝕜 Finv Ⅎ Game ⅁ circledS Ⓢ AA Å infty ∞ infin ∞ emptyset ∅ varnothing ∅
    empty ∅ O ∅ R ℝ reals ℝ Reals ℝ N ℕ natnums ℕ Z ℤ Q ℚ C ℂ Complex ℂ cnums ℂ H ℍ top ⊤ bot ⊥ degree °
    prime ′ backprime ‵ dagger † ddagger ‡ Dagger ‡ S § sect § P ¶ euro € geneuro € geneuronarrow €
    geneurowide € officialeuro € checkmark ✓ flat ♭ natural ♮ sharp ♯ clubsuit ♣ clubs ♣ diamondsuit ♦
    diamonds ♦ heartsuit ♥ hearts ♥ spadesuit ♠ spades ♠ lozenge ◊ blacklozenge ⧫ blacksquare ■ bigstar ★
    blacktriangle ▲ blacktriangledown ▼ backslash \ ldots ... dots ... cdots ... dotsb ... dotsc ... dotsi ...
    dotsm ... dotso ...
""")
PREFIXES = _table("""
    Delta Δ varDelta Δ partial ∂ part ∂ nabla ∇ forall ∀ exists ∃ exist ∃ nexists ∄ neg ¬ lnot ¬ angle ∠ ang ∠
    measuredangle ∡ sphericalangle ∢ triangle △ vartriangle △ triangledown ▽ square □ Box □ Diamond ◇ surd √
    complement ∁ int ∫ iint ∬ iiint ∭ oint ∮ sum ∑ prod ∏ coprod ∐ bigcup ⋃ bigcap ⋂ bigvee ⋁ bigwedge ⋀
    bigsqcup ⨆ bigoplus ⨁ bigotimes ⨂ bigodot ⨀ biguplus ⨄
""")
"""They belong to what follows: ΔT, ∂x, ∀x, ∠ABC."""
WITH_LIMITS = _names("""
    int iint iiint oint sum prod coprod bigcup bigcap bigvee bigwedge bigsqcup bigoplus bigotimes bigodot
    biguplus
""")
OPENING = _table("""
    langle ⟨ lang ⟨ lfloor ⌊ lceil ⌈ { { lbrace { lbrack [ lvert | lVert ‖ ulcorner ⌜ llcorner ⌞
""")
CLOSING = _table("""
    rangle ⟩ rang ⟩ rfloor ⌋ rceil ⌉ } } rbrace } rbrack ] rvert | rVert ‖ urcorner ⌝ lrcorner ⌟
""")
BARS = {
    "\\vert": ("\\lvert", "\\rvert", "\\mid"),
    "\\Vert": ("\\lVert", "\\rVert", "\\parallel"),
    "\\|": ("\\lVert", "\\rVert", "\\parallel"),
}
"""What each is as the first of a pair, as the second, and alone."""
RELATIONS = _table("""
    times × div ÷ pm ± plusmn ± mp ∓ cdot · sdot · centerdot · ast * star ⋆ bullet • bull • circ ∘ bigcirc ◯
    diamond ⋄ amalg ⨿ wr ≀ setminus ∖ smallsetminus ∖ cup ∪ cap ∩ Cup ⋓ Cap ⋒ doublecup ⋓ doublecap ⋒ uplus ⊎
    sqcup ⊔ sqcap ⊓ land ∧ and ∧ wedge ∧ lor ∨ or ∨ vee ∨ veebar ⊻ barwedge ⊼ doublebarwedge ⩞ curlywedge ⋏
    curlyvee ⋎ And & oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘ odot ⊙ circledast ⊛ circledcirc ⊚ circleddash ⊝
    boxplus ⊞ boxminus ⊟ boxtimes ⊠ boxdot ⊡ dotplus ∔ divideontimes ⋇ ltimes ⋉ rtimes ⋊ leftthreetimes ⋋
    rightthreetimes ⋌ intercal ⊺ bigtriangleup △ bigtriangledown ▽
    approx ≈ approxeq ≊ thickapprox ≈ sim ~ thicksim ~ simeq ≃ backsim ∽ backsimeq ⋍ eqsim ≂ cong ≅ ncong ≇
    nsim ≁ equiv ≡ asymp ≍ bumpeq ≏ Bumpeq ≎ doteq ≐ doteqdot ≑ Doteq ≑ risingdotseq ≓ fallingdotseq ≒
    circeq ≗ eqcirc ≖ triangleq ≜ neq ≠ ne ≠ propto ∝ varpropto ∝ colon : lt < gt >
    le ≤ leq ≤ leqslant ≤ leqq ≦ ge ≥ geq ≥ geqslant ≥ geqq ≧ ll ≪ gg ≫ lll ⋘ ggg ⋙ gggtr ⋙ lneq ⪇ gneq ⪈
    lneqq ≨ gneqq ≩ lvertneqq ≨ gvertneqq ≩ lesssim ≲ gtrsim ≳ lessapprox ⪅ gtrapprox ⪆ lnsim ⋦ gnsim ⋧
    lnapprox ⪉ gnapprox ⪊ lessdot ⋖ gtrdot ⋗ lessgtr ≶ gtrless ≷ lesseqgtr ⋚ gtreqless ⋛ lesseqqgtr ⪋
    gtreqqless ⪌ eqslantless ⪕ eqslantgtr ⪖ nless ≮ ngtr ≯ nleq ≰ ngeq ≱ nleqslant ≰ ngeqslant ≱ nleqq ≰
    ngeqq ≱ prec ≺ succ ≻ preceq ⪯ succeq ⪰ preccurlyeq ≼ succcurlyeq ≽ curlyeqprec ⋞ curlyeqsucc ⋟ precsim ≾
    succsim ≿ precapprox ⪷ succapprox ⪸ precneqq ⪵ succneqq ⪶ precnsim ⋨ succnsim ⋩ precnapprox ⪹
    succnapprox ⪺ nprec ⊀ nsucc ⊁ npreceq ⋠ nsucceq ⋡
    in ∈ isin ∈ notin ∉ ni ∋ backepsilon ∍ subset ⊂ sub ⊂ Subset ⋐ subseteq ⊆ sube ⊆ subseteqq ⊆ subsetneq ⊊
    varsubsetneq ⊊ subsetneqq ⊊ varsubsetneqq ⊊ nsubseteq ⊈ nsubseteqq ⊈ supset ⊃ Supset ⋑ supseteq ⊇ supe ⊇
    supseteqq ⊇ supsetneq ⊋ varsupsetneq ⊋ supsetneqq ⊋ varsupsetneqq ⊋ nsupseteq ⊉ nsupseteqq ⊉ sqsubset ⊏
    sqsupset ⊐ sqsubseteq ⊑ sqsupseteq ⊒
    mid | shortmid | nmid ∤ nshortmid ∤ parallel ∥ shortparallel ∥ nparallel ∦ nshortparallel ∦ perp ⊥
    between ≬ pitchfork ⋔ bowtie ⋈ smile ⌣ smallsmile ⌣ frown ⌢ smallfrown ⌢ therefore ∴ because ∵ vdash ⊢
    dashv ⊣ models ⊨ vDash ⊨ Vdash ⊩ Vvdash ⊪ nvdash ⊬ nvDash ⊭ nVdash ⊮ nVDash ⊯ triangleleft ◁
    vartriangleleft ⊲ triangleright ▷ vartriangleright ⊳ trianglelefteq ⊴ trianglerighteq ⊵ ntriangleleft ⋪
    ntriangleright ⋫ ntrianglelefteq ⋬ ntrianglerighteq ⋭ blacktriangleleft ◀ blacktriangleright ▶
    to → rightarrow → rarr → longrightarrow → gets ← leftarrow ← larr ← longleftarrow ← leftrightarrow ↔ harr
    ↔ lrarr ↔ longleftrightarrow ↔ Rightarrow ⇒ Rarr ⇒ rArr ⇒ Longrightarrow ⇒ implies ⇒ Leftarrow ⇐ Larr ⇐
    lArr ⇐ Longleftarrow ⇐ Leftrightarrow ⇔ Harr ⇔ hArr ⇔ Lrarr ⇔ lrArr ⇔ Longleftrightarrow ⇔ iff ⇔ uparrow
    ↑ uarr ↑ downarrow ↓ darr ↓ updownarrow ↕ Uparrow ⇑ uArr ⇑ Uarr ⇑ Downarrow ⇓ dArr ⇓ Darr ⇓ Updownarrow ⇕
    nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖ mapsto ↦ longmapsto ↦ hookrightarrow ↪ hookleftarrow ↩
    rightleftharpoons ⇌ leftrightharpoons ⇌ rightleftarrows ⇄ leftrightarrows ⇆ rightrightarrows ⇉
    leftleftarrows ⇇ upuparrows ⇈ downdownarrows ⇊ rightharpoonup ⇀ rightharpoondown ⇁ leftharpoonup ↼
    leftharpoondown ↽ upharpoonright ↾ restriction ↾ upharpoonleft ↿ downharpoonright ⇂ downharpoonleft ⇃
    twoheadrightarrow ↠ twoheadleftarrow ↞ rightarrowtail ↣ leftarrowtail ↢ rightsquigarrow ⇝
    leftrightsquigarrow ↭ looparrowright ↬ looparrowleft ↫ curvearrowright ↷ curvearrowleft ↶
    circlearrowright ↻ circlearrowleft ↺ Rrightarrow ⇛ Lleftarrow ⇚ Rsh ↱ Lsh ↰ multimap ⊸ nrightarrow ↛
    nleftarrow ↚ nleftrightarrow ↮ nRightarrow ⇏ nLeftarrow ⇍ nLeftrightarrow ⇎
""")
"""And binary operators: a blank on either side."""
NEGATED = _table("""
    = ≠ ∈ ∉ ∋ ∌ < ≮ > ≯ ≤ ≰ ≥ ≱ ~ ≁ ≈ ≉ ≃ ≄ ≅ ≇ ≡ ≢ ≍ ≭ ⊂ ⊄ ⊃ ⊅ ⊆ ⊈ ⊇ ⊉ ⊑ ⋢ ⊒ ⋣ | ∤ ∥ ∦ → ↛ ← ↚ ↔ ↮ ⇒ ⇏ ⇐ ⇍ ⇔
    ⇎ ⊢ ⊬ ⊨ ⊭ ⊩ ⊮ ≺ ⊀ ≻ ⊁ ⪯ ⋠ ⪰ ⋡ ≼ ⋠ ≽ ⋡ ≲ ≴ ≳ ≵ ≶ ≸ ≷ ≹ ⊲ ⋪ ⊳ ⋫ ◁ ⋪ ▷ ⋫ ⊴ ⋬ ⊵ ⋭ ∃ ∄
""")
_NAMED = _names("""
    arccos arccot arccsc arcsec arcsen arcsin arctan arctg arg cos cosec cosh cot cotg coth csc ctg deg det
    dim exp gcd hom inf ker lg ln log max min mod Pr sec sen senh sgn sin sinh sup tan tanh tg tgh Re Im
""")
FUNCTIONS = {**{name: name for name in sorted(_NAMED)}, "bmod": "mod", "real": "Re", "image": "Im"}
BLACKBOARD = _table("C ℂ H ℍ N ℕ P ℙ Q ℚ R ℝ Z ℤ")
INVISIBLE = _names("""
    mathrm mathbf mathit mathsf mathtt mathcal mathfrak mathscr text textrm textbf textit texttt textsf mbox
    hbox vbox boldsymbol bold emph rm bf it cal sf tt displaystyle textstyle scriptstyle scriptscriptstyle
    left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr underline mathord mathop mathbin
    mathrel mathopen mathclose mathpunct limits nolimits boxed ! / nonumber
""")
"""What they say of font, size and place is lost; what they apply to stays."""
COLOURS = frozenset(["color", "textcolor", "pagecolor"])
ACCENTS = {
    "bar": "\u0304", "overline": "\u0304", "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303",
    "widetilde": "\u0303", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "overrightarrow": "\u20d7",
    "overleftarrow": "\u20d6", "overleftrightarrow": "\u20e1", "acute": "\u0301", "grave": "\u0300",
    "breve": "\u0306", "check": "\u030c", "mathring": "\u030a",
}  # fmt: skip
WIDE_ACCENTS = {
    **{name: ACCENTS[name] for name in ACCENTS if name.startswith(("over", "wide"))},
    "overline": "\u0305",  # which joins into one line
}
SPACES = frozenset([",", ";", ":", ">", " ", "quad", "qquad", "thinspace", "enspace", "~"])
FRACTIONS = frozenset(["frac", "tfrac", "dfrac", "cfrac"])

# Beside these a blank stands, or none

BEFORE_ARGUMENT = frozenset(["_", "^", "(", "[", "'", "\\{", "\\left", "\\big", "\\bigl"])
"""Tokens that follow a function's name at once: sin(x)."""
CLOSERS = frozenset([*")]},;.!", "\\right", *(f"\\{name}" for name in CLOSING)])
SIGNS = frozenset("+-=<>/|:*")
RAISED_SIGNS = frozenset("′'°†‡♯♭♮")
"""They need no ^: A†."""
NO_OPERAND = frozenset("([{⟨⌊⌈,;:=<>") | (frozenset(RELATIONS.values()) - {"*", "|"})
"""After these ± is the sign of a number."""
TIGHT_BEFORE_FUNCTION = frozenset("([{|‖⟨⌊⌈+-=<>/±∓¬")
"""-sin x, but 2 sin x."""


def with_paired_bars(tokens: list[str]) -> list[str]:
    r"""\vert does not say what it is: two between the same brackets enclose, a single one is \mid."""
    tokens = tokens.copy()
    opened: list[dict[str, int]] = [{}]  # where, at each depth of brackets
    for position, token in enumerate(tokens):
        if token in ("(", "[", "{", "\\{"):
            opened.append({})
        elif token in (")", "]", "}", "\\}") and len(opened) > 1:
            opened.pop()
        elif token in BARS:
            first, second, alone = BARS[token]
            if token in opened[-1]:
                tokens[opened[-1].pop(token)], tokens[position] = first, second
            else:
                opened[-1][token] = position
                # f\vert_{x=0} is closed on one side
                tokens[position] = second if tokens[position + 1 : position + 2] == ["_"] else alone
    return tokens
