"""Titles of back matter in English."""

import regex

from minillm.wikitext.sections import SectionTitles


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SMALL_WORDS = _set("a an and at by for from his her in its of on or s the their this to with")
_REFERENCES = _set(
    "reference references footnote footnotes endnote endnotes citations bibliography webography"
)
_NOTES = _set("note notes")
_OF_NOTES = _set(
    "additional cited citation explanatory general informational other source sources specific text"
)
_SEE = _set("see")
_ALSO = _set("also")
_LINKS = _set("link links weblinks")
_OUTSIDE = _set(
    "external internet offsite online outside outward related selected useful web website websites"
)
_READING = _set("reading readings")
_MORE = _set(
    "additional additionally additions background extra further more other recommended related suggested"
)
_WORKS = _set("articles book books literature publications texts works")
_CONSULTED = _set("cited consulted quoted referenced used")
_SOURCES = _set("source sources")
_ALONE = _LINKS | _NOTES | _SOURCES | _READING | _set("citation resources")
_WITH_OUTSIDE = _set(
    "articles audio documents information interviews media pages projects publications resources sites video"
    " videos website websites"
)
_OTHER_WORDS = _set(
    "academic archival biographical critical documentary english french german historical inline italian key"
    " major news newspaper official primary printed published scholarly secondary select selected sister"
    " spanish specific tertiary wikimedia wikipedia list section topics"
)
_WORDS = _REFERENCES | _NOTES | _OF_NOTES | _SEE | _ALSO | _LINKS | _OUTSIDE | _READING | _MORE | _WORKS
_WORDS |= _CONSULTED | _SOURCES | _ALONE | _WITH_OUTSIDE | _OTHER_WORDS

_SURE_REFERENCES = _REFERENCES - {"bibliography", "reference"}
_SURE_PAIRS = (
    (_SEE, _ALSO),
    (_LINKS, _set("external internet offsite online outside outward web")),
    (_set("articles pages topics"), _set("related")),
    (_READING, _MORE),
    (_READING, _LINKS),
    (_WORKS | _SOURCES, _CONSULTED),
    (_NOTES | _set("bibliography"), _SURE_REFERENCES | _SOURCES | _NOTES),
    (_set("sister wikimedia"), _set("projects")),
)
"""A «Bibliography» alone is a writer's works as often as the sources: what it holds decides."""

_REFERENCE = regex.compile(
    r"\b(?:ISBN|ISSN|DOI|OCLC|PDF|[Ww]eb ?site|[Pp]ublishers?|[Pp]ublishing|Univ(?:ersity|\.)|Press|Journal"
    r"|Review|Library|Archives?|Encyclop[ae]+dia|Dictionary|Proceedings|[Rr]etrieved)\b"
    r"|\b(?:pp?|vols?|nos?|eds?|chap|ch)\. ?\d|\(ed(?:s|itor)?\.?\)|\A[^(\n]{3,80}+\(\d{4}\w?\)[.,]"
    r"|\A[\w' -]{2,40}+, \p{Lu}|\bwww\.|\w\.(?:com|org|net|gov|edu)\b"
)

SECTIONS = SectionTitles(
    articles=("the ", "a ", "an ", "his ", "her ", "their ", "its "),
    small_words=_SMALL_WORDS,
    words=_WORDS,
    references=_SURE_REFERENCES,
    no_references=_WORKS | _WITH_OUTSIDE,
    consulted=_CONSULTED,
    notes=_set("notes"),
    beside_notes=_NOTES | _OF_NOTES | _LINKS | _READING | _REFERENCES | _MORE,
    pairs=_SURE_PAIRS,
    titles=_set("sources_used weblinks"),
    alone=_ALONE | _REFERENCES,
    outside=_WITH_OUTSIDE | _SOURCES,
    with_outside=_OUTSIDE | _MORE,
    reference=_REFERENCE,
)
