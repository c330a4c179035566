"""Pages that the embedded corpus does not have: odd titles, odd histories, and very long ones."""

import unicodedata

from tests.wikipedia.dumps import dump, page, revision

SENTENCE = (
    "La comarca se encuentra en el norte de la provincia y limita con el río, que la separa de las tierras "
    "de los antiguos condes de la villa. "
)
ODD_TITLES = [
    "Ávila de prueba",
    "Ñuñoa (comuna)",
    "«El Quijote»",
    "AC/DC",
    "Misión: imposible",
    "¿Qué es esto?",
    "L'Hospitalet de prueba",
    'Comillas "dobles", y coma',
    "C++",
    "Año 100 % real",
    "Ópera & ballet",
    "Łódź",
    "東京",
    "Emoji 😀",
    "1 + 1 = 2",
    unicodedata.normalize("NFD", "Pingüino en la montaña"),
]
VERSIONS = 12
GIANTS = ["Gigante 00", "Gigante 01", "Gigante 02"]
GIANT_BYTES = 120_000


def article(name: str, sentences: int = 8) -> str:
    """An article that the clean stage keeps and takes for no duplicate of another one."""
    own = "".join(f"El {word} número {k} de {name} mide {k * 37 + len(name)} metros. " for k, word in _WORDS)
    return f"'''{name}''' es un artículo de prueba. {own}\n\n== Historia de {name} ==\n{SENTENCE * sentences}"


def composed(text: str) -> str:
    """In NFC, as MediaWiki has every title and every text that came by its edit form."""
    return unicodedata.normalize("NFC", text)


_WORDS = list(enumerate(["puente", "camino", "valle", "molino", "castillo", "puerto", "palacio"]))


def odd_pages() -> bytes:
    """An export of them; MediaWiki gives the pages new ids and the revisions too, in this order."""
    pages = [page(n, article(composed(title)), title=title) for n, title in enumerate(ODD_TITLES, 1)]
    history = "".join(revision(article(f"la versión {k}"), k) for k in range(VERSIONS))
    pages += [
        page(101, title="Historial largo", revisions=history),
        page(102, article("decomposed: " + unicodedata.normalize("NFD", "áéíñ")), title="Texto descompuesto"),
        page(103, "", title="Página vacía"),
        page(104, "Corto.", title="Esbozo"),
        page(
            105,
            "#REDIRECCIÓN [[Página que no existe]]",
            title="Redirección rota",
            redirect="Página que no existe",
        ),
        page(106, article("un anexo"), title="Anexo:Municipios de prueba", ns=104),
        page(107, article("una discusión"), title="Discusión:Łódź", ns=1),
        page(108, article("la que se borra"), title="Página borrada"),
    ]
    pages += [
        page(200 + n, article(title, GIANT_BYTES // len(SENTENCE.encode()) + 1), title=title)
        for n, title in enumerate(GIANTS)
    ]
    return dump(*pages)
