"""English grammar for the evaluation: closed classes, and minimal pairs written for this project.

Words are frequent ones, so that a small vocabulary holds them. Sense matters little, grammar is what is
asked, but no wrong sentence may be right in any reading: collective subjects (the team), nouns with one form
(sheep), past forms that are participles as well and subjunctives do not occur.
"""

from minillm.languages.grammar import GrammarFacts

_CLOSED_CLASSES = """
a an the about above across after against along among around as at before behind below between beyond by
down during except for from in inside into near of off on onto out over past per since than through to
toward towards under until up upon via with within without and or but nor so yet if because although though
while when where whether unless that i you he she it we they me him her us them my your his its our their
mine yours hers ours theirs myself yourself himself herself itself ourselves themselves this these those who
whom whose which what how why all any both each every few many more most much no none not only other same
several some such too very also then there am is are was were be been being has have had having do does did
will would can could may might must shall should
"""

_WORDS: dict[str, tuple[str, ...]] = {
    # people: singular, plural; all begin with a consonant
    "p": (
        "king/kings",
        "poet/poets",
        "doctor/doctors",
        "writer/writers",
        "teacher/teachers",
        "soldier/soldiers",
        "painter/painters",
        "priest/priests",
        "student/students",
        "farmer/farmers",
        "singer/singers",
        "player/players",
        "lawyer/lawyers",
    ),
    # places and buildings: singular, plural
    "t": (
        "town/towns",
        "village/villages",
        "river/rivers",
        "church/churches",
        "castle/castles",
        "station/stations",
        "bridge/bridges",
        "school/schools",
        "house/houses",
        "lake/lakes",
        "city/cities",
        "valley/valleys",
        "building/buildings",
        "road/roads",
    ),
    # nouns that begin with a vowel, and with a consonant
    "o": ("island", "army", "author", "engine", "office", "album", "area", "election", "airport", "artist"),
    "k": ("town", "river", "book", "song", "church", "member", "king", "species", "company", "group"),
    # adjectives that begin with a consonant, and with a vowel
    "a": ("small", "new", "large", "famous", "modern", "long", "good", "major"),
    "i": ("important", "old", "open", "early", "empty", "official"),
    # predicates of people and places: singular, plural, rest
    "v": (
        "lives/live/in the north",
        "belongs/belong/to the family",
        "appears/appear/in several books",
        "comes/come/from the south",
        "remains/remain/in the city",
        "has/have/a long history",
        "was/were/known in Europe",
    ),
    # verbs: base, third person, past, participle, rest; irregular, past and participle differ
    "r": (
        "write/writes/wrote/written/a book",
        "take/takes/took/taken/the city",
        "give/gives/gave/given/the land to the church",
        "see/sees/saw/seen/the river",
        "know/knows/knew/known/the family",
        "begin/begins/began/begun/the work",
        "break/breaks/broke/broken/the law",
        "choose/chooses/chose/chosen/the name",
        "drive/drives/drove/driven/the car",
    ),
    # irregular past, and the regular form that there is not
    "g": (
        "wrote/writed/a book",
        "took/taked/the city",
        "gave/gived/the land to the church",
        "built/builded/a house",
        "made/maked/a film",
        "won/winned/the game",
        "held/holded/the office",
        "found/finded/the river",
        "sold/selled/the company",
        "taught/teached/music",
        "bought/buyed/the land",
        "led/leaded/the army",
        "fought/fighted/the war",
    ),
    # irregular plurals, the regular form that there is not
    "n": (
        "men/mans",
        "women/womans",
        "children/childs",
        "people/persones",
        "feet/foots",
        "teeth/tooths",
        "mice/mouses",
        "wives/wifes",
        "lives/lifes",
        "leaves/leafs",
    ),
    # what cannot be counted
    "u": ("water", "music", "gold", "information", "land", "money", "power", "evidence"),
    # subjects of one thing with a plural behind, and of several
    "x": (
        "The name/comes/come/from Latin",
        "The history/begins/begin/in the north",
        "The work/begins/begin/in the spring",
        "The cost/depends/depend/on the state",
        "The origin/remains/remain/unknown",
    ),
    "y": (
        "The walls/stand/stands/on the river",
        "The people/live/lives/in the valley",
        "The names/come/comes/from Latin",
        "The streets/lead/leads/to the church",
        "The laws/remain/remains/in force",
    ),
    # where somebody is
    "l": ("in London", "in the city", "in the north", "at the station", "in the church"),
}

