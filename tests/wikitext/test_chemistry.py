import pytest

from minillm.wikitext.chemistry import chemistry_text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("H2O", "H₂O"),
        ("Ca(OH)2", "Ca(OH)₂"),
        ("SO4^2-", "SO₄²⁻"),
        ("Fe^{3+}", "Fe³⁺"),
        ("Na+", "Na⁺"),
        ("Na+ + Cl-", "Na⁺ + Cl⁻"),
        ("2H2 + O2 -> 2H2O", "2H₂ + O₂ → 2H₂O"),
        ("N2 + 3H2 <=> 2NH3", "N₂ + 3H₂ ⇌ 2NH₃"),
        ("[Fe(CN)6]^4-", "[Fe(CN)₆]⁴⁻"),
        ("C6H12O6", "C₆H₁₂O₆"),
        (r"\ce{x}", None),
        ("A <- [x] B", "A ← [x] B"),
        ("a^x", None),
        ("", None),
        ("H2\nO", None),
        ("x" * 201, None),
    ],
)
def test_the_shorthand_of_chemistry(source: str, expected: str | None) -> None:
    assert chemistry_text(source) == expected
