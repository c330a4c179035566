import pytest

from minillm.languages.loading import load_language
from minillm.wikitext.scanner import plain_text
from minillm.wikitext.sections import is_back_matter, looks_like_reference, may_be_back_matter

ENGLISH = load_language("en")
SECTIONS = ENGLISH.sections


@pytest.mark.parametrize(
    "title",
    [
        "References", "REFERENCES:", "Notes and references", "References and notes", "Footnotes", "Endnotes",
        "Notes", "Notes and citations", "Explanatory notes", "See also", "External links", "Web links",
        "External links and references", "Further reading", "Additional reading", "Works cited",
        "Sources cited", "Literature cited", "Citations", "References and further reading",
        "Sources and further reading", "Bibliography and references", "Sister projects", "Weblinks",
        "Recommended reading", "Notes and sources", "Related articles", "Related topics", "Related pages",
    ],
)  # fmt: skip
def test_titles_of_back_matter(title: str) -> None:
    assert is_back_matter(title, SECTIONS)


@pytest.mark.parametrize(
    "title",
    [
        "Sources", "Bibliography", "Links", "Resources", "Reading", "Other sources", "Primary sources",
        "Related media", "Online resources", "Official website",
    ],
)  # fmt: skip
def test_titles_that_may_be_back_matter(title: str) -> None:
    assert not is_back_matter(title, SECTIONS)
    assert may_be_back_matter(title, SECTIONS)


@pytest.mark.parametrize(
    "title",
    [
        "", "History", "References in popular culture", "Cultural references", "Sources of water", "Works",
        "Selected works", "Books", "Musical notes", "The notes of 1843", "Literature", "Publications",
        "Media", "Film and television", "Reading comprehension", "Rail links", "Links with Spain", "Text",
        "Topics",
    ],
)  # fmt: skip
def test_other_titles(title: str) -> None:
    assert not is_back_matter(title, SECTIONS)
    assert not may_be_back_matter(title, SECTIONS)


@pytest.mark.parametrize(
    "item",
    [
        "Smith, J. The River. London, 1999.", "The River (1999). Lora.", "ISBN 84-376-0494-X",
        "Lora University Press", "vol. 3, pp. 5", "www.example.org", "Retrieved in May",
    ],
)  # fmt: skip
def test_items_that_name_a_source(item: str) -> None:
    assert looks_like_reference(item, SECTIONS)


def test_a_bibliography_of_sources_goes_and_one_of_prose_stays() -> None:
    sources = "* Ruiz, Ann. Light. Lora: Lora Press, 1999.\n* Gil, Leo. Night. Lora: Lora Press, 1998."
    assert plain_text(f"A.\n== Bibliography ==\n{sources}", ENGLISH) == "A."
    prose = "He wrote of light and of the night."
    assert plain_text(f"A.\n== Bibliography ==\n{prose}", ENGLISH) == f"A.\n\nBibliography\n\n{prose}"
