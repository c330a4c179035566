"""What is particular to es.wikipedia.org, as data: namespaces, sections, templates that leave no trace.

English names work in every edition of Wikipedia; the Spanish ones are the edition's own. All lower case.
"""

FILE_NAMESPACES = frozenset({"archivo", "imagen", "file", "image", "media", "medio"})
"""[[Archivo:…]] shows a picture: it goes, caption included."""

CATEGORY_NAMESPACES = frozenset({"categoría", "categoria", "category"})
"""[[Categoría:…]] shows nothing in its place; [[:Categoría:…]] is an ordinary link."""

INTERWIKI_OF_TWO_OR_THREE_LETTERS = frozenset({"mw", "doi", "pmc", "rfc", "voy", "wmf"})
"""Prefixes that look like a language code ([[en:…]], not shown) and are ordinary links, shown."""

BACK_MATTER = frozenset(
    {
        "bibliografía", "bibliografía adicional", "bibliografía básica", "bibliografía complementaria",
        "bibliografía consultada", "bibliografía recomendada", "bibliografía utilizada",
        "bibliografía y enlaces externos", "bibliografía y referencias", "citas y notas", "enlace externo",
        "enlaces de interés", "enlaces externos", "enlaces externos y referencias",
        "enlaces relacionados", "fuentes bibliográficas", "fuentes consultadas",
        "fuentes y referencias", "lecturas adicionales", "lecturas complementarias",
        "lecturas recomendadas", "lectura adicional", "lectura recomendada", "literatura adicional",
        "notas", "notas al pie", "notas a pie de página", "notas aclaratorias", "notas y bibliografía",
        "notas y citas", "notas y referencias", "otras lecturas", "otros enlaces", "otros proyectos",
        "para saber más", "pies de página", "referencia", "referencias", "referencias adicionales",
        "referencias bibliográficas", "referencias externas", "referencias generales",
        "referencias y bibliografía", "referencias y enlaces externos", "referencias y notas",
        "referencias y notas al pie", "véase además", "véase también", "vea también", "ver también",
    }
)  # fmt: skip
"""Sections of references and links: they go with their subsections."""

BACK_MATTER_IF_LISTS = frozenset({"enlaces", "fuentes", "lecturas", "nota"})
"""These are back matter if they hold list items only: «Fuentes» can be about springs or chroniclers."""

SILENT_TEMPLATES = frozenset(
    {
        # References, and marks of the same kind in the middle of a sentence.
        "#tag:ref", "cita requerida", "cita req", "citarequerida", "cr", "efn", "harvnb",
        "harvnp", "harvsp", "isbn", "issn", "doi", "oclc", "issn-l", "pmid", "listaref", "nota", "notas",
        "nota al pie", "r", "ref", "refn", "refbegin", "refend", "ref-notas", "reflist", "rp", "sfn",
        "sfnp", "sfnm", "wayback", "webarchive", "ref duplicada", "cita web/núcleo", "obra citada",
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
    "#coordinates:", "#tag:ref", "cita ", "cite ", "citation", "commons", "control de", "defaultsort:",
    "displaytitle:", "enlace ", "esbozo", "ficha", "infobox", "navbox", "navegación", "noindex", "ordenar:",
    "portal", "proyecto", "referencia", "sucesión", "taxobox", "traducido", "wik", "__",
)  # fmt: skip
"""The same, by how the name begins."""

DISAMBIGUATION_TEMPLATES = frozenset(
    {
        "desambiguación", "desambiguacion", "desambig", "desamb", "des", "disambig", "disambiguation", "dab",
        "desambiguación nombre", "desambiguación apellido", "desambiguación geográfica",
    }
)  # fmt: skip
