"""English grammar for the evaluation: closed classes, and minimal pairs written for this project.

A line is a template of four sentences, as in es/grammar.py: with the first cue, `(a|b)`, belongs the first
answer, `[x|y]`, with the second the second. Words are frequent ones, so that a small vocabulary holds them.
Sense matters little, grammar is what is asked, but no wrong sentence may be right in any reading: collective
subjects (the team), singular they, nouns with one form (sheep), past forms that are participles as well and
subjunctives do not occur.
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

# Forms are separated by "/".
_WORDS: dict[str, str] = {
    # people: singular, plural; all begin with a consonant
    "p": (
        "king/kings poet/poets doctor/doctors writer/writers teacher/teachers soldier/soldiers "
        "painter/painters priest/priests student/students farmer/farmers singer/singers player/players "
        "lawyer/lawyers"
    ),
    # places and buildings: singular, plural
    "t": (
        "town/towns village/villages river/rivers church/churches castle/castles station/stations "
        "bridge/bridges school/schools house/houses lake/lakes city/cities valley/valleys building/buildings"
    ),
    # nouns that begin with a vowel, and with a consonant
    "o": "island army author engine office album area election airport artist",
    "k": "town river book song church member king company group",
    # adjectives that begin with a vowel, and with a consonant
    "i": "important old open early empty official",
    "a": "small new large famous modern long good major",
    # irregular plurals
    "n": "man/men woman/women child/children",
    # what cannot be counted
    "u": "water music gold information land money power evidence",
}

_PHENOMENA: dict[str, str] = {
    "subject_verb": """
        (The {p0}|The {p1}) [lives|live] in the north.
        (The {t0}|The {t1}) [belongs|belong] to the family.
        (The {p0}|The {p1}) [appears|appear] in several books.
        (The {p0}|The {p1}) [comes|come] from the south.
        (The {t0}|The {t1}) [remains|remain] in use.
        (The {t0}|The {t1}) [has|have] a long history.
        (The {p0}|The {p1}) [was|were] known in Europe.
        (The {t0}|The {t1}) [is|are] very old.
        (The {t0}|The {t1}) [does|do] not exist.
    """,
    "subject_verb_attractor": """
        (The name of the {t1}|The names of the {t0}) [comes|come] from Latin.
        (The history of the {t1}|The walls of the {t0}) [is|are] well known.
        (The origin of the {t1}|The streets of the {t0}) [remains|remain] unknown.
        (The cost of the {t1}|The laws of the {t0}) [depends|depend] on the state.
        (The son of the {p1}|The sons of the {p0}) [was|were] in the city.
        (The house of the {p1}|The houses of the {p0}) [has|have] two doors.
        (The book of the {p1}|The books of the {p0}) [appears|appear] in the spring.
        (The wall of the {t1}|The walls of the {t0}) [does|do] not exist.
    """,
    "subject_verb_relative": """
        (The {p0} who saw the kings|The {p1} who saw the king) [was|were] old.
        (The {p0} who lived with the women|The {p1} who lived with the woman) [is|are] dead.
        (The {t0} that the {p1} built|The {t1} that the {p0} built) [has|have] a long history.
        (The {t0} that stands near the walls|The {t1} that stand near the wall) [belongs|belong] to the state.
        (The {p0} that the {n1} knew|The {p1} that the {n0} knew) [comes|come] from the north.
        (The {t0} which divides the states|The {t1} which divide the state) [remains|remain] in use.
        (The book that the {p1} wrote|The books that the {p0} wrote) [appears|appear] again.
        (The {p0} who wrote the letters|The {p1} who wrote the letter) [lives|live] here.
    """,
    "determiner_number": """
        [This|These] ({t0} is|{t1} are) very old.
        [That|Those] ({p0}|{p1}) lived in London.
        [Each|Several] ({p0} has|{p1} have) a house.
        There (was|were) [much|many] ({u0}|{t1}) in the north.
        There (is|are) [so much|so many] ({u0}|{t1}) in the south.
        The king had too [much|many] ({u0}|{t1}).
        The {p0} saw [this|these] ({t0}|{t1}) in the spring.
        The {p0} lived near [that|those] ({t0}|{t1}) for years.
    """,
    "article_sound": """
        It was [an|a] ({o0}|{k0}) in the north.
        It became [an|a] ({i0}|{a0}) place.
        The {p0} saw [an|a] ({o0}|{k0}) near the city.
        This is [an|a] ({i0}|{a0}) {k0}.
        There was [an|a] ({o0}|{k0}) of the same name.
        The {t0} has [an|a] ({i0}|{a0}) church.
        The {p0} wrote about [an|a] ({o0}|{k0}).
        The {t0} is [an|a] ({i0}|{a0}) one.
    """,
    "noun_number": """
        There (was one|were many) [man|men] in the church.
        There (was one|were several) [woman|women] at the station.
        (Each|Many) [child|children] of the {t0} went to school.
        (A|Two) [man|men] saw the {p0}.
        (One|Three) [woman|women] lived in the {t0}.
        The {p0} had (one|two) [child|children].
        (This|These) [man|men] lived in the {t0}.
        (That|Those) [woman|women] knew the {p0}.
    """,
    "past_and_participle": """
        The {p0} (once|has) [wrote|written] a book.
        The {p0} (once|has) [took|taken] the city.
        The {p0} (then|has) [gave|given] the land to the church.
        The {p1} (once|have) [saw|seen] the river.
        The {p1} (always|have) [knew|known] the family.
        The {p1} (then|have) [began|begun] the work.
        The {p0} (often|had) [broke|broken] the law.
        The {p0} (then|had) [chose|chosen] the name.
    """,
    "verb_form": """
        The {p0} (did not|had) [take|taken] the city.
        The {p0} (will|has) [write|written] a book.
        The {p0} (wanted to|had) [see|seen] the river.
        The {p0} (could|has) [give|given] the land to the church.
        The {p1} (may|have) [know|known] the family.
        The {p1} (must|have) [choose|chosen] a king.
        The {p0} (does not|often) [live|lives] in the north.
        The {p0} (did not|once) [begin|began] the work.
    """,
    "pronoun_case": """
        The {p0} (knew that|lived with) [he|him] (was old|in the {t0}).
        The {p0} (said that|wrote to) [they|them] (were old|from the {t0}).
        The {p0} (says that|lives with) [we|us] (are old|in the {t0}).
        The {p1} (knew that|wrote about) [she|her] (was old|in a book).
        The {p0} (died when|died with) [he|him] (was young|in the {t0}).
        The {p1} (left because|stood near) [they|them] (were old|in the {t0}).
        The {p1} (thought that|lived near) [she|her] (had won|in the {t0}).
        The {p0} (believed that|worked for) [they|them] (had won|in the {t0}).
    """,
    "comparison": """
        The {t0} is (much|as) [larger|large] (than|as) the church.
        The {t0} is (much|as) [older|old] (than|as) the castle.
        The {t1} are (much|as) [longer|long] (than|as) the road.
        The {p0} was (much|as) [richer|rich] (than|as) the king.
        The {p0} is (much|as) [better|good] (than|as) the others.
        The {t1} are (much|as) [smaller|small] (than|as) the city.
        The {t0} is (much|as) [higher|high] (than|as) the wall.
        The {p1} are (much|as) [younger|young] (than|as) the king.
    """,
    "prepositions": """
        The {t0} (depends|consists) [on|of] two parts.
        The {t0} (belongs|consists) [to|of] three families.
        The {t0} is (different|full) [from|of] water.
        The {p0} died [in|on] (1850|4 May 1850).
        The {p0} was (interested|full) [in|of] music.
        The {p0} was (responsible|capable) [for|of] the work.
        The {p0} was (interested|capable) [in|of] the work.
        The {t0} (belongs|is part) [to|of] the state.
    """,
    "reflexives": """
        (The king|The queen) saw [himself|herself] in the water.
        (The man|The woman) wrote about [himself|herself].
        (The king|The kings) lived by [himself|themselves] in the {t0}.
        (The father|The mother) built the house for [himself|herself].
        (The son of the queen|The daughter of the king) spoke of [himself|herself].
        (The animal|The animals) hid [itself|themselves] near the {t0}.
        (The king who saw the women|The kings who saw the man) spoke of [himself|themselves].
        (The prince|The princess) called [himself|herself] free.
    """,
}

GRAMMAR = GrammarFacts(
    frozenset(_CLOSED_CLASSES.split()),
    {name: tuple(words.split()) for name, words in _WORDS.items()},
    {name: tuple(map(str.strip, lines.strip().splitlines())) for name, lines in _PHENOMENA.items()},
)
