"""The templates of en.wikipedia.org whose value belongs to the sentence, as data.

A rendering is a pattern («{1} BC») or a function. Numbers and dates are in `values.py`, templates that say
nothing in `wiki.py`. To add a template, add a row. `seen`: «public code» is a renderer or a test of one that
was found by searching public repositories for the template's name.
"""

import re
from functools import partial

from minillm.languages import measures as m
from minillm.languages import renderers as r
from minillm.languages.en import renderers as en
from minillm.languages.en.names import COUNTRIES
from minillm.languages.en.values import VALUES
from minillm.languages.en.wiki import SILENT_PREFIXES, SILENT_TEMPLATES
from minillm.unicode import lower
from minillm.wikitext.mediawiki import TITLE_WORDS, VALUES_OF_THE_WIKI
from minillm.wikitext.templates import Template, Templates

_FRACTION = re.compile("[0-9]{1,3}/[0-9]{1,3}")
_SHIP_PREFIXES = (
    "HMS", "USS", "SS", "RMS", "HMAS", "HMCS", "HMNZS", "INS", "SMS", "MV", "MS", "USNS", "USCGC", "USAT",
    "RRS", "PS", "TSS", "ROKS", "ORP", "HNLMS", "HSwMS", "HDMS",
)  # fmt: skip
_INTERVALS = {
    "closed-closed": ("[", "]"), "open-open": ("(", ")"), "closed-open": ("[", ")"),
    "open-closed": ("(", "]"),
}  # fmt: skip

