"""Words by which a hole in an English sentence is known to gape."""

import regex

from minillm.languages.en.names import LANGUAGES
from minillm.unicode import lower
from minillm.wikitext.holes import HoleWords, sentence_end

_EXPECTANT = frozenset(
    {
        # Articles, determiners, quantities
        "a", "an", "another", "any", "both", "each", "either", "every", "few", "her", "his", "its", "many",
        "most", "my", "neither", "no", "our", "several", "some", "such", "that", "the", "their", "these",
        "this", "those", "various", "whose", "your",
        # Prepositions and conjunctions
        "about", "above", "across", "after", "against", "along", "alongside", "although", "amid", "among",
        "amongst", "and", "around", "as", "at", "atop", "because", "before", "behind", "below", "beneath",
        "beside", "besides", "between", "beyond", "but", "by", "despite", "during", "except", "for", "from",
        "if", "in", "inside", "into", "like", "near", "nor", "of", "on", "onto", "opposite", "or", "outside",
        "over", "past", "per", "since", "than", "though", "through", "throughout", "till", "to", "toward",
        "towards", "under", "unless", "unlike", "until", "upon", "v.", "versus", "via", "vs", "vs.", "when",
        "where", "whereas", "whether", "which", "while", "who", "whom", "with", "within", "without",
        # Adverbs of a measure
        "almost", "approximately", "barely", "exactly", "less", "more", "nearly", "not", "only", "quite",
        "roughly", "too", "very",
        # What is numbered, and abbreviations before a date or number
        "aged", "art.", "article", "c.", "ca.", "ch.", "chap.", "chapter", "fig.", "fl.", "m.", "no.", "nos.",
        "number", "numbers", "p.", "page", "pages", "pp.", "r.", "vol.", "volume",
        # Other words that go on
        "are", "be", "became", "become", "becomes", "been", "being", "can", "cannot", "could", "did", "do",
        "does", "had", "has", "have", "having", "he", "i", "is", "it", "may", "might", "must", "seem",
        "seems", "shall", "she", "should", "they", "was", "we", "were", "will", "would", "you",
        # Before a source
        "also", "cf.", "e.g.", "see",
    }
)  # fmt: skip
_TAKES_A_VALUE = regex.compile(
    r"""
    (?:averag|compris|describ|exceed|featur|generat|includ|produc|provid|receiv|serv|rang|rul|
       scor|typ|valu|chang|us|nam|pronounc|translat|releas|inclos|observ|reduc|increas|
       decreas|measur)(?:e|es|ed|ing)
    | (?:contain|cover|earn|employ|equal|gain|hous|last|limit|number|own|reach|record|report|
       return|span|spann|spell|total|totall|weigh|consum|cost|denot|attract|collect|accommodat|
       enter|entitl|titl|dubb|call|nicknam|mark|sign|represent|remain|signif|need|requir|want|
       play|help|support|follow|display|show|touch|visit|cross|border|reflect|suffer)(?:s|es|e|ed|ing)?
    | is | holds? | held | holding | costs? | sells? | sold | pays? | paid | wins? | won | winning
    | loses? | lost | takes? | took | taken | makes? | made | gives? | gave | given | gets? | got
    | means? | meant | meaning | rose | rises? | fell | falls? | grew | grown | grows? | shrank | lay
    | spends? | spent | builds? | built | brings? | brought | buys? | bought | keeps? | kept | knows?
    | knew | meets? | met | reads? | sees? | saw | seen | sets? | tells? | told | wears? | wore
    | writes? | wrote | begins? | began | leaves? | left | leads? | led | beats? | beat | carry
    | carries | carried | comes? | came | drew | draws? | hits? | feeds? | runs? | ran | hosts?
    | averaging | comprises? | consists? | displaces? | stands? | stood | measures? | occupy | occupies
    | occupied | employing
    """,
    regex.VERBOSE,
)
"""Measure, have, weigh, reach, be called; and frequent ones that cannot do without an object."""
_NAMED = frozenset(
    {
        "character", "code", "expression", "letter", "name", "nickname", "phrase", "prefix", "pseudonym",
        "root", "sign", "suffix", "surname", "syllable", "symbol", "term", "title", "verb", "word",
        "called", "dubbed", "entitled", "labelled", "named", "nicknamed", "renamed", "spelled", "termed",
        "titled",
    }
)  # fmt: skip
_ADVERBS = frozenset(
    {
        "also", "always", "later", "here", "hence", "however", "instead", "meanwhile", "moreover", "never",
        "now", "often", "once", "sometimes", "soon", "still", "then", "there", "therefore", "thus", "today",
        "yet",
    }
)  # fmt: skip
"""Beside those in -ly."""
_UNITS = frozenset(
    {
        "%", "°", "°C", "°F", "K", "cm", "cm²", "cm³", "dB", "eV", "g", "GHz", "GW", "h", "ha", "Hz", "hp",
        "kg", "kHz", "km", "km/h", "km²", "km³", "kW", "l", "L", "m", "m²", "m³", "m/s", "MHz", "mg", "min",
        "ml", "mL", "mm", "mi", "mph", "MW", "ft", "yd", "lb", "lbs", "oz", "s", "t", "V", "W", "nmi",
        "acres", "billion", "bushels", "cents", "centimeters", "centimetres", "century", "centuries", "crore",
        "days", "decades", "degrees", "dollars", "dozen", "euros", "feet", "foot", "francs", "gallons",
        "grams", "hectares", "hours", "hundred", "inch", "inches", "kilograms", "kilometers", "kilometres",
        "knots", "lakh", "liters", "litres", "meters", "metres", "mile", "miles", "million", "minutes",
        "months", "ounces", "per", "percent", "pesos", "pounds", "rupees", "seconds", "shillings", "stone",
        "thousand", "times", "tonnes", "tons", "trillion", "volts", "watts", "weeks", "yards", "years",
        "year-old",
    }
)  # fmt: skip
_COUNTED = frozenset(
    {
        "albums", "animals", "apartments", "artists", "aircraft", "beds", "books", "boys", "buildings",
        "cases", "chapters", "children", "cities", "citizens", "clubs", "companies", "copies",
        "countries", "deaths", "districts", "employees", "episodes", "faculty", "families", "fans",
        "females", "films", "games", "girls", "goals", "guns", "homes", "horses", "households", "houses",
        "housing", "individuals", "inhabitants", "islands", "items", "jobs", "languages", "males", "matches",
        "medals", "members", "men", "municipalities", "nations", "pages", "passengers", "patients", "people",
        "persons", "pieces", "places", "players", "points", "pupils", "residents", "rooms", "runs", "schools",
        "seats", "ships", "soldiers", "songs", "speakers", "species", "spectators", "staff", "stations",
        "stores", "storeys", "stories", "students", "teams", "titles", "towns", "tracks", "trees", "troops",
        "units", "users", "vehicles", "victims", "viewers", "villages", "visitors", "volumes", "votes",
        "voters", "women", "workers", "wounded",
    }
)  # fmt: skip
_DIMENSION = regex.compile(
    r"(?:high|tall|long|wide|deep|thick|broad|apart|old|ago|away|above sea level|below sea level)\b"
    r"|in (?:altitude|area|depth|diameter|elevation|height|length|size|thickness|weight|width)\b"
    r"|of (?:altitude|area|depth|elevation|height|land|rain|snow|water)\b"
)
_SENTENCE_END = sentence_end(
    (
        # Before a name
        "Adm", "Ald", "Atty", "Bp", "Brig", "Capt", "Cmdr", "Col", "Cpl", "Dr", "Fr", "Gen", "Gov", "Hon",
        "Lieut", "Lt", "Maj", "Messrs", "Mlle", "Mme", "Mr", "Mrs", "Ms", "Msgr", "Pres", "Prof", "Pvt",
        "Rep", "Rev", "Rt", "Sen", "Sgt", "Ste", "Supt",
        # After or within one
        "Bros", "Co", "Corp", "Esq", "Geo", "Inc", "Jr", "Ltd", "Sr", "Wm", "al",
        # Of places
        "Ave", "Ft", "Mt", "Pt", "St",
        # Before a number or date
        "Art", "Aug", "Ch", "Dec", "Ed", "Feb", "Fig", "Jan", "No", "Nov", "Oct", "Op", "Sec", "Sept", "Ser",
        "Vol", "approx", "ca", "cf", "fig", "fl", "no", "pp", "vol", "vs",
        # Others
        "Dept", "Univ",
    )
)  # fmt: skip

HOLES = HoleWords(
    expectant=_EXPECTANT,
    preposition="of",
    takes_a_value=_TAKES_A_VALUE,
    endings_of_verbs=("ed",),
    passive=frozenset({"am", "are", "be", "been", "being", "is", "was", "were"}),
    named=_NAMED,
    adverbs=_ADVERBS,
    endings_of_adverbs=("ly",),
    conjunctions=frozenset({"and", "or", "nor", "but"}),
    endings_of_plurals=("s",),
    after_a_number=frozenset({"of"}),
    languages=frozenset(map(lower, LANGUAGES.values())),
    before_languages=frozenset({"in", "from", "language", "name"}),
    units=_UNITS,
    counted=_COUNTED,
    dimension=_DIMENSION,
    sentence_end=_SENTENCE_END,
)
