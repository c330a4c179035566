"""English grammar for the evaluation: closed classes, and minimal pairs written for this project.

A line is a template of four sentences. `(a|b)` is the cue and `[x|y]` the answer: with a belongs x, with b
belongs y. So it gives two pairs, "a x" against "a y" and "b y" against "b x", and who always prefers x, or
the more frequent of x and y, is right in one of the two. Several cues of a line go together. `{m0}` is form 0
of a word of the list m; a line is filled twice, with other words.

Words are frequent ones, so that a small vocabulary holds them. Sense matters little, grammar is what is
asked, but no wrong sentence may be right in any reading of the standard language. So these do not occur:
collective subjects (the team are), nouns with one form (sheep), "that" before what can be a verb (that
towers), "little" and "few" (little rivers), past forms that are participles as well, subjunctives, and what
"as" can mean beside comparison (longer, as before).
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
    # people: singular, plural; all begin with a consonant, none is a collective
    "p": (
        "king/kings, poet/poets, doctor/doctors, writer/writers, teacher/teachers, soldier/soldiers, "
        "painter/painters, priest/priests, student/students, farmer/farmers, singer/singers, "
        "player/players, lawyer/lawyers"
    ),
    # men and women: he, she, several of them
    "g": (
        "man/woman/men/women, boy/girl/boys/girls, father/mother/fathers/mothers, "
        "son/daughter/sons/daughters, brother/sister/brothers/sisters, king/queen/kings/queens, "
        "prince/princess/princes/princesses, husband/wife/husbands/wives"
    ),
    # irregular plurals
    "n": "man/men, woman/women, child/children, wife/wives, tooth/teeth, knife/knives, mouse/mice",
    # places without people: singular, plural
    "t": (
        "river/rivers, castle/castles, bridge/bridges, lake/lakes, valley/valleys, temple/temples, "
        "road/roads, tower/towers, street/streets, mountain/mountains, garden/gardens, hill/hills, "
        "wall/walls, gate/gates"
    ),
    # things that people make: singular, plural
    "o": (
        "book/books, letter/letters, song/songs, picture/pictures, story/stories, poem/poems, map/maps, "
        "novel/novels, coin/coins, ring/rings"
    ),
    # nouns that begin with a vowel, and with a consonant
    "v": "island, army, author, office, album, area, election, airport, artist, engine, empire, animal, hour",
    "c": "town, river, book, song, church, member, king, company, group, station, village, university",
    # adjectives that do so
    "i": "important, old, open, early, empty, official, ancient, independent, American, Italian, English",
    "a": "small, new, large, famous, modern, long, good, major, French, German, Roman, national",
    # what cannot be counted
    "u": "water, music, gold, information, money, power, evidence",
    # adjectives that begin with a consonant: positive, comparative, superlative
    "j": (
        "rich/richer/richest, large/larger/largest, small/smaller/smallest, long/longer/longest, "
        "high/higher/highest, great/greater/greatest, wide/wider/widest, new/newer/newest"
    ),
    # verbs whose past and participle differ: base, third person, past, participle, -ing, and what follows
    "r": (
        "write/writes/wrote/written/writing/a book, take/takes/took/taken/taking/the city, "
        "give/gives/gave/given/giving/the land to the church, begin/begins/began/begun/beginning/the work, "
        "break/breaks/broke/broken/breaking/the law, choose/chooses/chose/chosen/choosing/the name, "
        "drive/drives/drove/driven/driving/the car, eat/eats/ate/eaten/eating/the bread, "
        "wear/wears/wore/worn/wearing/the crown, draw/draws/drew/drawn/drawing/a map, "
        "throw/throws/threw/thrown/throwing/the stone"
    ),
}

_PHENOMENA: dict[str, str] = {
    "article_sound": """
        It was [an|a] ({v0}|{c0}).
        It was not [an|a] ({v0}|{c0}) any more.
        It became [an|a] ({v0}|{c0}) in the north.
        There is [an|a] ({v0}|{c0}) in the south.
        There was once [an|a] ({v0}|{c0}) near the sea.
        The {p0} saw [an|a] ({v0}|{c0}).
        The {p1} wanted [an|a] ({v0}|{c0}).
        The {p0} wrote about [an|a] ({v0}|{c0}).
        The story begins with [an|a] ({v0}|{c0}).
        The {p1} looked for [an|a] ({v0}|{c0}).
        The picture shows [an|a] ({v0}|{c0}).
        What they needed was [an|a] ({v0}|{c0}).
        It is the name of [an|a] ({v0}|{c0}).
        It is the history of [an|a] ({v0}|{c0}) and its people.
        It is more than [an|a] ({v0}|{c0}).
        The land is part of [an|a] ({v0}|{c0}).
        It became [an|a] ({i0}|{a0}) book.
        The {t0} is [an|a] ({i0}|{a0}) one.
        The {p0} lived in [an|a] ({i0}|{a0}) house.
        The {p0} was [an|a] ({i0}|{a0}) man.
        The {p1} came from [an|a] ({i0}|{a0}) family.
        It is [an|a] ({i0}|{a0}) {t0} in the north.
        The {t0} has [an|a] ({i0}|{a0}) name.
        They built [an|a] ({i0}|{a0}) {t0}.
        It was such [an|a] ({i0}|{a0}) {t0} that everybody knew it.
        He was quite [an|a] ({i0}|{a0}) {p0}.
        There is [an|a] ({i0}|{a0}) {t0} near the city.
        The {p0} wrote [an|a] ({i0}|{a0}) {o0}.
        She gave him [an|a] ({i0}|{a0}) {o0}.
        The {p0} waited for half [an|a] (hour|day).
        He was [an|a] (honest|useful) {p0}.
        The {g0} was [an|a] (American|European) {p0}.
    """,
    "determiner_number": """
        [This|These] ({t0} is|{t1} are) very old.
        [This|These] ({p0} was|{p1} were) known in Europe.
        [This|These] ({o0} has|{o1} have) no name.
        [This|These] ({o0} tells|{o1} tell) the history of Rome.
        The {p0} wrote about [this|these] ({t0}|{t1}).
        Near [this|these] ({t0}|{t1}) there was a battle.
        The {p0} read [this|these] ({o0}|{o1}) in London.
        The history of [this|these] ({g1}|{g3}) is well known.
        They came to [this|these] ({t0}|{t1}) in the summer.
        The people of [this|these] ({t0}|{t1}) speak Latin.
        At the end of [this|these] ({o0}|{o1}) the king dies.
        The {p0} wrote about [that|those] ({t0}|{t1}).
        The {p0} lived with [that|those] ({g1}|{g3}).
        From [that|those] ({t0}|{t1}) the sea can be seen.
        The name of [that|those] ({t0}|{t1}) comes from Latin.
        The {p0} had to go through [that|those] ({t0}|{t1}).
        [Every|Few] ({t0} has|{t1} have) a name.
        [Each|Several] ({p0} has|{p1} have) a house.
        [Another|Other] ({p0} lives|{p1} live) in the south.
        [Neither|Both] ({o0} was|{o1} were) sold in Rome.
        [One|Two] ({t0} is|{t1} are) in the north.
        [A|Ten] ({p0} was|{p1} were) in the church.
        [Another|Many] ({t0} lies|{t1} lie) in the south.
        [Every|Most] ({p0} knows|{p1} know) the story.
        The {p0} built [a|several] ({t0}|{t1}).
        The {p0} sold [a|many] ({o0}|{o1}).
        The {p0} saw [every|both] ({t0}|{t1}).
        The {p0} has [one|three] ({o0}|{o1}).
        The city has [one|four] ({t0}|{t1}).
        The {p0} gave her [a|two] ({o0}|{o1}).
        The {g1} lived near [another|five] ({t0}|{t1}).
        In [each|both] ({t0}|{t1}) there was gold.
    """,
    "noun_number": """
        There (was one|were two) [{n0}|{n1}] in the house.
        There (is only one|are only three) [{n0}|{n1}] in the picture.
        There (was not a|were not many) [{n0}|{n1}] in the {t0}.
        There (has been one|have been several) [{n0}|{n1}] here.
        There (is another|are ten) [{n0}|{n1}] in the garden.
        (This|These) [{n0}|{n1}] came from France.
        (Every|Many) [{n0}|{n1}] of the king could be seen.
        (One|Three) [{n0}|{n1}] could be seen near the {t0}.
        (Another|Several) [{n0}|{n1}] appeared in the city.
        (Each|Few) [{n0}|{n1}] came from the north.
        (A|Both) [{n0}|{n1}] could be seen in the water.
        The {p0} saw (a|two) [{n0}|{n1}].
        The {p0} had (only one|only two) [{n0}|{n1}].
        The {p0} looked for (this|these) [{n0}|{n1}].
        The {p0} wrote about (that|those) [{n0}|{n1}].
        The {p1} never saw (another|many) [{n0}|{n1}].
        The {p1} were afraid of (this|these) [{n0}|{n1}].
        The {p1} came with (one|four) [{n0}|{n1}].
        The {p0} knew (every|several) [{n0}|{n1}].
        The picture shows (a|five) [{n0}|{n1}].
        (One|Five) [{t0}|{t1}] could be seen from the sea.
        (Another|Many) [{t0}|{t1}] had to be built.
        (Every|Few) [{t0}|{t1}] could be seen from there.
        The {p0} built (another|three) [{t0}|{t1}].
        The {p0} came to (this|these) [{t0}|{t1}].
        The city had (a|several) [{t0}|{t1}].
        The {p0} sold (a|ten) [{o0}|{o1}].
        The {p0} lost (this|these) [{o0}|{o1}].
        The {p0} read (every|many) [{o0}|{o1}].
        (Each|Several) [{o0}|{o1}] came from Rome.
        (Another|Two) [{p0}|{p1}] came to the city.
        (A|Both) [{p0}|{p1}] came from the south.
    """,
    "subject_verb": """
        The ({p0}|{p1}) [lives|live] in the north.
        The ({p0}|{p1}) [comes|come] from the south.
        The ({p0}|{p1}) [has|have] a long history.
        The ({p0}|{p1}) [was|were] known in Europe.
        The ({p0}|{p1}) [is|are] from London.
        The ({p0}|{p1}) [does|do] not know the city.
        The ({p0}|{p1}) [knows|know] the river well.
        The ({p0}|{p1}) [has|have] gone to Rome.
        The ({p0}|{p1}) [was|were] born in the city.
        The ({p0}|{p1}) [wants|want] to see the sea.
        The ({p0}|{p1}) never [goes|go] to church.
        The ({p0}|{p1}) often [speaks|speak] of the war.
        The ({p0}|{p1}) [says|say] that it is late.
        The ({g0}|{g2}) [lives|live] near the church.
        The ({g1}|{g3}) [is|are] not at home.
        The ({g1}|{g3}) [was|were] waiting for the king.
        The ({p0}|{p1}) [{r1}|{r0}] {r5}.
        The ({p0}|{p1}) always [{r1}|{r0}] {r5}.
        The ({p0}|{p1}) [has|have] {r3} {r5}.
        The ({p0}|{p1}) [is|are] {r4} {r5}.
        The ({t0}|{t1}) [is|are] very old.
        The ({t0}|{t1}) [belongs|belong] to the state.
        The ({t0}|{t1}) [lies|lie] in the north.
        The ({t0}|{t1}) [was|were] built by the Romans.
        The ({t0}|{t1}) [has|have] no name.
        The ({t0}|{t1}) [appears|appear] in several books.
        The ({t0}|{t1}) [remains|remain] unknown.
        The ({t0}|{t1}) no longer [exists|exist].
        The ({o0}|{o1}) [tells|tell] the history of Rome.
        The ({o0}|{o1}) [was|were] found in a church.
        The ({o0}|{o1}) [comes|come] from France.
        The ({o0}|{o1}) [does|do] not exist any more.
    """,
    "subject_verb_attractor": """
        The (name of the {t1}|names of the {t0}) [comes|come] from Latin.
        The (history of the {t1}|stories of the {t0}) [begins|begin] in the north.
        The (road to the {t1}|roads to the {t0}) [is|are] very long.
        The (wall of the cities|walls of the city) [was|were] built by the Romans.
        The (son of the {p1}|sons of the {p0}) [lives|live] in London.
        The (daughter of the {p1}|daughters of the {p0}) [was|were] born in the city.
        The (king of the islands|kings of the island) [has|have] a large army.
        The (house of the {p1}|houses of the {p0}) [is|are] near the river.
        The (book about the {t1}|books about the {t0}) [was|were] written in Rome.
        The (letter to the {p1}|letters to the {p0}) [is|are] very long.
        The (picture of the {p1}|pictures of the {p0}) [hangs|hang] in the church.
        The (tower near the {t1}|towers near the {t0}) [belongs|belong] to the state.
        The (bridge between the {t1}|bridges near the {t0}) [was|were] made of wood.
        The (garden behind the houses|gardens behind the house) [is|are] open to everybody.
        The (law of the kings|laws of the king) [does|do] not say so.
        The (teacher of the {g2}|teachers of the {g0}) [comes|come] from France.
        The (friend of the {g3}|friends of the {g1}) [was|were] in the church.
        The (soldier with the horses|soldiers with the horse) [has|have] gone to Rome.
        The (man with the {o1}|men with the {o0}) [is|are] from London.
        The (woman with the {o1}|women with the {o0}) [was|were] waiting for the king.
        The (child of the {p1}|children of the {p0}) [goes|go] to school.
        The (door of the rooms|doors of the room) [remains|remain] open.
        The (song about the {g3}|songs about the {g1}) [is|are] still known.
        The (poem about the {t1}|poems about the {t0}) [appears|appear] in several books.
        The (valley between the mountains|valleys near the mountain) [lies|lie] in the south.
        The (street with the {t1}|streets with the {t0}) [leads|lead] to the church.
        The (author of the {o1}|authors of the {o0}) [is|are] unknown.
        The (price of the {o1}|prices of the {o0}) [has|have] become very high.
        The (origin of the {o1}|origins of the {o0}) [remains|remain] unknown.
        The (problem with the {o1}|problems with the {o0}) [was|were] known to the king.
        The (end of the wars|ends of the war) [was|were] not known.
        The (brother of the {p1}|brothers of the {p0}) [does|do] not live here.
    """,
    "subject_verb_relative": """
        The ({p0} who met the {g3}|{p1} who met the {g1}) [is|are] from London.
        The ({p0} who met the {g2}|{p1} who met the {g0}) [was|were] born in Rome.
        The ({p0} who lived near the {t1}|{p1} who lived near the {t0}) [has|have] died.
        The ({p0} who wrote the {o1}|{p1} who wrote the {o0}) [comes|come] from France.
        The ({p0} who sold the {o1}|{p1} who sold the {o0}) [does|do] not live here.
        The ({p0} who built the {t1}|{p1} who built the {t0}) [was|were] very rich.
        The ({p0} that the {g2} met|{p1} that the {g0} met) [was|were] in the church.
        The ({p0} that the {g3} loved|{p1} that the {g1} loved) [has|have] gone to Rome.
        The ({p0} that the {g3} remember|{p1} that the {g1} remembers) [is|are] dead.
        The ({o0} that the {p1} wrote|{o1} that the {p0} wrote) [is|are] well known.
        The ({o0} that the {p1} found|{o1} that the {p0} found) [was|were] very old.
        The ({o0} that the {p1} bought|{o1} that the {p0} bought) [comes|come] from France.
        The ({o0} that the {p1} lost|{o1} that the {p0} lost) [has|have] never been found.
        The ({o0} that tells of the {g2}|{o1} that tell of the {g0}) [is|are] very long.
        The ({o0} that describes the {t1}|{o1} that describe the {t0}) [belongs|belong] to the state.
        The ({t0} that the {p1} built|{t1} that the {p0} built) [is|are] in the north.
        The ({t0} that the {p1} loved|{t1} that the {p0} loved) [lies|lie] in the south.
        The ({t0} that belongs to the {p1}|{t1} that belong to the {p0}) [is|are] very old.
        The ({t0} that lies near the cities|{t1} that lie near the city) [has|have] no name.
        The ({t0} where the {p1} met|{t1} where the {p0} died) [was|were] famous.
        The ({t0} where the {g2} live|{t1} where the {g0} lives) [is|are] far from here.
        The (man who loved the {p1}|men who loved the {p0}) [was|were] very old.
        The (woman who helped the {p1}|women who helped the {p0}) [is|are] still alive.
        The (child who lost the {o1}|children who lost the {o0}) [was|were] afraid.
        The (law that the kings made|laws that the king made) [does|do] not say so.
        The (house that the {p1} sold|houses that the {p0} sold) [has|have] no roof.
        The (ship that carried the {p1}|ships that carried the {p0}) [was|were] lost.
        The (road that crosses the {t1}|roads that cross the {t0}) [is|are] very long.
        The (horse that the soldiers had|horses that the soldier had) [was|were] white.
        The (king whose sons died|kings whose son died) [was|were] not happy.
        The (city that the kings took|cities that the king took) [remains|remain] empty.
        The ({g1} who was with the {p1}|{g3} who were with the {p0}) [has|have] left the city.
    """,
    "there_be": """
        There [is|are] (a {t0}|many {t1}) in the north.
        There [was|were] (a {t0}|many {t1}) near the city.
        There [is|are] (one {t0}|two {t1}) on the island.
        There [was|were] (one {t0}|three {t1}) in the south.
        There [has|have] been (a {t0}|several {t1}) here for a long time.
        There [is|are] still (a {t0}|some {t1}) to see.
        There [was|were] once (a {t0}|ten {t1}) here.
        There [is|are] also (another {t0}|other {t1}).
        There [is|are] not (a {t0}|any {t1}) on the island.
        There [was|were] never (a {t0}|any {t1}) in the city.
        In the north there [is|are] (a {t0}|many {t1}).
        Near the sea there [was|were] (a {t0}|several {t1}).
        The map shows that there [is|are] (a {t0}|four {t1}) there.
        The {p0} knew that there [was|were] (a {t0}|some {t1}) near the sea.
        There [is|are] (a {p0}|many {p1}) in the church.
        There [was|were] (a {p0}|many {p1}) in the street.
        There [is|are] (only one {p0}|only a few {p1}) in the city.
        There [was|were] (a {p0}|two {p1}) with the king.
        There [has|have] always been (a {p0}|some {p1}) in the family.
        There [was|were] (another {p0}|other {p1}) in the house.
        In the city there [is|are] (a {p0}|several {p1}).
        There [is|are] (a {o0}|many {o1}) about the war.
        There [was|were] (a {o0}|six {o1}) on the table.
        There [is|are] (a famous {o0}|some famous {o1}) from that time.
        There [was|were] (a {o0}|a few {o1}) in the box.
        There [has|have] been (a new {o0}|many new {o1}) since then.
        The {p0} said that there [was|were] (a {o0}|many {o1}) in the house.
        In the church there [is|are] (an old {o0}|several old {o1}).
        There [is|are] (much {u0}|many {o1}) in the castle.
        There [was|were] (so much {u0}|so many {t1}) on the island.
        There [was|were] (a {g1}|two {g3}) in the garden.
        There [is|are] (a {g0}|several {g2}) at the gate.
    """,
    "verb_form": """
        The {p0} (will|has) [{r0}|{r3}] {r5}.
        The {p1} (could|had) [{r0}|{r3}] {r5}.
        The {p0} (would|had never) [{r0}|{r3}] {r5}.
        The {p1} (do not|have not) [{r0}|{r3}] {r5}.
        The {p0} (must|must have) [{r0}|{r3}] {r5}.
        The {p0} (did not|then) [{r0}|{r2}] {r5}.
        The {p0} (did not|once) [{r0}|{r2}] {r5}.
        The {p0} (does not|often) [{r0}|{r1}] {r5}.
        The {p0} (may|always) [{r0}|{r1}] {r5}.
        The {p0} (should|never) [{r0}|{r1}] {r5}.
        The {p0} (can|is) [{r0}|{r4}] {r5}.
        The {p1} (must|were) [{r0}|{r4}] {r5}.
        The {p1} (began to|were) [{r0}|{r4}] {r5}.
        The {p0} (has to|was) [{r0}|{r4}] {r5}.
        The {p0} (wanted to|stopped) [{r0}|{r4}] {r5}.
        The {p0} (decided to|thought of) [{r0}|{r4}] {r5}.
        The {p0} (is able to|is capable of) [{r0}|{r4}] {r5}.
        The {p0} (tried to|avoided) [{r0}|{r4}] {r5}.
        The {p0} (refused to|kept) [{r0}|{r4}] {r5}.
        The {p0} (promised to|finished) [{r0}|{r4}] {r5}.
        The {p0} left the city (in order to|without) [{r0}|{r4}] {r5}.
        The {p0} came to London (in order to|after) [{r0}|{r4}] {r5}.
        The {p0} (might|has) [see|seen] the {t0}.
        The {p0} (could|had) [go|gone] to the {t0}.
        The {p0} (will|is) [go|going] to the {t0}.
        The {p1} (will|have) [know|known] the {g0}.
        The {p0} (can|has) [live|lived] near the {t0}.
        The {p0} (cannot|has) [do|done] the work.
        The {p0} (did not|later) [live|lived] near the {t0}.
        The {p0} (did not|then) [go|went] to the {t0}.
        The {g0} (did not|soon) [become|became] a {p0}.
        The {p0} (did not|always) [know|knew] the {g1}.
    """,
    "past_or_participle": """
        The {p0} (has|then) [{r3}|{r2}] {r5}.
        The {p0} (had|once) [{r3}|{r2}] {r5}.
        The {p1} (have|soon) [{r3}|{r2}] {r5}.
        The {p1} (had|later) [{r3}|{r2}] {r5}.
        The {p0} (had never|never) [{r3}|{r2}] {r5}.
        The {p1} (have always|always) [{r3}|{r2}] {r5}.
        The {p0} (has often|often) [{r3}|{r2}] {r5}.
        The {p0} (may have|finally) [{r3}|{r2}] {r5}.
        The {p1} (could have|also) [{r3}|{r2}] {r5}.
        The {g0} (has just|quickly) [{r3}|{r2}] {r5}.
        The {g1} (has|secretly) [{r3}|{r2}] {r5}.
        The {g3} (had|never) [{r3}|{r2}] {r5}.
        In that year the {p0} (had|also) [{r3}|{r2}] {r5}.
        It is known that the {p0} (has|once) [{r3}|{r2}] {r5}.
        When the {g0} (had|finally) [{r3}|{r2}] {r5}, it was late.
        Before the war the {p1} (had|often) [{r3}|{r2}] {r5}.
        The {p0} (has|then) [gone|went] to the {t0}.
        The {p0} (had|soon) [done|did] the work.
        The {p0} (has|once) [seen|saw] the {t0}.
        The {p1} (have|always) [known|knew] the {g0}.
        The {t0} (has|suddenly) [fallen|fell] into the sea.
        The {p0} (has|once) [spoken|spoke] with the {g1}.
        The {p1} (had|then) [grown|grew] old near the {t0}.
        The prices (have|then) [risen|rose] in the north.
        The {o0} that (was|he) [stolen|stole] was very old.
        The {o0} that (was|she) [written|wrote] in Rome is famous.
        The {o0} that (was|they) [taken|took] to London is lost.
        The {o0} that (was|the {p0}) [chosen|chose] is the best.
        The {t0} that (was|the {p0}) [seen|saw] from the city is far away.
        The {o0} that (was|the {p1}) [given|gave] to the king is here.
        The {o0} that (had been|the {g0}) [thrown|threw] away is on the table.
        The {o0} that (had been|the {g1}) [drawn|drew] is on the table.
    """,
    "reflexives": """
        The ({g0}|{g1}) saw [himself|herself] in the water.
        The ({g0}|{g1}) called [himself|herself] free.
        The ({g0}|{g1}) often speaks to [himself|herself].
        The ({g0}|{g1}) has lost control of [himself|herself].
        The ({g0}|{g1}) did not know [himself|herself] very well.
        The ({g0}|{g1}) could not defend [himself|herself].
        The ({g0}|{g1}) has hurt [himself|herself].
        The ({g0}|{g1}) made [himself|herself] known in Europe.
        The ({g0}|{g1}) wanted to see [himself|herself] in the water.
        The ({g0}|{g1}) lived all by [himself|herself].
        The {p0} said that the ({g0}|{g1}) had killed [himself|herself].
        The ({g0}|{g1}) of the {p0} taught [himself|herself] to read.
        The ({g0} who met the {g1}|{g1} who met the {g0}) saw [himself|herself] in the water.
        The ({g0} who knew the {g3}|{g1} who knew the {g2}) called [himself|herself] free.
        The ({g0} that the {g1} loved|{g1} that the {g0} loved) could not help [himself|herself].
        The ({g0} of the queen|{g1} of the king) has hurt [himself|herself].
        (He|She) found [himself|herself] near the {t0}.
        (He|She) has taught [himself|herself] to read the {o0}.
        The ({g0}|{g2}) saw [himself|themselves] in the water.
        The ({g1}|{g3}) called [herself|themselves] free.
        The ({g0}|{g2}) could not defend [himself|themselves].
        The ({g1}|{g3}) lived all by [herself|themselves].
        The ({g0}|{g2}) had made [himself|themselves] rich.
        The ({g1}|{g3}) did not know [herself|themselves] very well.
        The ({g0} who met the {p1}|{g2} who met the {p0}) hurt [himself|themselves].
        The ({g1} of the {p1}|{g3} of the {p0}) taught [herself|themselves] to read.
        (He|They) found [himself|themselves] near the {t0}.
        (She|They) saw [herself|themselves] in the {t0}.
        (I|We) found [myself|ourselves] near the {t0}.
        (I|They) saw [myself|themselves] in the water of the {t0}.
        (I|He) could not defend [myself|himself] against the {p1}.
        (We|They) called [ourselves|themselves] the best {p1}.
        The {p0} said that (he|she) had hurt [himself|herself].
    """,
    "pronoun_case": """
        The {p0} (said that|met) [he|him] (lived in London|in London).
        The {p0} (said that|met) [they|them] (lived in Rome|in Rome).
        The {p0} (knew that|was with) [she|her] (was ill|in Rome).
        The {p1} (knew that|were with) [we|us] (were late|in London).
        The {p0} (said that|spoke to) [I|me] (was right|in the church).
        The {p0} (asked whether|went with) [he|him] (had come|to the sea).
        The {p0} (asked whether|went with) [they|them] (had come|to the city).
        The {p0} left (because|with) [he|him] (was late|in the morning).
        The {p0} left (because|with) [they|them] (were late|in the morning).
        The {p1} left (when|without) [she|her] (came|in the morning).
        The {p1} left (when|without) [I|me] (came|in the evening).
        The {p0} came (because|from) [we|us] (were ill|in the evening).
        The {p0} was there (when|near) [he|him] (died|all day).
        The {p1} waited (while|near) [they|them] (were eating|all day).
        The {p0} does not know (where|much about) [he|him] (lives|and his family).
        The {p0} does not know (where|much about) [they|them] (live|and their family).
        The {o0} (that|was given to) [he|him] (wrote is long|in London).
        The {o0} (that|was sent to) [they|them] (wrote is long|in London).
        The {o0} (that|was about) [she|her] (lost was old|and her family).
        The {o0} (that|was stolen from) [we|us] (wrote is here|in Rome).
        The {p0} (whom|spoke to) [he|him] (met was rich|in the street).
        The {p0} (whom|fought against) [they|them] (met was old|in the war).
        The {p0} (thinks|sees) [I|me] (am old|every day).
        The {p0} (thinks|helps) [we|us] (are old|every day).
        The {p0} knows [our|us] ({t0}|very well).
        The {p0} saw [their|them] ({t0}|very often).
        The {p0} remembers [my|me] (name|very well).
        [Our|Ours] ({t0} is|is) very old.
        [Their|Theirs] ({t0} was|was) built in the north.
        [Your|Yours] ({o0} is|is) on the table.
        [Her|Hers] ({o0} was|was) sold in Rome.
        The {o0} is [our|ours] (best one|now).
    """,
    "quantifiers": """
        There is not [much|many] ({u0}|{o1}) in the house.
        The {p0} had [much|many] ({u0}|{o1}).
        The {p0} had too [much|many] ({u0}|{o1}).
        The {p1} did not have [much|many] ({u0}|{o1}).
        The {p0} had so [much|many] ({u0}|{o1}) that he left.
        The {p0} does not need so [much|many] ({u0}|{o1}).
        The {p0} wanted as [much|many] ({u0}|{o1}) as before.
        The {p0} has twice as [much|many] ({u0}|{o1}) as his brother.
        Nobody knows how [much|many] ({u0}|{o1}) the {p0} had.
        The {p0} asked how [much|many] ({u0}|{o1}) they needed.
        The {p0} lost [much|many] ({u0}|{o1}) in the war.
        The {p0} found [much|many] ({u0}|{o1}) in the castle.
        The {p0} gave her [much|many] ({u0}|{o1}).
        The king received [much|many] ({u0}|{o1}) from Rome.
        Without so [much|many] ({u0}|{t1}) the city would be poor.
        With [much|many] ({u0}|{t1}) the island is rich.
        The country has [much|many] ({u0}|{t1}).
        The island does not have [much|many] ({u0}|{t1}).
        The {p0} saw [much|many] ({u0}|{p1}) in Rome.
        The city had too [much|many] ({u0}|{p1}).
        [Much|Many] ({u0} was|{o1} were) lost in the war.
        [Much|Many] ({u0} comes|{p1} come) from France.
        [Much|Many] ({u0} is|{t1} are) found in the north.
        Too [much|many] ({u0} is|{o1} are) bad for the {p0}.
        So [much|many] ({u0} was|{p1} were) never seen before.
        [This|These] ({u0} is|{o1} are) very important.
        The {p0} needed [this|these] ({u0}|{o1}).
        The {p0} came with [much|several] ({u0}|{o1}).
        The {p0} has [much|several] ({u0}|{o1}) in London.
        The {p0} lived without [much|several] ({u0}|{o1}).
        The people had [much|both] (information|{o1}).
        There [is|are] no (information|{o1}) about the {p0}.
    """,
    "comparison": """
        The {t0} is ({j1}|as {j0}) [than|as] the one in Rome.
        The {t1} are ({j1}|as {j0}) [than|as] the ones in Rome.
        This {t0} is ({j1}|as {j0}) [than|as] that one.
        The {t0} was ({j1}|as {j0}) [than|as] the ones near the sea.
        The {t1} were (even {j1}|just as {j0}) [than|as] the other ones.
        The {o0} is ({j1}|as {j0}) [than|as] the other one.
        The {o0} is (much {j1}|not as {j0}) [than|as] that one.
        The {t0} is not ({j1}|as {j0}) [than|as] this one.
        The {t0} is [more|as] (important than|important as) any other.
        The {o0} is [more|as] (famous than|famous as) any other.
        The {o1} are [more|as] (beautiful than|beautiful as) any others.
        The {t0} is [less|as] (important than|important as) that one.
        The {p0} has (more|as many) {o1} [than|as] anybody else.
        The {p0} had (more|as much) {u0} [than|as] anybody else.
        The {p0} had (less|as much) {u0} [than|as] anybody else.
        The {p0} has (fewer|as many) {o1} [than|as] anybody else.
        The {t0} is (the|much) [{j2}|{j1}] (in the world|than that one).
        The {t1} are (the|even) [{j2}|{j1}] (in the world|than before).
        It is (the|a much) [{j2}|{j1}] {t0} (in the world|than that one).
        They built (the|a much) [{j2}|{j1}] {t0} (in the world|than before).
        The {t0} is (very|much) [{j0}|{j1}] (and famous|than that one).
        The {o0} is (too|even) [{j0}|{j1}] (for the king|than that one).
        The {t1} were (so|far) [{j0}|{j1}] (that nobody came|than today).
        The {t0} was [so|such] ({j0} that|a {j0} one that) everybody knew it.
        The {p0} was [so|such] (good that|a good man that) everybody knew him.
        The {o0} was [so|such] (famous that|a famous one that) everybody knew it.
        The {o0} is (the same|different) [as|from] the other one.
        The {t0} is (the same|not far) [as|from] the one in the picture.
        The {p0} is (taller|as tall) [than|as] anybody else.
        The {p0} came (earlier|as early) [than|as] anybody else.
        The {p0} lived (longer|as long) [than|as] anybody else.
        The {t0} is (better|as good) [than|as] the one in London.
    """,
    "prepositions": """
        The {o0} (consists|depends) [of|on] three parts.
        The land (belongs|consists) [to|of] two islands.
        The {o0} (differs|consists) [from|of] the other two.
        The {p0} was (interested|afraid) [in|of] horses.
        The {t0} was (full|rich) [of|in] gold.
        The {t0} is (similar|independent) [to|of] the other one.
        The {t0} is (close|independent) [to|of] the city.
        The {p0} was (responsible|capable) [for|of] the work.
        The {p0} was (famous|capable) [for|of] such a thing.
        The {p0} (listened|depended) [to|on] the {g0}.
        The {p1} (believed|listened) [in|to] God.
        The {p0} (thought|listened) [of|to] the {g1}.
        The {p0} (waited|belonged) [for|to] the king.
        (Instead|According) [of|to] the law the {p0} left.
        (Because|Thanks) [of|to] the war the {p0} came back.
        (In spite|In addition) [of|to] the war there were bad years.
        The {t0} was lost (because|due) [of|to] the war.
        The {t0} is (in front|next) [of|to] the church.
        The {t0} is (part|close) [of|to] the city.
        The price of the {o0} is (independent|equal) [of|to] the other one.
        The {p0} was (afraid|accustomed) [of|to] the sea.
        The {p0} was (aware|loyal) [of|to] the {g0}.
        The {p1} were (fond|loyal) [of|to] the {g1}.
        The {p0} was (tired|opposed) [of|to] war.
        The {p0} was (accused|sentenced) [of|to] (murder|death).
        The {p0} had (confidence|access) [in|to] the {g0}.
        The {p0} (insisted|dreamed) [on|of] peace.
        The {p0} was (prevented|capable) [from|of] seeing the {t0}.
        The {p1} (took part|depended) [in|on] the war.
        The land is (divided|composed) [into|of] two parts.
        The {p0} was (worthy|equal) [of|to] the crown.
        The {g0} was (jealous|married) [of|to] the {g1}.
        The {p0} (agreed|approved) [with|of] the {g0}.
    """,
    "tense": """
        (Yesterday|Tomorrow) the {p0} [came|will come] to London.
        (Last year|Next year) the {p0} [went|will go] to the {t0}.
        (Last week|Next week) the {p1} [had|will have] more money.
        (Last summer|Next summer) the {g0} [saw|will see] the sea.
        (Last month|Next month) the {g1} [was|will be] in Rome.
        (Last night|Tomorrow night) the {p1} [were|will be] in the church.
        (A hundred years ago|A hundred years from now) the {t0} [was|will be] larger.
        (Two days ago|Two days from now) the {p0} [left|will leave] the city.
        (Long ago|Some day soon) the {p0} [lived|will live] near the {t0}.
        The {p0} [came|will come] to London (yesterday|tomorrow).
        The {p0} [went|will go] to Rome (last year|next year).
        The {p1} [left|will leave] the city (last week|next week).
        The {g1} [became|will become] a {p0} (two years ago|two years from now).
        The {g0} [was|will be] near the {t0} (last night|tomorrow night).
        The {p0} [{r2}|will {r0}] {r5} (yesterday|tomorrow).
        (Last year|Next year) the {p0} [{r2}|will {r0}] {r5}.
        (Two days ago|Two days from now) the {p1} [{r2}|will {r0}] {r5}.
        (Yesterday|Tomorrow) the {g0} [{r2}|will {r0}] {r5}.
        By the time the king (came|comes), the {p0} [had left|will have left].
        By the time the war (ended|ends), the {t0} [had|will have] been lost.
        As soon as the {g0} (saw|sees) it, the {g1} [left|will leave].
        Before the king (came|comes), the {p1} [went|will go] away.
        Until the war (ended|ends), the {p0} [stayed|will stay] here.
        As soon as the king (came|comes), the {p0} [left|will leave].
        When the war (ended|ends), the {p0} [came|will come] back.
        After the king (had died|has died), the {p0} [became|will become] king.
        The {p0} [died|will die] (many years ago|many years from now).
        (Three years ago|Three years from now) the {t0} [was|will be] closed.
        The {p1} [sold|will sell] the {o1} (last month|next month).
        (Last Sunday|Next Sunday) the {p1} [met|will meet] in the church.
        The {t0} [was|will be] open (yesterday|tomorrow).
        The {o0} [was|will be] sold (last night|tomorrow night).
        The {p1} [met|will meet] the {g1} (last summer|next summer).
    """,
}

GRAMMAR = GrammarFacts(
    frozenset(_CLOSED_CLASSES.split()),
    {name: tuple(words.split(", ")) for name, words in _WORDS.items()},
    {name: tuple(map(str.strip, lines.strip().splitlines())) for name, lines in _PHENOMENA.items()},
)
