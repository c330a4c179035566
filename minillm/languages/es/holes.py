"""Words by which a hole in a sentence is known to gape: those before a value, those after a number."""

import regex

from minillm.languages.es.names import LANGUAGES
from minillm.wikitext.holes import HoleWords, sentence_end

_EXPECTANT = frozenset(
    {
        # Articles, determiners, quantities
        "algunas", "algunos", "ambas", "ambos", "aquel", "aquella", "aquellas", "aquellos", "cada", "cuya",
        "cuyas", "cuyo", "cuyos", "el", "esa", "esas", "ese", "esos", "esta", "estas", "este", "estos", "la",
        "las", "lo", "los", "muchas", "muchos", "otra", "otras", "otro", "otros", "su", "sus", "todas",
        "todos", "un", "una", "unas", "uno", "unos", "varias", "varios",
        # Prepositions and conjunctions
        "a", "al", "ante", "antes", "aunque", "bajo", "como", "con", "contra", "cual", "cuando", "de", "del",
        "desde", "después", "donde", "durante", "e", "en", "entre", "excepto", "hacia", "hasta", "mediante",
        "ni", "o", "para", "pero", "por", "porque", "que", "quien", "salvo", "según", "si", "sin", "sino",
        "sobre", "tras", "u", "versus", "vs", "vs.", "y",
        # Adverbs of a measure
        "aproximadamente", "apenas", "casi", "cerca", "exactamente", "muy", "más", "menos", "también", "tan",
        # What is numbered, and abbreviations before a date or number
        "art.", "artículo", "año", "años", "c.", "ca.", "cap.", "capítulo", "f.", "fig.", "fl.", "m.", "n.",
        "n.º", "nac.", "nº", "núm.", "número", "p.", "pág.", "págs.", "r.", "s.", "siglo", "siglos", "tomo",
        "vol.", "volumen",
        # Other words that go on
        "ella", "era", "eran", "es", "fue", "fueron", "ha", "haber", "habiendo", "han", "sea", "sean", "ser",
        "será", "serán", "sería", "siendo", "son",
        # Before a source
        "cf.", "cfr.", "véanse", "véase", "vid.",
    }
)  # fmt: skip
_TAKES_A_VALUE = regex.compile(
    r"""
    (?:abarc|agrup|alberg|alcanz|aloj|anot|aport|consum|cost|pronunci|cuest|dat|denomin|desplaz|dist|emple|dur|gan|llam|llev|logr|marc|necesit|ocup|orden|oscil|pes
      |rond|registr|sum|super|titul|totaliz|transport|apod|cuent|cont)
    (?:a|an|aba|aban|ó|aron|ará|arán|aría|arían|ar|ando)
    | (?:denominad|llamad|titulad|apodad|bautizad|datad|fechad|valorad|estimad)[oa]s?
    | (?:ascend|asciend|comprend|compr|cumpl|descend|desciend|equival|exced|med|mid|obtuv|pose|recib|recorr
      |reun|reún|sobrepas|transcurr|val|vend|produc|cubr|significa|signific)
    (?:e|en|ía|ían|ió|ieron|erá|erán|irá|irán|ería|erían|iría|irían|er|ir|iendo|o|a|an|aba|ó|yó|yeron)
    | (?:con|man|ob)?(?:tiene|tienen|tenía|tenían|tuvo|tuvieron|tendrá|tendrán|tendría|teniendo|tener)
    | hay | había | habían | hubo | hubieron | habrá | inclu(?:ye|yen|ía|ían|yó|yeron|irá) | produj(?:o|eron)
    | valdrá | costará | vale | valen | reúnen? | suponen? | suponía | supuso | disponen? | requieren?
    | acogen? | consiguen? | eligen? | miden | pesan
    """,
    regex.VERBOSE,
)
"""Measure, have, weigh, reach, be called."""
_ENDINGS_OF_VERBS = (
    "ó", "aron", "ieron", "jeron", "aba", "aban", "ían", "ará", "arán", "erá", "erán", "irá", "irán",
)  # fmt: skip
_NAMED = frozenset(
    {
        "apellido", "apodo", "carácter", "código", "denominación", "expresión", "frase", "letra", "nombre",
        "palabra", "prefijo", "raíz", "seudónimo", "signo", "sílaba", "símbolo", "sufijo", "término",
        "título", "verbo", "vocablo", "voz",
    }
)  # fmt: skip
_ADVERBS = frozenset(
    {
        "además", "ahora", "allí", "aquí", "así", "entonces", "hoy", "luego", "mientras", "nunca", "siempre",
        "solo", "ya",
    }
)  # fmt: skip
"""Beside those in -mente."""
_UNITS = frozenset(
    {
        "%", "°", "°C", "°F", "K", "cm", "cm²", "cm³", "dB", "eV", "g", "GHz", "GW", "h", "ha", "hab", "hab.",
        "Hz", "kg", "kHz", "km", "km/h", "km²", "km³", "kW", "l", "m", "m²", "m³", "m/s", "MHz", "mg", "min",
        "ml", "mm", "mi", "MW", "pies", "s", "t", "V", "W", "por ciento",
        "euros", "dólares", "pesetas", "pesos", "reales", "libras", "francos", "marcos", "millones", "mil",
        "centímetros", "grados", "gramos", "hectáreas", "kilogramos", "kilos", "kilómetros", "litros",
        "metros", "millas", "milímetros", "onzas", "pulgadas", "toneladas", "vatios", "voltios", "yardas",
        "años", "décadas", "días", "horas", "meses", "minutos", "segundos", "semanas", "siglos", "veces",
    }
)  # fmt: skip
_COUNTED = frozenset(
    {
        "actores", "agentes", "alumnos", "almas", "álbumes", "animales", "asientos", "aves", "barcos",
        "barrios", "buques", "cañones", "capítulos", "carreras", "casas", "ciudadanos", "ciudades",
        "clubes", "comunidades", "edificios", "efectivos", "ejemplares", "elementos", "empleados",
        "episodios", "equipos", "escaños", "escuelas", "especies", "espectadores", "estaciones",
        "estudiantes", "familias", "fieles", "géneros", "goles", "habitaciones", "habitantes", "hablantes",
        "heridos", "hijos", "hogares", "hombres", "islas", "jugadores", "kilovatios", "lenguas", "libros",
        "localidades", "medallas", "miembros", "muertos", "mujeres", "municipios", "niños", "obras",
        "páginas", "partidos", "pasajeros", "pasos", "personas", "piezas", "pisos", "planetas", "plantas",
        "plazas", "provincias", "puntos", "seguidores", "socios", "soldados", "temporadas", "títulos",
        "trabajadores", "unidades", "usuarios", "vecinos", "versos", "viajeros", "viviendas", "víctimas",
        "visitantes", "votantes", "votos",
    }
)  # fmt: skip
_DIMENSION = regex.compile(
    r"de (?:altitud|alto|altura|ancho|anchura|área|capacidad|diámetro|distancia|duración|edad|espesor"
    r"|extensión|fondo|grosor|largo|longitud|peso|profundidad|radio|superficie|población|temperatura|velocidad)\b"
)
_SENTENCE_END = sentence_end(
    (
        # Before a name
        "Almte", "Arq", "Bto", "Cap", "Cnel", "Dr", "Dra", "Excmo", "Fco", "Fr", "Gob", "Gral", "Hno", "Ing",
        "Ldo", "Lic", "Mons", "Mtro", "Pbro", "Pdte", "Prof", "San", "Sr", "Sra", "Sres", "Srta", "Sta",
        "Sto", "Tte",
        # Before a number
        "Art", "Fig", "Pág", "Vol", "aprox", "art", "cap", "fig", "fl", "máx", "mín", "núm", "pág", "págs",
        "vol",
        # Of places, and others
        "Av", "Avda", "Cf", "Cía", "Depto", "Ed", "Esp", "Pza", "Prov", "St", "Univ", "cf", "esp", "km",
        "AA", "CC", "EE", "FF", "JJ", "RR",
    )
)  # fmt: skip

HOLES = HoleWords(
    expectant=_EXPECTANT,
    preposition="de",
    takes_a_value=_TAKES_A_VALUE,
    endings_of_verbs=_ENDINGS_OF_VERBS,
    passive=frozenset(),
    named=_NAMED,
    adverbs=_ADVERBS,
    endings_of_adverbs=("mente",),
    conjunctions=frozenset({"y", "e", "o", "u", "ni"}),
    endings_of_plurals=("s",),
    after_a_number=frozenset({"de", "del"}),
    languages=frozenset(LANGUAGES.values()),
    before_languages=frozenset({"en", "del", "de", "idioma", "lengua", "nombre"}),
    units=_UNITS,
    counted=_COUNTED,
    dimension=_DIMENSION,
    sentence_end=_SENTENCE_END,
)
