"""Spanish grammar for the evaluation: closed classes, and minimal pairs written for this project.

Words are frequent ones, so that a small vocabulary holds them. Sense matters little, grammar is what is
asked, but no wrong sentence may be right in any reading: nouns of both genders (capital, mar), collective
subjects (la mayoría) and prepositions that some speakers use do not occur.
"""

from minillm.languages.grammar import GrammarFacts

_CLOSED_CLASSES = """
el la los las lo un una unos unas al del
a ante bajo con contra de desde durante en entre hacia hasta mediante para por según sin sobre tras
y e o u ni que si como cuando donde aunque pero sino porque pues mientras
yo tú él ella ello nosotros vosotros ellos ellas usted ustedes me te se nos os le les mí ti sí
mi mis tu tus su sus nuestro nuestra nuestros nuestras
este esta esto estos estas ese esa eso esos esas aquel aquella aquello aquellos aquellas
quien quienes cual cuales cuyo cuya cuyos cuyas qué quién cuál cómo cuándo dónde
no ya más menos muy también tampoco así tan
es son era eran fue fueron ser sido siendo ha han había habían haber hay
"""

_WORDS: dict[str, tuple[str, ...]] = {
    # masculine places and buildings: singular, plural
    "m": (
        "río/ríos",
        "lago/lagos",
        "valle/valles",
        "puerto/puertos",
        "bosque/bosques",
        "puente/puentes",
        "palacio/palacios",
        "barrio/barrios",
        "pueblo/pueblos",
        "mercado/mercados",
        "museo/museos",
        "convento/conventos",
        "templo/templos",
        "edificio/edificios",
        "monumento/monumentos",
        "teatro/teatros",
    ),
    # feminine ones
    "f": (
        "isla/islas",
        "ciudad/ciudades",
        "plaza/plazas",
        "montaña/montañas",
        "provincia/provincias",
        "catedral/catedrales",
        "iglesia/iglesias",
        "sierra/sierras",
        "aldea/aldeas",
        "torre/torres",
        "biblioteca/bibliotecas",
        "universidad/universidades",
        "escuela/escuelas",
        "llanura/llanuras",
        "laguna/lagunas",
        "calle/calles",
    ),
    # masculine and feminine places with inhabitants
    "c": (
        "pueblo/pueblos",
        "barrio/barrios",
        "valle/valles",
        "país/países",
        "reino/reinos",
        "territorio/territorios",
        "municipio/municipios",
    ),
    "d": (
        "ciudad/ciudades",
        "isla/islas",
        "aldea/aldeas",
        "provincia/provincias",
        "comarca/comarcas",
        "comunidad/comunidades",
        "colonia/colonias",
    ),
    # what is of stone, and where people gather
    "s": ("puente", "palacio", "templo", "edificio", "convento", "monumento"),
    "g": ("mercado", "museo", "teatro", "puerto", "barrio", "templo", "palacio"),
    # men: singular, plural
    "p": (
        "rey/reyes",
        "emperador/emperadores",
        "médico/médicos",
        "escritor/escritores",
        "poeta/poetas",
        "profesor/profesores",
        "ingeniero/ingenieros",
        "historiador/historiadores",
        "maestro/maestros",
        "soldado/soldados",
        "autor/autores",
        "músico/músicos",
        "pastor/pastores",
    ),
    # adjectives: masculine and feminine singular, masculine and feminine plural
    "a": (
        "antiguo/antigua/antiguos/antiguas",
        "pequeño/pequeña/pequeños/pequeñas",
        "largo/larga/largos/largas",
        "alto/alta/altos/altas",
        "moderno/moderna/modernos/modernas",
        "conocido/conocida/conocidos/conocidas",
        "distinto/distinta/distintos/distintas",
    ),
    # predicates of places: singular, plural, rest
    "v": (
        "está/están/en el norte de España",
        "ocupa/ocupan/una gran superficie",
        "recibe/reciben/muchas visitas",
        "conserva/conservan/su antiguo nombre",
        "pertenece/pertenecen/a la misma familia",
        "debe/deben/su nombre a un rey",
        "tiene/tienen/más de mil años",
        "sirve/sirven/de frontera",
    ),
    # subjects with their predicates: of one thing, then of several
    "x": (
        "El nombre/procede/proceden/del latín",
        "El origen/sigue/siguen/sin respuesta",
        "La economía/depende/dependen/de la agricultura",
        "La riqueza/procede/proceden/de las minas",
        "La historia/ocupa/ocupan/varios libros",
        "El clima/permite/permiten/el cultivo de maíz",
        "La lengua/tiene/tienen/su origen en el latín",
    ),
    "y": (
        "Los habitantes/viven/vive/de la pesca",
        "Las calles/conservan/conserva/su antiguo nombre",
        "Los límites/siguen/sigue/el curso del río",
        "Los nombres/proceden/procede/del latín",
        "Los caminos/cruzan/cruza/la sierra",
        "Las fronteras/llegan/llega/hasta el mar",
        "Las minas/pertenecen/pertenece/al Estado",
    ),
    # where somebody is
    "l": ("en Madrid", "en Roma", "en el palacio", "en la ciudad", "en el puerto", "en la corte"),
}

