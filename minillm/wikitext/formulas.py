r"""TeX formulas to readable text: `\frac{G m_1}{r^2} \approx \alpha` → "G m₁/r² ≈ α".

A formula is rendered only if it reads as one line; sums and integrals with limits, matrices and unknown
commands give None, and the sentence that needs the formula goes with it (see `holes.py`).
"""

import re

import regex

from minillm.wikitext import formula_symbols as tex
from minillm.wikitext.chemistry import chemistry_text
from minillm.wikitext.exponents import exponent, index

MAX_CHARACTERS = 400
"""Longer formulas are not read as a sentence."""
_MAX_DEPTH = 24

_TOKEN = re.compile(r"\\(?:operatorname\*|[A-Za-z]+|.)|[{}^_~&]|[^\\{}^_~&\s]|\s+", re.DOTALL)
# Needs no parentheses below a fraction bar or a root: a number, a letter with its indices, dt.
_ATOM = regex.compile(r"[\d.,]+|d?\p{L}[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ′\p{M}]*(?:_[\w\p{N}]+)?")
_PRODUCT = regex.compile(r"[\w\p{N}.,′°⁺⁻₊₋√ ·\p{M}]+")  # nor this above the bar
_FACTOR = regex.compile(r"[\p{L}\p{N}(√∛∜]")
_FACTOR_END = regex.compile(r"[\p{L}\p{M}\p{N}′°∞)\]]\Z")
_WORD = regex.compile(r"[\p{L}\p{N}]{2,8}")
_INDEXED = regex.compile(r"(\p{L})([₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+|_[\p{L}\p{N}]+)")
_DEGREES = re.compile("∘ ?([CFK]?)")
_DOTLESS = str.maketrans("ıȷ", "ij")  # below an accent no letter has its dot
# As text these would be taken for what was left of markup; so would the braces of sets of sets, {{a}, {b}}.
_LIKE_MARKUP = re.compile(r"\[\[|\]\]|\{\||\|\}|={3}")
_DOUBLED_BRACE = re.compile(r"(?<=\{)(?=\{)|(?<=\})(?=\})")
_DIGITS = frozenset("0123456789")
_SPACING = re.compile(r"\s+")


def formula_text(source: str) -> str | None:
    """Render TeX as one line of text, or None where that would not be readable."""
    if len(source) > MAX_CHARACTERS:
        return None
    try:
        text = _Reader(_TOKEN.findall(source)).read()
    except _UnreadableError:
        return None
    if _LIKE_MARKUP.search(text):
        return None
    text = _DOUBLED_BRACE.sub(" ", text)
    return _SPACING.sub(" ", text).strip() or None


class _UnreadableError(Exception):
    """The formula has no rendering in one line."""


