"""Which sections are back matter: references, notes, further reading, links. They go with their subsections.

A title is compared as a set of words without accents, so that order, «y» and commas do not matter: «Notas,
referencias y bibliografía», «Véase tambien». Every word must be one of back matter, so «Referencias
culturales», «Notas musicales» and «Fuentes de agua» stay. Titles that may be of either kind («Fuentes»,
«Enlaces», «Recursos en línea») are judged by what the section holds: list items alone, half of them
references.
"""

from functools import lru_cache

import regex

from minillm.text.unicode import lower

_WITHOUT_ACCENTS = str.maketrans("áéíóúüàèìòùâêîôû", "aeiouuaeiouaeiou")
_WORD = regex.compile(r"\p{L}+|\d{3,}")  # «Las notas de 1843» are about something
_ARTICLES = ("el ", "la ", "las ", "los ", "un ", "una ", "su ", "sus ")


def _set(words: str) -> frozenset[str]:
    """ "alta bajo/" → alta, bajo, baja, bajos, bajas"""
    found = set[str]()
    for word in words.split():
        stem = word.removesuffix("o/")
        found.update([word] if stem == word else [stem + ending for ending in ("o", "a", "os", "as")])
    return frozenset(found)


_SMALL_WORDS = _set("a al and con de del e el en la las lo los o para por sobre su sus the un una y")
_REFERENCES = _set(
    "bibliografia bibliografias bibliography cibergrafia footnotes hemerografia referencia referencias"
    " references webgrafia webgrafias webliografia"
)
_NOTES = _set("notas notes")
_OF_NOTES = _set(
    "aclaratorio/ adicional adicionales bibliografico/ cita citado/ citas complementario/ consultado/"
    " explicativo/ externo/ fuente fuentes numerado/ otro/ pagina pie pies texto"
)
_SEE = _set("consulte consultese ve vea vean veanse vease ver see")
_ALSO = _set("ademas asimismo tambien tb also")
_LINKS = _set("enlace enlaces hipervinculos liga ligas link links vinculo vinculos webs")
_OUTSIDE = _set(
    "externo/ external interes interesantes internet linea oficial oficiales online otro/ recomendado/ red"
    " referencia relacionado/ utiles web"
)
_READING = _set("lectura lecturas reading")
_WORKS = _set("articulos libros literatura obra obras publicaciones textos trabajos")
_CONSULTED = _set("citado/ consulta consultado/ recomendado/ sugerido/")
_MORE = _set("adicional adicionales complementario/ further mas otro/ secundario/")
_SOURCES = _set("fuente fuentes sources")
_QUOTATIONS = _set("cita citas")
_ALONE = _LINKS | _READING | _NOTES | _SOURCES | _set("aclaraciones anotaciones documentacion nota recursos")
_WITH_OUTSIDE = _set(
    "articulos documentos entradas informacion material multimedia pagina paginas recurso sitio sitios temas"
    " video videos"
)
_OTHER_WORDS = _set(
    "aleman ampliado/ basico/ castellano catalan comentado/ digital digitales documental documentales"
    " electronico/ empleado/ esencial español especializado/ especifico/ final finales frances fundamental"
    " general generales hemerografico/ hermanos impreso/ ingles interno/ italiano leer periodistico/"
    " portugues primario/ principal principales proyectos saber seleccionado/ selecto/ tema usado/ utilizado/"
)
_WORDS = _REFERENCES | _NOTES | _OF_NOTES | _SEE | _ALSO | _LINKS | _OUTSIDE | _READING | _WORKS | _CONSULTED
_WORDS |= _MORE | _SOURCES | _QUOTATIONS | _ALONE | _WITH_OUTSIDE | _OTHER_WORDS

_SURE_PAIRS = (
    (_SEE, _ALSO),
    (_LINKS, _OUTSIDE),
    (_READING | {"literatura"}, _MORE | _CONSULTED),
    (_WORKS, _CONSULTED),
    (_SOURCES, _set("bibliografico/ citado/ consultado/")),
    (_QUOTATIONS, _set("bibliografico/")),
)
"""A title with a word of both is back matter."""
_SURE_TITLES = _set(
    "vease veanse mas_saber leer_mas otros_proyectos hermanos_proyectos pagina_pie pagina_pies"
)
"""Their words in alphabetical order."""

_REFERENCE = regex.compile(
    r"\b(?:ISBN|ISSN|DOI|OCLC|PDF|[Ww]eb|[Ss]itio|[Pp]ágina|[Ee]ditorial|[Ee]diciones|[Uu]niversidad|University"
    r"|Press|Revista|Boletín|Biblioteca|Anuario|Enciclopedia|Diccionario)\b"
    r"|\b(?:pp?|págs?|vols?|núms?|eds?|cap)\. ?\d|\A[^(\n]{3,80}+\(\d{4}\w?\)\.|\A[\w' -]{2,40}+, \p{Lu}\."
    r"|\bwww\.|\w\.(?:com|org|net|es)\b"
)


@lru_cache(maxsize=2**12)
def is_back_matter(title: str) -> bool:
    """Whether a section of this title is back matter, whatever it holds."""
    words = _words(title)
    if not words <= _WORDS:
        return False
    if "_".join(sorted(words)) in _SURE_TITLES:
        return True
    if words & _REFERENCES and (words & _CONSULTED or not words & (_WORKS | _WITH_OUTSIDE)):
        return True
    if words & _NOTES and words <= _NOTES | _OF_NOTES | _LINKS | _READING:
        return True
    return any(words & first and words & second for first, second in _SURE_PAIRS)


@lru_cache(maxsize=2**12)
def may_be_back_matter(title: str) -> bool:
    """Whether a section of this title is back matter if it holds references."""
    words = _words(title)
    if not words <= _WORDS:
        return False
    return bool(words & (_ALONE | _REFERENCES) or (words & _WITH_OUTSIDE and words & (_OUTSIDE | _MORE)))


def looks_like_reference(item: str) -> bool:
    """Whether a list item, as text, names a book, a page or a periodical."""
    return _REFERENCE.search(item) is not None


def _words(title: str) -> frozenset[str]:
    title = lower(title).translate(_WITHOUT_ACCENTS)
    words = frozenset(_WORD.findall(title))
    return words if title.startswith(_ARTICLES) else words - _SMALL_WORDS
