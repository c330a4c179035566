"""What is particular to es.wikipedia.org: namespaces, magic words, templates that leave no trace.

In lower case, but for the magic words.
"""

from minillm.wikitext import mediawiki

HIDDEN_NAMESPACES = (
    mediawiki.FILE_NAMESPACES
    | mediawiki.CATEGORY_NAMESPACES
    | {"archivo", "imagen", "categoría", "categoria"}
)
MEDIA_NAMESPACES = mediawiki.MEDIA_NAMESPACES | {"medio"}

MAGIC_WORDS = mediawiki.MAGIC_WORDS | {
    "CATEGORÍAOCULTA", "DESAMBIG", "DESAMBIGUACIÓN", "ENLACECREARSECCIÓN", "FORZARTDC", "FORZARTOC",
    "FORZAR_TDC", "INDEXAR", "NOCC_", "NOCONVERTIRCONTENIDO", "NOCONVERTIRTITULO",
    "NOCONVERTIRTÍTULO", "NOCT_", "NOEDITARSECCION", "NOEDITARSECCIÓN", "NOGALERIA", "NOGALERÍA",
    "NOINDEXAR", "NOTDC", "NOVINCULARANUEVASECCION", "NO_EDITAR_SECCIÓN", "REDIRECCIONESTATICA",
    "REDIRECCIÓNESTÁTICA", "SINENLACECREARSECCIÓN", "SIN_GALERÍA", "SIN_TDC", "TDC",
    "VINCULARANUEVASECCION",
}  # fmt: skip
"""__TDC__ and its like (MediaWiki's MessagesEs.php)."""

TITLE_WORDS = mediawiki.TITLE_WORDS | {
    "nombredepagina", "nombredepágina", "nombredepáginacompleta", "nombredepaginacompleta",
}  # fmt: skip

VALUES_OF_THE_WIKI = mediawiki.VALUES_OF_THE_WIKI | {
    "añoactual", "mesactual", "nombremesactual", "díaactual", "diaactual", "númerodeartículos",
    "numerodearticulos", "género", "genero",
}  # fmt: skip

SILENT_TEMPLATES = frozenset(
    {
        # References, and marks of the same kind in the middle of a sentence.
        "#tag:ref", "cita requerida", "cita req", "citarequerida", "cr", "efn", "isbn", "issn",
        "doi", "oclc", "issn-l", "pmid", "listaref", "nota", "notas", "nota al pie", "r", "ref", "refn",
        "refbegin", "refend", "ref-notas", "reflist", "rp", "sfn", "sfnp", "sfnm", "wayback", "webarchive",
        "ref duplicada", "cita web/núcleo", "obra citada",
        # Editors' doubts.
        "aclarar", "añadir referencias", "actualizar", "cuándo", "¿cuándo?", "dónde", "¿dónde?", "cuál",
        "¿cuál?", "quién", "¿quién?", "según quién", "¿según quién?", "por quién", "¿por quién?",
        "demostrar", "discutido", "dudoso", "no neutralidad", "posible copyvio", "promocional",
        "referencias adicionales", "referenciar", "sin referencias", "verificar", "wikificar", "esbozo",
        # Pictures without words: flags, medals, arrows, shirts.
        "aumento", "band", "bandera", "banderaicono", "decrecimiento", "disminución", "estrella",
        "flagicon", "flag icon", "gol", "icono", "increase", "decrease", "steady", "sin cambio", "medalla",
        "medalla oro", "medalla plata", "medalla bronce", "oro1", "plata2", "bronce3", "premio",
        "roja", "amarilla", "tarjeta amarilla", "tarjeta roja", "sube", "baja", "loudspeaker", "celda",
        # In which language a linked page is.
        "en", "fr", "de", "it", "pt", "ca", "ru", "ja", "en icon", "fr icon", "de icon", "it icon", "pt icon",
        "en idioma", "icono de idioma", "ref-en", "idioma",
        # Hatnotes.
        "ap", "artículo principal", "artículo bueno", "artículo destacado", "desambiguación", "distinguir",
        "main", "otros usos", "otrosusos", "otros usos de este término", "redirige aquí", "ver",
        "véase también", "véase", "vt", "véanse", "vease", "not to be confused", "no confundir con",
        "no confundir", "otra persona", "otro uso", "uso", "further", "see also", "hatnote", "nota hat",
        # Layout and metadata.
        "-", "clear", "limpiar", "br", "ancla", "anclaje", "anchor", "columnas", "nueva columna",
        "final columnas", "final de columnas", "div col", "div col end", "ordenar", "defaultsort",
        "displaytitle", "nf", "bd", "título sin coordenadas", "título en cursiva", "título erróneo",
        "título incorrecto", "título minúscula", "italic title", "toc", "tdc", "tocright", "tocleft",
        "índice", "uso de fechas", "control de autoridades", "ad", "ab", "ntsh", "sortkey",
        "hs", "ordenar clave", "buque de la clase",
    }
)  # fmt: skip
"""Templates that say nothing in the sentence where they stand: they go and leave no hole."""

SILENT_PREFIXES = (
    "#tag:ref", "cita ", "cite ", "citation", "commons", "control de", "defaultsort:",
    "displaytitle:", "enlace ", "esbozo", "ficha", "infobox", "navbox", "navegación", "noindex", "ordenar:",
    "portal", "proyecto", "referencia", "sucesión", "taxobox", "traducido", "wik",
)  # fmt: skip
"""The same, by how the name begins."""

CITATIONS = ("cita ", "cite ", "citation")
"""How the name of a silent template begins that shows a whole reference: {{cite book|…}}."""

DISAMBIGUATION_TEMPLATES = frozenset(
    {
        "desambiguación", "desambiguacion", "desambig", "desamb", "des", "disambig", "disambiguation", "dab",
        "desambiguación nombre", "desambiguación apellido", "desambiguación geográfica",
    }
)  # fmt: skip