class _Reader:
    """Recursive descent over TeX tokens; groups and arguments nest at most `_MAX_DEPTH` deep."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tex.with_paired_bars(tokens)
        self.position = 0
        self.depth = 0
        self.ends_in_fraction = False  # what was rendered last

    def read(self, end: str = "") -> str:
        """Read up to the symbol `end` ("" is the end of the formula)."""
        line = ""
        is_factor = False
        while self.position < len(self.tokens):
            symbol = self._next()
            if symbol == end:
                return line
            if symbol == "\\over":
                return self._fraction(line.strip(), self._group(end).strip())
            self.ends_in_fraction = False
            text = self._render(symbol)
            is_fraction = symbol[1:] in tex.FRACTIONS or (symbol == "{" and self.ends_in_fraction)
            was_factor, is_factor = is_factor, is_fraction or symbol == "\\sqrt"
            if line and (
                (is_fraction and _is_one_number(line, text)) or (was_factor and _FACTOR.match(text))
            ):
                line += " "  # 3\frac{1}{2} is no 31/2, \frac{1}{2}m no 1/(2m)
            line = self._append(line, symbol, text)
        if end:
            raise _UnreadableError
        return line

    def _next(self) -> str:
        if self.position == len(self.tokens):
            raise _UnreadableError
        self.position += 1
        return self.tokens[self.position - 1]

    def _peek(self, ahead: int = 0) -> str:
        position = self.position + ahead
        return self.tokens[position] if position < len(self.tokens) else ""

    def _skip_blank(self) -> None:
        if self._peek().isspace():
            self.position += 1

    def _render(self, symbol: str) -> str:
        if symbol == "{":
            return self._group("}")
        if symbol == "^":
            return self._raised()
        if symbol == "_":
            lowered = self._argument()
            return index(lowered) if lowered else ""
        if symbol in ("}", "&"):
            raise _UnreadableError
        if symbol.startswith("\\"):
            return self._command(symbol[1:])
        return " " if symbol == "~" or symbol.isspace() else symbol

    # Blanks: those after a command's name say nothing, as TeX needs them there

    def _append(self, line: str, symbol: str, text: str) -> str:
        """The line with what `symbol` reads like, and with the blanks that both need."""
        name = symbol[1:] if symbol.startswith("\\") else ""
        if symbol.isspace() and self._peek() in ("^", "_") and _FACTOR_END.search(line):
            return line  # x ^2
        if symbol == "=" and line.endswith(" ") and not self._peek().isspace():
            return line + "= "  # A =\left (
        if name in tex.RELATIONS or (name == "not" and text != "∄"):
            return line + self._between(line, text)
        if name in tex.FUNCTIONS or name in ("operatorname", "operatorname*"):
            self._skip_blank()
            stands_alone = self._peek() not in tex.BEFORE_ARGUMENT and self._peek() not in tex.CLOSERS
            before = "" if line[-1:] in tex.TIGHT_BEFORE_FUNCTION and line else " "
            return f"{line}{before}{text}" + (" " if stands_alone else "")
        if name in tex.CLOSING:
            line = line.rstrip()
        if name in tex.OPENING or name in tex.INVISIBLE or self._has_idle_blank(name, text):
            self._skip_blank()
        return line + text

    def _between(self, line: str, sign: str) -> str:
        """A relation or an operator, which may lack what it stands between: (G, ·), ±1."""
        self._skip_blank()
        left = line.rstrip()[-1:]
        if self._peek() in tex.CLOSERS:
            return sign if left in tex.NO_OPERAND else f" {sign}"
        if sign in "±∓" and (left in tex.NO_OPERAND or not left):
            return sign
        return f"{sign} " if left in tex.OPENING.values() or left in ("(", "[") else f" {sign} "

    def _has_idle_blank(self, name: str, text: str) -> bool:
        """Whether a symbol is followed by a blank that parts it from no sign, word or factor: 2π r."""
        following = self._peek(1)
        if name not in tex.LETTERS and name not in tex.PREFIXES and text not in ("°", "∄"):
            return False
        if following in tex.CLOSERS or following in ("^", "_", "'"):
            return True
        if following in tex.SIGNS:
            return not self._peek(2).isspace()
        return text in ("°", "∄") or (name in tex.PREFIXES and name not in tex.WITH_LIMITS)

    # Groups and arguments

    def _group(self, end: str) -> str:
        self._descend()
        text = self.read(end)
        self.depth -= 1
        return text

    def _argument(self) -> str:
        self._descend()
        self._skip_blank()
        symbol = self._next()
        while symbol.startswith("\\") and symbol[1:] in tex.INVISIBLE:  # S_\text{Total}
            self._skip_blank()
            symbol = self._next()
        text = self._render(symbol).strip()
        self.depth -= 1
        return text

    def _descend(self) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _UnreadableError

    def _source(self) -> str:
        """An argument as it is written."""
        self._skip_blank()
        if self._peek() != "{":
            return self._next()
        start = self.position + 1
        depth = 0
        while True:
            depth += {"{": 1, "}": -1}.get(self._next(), 0)
            if not depth:
                return "".join(self.tokens[start : self.position - 1])

    # Commands

    def _command(self, name: str) -> str:
        if name in tex.WITH_LIMITS:
            following = self._peek(1 if self._peek().isspace() else 0)
            if following in ("_", "^", "\\limits", "\\nolimits"):
                raise _UnreadableError
        for table in (tex.LETTERS, tex.PREFIXES, tex.RELATIONS, tex.FUNCTIONS, tex.OPENING, tex.CLOSING):
            if name in table:
                return table[name]
        if name in tex.FRACTIONS:
            return self._fraction(self._argument(), self._argument())
        if name == "sqrt":
            return self._root()
        if name in tex.ACCENTS:
            return self._accented(name)
        return self._spelling(name)

    def _raised(self) -> str:
        start = self.position
        raised = self._argument()
        if "\\underline" in self.tokens[start : self.position]:
            raise _UnreadableError  # n^{\underline{k}} is a falling factorial, no power
        if degrees := _DEGREES.fullmatch(raised):
            return "°" + degrees[1]
        return raised if tex.RAISED_SIGNS.issuperset(raised) else exponent(raised)

    def _fraction(self, above: str, below: str) -> str:
        self.ends_in_fraction = True
        return f"{parenthesized(above, _PRODUCT)}/{parenthesized(below)}"

    def _root(self) -> str:
        degree = ""
        self._skip_blank()
        if self._peek() == "[":
            self._next()
            degree = self._group("]")
        sign = {"": "√", "3": "∛", "4": "∜"}.get(degree)
        if sign is None:
            raise _UnreadableError
        return sign + parenthesized(self._argument())

    def _accented(self, name: str) -> str:
        text = self._argument().translate(_DOTLESS)
        if len(text) == 1:
            return text + tex.ACCENTS[name]
        if indexed := _INDEXED.fullmatch(text):
            return indexed[1] + tex.ACCENTS[name] + indexed[2]
        # Each character has it: 0,\overline{36} is no 0,36, and \overline{AB} may be a negation or a mean.
        if name in tex.WIDE_ACCENTS and _WORD.fullmatch(text):
            return "".join(character + tex.WIDE_ACCENTS[name] for character in text)
        raise _UnreadableError

    def _spelling(self, name: str) -> str:
        if name in ("operatorname", "operatorname*"):
            return self._argument()
        if name == "pmod":
            return f" (mod {self._argument()})"
        if name in ("mathbb", "Bbb"):
            letter = self._argument()
            return tex.BLACKBOARD.get(letter, letter)
        if name == "not":
            return _readable(tex.NEGATED.get(self._argument()))
        if name == "ce":
            return _readable(chemistry_text(self._source()))
        if name in tex.COLOURS:
            self._skip_blank()
            if self._peek() == "[":  # [rgb]{1,0,0}
                self._group("]")
            self._source()
            return ""
        if name in tex.INVISIBLE:
            if name in ("left", "right"):
                self._skip_blank()
                if self._peek() == ".":
                    self._next()
            return ""
        if name in tex.SPACES or name.isspace():
            return " "
        if name in ("%", "$", "#", "&", "_"):
            return name
        raise _UnreadableError


def _readable(text: str | None) -> str:
    if text is None:
        raise _UnreadableError
    return text


def _is_one_number(left: str, right: str) -> bool:
    """Whether the figures of both would be read as one number."""
    return left[-1:] in _DIGITS and right[:1] in _DIGITS


def parenthesized(text: str, factor: regex.Pattern[str] = _ATOM) -> str:
    """The text, in parentheses unless it is one factor."""
    return text if factor.fullmatch(text) else f"({text})"
