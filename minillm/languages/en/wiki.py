"""What is particular to en.wikipedia.org: templates that leave no trace. Its namespaces are MediaWiki's own.

In lower case.
"""

SILENT_TEMPLATES = frozenset(
    {
        # References, and marks of the same kind in the middle of a sentence.
        "#tag:ref", "citation needed", "cn", "fact", "efn", "efn-ua", "efn-la",
        "harv", "harvcol", "hcref", "isbn", "issn", "doi", "oclc",
        "pmid", "pmc", "arxiv", "bibcode", "jstor", "s2cid", "asin", "lccn", "ol", "notelist", "notelist-ua",
        "notelist-la", "note", "note label", "notetag", "notefoot", "ref", "ref label", "refn", "refbegin",
        "refend", "references", "reflist", "rp", "r", "sfn", "sfnp", "sfnm", "sfnmp", "wayback",
        "webarchive", "dead link", "dead-link", "deadlink", "broken", "cbignore", "page needed", "pn",
        "page number needed", "subscription required", "subscription", "registration required",
        "closed access", "open access", "free access", "via", "internetquelle", "literatur", "fn",
        "self-published inline", "self-published source", "sps", "primary source inline",
        "non-primary source needed", "better source", "better source needed", "unreliable source?",
        "unreliable source", "medical citation needed", "mcn", "full citation needed", "full",
        "author missing", "date missing", "title missing", "isbn missing", "lsj", "iep", "sep entry",
        "sepentry", "google books", "gbooks", "inconsistent citations", "retracted",
        # Editors' doubts.
        "when", "when?", "who", "who?", "where", "where?", "which", "which?", "why", "why?", "how", "what",
        "how?", "what?", "by whom", "by whom?", "according to whom", "according to whom?", "whom?", "whose?",
        "attribution needed", "clarify", "clarification needed", "confusing inline",
        "contradict inline", "contradictory inline", "disputed inline", "disputed-inline", "dubious",
        "discuss", "elucidate", "examples needed", "example needed", "expand acronym", "explain",
        "failed verification", "verify source", "verification needed", "vs", "verify quote",
        "request quotation", "quote needed", "check", "inline pov", "pov statement", "pov-statement",
        "lopsided", "neologism inline", "non sequitur", "not in citation", "not in citation given", "nicg",
        "nonspecific", "opinion", "original research inline", "or", "original research?", "peacock inline",
        "peacock term", "peacock-inline", "relevance inline", "relevance?", "speculation inline",
        "specify", "synthesis inline", "syn", "tone inline", "tone-inline", "undue weight inline",
        "undue-inline",
        "undue inline", "update after", "update inline", "update-inline", "out of date", "vague",
        "weasel inline", "weasel word", "weasel-inline", "year needed", "year missing", "time needed",
        "definition needed", "globalize-inline", "importance inline", "jargon inline",
        "technical inline", "third-party inline", "third-party source needed", "volume needed",
        "needs update", "as of?", "ambiguous", "disambiguation needed", "dn", "bare url inline",
        "link note", "needs independent confirmation", "unbalanced opinion", "editorializing", "fact-inline",
        # Pictures without words: flags, medals, arrows, shirts.
        "increase", "decrease", "steady", "increasenegative", "decreasepositive", "up", "down", "nochange",
        "positive decrease", "negative increase", "gain", "loss", "profit", "flagicon", "flag icon",
        "flagicon image", "flagdeco", "flagathlete icon", "gold medal", "silver medal", "bronze medal",
        "gold01", "silver02", "bronze03", "gold1", "silver2", "bronze3", "goal", "yel", "sent off", "suboff",
        "subon", "star", "featured article", "icon", "color box", "colorbox", "colour box", "fb icon",
        "baseball primary style", "baseball secondary style", "party color", "party color cell", "tick",
        "cross", "check mark", "football kit", "loudspeaker", "speaker icon", "spoken",
        "won color", "rating", "random item", "webcite",
        # In which language a linked page is.
        "en icon", "fr icon", "de icon", "it icon", "pt icon", "es icon", "ru icon", "ja icon", "zh icon",
        "el icon", "nl icon", "pl icon", "sv icon", "link language", "language icon", "in lang", "ens",
        # Hatnotes.
        "about", "about-distinguish", "about-distinguish2", "about2", "category see also", "details",
        "distinguish", "distinguish2", "for", "for2", "for multi", "further", "further2",
        "further information",
        "hatnote", "hatnote inline", "see", "see also", "see also2", "main", "main article", "main2",
        "main list", "main articles", "more", "more citations needed", "not to be confused with",
        "other hurricanes", "other people", "other persons", "other places", "other ships", "other uses",
        "other uses of", "otheruses", "otheruses4", "redirect", "redirect2", "redirect-distinguish",
        "redirect-multi", "redirect-several", "similar names", "spanish name", "chinese name",
        "family name hatnote",
        "selfref", "two other uses", "for timeline", "broader", "summary in", "correct title",
        "technical reasons",
        # Layout and metadata.
        "-", "clear", "clear left", "clear right", "clr", "br", "break", "anchor", "anchors", "shortcut",
        "col-begin", "col-2", "col-3", "col-4", "col-end", "col-break", "col div", "colend", "div col",
        "div col end", "columns-start", "column", "columns-end", "end", "defaultsort", "displaytitle",
        "featured list", "float right", "stack", "stack begin", "stack end", "gallery", "good article",
        "pp", "pp-move", "pp-move-indef", "pp-semi-indef", "pp-protected", "pp-pc", "pp-vandalism",
        "italic title", "lowercase title", "lowercase", "toc", "toc left", "toc right", "toc limit",
        "tocleft", "tocright", "compact toc", "no toc", "short description", "use dmy dates",
        "use mdy dates", "use american english", "use australian english", "use british english",
        "use canadian english", "use indian english", "use oxford spelling", "engvarb", "english variant",
        "authority control", "hs", "sort key", "sortkey", "ntsh", "dtsh", "hide in print", "only in print",
        "official website", "official url", "official", "imdb name", "imdb title", "imdb", "youtube",
        "twitter", "facebook", "dmoz", "curlie", "allmusic", "discogs artist", "wikisource", "wikiquote",
        "subject bar", "sister project links", "sisterlinks", "sister project", "update", "expand section",
        "expand list", "bots", "nobots", "good topic", "coord missing", "ref improve", "refimprove",
        "unreferenced", "more footnotes", "no footnotes", "cleanup", "multiple issues", "copy edit", "pov",
        "orphan", "notability", "blp sources", "lookfrom", "in title", "intitle", "multiple image",
        "image label", "image label small", "image label begin", "image label end", "updated",
        "nowrap begin", "nowrap end", "nowrap start", "wrap", "zwj", "zwnj", "zwsp", "wbr", "shy",
        "noprint", "screen reader-only", "refspace", "garbagecol", "saved book",
        "use list-defined references",
    }
)  # fmt: skip
"""Templates that say nothing in the sentence where they stand: they go and leave no hole."""

SILENT_PREFIXES = (
    "#tag:ref", "cite ", "citation ", "citation/", "commons", "defaultsort:", "displaytitle:",
    "infobox", "navbox", "noindex", "portal", "taxobox", "speciesbox", "automatic taxobox", "wikisource",
    "wiktionary", "wikivoyage", "wikinews", "wikispecies", "wikiversity", "wikibooks", "wikidata",
)  # fmt: skip
"""The same, by how the name begins."""

CITATIONS = ("cite ", "citation")
"""How the name of a silent template begins that shows a whole reference: {{cite book|…}}."""

DISAMBIGUATION_TEMPLATES = frozenset(
    {
        "disambiguation", "disambiguation page", "disambig", "disamb", "dab", "disambiguation cleanup",
        "hndis", "human name disambiguation", "geodis", "place name disambiguation", "mathdab", "roaddis",
        "schooldis", "hospitaldis", "numberdis", "letter-number combination disambiguation",
        "letter-numbercombdisambig", "airport disambiguation", "callsigndis",
        "species latin name disambiguation",
        "genus disambiguation", "station disambiguation", "biology disambiguation", "chinese title disambig",
    }
)  # fmt: skip