_TEXTS: tuple[Template, ...] = (
    # Languages, scripts and pronunciation
    Template(("lang", "native name", "native phrase", "wikt-lang", "wt", "rtl-lang"),
             en.foreign, "{{lang|fr|château}}", "château", seen="en.wikipedia: Arts Club of Chicago"),
    Template(("langx", "lang-x"), en.language_and_text, "{{langx|de|Haus}}", "German: Haus",
             seen="public code"),
    Template(("transl", "transliteration", "translit", "romanization"),
             r.transliterated, "{{transl|ar|ALA|Abū}}", "Abū", seen="en.wikipedia: al Haytham"),
    Template(("lit", "literal translation", "literally"), "lit. '{1}'", "{{lit|house}}", "lit. 'house'",
             seen="wtf_wikipedia"),
    Template(("gloss", "translation"), "'{1}'", "{{gloss|house}}", "'house'",
             seen="en.wikipedia: Template:Gloss"),
    Template(("nihongo", "nihongo krt"), r.japanese, "{{nihongo|mount|富士山|Fujisan|tall}}",
             "mount (富士山 Fujisan, tall)", seen="wtf_wikipedia"),
    Template(("nihongo foot",), "{1}", "{{nihongo foot|mount|富士山|Fujisan}}", "mount",
             seen="wtf_wikipedia"),
    Template(("nihongo2", "kanji"), "{1}", "{{nihongo2|富士山}}", "富士山", seen="wtf_wikipedia"),
    Template(("nihongo3",), r.japanese_reading_first, "{{nihongo3|mount|富士山|Fujisan}}",
             "Fujisan (富士山, mount)", seen="wtf_wikipedia"),
    Template(("zh", "chinese", "zh-full"), en.chinese, "{{zh|s=北京|p=Běijīng}}",
             "simplified Chinese: 北京, pinyin: Běijīng", seen="en.wikipedia: Mozilla Firefox"),
    Template(("korean", "ko"), en.korean, "{{Korean|hangul=서울|rr=Seoul}}", "Korean: 서울, RR: Seoul",
             seen="wikipedia-to-epub"),
    Template(("ruby", "furigana"), r.gloss, "{{ruby|東京|とうきょう}}", "東京 (とうきょう)",
             seen="lyrics.fandom: Template:Ruby"),
    Template(("linktext", "lt"), partial(en.joined, ""), "{{linktext|高麗|陶磁器}}", "高麗陶磁器",
             seen="en.wikipedia: Goryeo ware"),
    Template(("unicode", "polytonic", "nastaliq", "nq", "hebrew", "hebr", "script", "script/arabic",
              "cuneiform"),
             en.last, "{{script|Grek|λόγος}}", "λόγος", seen="en.wikipedia: Anwar Kamal Khan"),
    Template(("okina",), "ʻ", "O{{okina}}ahu", "Oʻahu", seen="JL-Bot"),
    Template(("ipa", "pron", "ipa-all", "phoneme"), en.pronounced, "{{IPA|/ˈhaʊs/}}", "/ˈhaʊs/",
             seen="en.wikipedia: Mozilla Firefox"),
    Template(("ipac-en", "ipac"), en.phonemes, "{{IPAc-en|t|ə|ˈ|r|ɒ|n|t|oʊ}}", "/təˈrɒntoʊ/",
             seen="en.wikipedia: toronto"),
    Template(("respell", "pronunciation respelling"), en.respelled, "{{respell|tə|RON|toh}}", "tə-RON-toh",
             seen="public code"),
    Template(("audio", "pronunciation"), "{2}", "{{audio|house.ogg|listen}}", "listen",
             seen="en.wikipedia: Mexico"),
    Template(("angbr", "angle bracket", "grapheme"), "⟨{1}⟩", "{{angbr|x}}", "⟨x⟩",
             seen="wtf_wikipedia; wikipedia-to-epub"),
    # Typography
    Template(("nowrap", "no wrap", "nobr", "nobreak", "j", "nwr"), "{1}", "{{nowrap|12 m}}", "12 m",
             seen="en.wikipedia: Harry McPherson"),
    Template(("nbsp", "spaces", "space", "nnbsp", "sp", "pad"),
             " ", "in{{nbsp}}1901", "in 1901", seen="wtf_wikipedia; public code"),
    Template(("thinsp", "thin space", "thinspace", "hsp", "hair space"), en.spaced, "{{thinsp|5|km}}", "5 km",
             seen="public code"),
    Template(("smallcaps", "sc", "small caps", "sc2", "caps"), "{1}", "{{sc|García}}", "García",
             seen="JL-Bot"),
    Template(("small", "smaller", "big", "larger", "large", "resize1", "nobold", "noitalic", "normal",
             "smalldiv"),
             "{1}", "{{small|king}}", "king", seen="en.wikipedia: Harry McPherson"),
    Template(("resize", "font"), en.last_of_several, "{{resize|90%|king}}", "king",
             seen="en.wikipedia: United Kingdom"),
    Template(
        ("bold", "strong", "italic", "italics", "ital", "em", "emphasis", "underline", "u", "strike",
         "strikethrough", "mono", "code", "tt", "samp", "var", "mxt", "xt", "center", "centre", "right",
         "left",
         "block indent", "indented", "highlight", "visible anchor", "vanchor", "vanc", "crossreference",
         "crossref",
         "not a typo", "notatypo", "proper name", "propername", "as written", "mathrm", "nospell", "overline",
         "title case", "sentence case", "text", "tq", "chem name", "citation needed span", "cn span",
         "clarify span", "dubious span", "failed verification span"),
        "{1}", "{{em|in vitro}}", "in vitro", seen="wtf_wikipedia"),
    Template(("kbd", "key", "keypress", "key press", "button"), r.keys, "{{keypress|Ctrl|C}}", "Ctrl+C",
             seen="wtf_wikipedia"),
    Template(("color", "colour", "fgcolor"), "{2}", "{{color|red|ruby}}", "ruby", seen="wtf_wikipedia"),
    Template(("font color", "fontcolor", "coloredlink", "background color"),
             en.last_of_several, "{{font color|red|white|ruby}}", "ruby", seen="wtf_wikipedia"),
    Template(("legend", "legend2", "legend inline"), "{2}", "{{legend|red|ruby}}", "ruby",
             seen="en.wikipedia: United Kingdom"),
    Template(("abbr", "abbreviation", "tooltip", "abbrlink", "initialism", "h:title"), "{1}",
             "{{abbr|MPH|miles per hour}}", "MPH", seen="wtf_wikipedia"),
    Template(("math", "mvar", "bigmath"), "{1}", "{{math|x + y}}", "x + y", seen="wtf_wikipedia"),
    Template(("pi",), "π", "{{pi}}", "π", seen="JL-Bot"),
    Template(("0",), "", "{{0}}5", "5", seen="en.wikipedia: United Kingdom"),
    Template(("mdash", "em dash", "—", "mdashb"), "—", "so{{mdash}}they say", "so—they say",
             seen="en.wikipedia: United Kingdom"),
    Template(("snd", "snds", "spnd", "spaced ndash", "spaced en dash", "sndash", "dash"), " - ",
             "1879{{snd}}1955", "1879 - 1955", seen="wtf_wikipedia"),
    Template(("ndash", "en dash", "–"), "-", "43{{ndash}}62", "43-62", seen="wtf_wikipedia"),
    Template(("nbhyph", "nbh", "hyphen"), "-", "F{{nbhyph}}16", "F-16", seen="winerli; Infoboxer"),
    Template(("times",), " × ", "2{{times}}3", "2 × 3", seen="public code"),
    Template(("·", "•", "middot", "dot", "bull", "bullet", "interpunct", "dot separator"), " · ", "a{{·}}b",
             "a · b",
             seen="wtf_wikipedia"),
    Template(("'", "apostrophe"), "'", "rock {{'}}n", "rock 'n", seen="JL-Bot"),
    Template(("'s", "-s"), "'s", "Ruiz{{'s}} house", "Ruiz's house", seen="wikipedia-to-epub; Infoboxer"),
    Template(("'\"", "\"'"), "'\"", "so{{'\"}}", "so'\"", seen="public code"),
    Template(("ampersand", "&"), "&", "a {{ampersand}} b", "a & b", seen="wtf_wikipedia"),
    Template(("number sign", "hash"), "#", "{{number sign}}5", "#5", seen="wtf_wikipedia"),
    Template(("asterisk",), "*", "5{{asterisk}}", "5*", seen="wtf_wikipedia"),
    Template(("!", "!!"), "|", "a {{!}} b", "a | b", seen="MediaWiki; en.wikipedia: United Kingdom"),
    Template(("=",), "=", "a {{=}} b", "a = b", seen="MediaWiki"),
    Template(("sic",), en.quoted_as_is, "{{sic|teh}}", "teh [sic]", seen="en.wikipedia: al Haytham"),
    Template(("bracket", "brackets", "bkt"), "[{1}]", "{{bracket|so}}", "[so]", seen="JL-Bot; wtf_wikipedia"),
    Template(("music",), en.accidental, "B{{music|flat}}", "B♭", seen="wtf_wikipedia"),
    Template(("flat",), "♭", "B{{flat}}", "B♭", seen="en.wikipedia: Template:Music"),
    Template(("sharp",), "♯", "F{{sharp}}", "F♯", seen="en.wikipedia: Template:Music"),
    Template(("natural",), "♮", "F{{natural}}", "F♮", seen="en.wikipedia: Template:Music"),
    Template(("abs",), en.absolute_value, "{{abs|x}}", "|x|", seen="wikipedia-to-epub"),
    Template(("mset",), en.set_of, "{{mset|a, b}}", "{a, b}", seen="public code"),
    *(
        Template((name,), partial(en.interval, *ends), f"{{{{{name}|a|b}}}}", f"{ends[0]}a, b{ends[1]}",
                 seen="wikipedia-to-epub")
        for name, ends in _INTERVALS.items()
    ),
    Template(("chess notation", "chessnotation"), "{1}", "{{chess notation|1. e4}}", "1. e4",
             seen="en.wikipedia: Gregory Serper"),
    # Links and names
    Template(("ill", "interlanguage link", "interlanguage link multi", "link-interwiki", "illm", "iwl"),
             en.interlanguage_link, "{{ill|Tower|de|Turm}}", "Tower", seen="public code"),
    Template(("no redirect", "sort", "wikt", "wtl", "section link", "slink", "no link"), en.label,
             "{{sort|tower|the Tower}}", "the Tower", seen="wtf_wikipedia"),
    Template(("post-nominals", "post-nominal", "postnominals", "postnominal", "post nominals", "post-nom",
              "postnom"),
             en.post_nominals, "{{post-nominals|country=GBR|OBE|FRS}}", "OBE FRS",
             seen="en.wikipedia: Template:Post-nominals; public code"),
    Template(("née", "nee"), partial(r.after_word, "née"), "{{née|Smith}}", "née Smith",
             seen="en.wikipedia: Template:Née"),
    Template(("stn", "stnlnk", "rws"), en.station, "{{stn|Bramley|Hampshire}}", "Bramley",
             seen="en.wikipedia: Template:Stnlnk; wtf_wikipedia"),
    Template(("sortname",), r.full_name, "{{sortname|Ann|Ruiz}}", "Ann Ruiz", seen="en.wikipedia: list"),
    Template(("url",), en.address, "{{URL|http://example.org|the page}}", "the page",
             seen="en.wikipedia: toronto"),
    Template(("ship",), partial(r.ship, ""), "{{ship|RMS|Titanic}}", "RMS Titanic", seen="public code"),
    Template(("sclass", "sclass2", "sclass-", "ship class"), en.ship_class,
             "{{sclass|Nimitz|aircraft carrier}}",
             "Nimitz-class aircraft carrier", seen="public code"),
    Template(("harvtxt", "harvcoltxt"), en.author_and_year, "{{harvtxt|Smith|2010}}", "Smith (2010)",
             seen="en.wikipedia: al Haytham"),
    Template(("bibleverse", "bibleref", "bibleref2", "bv", "bibleverse-nb"), en.verse,
             "{{bibleverse|1|John|3:16}}",
             "1 John 3:16", seen="wikiparsec"),
    Template(("comma separated entries", "cslist", "pagelist", "catlist"), partial(en.joined, ", "),
             "{{cslist|ash|oak}}", "ash, oak", seen="wtf_wikipedia"),
    Template(("yes",), partial(en.word, "Yes"), "{{yes}}", "Yes", alone=False, seen="wtf_wikipedia"),
    Template(("no",), partial(en.word, "No"), "{{no|Never}}", "Never", alone=False,
             seen="wtf_wikipedia"),
    Template(("won", "nom", "n/a", "na", "tba", "unknown", "partial", "some", "maybe"), "{1}",
             "{{won|Gold}}", "Gold",
             alone=False, seen="wtf_wikipedia"),
    # Quotations and lists
    Template(
        ("quote", "blockquote", "cquote", "quotation", "quote box", "quotebox", "bquote", "long quote",
         "pull quote", "rquote", "quote frame"),
        en.quotation, "{{quote|It was night.|A traveller}}", "It was night.",
        seen="en.wikipedia: al Haytham"),
    Template(("poem quote", "poemquote", "poem", "verse"), en.poem, "{{poemquote|Light, light.}}",
             "Light, light.", seen="wtf_wikipedia; wikipedia-to-epub"),
    Template(
        ("plainlist", "plain list", "hlist", "flatlist", "unbulleted list", "ubl", "ublist", "bulleted list",
         "blist", "ordered list", "olist", "unordered list", "br separated entries"),
        r.listed, "{{hlist|1|2}}", "1 and 2", seen="en.wikipedia: United Kingdom",
        in_sentence=en.listed_in_sentence),
    Template(("columns-list", "colist", "collist", "cmn", "col-list", "columnslist"), r.listed_in_columns,
             "{{columns-list|3|one|two}}", "one and two", seen="en.wikipedia: raith rovers",
             in_sentence=en.listed_in_columns_in_sentence),
    # Countries by name ({{USA}} is in names.py)
    Template(
        ("flag", "flagu", "flagcountry", "flagioc", "flagioc2", "flag+link", "flagg", "fb", "fbw", "nft",
         "nwft", "cr", "cr-rt", "crw", "ru", "ru-rt", "fh", "bk", "bkw", "vb", "hb", "navy", "army",
         "air force"),
        en.country, "{{flag|Iran}}", "Iran", seen="en.wikipedia: Teymanak-e Olya; wtf_wikipedia"),
    Template(("flagathlete", "flagiocathlete", "flagiocmedalist"), "{1} ({2})", "{{flagathlete|Ann|USA}}",
             "Ann (USA)", seen="public code"),
    # The parser's own functions: {{lc:…}}
    Template(("lc",), r.lower_case, "{{lc:UNO}}", "uno", seen="MediaWiki"),
    Template(("uc",), r.upper_case, "{{uc:uno}}", "UNO", seen="MediaWiki"),
    Template(("lcfirst",), r.lower_first, "{{lcfirst:UNO}}", "uNO", seen="MediaWiki"),
    Template(("ucfirst",), r.upper_first, "{{ucfirst:uno of lora}}", "Uno of lora", seen="MediaWiki"),
    # Ships by their prefix
    *(
        Template((lower(prefix),), partial(r.ship, prefix), f"{{{{{prefix}|Ann|R08}}}}",
                 f"{prefix} Ann (R08)",
                 seen="en.wikipedia: United Kingdom; public code")
        for prefix in _SHIP_PREFIXES
    ),
)  # fmt: skip

_ROWS = {name: row for row in _TEXTS for name in row.names}


def _family(name: str) -> Template | None:
    """{{lang-de|…}} and {{IPA-fr|…}} are named by their language, {{3/4}} by its value."""
    if _FRACTION.fullmatch(name):
        return Template((name,), partial(m.named_fraction, name), "", "", is_value=True)
    family, _, code = name.partition("-")
    if family == "lang" and code:
        return Template((name,), partial(en.named_language, code), "", "")
    if family in ("ipa", "zh", "script"):
        return _ROWS[family]
    if family == "ipac":  # {{IPAc-pl|…}} is spelled, not given in sounds
        return None
    return _ROWS["script"] if name.startswith("script/") else None


TEMPLATES = Templates(
    rows=(*(row._replace(is_value=True) for row in VALUES), *_TEXTS),
    family=_family,
    countries=COUNTRIES,
    silent=SILENT_TEMPLATES,
    silent_prefixes=SILENT_PREFIXES,
    namespace="template:",
    title_words=TITLE_WORDS,
    values_of_the_wiki=VALUES_OF_THE_WIKI,
)
