r"""TeX formulas to readable text: `\frac{G m_1}{r^2} \approx \alpha` → "G m₁/r² ≈ α".

A formula is rendered only if it reads as one line; sums and integrals with limits, matrices and unknown
commands give None, and the sentence that needs the formula goes with it (see `holes.py`).
"""

import re

import regex

from minillm.wikitext.exponents import exponent, index

MAX_CHARACTERS = 400
"""Longer formulas are not read as a sentence."""
_MAX_DEPTH = 12

_LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "varrho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ",
    "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ", "hbar": "ħ", "infty": "∞", "partial": "∂", "nabla": "∇",
    "emptyset": "∅", "varnothing": "∅", "aleph": "ℵ", "degree": "°", "circ": "∘", "prime": "′",
    "forall": "∀", "exists": "∃", "neg": "¬", "lnot": "¬", "ldots": "...", "dots": "...", "cdots": "...",
    "dotsb": "...", "dotsc": "...", "AA": "Å", "angle": "∠", "euro": "€", "Re": "Re", "Im": "Im",
    "int": "∫", "sum": "∑", "prod": "∏", "lbrace": "{", "rbrace": "}", "langle": "⟨", "rangle": "⟩",
    "vert": "|", "mid": "|", "Vert": "‖", "backslash": "\\", "R": "ℝ", "N": "ℕ", "Z": "ℤ", "Q": "ℚ", "C": "ℂ",
}  # fmt: skip
_RELATIONS = {
    "times": "×", "div": "÷", "pm": "±", "mp": "∓", "approx": "≈", "simeq": "≃", "sim": "~", "cong": "≅",
    "equiv": "≡", "neq": "≠", "ne": "≠", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥",
    "geqslant": "≥", "ll": "≪", "gg": "≫", "propto": "∝", "to": "→", "rightarrow": "→", "longrightarrow": "→",
    "leftarrow": "←", "leftrightarrow": "↔", "rightleftharpoons": "⇌", "leftrightharpoons": "⇌",
    "Rightarrow": "⇒", "implies": "⇒", "Leftrightarrow": "⇔", "iff": "⇔", "longleftrightarrow": "↔",
    "mapsto": "↦", "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃",
    "cup": "∪", "cap": "∩", "setminus": "∖", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨",
    "oplus": "⊕", "otimes": "⊗", "perp": "⊥", "parallel": "∥", "lt": "<", "gt": ">", "colon": ":",
}  # fmt: skip
_FUNCTIONS = frozenset(
    {
        "sin", "cos", "tan", "sen", "sec", "csc", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh",
        "tanh", "log", "ln", "lg", "exp", "max", "min", "det", "dim", "mod", "gcd", "sup", "inf", "deg",
        "arg", "ker",
    }
)  # fmt: skip
_TRANSPARENT = frozenset(
    {
        "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathcal", "mathfrak", "mathbb", "mathscr",
        "text", "textrm", "textbf", "textit", "texttt", "textsf", "mbox", "hbox", "boldsymbol", "bold",
        "rm", "bf", "it", "displaystyle", "textstyle", "scriptstyle", "left", "right", "big", "Big",
        "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg", "underline", "mathord", "mathop", "limits",
        "nolimits", "ce", "boxed",
    }
)  # fmt: skip
_ACCENTS = {
    "bar": "\u0304", "overline": "\u0304", "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303",
    "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "overrightarrow": "\u20d7", "acute": "\u0301",
}  # fmt: skip
_FRACTIONS = ("\\frac", "\\tfrac", "\\dfrac", "\\cfrac")
_OPERATORS = ("Delta", "partial", "nabla")  # ΔT, not Δ T
_SPACES = frozenset([",", ";", ":", " ", "quad", "qquad", "thinspace", "enspace", "~"])
_INVISIBLE = frozenset(["!", "/", "nonumber", "limits"])
_WITH_LIMITS = frozenset(["int", "sum", "prod", "oint", "iint", "bigcup", "bigcap", "lim", "limsup"])

_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|[{}^_~&]|[^\\{}^_~&\s]|\s+", re.DOTALL)
# Needs no parentheses below a fraction bar or a root: a number, a letter with its indices, dt.
_ATOM = regex.compile(
    r"[\d.,]+|d?\p{L}[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ′\u0300-\u0308]*(?:_[\w\p{N}]+)?"
)
_PRODUCT = regex.compile(r"[\w\p{N}.,′°⁺⁻₊₋√ ·\u0300-\u0308]+")  # nor this above the bar
_FACTOR = regex.compile(r"[\p{L}\p{N}(√∛∜]")
# As text these would be taken for what was left of markup; so would the braces of sets of sets, {{a}, {b}}.
_LIKE_MARKUP = re.compile(r"\[\[|\]\]|\{\||\|\}|={3}")
_DOUBLED_BRACE = re.compile(r"(?<=\{)(?=\{)|(?<=\})(?=\})")
_DIGITS = frozenset("0123456789")
_SPACING = re.compile(r"\s+")


