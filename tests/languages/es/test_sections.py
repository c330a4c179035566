import pytest

from minillm.wikitext.sections import is_back_matter, looks_like_reference, may_be_back_matter
from tests.spanish import SPANISH, plain_text


@pytest.mark.parametrize(
    "title",
    [
        "Referencias", "REFERENCIAS:", "Notas y referencias", "Referencias, notas y citas", "Notas al pie",
        "Notas a pie de página", "Pies de página", "Notas/Bibliografía", "Bibliografía consultada",
        "Bibliografía y fuentes", "Bibliografía en inglés", "Webgrafía", "Véase también", "Vease tambien",
        "Ver además", "Véase", "Enlaces externos", "Enlaces de interés", "Enlaces externos (en inglés)",
        "Otros enlaces", "Lecturas recomendadas", "Literatura complementaria", "Fuentes bibliográficas",
        "Obras consultadas", "Libros de consulta", "Para saber más", "Otros proyectos", "External links",
        "Referencias en línea", "Véase también y enlaces externos", "Artículos relacionados",
        "Temas relacionados", "Páginas relacionadas", "Otros artículos", "Entradas relacionadas",
    ],
)  # fmt: skip
def test_titles_of_back_matter(title: str) -> None:
    assert is_back_matter(title, SPANISH.sections)


@pytest.mark.parametrize(
    "title",
    [
        "Fuentes", "Fuente", "Fuentes primarias", "Fuentes de información", "Enlaces", "Enlaces internos",
        "Lecturas", "Nota", "Sitios web", "Página oficial", "Recursos en línea", "Videos relacionados",
        "Referencias en la literatura", "Notas finales", "Más información",
    ],
)  # fmt: skip
def test_titles_that_may_be_back_matter(title: str) -> None:
    assert not is_back_matter(title, SPANISH.sections)
    assert may_be_back_matter(title, SPANISH.sections)


@pytest.mark.parametrize(
    "title",
    [
        "", "Historia", "Fuentes de agua", "Fuentes ornamentales", "Notas musicales", "Notas de cata",
        "Referencias culturales", "Referencias en la cultura popular", "Enlaces químicos", "Literatura",
        "Citas", "Citas célebres", "Obras", "Otras obras", "Libros", "Artículos", "Publicaciones",
        "Recursos naturales", "Bibliografía de Borges", "Las notas de 1843", "Las fuentes", "Temas", "Web",
        "Ver", "Red", "Información general", "Notas y acordes", "Lectura pública", "Página",
    ],
)  # fmt: skip
def test_other_titles(title: str) -> None:
    assert not is_back_matter(title, SPANISH.sections)
    assert not may_be_back_matter(title, SPANISH.sections)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("Pérez, A. (2001). La villa. Editorial Norte.", True),
        ("García Lorca, F.: Poemas", True),
        ("Ana Ruiz (1999). Faros.", True),
        ("Faros, p. 3", True),
        ("Página del ayuntamiento", True),
        ("lora.es/faro", True),
        ("www.lora.es", True),
        ("Fuente de los Leones (1891)", False),
        ("Fuente Vieja, en la plaza", False),
        ("Enlace iónico", False),
    ],
)
def test_references_are_told_by_their_form(item: str, expected: bool) -> None:
    assert looks_like_reference(item, SPANISH.sections) == expected


@pytest.mark.parametrize(
    ("section", "stays"),
    [
        ("* Faros, p. 3\n* Luz, p. 4\n* Fuente Vieja", False),
        ("* Faros, p. 3\n* Fuente Nueva\n* Fuente Vieja", True),
        ("* [http://a.es Faros]\n=== Otras ===\n* Luz, p. 4", False),
        ("* [http://a.es Faros]\n=== Otras ===\nSon de agua.", True),
        ("* Véase http://a.es", False),
    ],
)
def test_half_of_the_items_decide_and_no_paragraph_may_be_there(section: str, stays: bool) -> None:
    text = plain_text(f"Luce.\n== Fuentes ==\n{section}\n== Historia ==\nArde.")
    assert text.startswith("Luce.")
    assert text.endswith("Historia\n\nArde.")
    assert ("Fuentes" in text) == stays
