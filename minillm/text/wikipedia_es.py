"""What is particular to es.wikipedia.org, as data: namespaces, languages, templates that leave no trace.

English names work in every edition of Wikipedia; the Spanish ones are the edition's own. All lower case.
"""

FILE_NAMESPACES = frozenset({"archivo", "imagen", "file", "image"})
"""[[Archivo:…]] shows a picture: it goes, caption included."""

MEDIA_NAMESPACES = frozenset({"media", "medio"})
"""[[Media:himno.ogg|el himno]] is a link, and its text is shown."""

CATEGORY_NAMESPACES = frozenset({"categoría", "categoria", "category"})
"""[[Categoría:…]] shows nothing in its place; [[:Categoría:…]] is an ordinary link."""

_LANGLIST = """
    aa ab ace ady aeb af ak als alt am ami an ang anp ar arc ary arz as ast atj av avk awa ay az azb ba
    ban bar bat-smg bcl bdr be be-tarask be-x-old bew bg bh bi bjn blk bm bn bo bpy br bs btm bug bxr ca
    cbk-zam cdo ce ceb ch cho chr chy ckb cmn co cr crh cs csb cu cv cy cz da dag de dga din diq dk dsb
    dty dv dz ee el eml en eo es et eu ext fa fat ff fi fiu-vro fj fo fr frp frr fur fy ga gag gan gcr gd
    gl glk gn gom gor got gpe gsw gu guc gur guw gv ha hak haw he hi hif ho hr hsb ht hu hy hyw hz ia iba
    id ie ig igl ii ik ilo inh io is it iu ja jam jbo jp jv ka kaa kab kbd kbp kcg kg ki kj kk kl km kn
    knc ko koi kr krc ks ksh ku kus kv kw ky la lad lb lbe lez lfn lg li lij lld lmo ln lo lrc lt ltg lv
    lzh mad mai map-bms mdf mg mh mhr mi min minnan mk ml mn mni mnw mo mos mr mrj ms mt mus mwl my myv
    mzn na nah nan nap nb nds nds-nl ne new ng nia nl nn no nov nqo nr nrm nso nv ny oc olo om or os pa
    pag pam pap pcd pcm pdc pfl pi pih pl pms pnb pnt ps pt pwn qu rki rm rmy rn ro roa-rup roa-tara rsk
    ru rue rup rw sa sah sat sc scn sco sd se sg sgs sh shi shn shy si simple sk skr sl sm smn sn so sq sr
    srn sro ss st stq su sv sw szl szy ta tay tcy tdd te tet tg th ti tig tk tl tlh tly tn to tok tokipona
    tpi tr trv ts tt tum tw ty tyv udm ug uk ur uz ve vec vep vi vls vo vro wa war wo wuu xal xh xmf yi yo
    yue za zea zgh zh zh-cfr zh-classical zh-cn zh-min-nan zh-tw zh-yue zu
"""
LANGUAGE_PREFIXES = frozenset(_LANGLIST.split())
"""[[en:Tower]] is the page in another edition: not shown. Wikimedia's list (langlist), and older codes."""

MAGIC_WORDS = frozenset(
    {
        "CATEGORÍAOCULTA", "DESAMBIG", "DESAMBIGUACIÓN", "DISAMBIG", "ENLACECREARSECCIÓN",
        "EXPECTUNUSEDCATEGORY", "EXPECTUNUSEDTEMPLATE", "FORCETOC", "FORZARTDC", "FORZARTOC", "FORZAR_TDC",
        "HIDDENCAT", "INDEX", "INDEXAR", "NEWSECTIONLINK", "NOCC", "NOCC_", "NOCONTENTCONVERT",
        "NOCONVERTIRCONTENIDO", "NOCONVERTIRTITULO", "NOCONVERTIRTÍTULO", "NOCT_", "NOEDITARSECCION",
        "NOEDITARSECCIÓN", "NOEDITSECTION", "NOGALERIA", "NOGALERÍA", "NOGALLERY", "NOGLOBAL", "NOINDEX",
        "NOINDEXAR", "NONEWSECTIONLINK", "NOTC", "NOTDC", "NOTITLECONVERT", "NOTOC",
        "NOVINCULARANUEVASECCION", "NO_EDITAR_SECCIÓN", "REDIRECCIONESTATICA", "REDIRECCIÓNESTÁTICA",
        "SINENLACECREARSECCIÓN", "SIN_GALERÍA", "SIN_TDC", "STATICREDIRECT", "TDC", "TOC",
        "VINCULARANUEVASECCION",
    }
)  # fmt: skip
"""__TDC__ and its like say how the page is shown (MediaWiki's MessagesEs.php). __LINE__ is text."""

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
    "#tag:ref", "cita ", "cite ", "citation", "commons", "control de", "defaultsort:",
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
