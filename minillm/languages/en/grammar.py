"""English grammar for the evaluation: closed classes, and minimal pairs written for this project.

With the first cue, `(king|kings)`, belongs the first answer, `[is|are]`. Words are frequent ones, so that
a small vocabulary holds them. Sense matters little, grammar is what is asked, but no wrong sentence may
be right in any reading: collective subjects (the team), nouns with one form (sheep) and subjunctives do
not occur.
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
    # people: singular, plural
    "p": (
        "king/kings", "poet/poets", "doctor/doctors", "writer/writers", "teacher/teachers",
        "soldier/soldiers", "painter/painters", "priest/priests", "student/students", "farmer/farmers",
        "singer/singers", "player/players", "lawyer/lawyers",
    ),
    # places and buildings: singular, plural
    "t": (
        "town/towns", "village/villages", "river/rivers", "church/churches", "castle/castles",
        "station/stations", "bridge/bridges", "school/schools", "house/houses", "lake/lakes",
        "valley/valleys", "building/buildings", "road/roads",
    ),
    # nouns that begin with a consonant, and with a vowel
    "k": ("town", "river", "book", "song", "church", "member", "king", "company", "group"),
    "o": ("island", "army", "author", "engine", "office", "album", "area", "election", "airport", "artist"),
    # adjectives, likewise
    "a": ("small", "new", "large", "famous", "modern", "long", "good", "major"),
    "i": ("important", "old", "open", "early", "empty", "official"),
    # predicates: singular, plural, rest
    "v": (
        "lives/live/in the north", "belongs/belong/to the family", "appears/appear/in several books",
        "comes/come/from the south", "remains/remain/in the city", "has/have/a long history",
    ),
    # verbs: base, third person, past, participle, rest
    "r": (
        "write/writes/wrote/written/a book", "take/takes/took/taken/the city",
        "give/gives/gave/given/the land to the church", "see/sees/saw/seen/the river",
        "know/knows/knew/known/the family", "begin/begins/began/begun/the work",
        "break/breaks/broke/broken/the law", "choose/chooses/chose/chosen/the name",
    ),
    # irregular plurals
    "n": (
        "man/men", "woman/women", "child/children", "wife/wives", "mouse/mice", "tooth/teeth", "foot/feet",
        "knife/knives",
    ),
    # what cannot be counted
    "u": ("water", "music", "gold", "information", "money", "evidence"),
    # men and women
    "m": ("king", "man", "boy", "prince", "actor", "father", "son"),
    "w": ("queen", "woman", "girl", "princess", "actress", "mother", "daughter"),
    # where somebody is
    "l": ("in London", "in the city", "in the north", "at the station", "in the church"),
}  # fmt: skip

_PHENOMENA: dict[str, str] = {
    "determiner_number": """
        [This|These] ({t0}|{t1}) of the north had no name.
        [That|Those] ({p0}|{p1}) lived {l0}.
        [Each|Several] ({p0}|{p1}) had a house.
        [Every|Many] ({t0}|{t1}) had a name.
        The king lost [another|other] ({t0}|{t1}).
        He wrote about [this|these] ({p0}|{p1}).
        He built [that|those] ({t0}|{t1}).
        There was no road to [this|these] ({t0}|{t1}).
    """,
    "subject_verb": """
        The ({p0}|{p1}) [{v0}|{v1}] {v2}.
        The ({t0}|{t1}) [{v0}|{v1}] {v2}.
        Today the ({p0}|{p1}) [{v0}|{v1}] {v2}.
        The old ({t0}|{t1}) [{v0}|{v1}] {v2}.
        The ({p0}|{p1}) often [{v0}|{v1}] {v2}.
        The ({t0}|{t1}) still [{v0}|{v1}] {v2}.
    """,
    "subject_verb_attractor": """
        The (name|names) of the ({t1}|{t0}) [comes|come] from Latin.
        The (road|roads) near the ({t1}|{t0}) [leads|lead] to the sea.
        The (history|histories) of the ({t1}|{t0}) [begins|begin] in the north.
        The (house|houses) of the ({p1}|{p0}) [stands|stand] in the city.
        The (book|books) about the ({p1}|{p0}) [remains|remain] unknown.
        The (song|songs) of the ({p1}|{p0}) [has|have] no name.
        The ({p0}|{p1}) with the (books|book) [lives|live] in London.
    """,
    "auxiliary_number": """
        The ({p0}|{p1}) [was|were] known {l0}.
        The ({t0}|{t1}) [is|are] very old.
        The ({p0}|{p1}) [has|have] never lived {l0}.
        The ({p0}|{p1}) [does|do] not live {l0}.
        The ({t0}|{t1}) [was|were] built in the north.
        There [is|are] (a {t0}|many {t1}) in the north.
        There [was|were] (a {p0}|two {p1}) {l0}.
    """,
    "article_sound": """
        It was [a|an] ({k0}|{o0}) in the north.
        It became [a|an] ({a0}|{i0}) place.
        He wrote about [a|an] ({k0}|{o0}).
        There is [a|an] ({a0}|{i0}) church in the city.
        She saw [a|an] ({k0}|{o0}) there.
        It is [a|an] ({a0}|{i0}) part of the city.
        For [a|an] ({k0}|{o0}) it was too late.
    """,
    "irregular_plural": """
        (One|Two) [{n0}|{n1}] remained {l0}.
        (This|These) [{n0}|{n1}] came from London.
        (A|Many) [{n0}|{n1}] can be seen here.
        (Each|All) [{n0}|{n1}] had a name.
        (Another|Several) [{n0}|{n1}] had been lost.
        He saw (one|three) [{n0}|{n1}] there.
    """,
    "past_and_participle": """
        The {p0} (has|once) [{r3}|{r2}] {r4}.
        The {p1} (had|then) [{r3}|{r2}] {r4}.
        The {p0} (had never|later) [{r3}|{r2}] {r4}.
        The {p1} (have|soon) [{r3}|{r2}] {r4}.
        In London the {p0} (had|again) [{r3}|{r2}] {r4}.
        The old {p0} (has|also) [{r3}|{r2}] {r4}.
    """,
    "verb_form": """
        The {p0} (will|often) [{r0}|{r1}] {r4}.
        The {p0} (did not|always) [{r0}|{r2}] {r4}.
        The {p0} (wanted to|then) [{r0}|{r2}] {r4}.
        The {p0} (could|never) [{r0}|{r1}] {r4}.
        The {p0} (does not|always) [{r0}|{r1}] {r4}.
        The {p0} (must|also) [{r0}|{r1}] {r4}.
        The {p0} (may|still) [{r0}|{r1}] {r4}.
    """,
    "reflexives": """
        The ({m0}|{w0}) saw [himself|herself] in the water.
        The ({m0}|{w0}) lost [himself|herself] {l0}.
        The old ({m0}|{w0}) wrote about [himself|herself].
        The (man|men) of the town saved [himself|themselves].
        The (child|children) taught [itself|themselves] music.
        The (son|sons) of the king called [himself|themselves] free.
    """,
    "much_and_many": """
        He had too [much|many] ({u0}|{t1}).
        There was not [much|many] ({u0}|{p1}) {l0}.
        They had [little|few] ({u0}|{t1}) of their own.
        The city has very [little|few] ({u0}|{p1}).
        She saw so [much|many] ({u0}|{t1}) there.
        As [much|many] ({u0}|{p1}) as before remained.
    """,
    "comparison": """
        The {t0} is (more|as) important [than|as] the castle.
        The {t0} is (larger|as large) [than|as] the church.
        The {t1} are (older|as old) [than|as] the castles.
        The {p0} was (better|as good) [than|as] the king.
        The {p1} lived (longer|as long) [than|as] the kings.
        The {t0} is (smaller|as small) [than|as] the city.
        There are (more|as many) {t1} [than|as] before.
    """,
    "prepositions": """
        The {p0} died [on|in] (4 May|1850).
        The work began [on|in] (Monday|1850).
        The {p0} left [on|in] (Sunday|the morning).
        The {p0} was (responsible|interested) [for|in] the work.
        The {p0} was (proud|married) [of|to] the queen.
        The {t0} is (full|rich) [of|in] gold.
        The {p0} was (capable|responsible) [of|for] the work.
        The {t0} (consists|depends) [of|on] several rivers.
        The {p0} (insisted|believed) [on|in] the law.
    """,
    "relative_pronouns": """
        The ({p0}|{t0}) [who|which] remained was old.
        The ({p1}|{t1}) [who|which] remained were old.
        He wrote about a ({p0}|{t0}) [who|which] had no name.
        There was a ({p0}|{t0}) [who|which] came from the north.
        She knew the ({p0}|{t0}) [whom|which] the king had lost.
        It is the ({p1}|{t1}) of London [who|which] are famous.
    """,
}
"""A line is a template."""

GRAMMAR = GrammarFacts(
    frozenset(_CLOSED_CLASSES.split()),
    _WORDS,
    {name: tuple(map(str.strip, lines.strip().split("\n"))) for name, lines in _PHENOMENA.items()},
)
