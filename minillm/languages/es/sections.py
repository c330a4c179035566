"""Titles of back matter in Spanish, and the English ones that es.wikipedia.org has now and then."""

import regex

from minillm.wikitext.sections import SectionTitles


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
    " electronico/ empleado/ esencial espanol especializado/ especifico/ final finales frances fundamental"
    " general generales hemerografico/ hermanos impreso/ ingles interno/ italiano leer periodistico/"
    " portugues primario/ principal principales proyectos saber seleccionado/ selecto/ tema usado/ utilizado/"
)
_WORDS = _REFERENCES | _NOTES | _OF_NOTES | _SEE | _ALSO | _LINKS | _OUTSIDE | _READING | _WORKS | _CONSULTED
_WORDS |= _MORE | _SOURCES | _QUOTATIONS | _ALONE | _WITH_OUTSIDE | _OTHER_WORDS

_SURE_PAIRS = (
    (_SEE, _ALSO),
    (_LINKS, _OUTSIDE),
    (_READING | {"literatura"}, _MORE | _CONSULTED),
    (_set("articulos entradas paginas temas"), _set("relacionado/")),
    (_WORKS, _CONSULTED),
    (_SOURCES, _set("bibliografico/ citado/ consultado/")),
    (_QUOTATIONS, _set("bibliografico/")),
)
_SURE_TITLES = _set(
    "articulos_otros vease veanse mas_saber leer_mas otros_proyectos hermanos_proyectos pagina_pie"
    " pagina_pies"
)

_REFERENCE = regex.compile(
    r"\b(?:ISBN|ISSN|DOI|OCLC|PDF|[Ww]eb|[Ss]itio|[Pp]ágina|[Ee]ditorial|[Ee]diciones|[Uu]niversidad|University"
    r"|Press|Revista|Boletín|Biblioteca|Anuario|Enciclopedia|Diccionario)\b"
    r"|\b(?:pp?|págs?|vols?|núms?|eds?|cap)\. ?\d|\A[^(\n]{3,80}+\(\d{4}\w?\)\.|\A[\w' -]{2,40}+, \p{Lu}\."
    r"|\bwww\.|\w\.(?:com|org|net|es)\b"
)

SECTIONS = SectionTitles(
    articles=("el ", "la ", "las ", "los ", "un ", "una ", "su ", "sus "),
    small_words=_SMALL_WORDS,
    words=_WORDS,
    references=_REFERENCES,
    no_references=_WORKS | _WITH_OUTSIDE,
    consulted=_CONSULTED,
    notes=_NOTES,
    beside_notes=_NOTES | _OF_NOTES | _LINKS | _READING,
    pairs=_SURE_PAIRS,
    titles=_SURE_TITLES,
    alone=_ALONE | _REFERENCES,
    outside=_WITH_OUTSIDE,
    with_outside=_OUTSIDE | _MORE,
    reference=_REFERENCE,
)