def formula_text(tex: str) -> str | None:
    """Render TeX as one line of text, or None where that would not be readable."""
    if len(tex) > MAX_CHARACTERS:
        return None
    try:
        text = _Reader(_TOKEN.findall(tex)).read()
    except _UnreadableError:
        return None
    if _LIKE_MARKUP.search(text):
        return None
    text = _DOUBLED_BRACE.sub(" ", text)
    return _SPACING.sub(" ", text).strip() or None


class _UnreadableError(Exception):
    """The formula has no rendering in one line."""


class _Reader:
    """Recursive descent over TeX tokens; groups nest at most `_MAX_DEPTH` deep."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    def read(self, end: str = "") -> str:
        """Read up to the symbol `end` ("" is the end of the formula)."""
        pieces: list[str] = []
        is_factor = False
        while self.position < len(self.tokens):
            symbol = self._next()
            if symbol == end:
                return "".join(pieces)
            text = self._render(symbol)
            was_factor, is_fraction = is_factor, symbol in _FRACTIONS
            is_factor = is_fraction or symbol == "\\sqrt"
            if pieces and (
                (is_fraction and _is_one_number(pieces[-1], text)) or (was_factor and _FACTOR.match(text))
            ):
                pieces.append(" ")  # 3\frac{1}{2} is no 31/2, \frac{1}{2}m no 1/(2m)
            pieces.append(text)
        if end:
            raise _UnreadableError
        return "".join(pieces)

    def _next(self) -> str:
        if self.position == len(self.tokens):
            raise _UnreadableError
        self.position += 1
        return self.tokens[self.position - 1]

    def _peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def _render(self, symbol: str) -> str:
        if symbol == "{":
            return self._group()
        if symbol == "^":
            raised = self._argument()
            raised = raised.replace("∘", "°")
            return raised if raised in ("°", "′") else exponent(raised)
        if symbol == "_":
            return index(self._argument())
        if symbol in ("}", "&"):
            raise _UnreadableError
        if symbol.startswith("\\"):
            return self._command(symbol[1:])
        return " " if symbol == "~" else symbol

    def _group(self, end: str = "}") -> str:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _UnreadableError
        text = self.read(end)
        self.depth -= 1
        return text

    def _argument(self) -> str:
        symbol = self._next()
        return self._argument() if symbol.isspace() else self._render(symbol).strip()

    def _command(self, name: str) -> str:
        if name in _WITH_LIMITS and (name not in _LETTERS or self._peek() in ("_", "^", "\\limits")):
            raise _UnreadableError
        if name in _OPERATORS and self._peek().isspace():
            self._next()
        if name in _LETTERS:
            return _LETTERS[name]
        if name in _RELATIONS:
            return f" {_RELATIONS[name]} "
        if name in _FUNCTIONS:
            return f" {name} " if self._peek() not in ("_", "^", "(") else f" {name}"
        if "\\" + name in _FRACTIONS:
            return f"{parenthesized(self._argument(), _PRODUCT)}/{parenthesized(self._argument())}"
        if name == "sqrt":
            return self._root()
        if name in _ACCENTS:
            return self._accented(_ACCENTS[name])
        return self._spelling(name)

    def _root(self) -> str:
        degree = ""
        if self._peek() == "[":
            self._next()
            degree = self._group(end="]")
        sign = {"": "√", "3": "∛", "4": "∜"}.get(degree)
        if sign is None:
            raise _UnreadableError
        return sign + parenthesized(self._argument())

    def _accented(self, accent: str) -> str:
        letter = self._argument()
        if len(letter) != 1:
            raise _UnreadableError
        return letter + accent

    def _spelling(self, name: str) -> str:
        if name == "cdot":
            return " · "
        if name in ("operatorname", "operatorname*"):
            return f" {self._argument()} "
        if name in ("pmod", "bmod"):
            return f" (mod {self._argument()})" if name == "pmod" else " mod "
        if name in _TRANSPARENT or name in _INVISIBLE:
            if name in ("left", "right") and self._peek() == ".":
                self._next()
            return ""
        if name in _SPACES or name.isspace():
            return " "
        if name in ("%", "$", "#", "&", "_", "{", "}"):
            return name
        raise _UnreadableError


def _is_one_number(left: str, right: str) -> bool:
    """Whether the figures of both would be read as one number."""
    return left[-1:] in _DIGITS and right[:1] in _DIGITS


def parenthesized(text: str, factor: regex.Pattern[str] = _ATOM) -> str:
    """The text, in parentheses unless it is one factor."""
    return text if factor.fullmatch(text) else f"({text})"