_PHENOMENA: dict[str, tuple[str, ...]] = {
    "subject_verb": (
        "The {p0} [{v0}|{v1}] {v2}.",
        "The {p1} [{v1}|{v0}] {v2}.",
        "The {t0} [{v0}|{v1}] {v2}.",
        "The {t1} [{v1}|{v0}] {v2}.",
    ),
    "subject_verb_attractor": (
        "{x0} of the {t1} [{x1}|{x2}] {x3}.",
        "{y0} of the {t0} [{y1}|{y2}] {y3}.",
    ),
    "determiner_number": (
        "[This|These] {t0} is very old.",
        "[These|This] {t1} are very old.",
        "[That|Those] {p0} lived {l0}.",
        "[Those|That] {p1} lived {l0}.",
        "There are [many|much] {t1} in the north.",
        "[Each|Several] {p0} has a house.",
        "[Several|Each] {p1} have a house.",
    ),
    "article_sound": (
        "It was [an|a] {o0} in the north.",
        "It was [a|an] {k0} in the north.",
        "It became [an|a] {i0} {k0}.",
        "It became [a|an] {a0} {o0}.",
    ),
    "irregular_past": ("The {p0} [{g0}|{g1}] {g2}.", "The {p1} [{g0}|{g1}] {g2}."),
    "irregular_plural": (
        "There were many [{n0}|{n1}] {l0}.",
        "The [{n0}|{n1}] of the {p0} were famous.",
        "These [{n0}|{n1}] were known {l0}.",
    ),
    "past_and_participle": (
        "The {p0} has [{r3}|{r2}] {r4}.",
        "The {p1} had [{r3}|{r2}] {r4}.",
        "The {p0} [{r2}|{r3}] {r4}.",
    ),
    "verb_form": (
        "The {p0} did not [{r0}|{r2}] {r4}.",
        "The {p0} will [{r0}|{r1}] {r4}.",
        "The {p1} wanted to [{r0}|{r2}] {r4}.",
        "The {p1} could [{r0}|{r1}] {r4}.",
        "The {p0} does not [{r0}|{r1}] {r4}.",
    ),
    "pronoun_case": (
        "[He|Him] lived {l0}.",
        "[They|Them] lived {l0}.",
        "[She|Her] became a {p0}.",
        "The {p0} gave [him|he] the book.",
        "The {p0} saw [them|they] {l0}.",
        "The {p1} wrote a book about [him|he].",
        "The {p0} went with [them|they] to the {t0}.",
        "The {p1} lived with [us|we] in the {t0}.",
    ),
    "comparison": (
        "The {t0} is [larger|large] than the church.",
        "The {t0} is older [than|that] the castle.",
        "The {t0} is [the|a] largest in the country.",
        "The {t0} is [more|most] important than the castle.",
        "The {t0} is as old [as|than] the castle.",
        "The {t1} are [the|a] oldest in Europe.",
        "The {t1} are [larger|large] than the castles.",
        "The {p0} was [better|gooder] than the king.",
    ),
    "prepositions": (
        "The {t0} consists [of|in] two parts.",
        "The {t0} depends [on|of] the river.",
        "The {t0} belongs [to|of] the state.",
        "The {p0} was interested [in|on] music.",
        "The {p0} was born [in|at] 1850.",
        "The {p0} died [on|in] 4 May 1850.",
        "The {t0} is famous [for|of] its history.",
        "The {p0} was responsible [for|of] the work.",
        "The {t0} is different [from|of] the others.",
        "The {p0} is known [as|like] a great man.",
        "The {t0} is part [of|from] the city.",
        "The {t0} is full [of|by] water.",
    ),
    "word_order": (
        "The {p0} [did not|not did] live {l0}.",
        "The {p0} [never lived|lived never] {l0}.",
        "It is a [{a0} {t0}|{t0} {a0}] in the north.",
        "The {p0} has [always lived|lived always] {l0}.",
        "The {p0} lived [in the|the in] {t0}.",
        "The {p1} [of the|the of] {t0} lived {l0}.",
        "The {p1} [could not|not could] live {l0}.",
    ),
    "uncountable": (
        "There was [much|many] {u0} in the {t0}.",
        "The {u0} [is|are] very important.",
        "There is [little|few] {u0} in the {t0}.",
        "The {p0} had too [much|many] {u0}.",
    ),
}

GRAMMAR = GrammarFacts(frozenset(_CLOSED_CLASSES.split()), _WORDS, _PHENOMENA)
