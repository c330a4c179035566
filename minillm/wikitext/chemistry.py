"""mhchem's shorthand for chemical formulas, of `<chem>`, `<ce>`, `\\ce` and templates, as a line of text."""

import re

from minillm.wikitext.exponents import subscript, superscript

_SPACING = re.compile(r"\s+")
_CHEMISTRY = re.compile(r"[A-Za-z0-9()\[\]+\-^_{}.,·*<>= ]{1,200}")
_DASHES = re.compile("[\u2010-\u2014\u2212]")
_ARROWS = {"<=>": " ⇌ ", "<->": " ↔ ", "->": " → ", "<-": " ← "}
_CHEMICAL = re.compile(
    r"<=>|<->|->|<-|\^\{?(\d*[+-])\}?|_\{?(\d+)\}?|(?<=[A-Za-z)\]])(\d+)|(?<=[A-Za-z0-9)\]])([+-])(?![\w>(])",
    re.ASCII,
)


def chemistry_text(source: str) -> str | None:
    """Render mhchem's shorthand: `SO4^2-` → "SO₄²⁻", `2H2 + O2 -> 2H2O` → "2H₂ + O₂ → 2H₂O"; else None."""

    def rendered(match: re.Match[str]) -> str:
        charge, index, count, sign = match.groups()
        return _ARROWS.get(match[0]) or superscript(charge or sign or "") or subscript(index or count or "")

    source = _DASHES.sub("-", source.strip())
    if not _CHEMISTRY.fullmatch(source):
        return None
    text = _SPACING.sub(" ", _CHEMICAL.sub(rendered, source)).strip()
    return None if re.search(r"[{}^_<>]", text) else text