_PHENOMENA: dict[str, tuple[str, ...]] = {
    "gender_determiner": (
        "[El|La] {m0} está en el norte de España.",
        "[La|El] {f0} está en el norte de España.",
        "Hay [un|una] {m0} cerca de la frontera.",
        "Hay [una|un] {f0} cerca de la frontera.",
        "[Este|Esta] {m0} es muy importante.",
        "[Esta|Este] {f0} es muy importante.",
        "[Los|Las] {m1} son muy importantes.",
        "[Las|Los] {f1} son muy importantes.",
    ),
    "gender_adjective": (
        "El {m0} era muy [{a0}|{a1}].",
        "La {f0} era muy [{a1}|{a0}].",
        "Los {m1} eran muy [{a2}|{a3}].",
        "Las {f1} eran muy [{a3}|{a2}].",
    ),
    "number_determiner": (
        "[El|Los] {m0} está en el norte de España.",
        "[La|Las] {f0} está en el norte de España.",
        "[Los|El] {m1} están en el norte de España.",
        "[Las|La] {f1} están en el norte de España.",
        "Hay [un|unos] {m0} cerca de la frontera.",
        "Hay [una|unas] {f0} cerca de la frontera.",
        "Hay [unos|un] {m1} cerca de la frontera.",
        "Hay [unas|una] {f1} cerca de la frontera.",
    ),
    "number_adjective": (
        "El {m0} era muy [{a0}|{a2}].",
        "La {f0} era muy [{a1}|{a3}].",
        "Los {m1} eran muy [{a2}|{a0}].",
        "Las {f1} eran muy [{a3}|{a1}].",
    ),
    "subject_verb": (
        "El {m0} [{v0}|{v1}] {v2}.",
        "La {f0} [{v0}|{v1}] {v2}.",
        "Los {m1} [{v1}|{v0}] {v2}.",
        "Las {f1} [{v1}|{v0}] {v2}.",
    ),
    "subject_verb_attractor": (
        "{x0} de los {c1} [{x1}|{x2}] {x3}.",
        "{x0} de las {d1} [{x1}|{x2}] {x3}.",
        "{y0} del {c0} [{y1}|{y2}] {y3}.",
        "{y0} de la {d0} [{y1}|{y2}] {y3}.",
    ),
    "ser_estar": (
        "El {p0} [está|es] {l0}.",
        "El {p0} [estaba|era] {l0}.",
        "Los {p1} [están|son] {l0}.",
        "El {p0} [era|estaba] un hombre muy conocido.",
        "El {m0} [es|está] un lugar muy conocido.",
        "La {f0} [es|está] un lugar muy antiguo.",
        "El {s0} [es|está] de piedra.",
        "El {g0} [está|es] lleno de gente.",
    ),
    "clitics": (
        "El {m0} [no se|se no] encuentra en España.",
        "La {f0} [no se|se no] conserva hoy.",
        "La {f0} [se encuentra|encuentra se] en el norte de España.",
        "El {m0} [se conoce|conoce se] desde el siglo XV.",
        "Los {p1} [se reunieron|reunieron se] en Madrid.",
        "El {p0} [se|le] lo dio a su hijo.",
        "Hoy [se le|le se] considera un gran {p0}.",
        "El {p0} [lo hizo|hizo lo] en Roma.",
        "El {p0} [no lo|lo no] hizo.",
    ),
    "prepositions": (
        "La economía de la {d0} depende [de|a] la agricultura.",
        "La {d0} forma parte [de|a] España.",
        "La {d0} pertenece [a|de] España.",
        "La {d0} se convirtió [en|de] capital.",
        "El agua llega al {c0} a través [de|en] un canal.",
        "El {c0} es conocido gracias [a|en] su historia.",
        "El {m0} está cerca [de|con] la costa.",
        "El {m0} está lejos [de|a] la costa.",
        "El {p0} murió después [de|a] la guerra.",
        "El {p0} dedicó su vida [a|de] la música.",
        "El {p0} comenzó [a|en] escribir.",
        "El {p0} dejó [de|a] escribir.",
        "El {p0} tardó [en|a] llegar.",
        "El {p0} nació [en|a] Madrid.",
        "El {p0} se casó [con|de] una mujer de Roma.",
        "El {c0} carece [de|a] agua.",
        "El {m0} está formado [por|a] dos partes.",
        "El {g0} está lleno [de|a] gente.",
    ),
    "accents": (
        "El {p0} [estudió|estudio] en Madrid.",
        "El {p0} [trabajó|trabajo] en la corte.",
        "El {p0} [pasó|paso] muchos años en Roma.",
        "El {p0} [publicó|público] varias obras.",
        "El {p0} [abandonó|abandono] la ciudad.",
        "El {p0} [regresó|regreso] a España.",
        "El {p0} [terminó|término] su obra en Roma.",
        "El {p0} [mandó|mando] construir un palacio.",
        "El {p0} [que|qué] llegó a Roma murió allí.",
        "La {f0} [está|esta] en el norte de España.",
        "[Esta|Está] {f0} es muy antigua.",
        "En [el|él] {c0} vivían muchas familias.",
        "El camino va [hacia|hacía] el {m0}.",
        "El [estudio|estudió] del {m0} duró dos años.",
        "La [fábrica|fabrica] está cerca del {m0}.",
    ),
}

GRAMMAR = GrammarFacts(frozenset(_CLOSED_CLASSES.split()), _WORDS, _PHENOMENA)
