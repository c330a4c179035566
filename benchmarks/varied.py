"""A dump of any size out of given articles: as many copies of them as it takes, each one varied.

In every copy about one in six of the plain words of four letters or more is exchanged for another word of
the articles. Two copies of an article then have about a third of their 5-word shingles in common: they are no
duplicates, but still candidates to be compared, as a bot's articles in Wikipedia are. Copies get new ids and
titles. The same arguments give the same bytes.
"""

import bz2
import random
import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import read_dump

SCHEMA = "http://www.mediawiki.org/xml/export-0.11/"
PAGES_PER_STREAM = 100
"""As in Wikimedia's multistream dumps."""

_WORD = re.compile(r"(?<= )[a-záéíóúñü]{4,}(?= )")


def write_dump(path: Path, source: Path, xml_bytes: int) -> int:
    """Write varied articles of the dump `source` up to a size of the XML; returns how many they are.

    A name that ends with .bz2 gives a multistream bzip2 file.
    """
    packed = path.suffix == ".bz2"
    written = pages = 0
    with path.open("wb") as file:

        def write(text: str) -> None:
            nonlocal written
            content = text.encode()
            written += len(content)
            file.write(bz2.compress(content) if packed else content)

        write(f'<mediawiki xmlns="{SCHEMA}" version="0.11" xml:lang="es">\n')
        stream: list[str] = []
        for page in _pages(source):
            stream.append(page)
            if len(stream) == PAGES_PER_STREAM:
                write("".join(stream))
                pages, stream = pages + len(stream), []
                if written >= xml_bytes:
                    break
        write("</mediawiki>\n")
    return pages


def _pages(source: Path) -> Iterator[str]:
    articles = [page for page in read_dump(source) if isinstance(page, Article)]
    words = sorted({word for article in articles for word in _WORD.findall(article.wikitext)})
    page_id = 0
    while True:
        for article in articles:
            page_id += 1
            yield _page(page_id, article, varied(article.wikitext, page_id, words))


def varied(wikitext: str, seed: int, words: list[str]) -> str:
    """Exchange about one in six of the longer plain words for one of `words`."""
    rng = random.Random(seed)  # noqa: S311 (no secret)

    def exchanged(match: re.Match[str]) -> str:
        return words[int(rng.random() * len(words))] if rng.random() < 1 / 6 else match[0]

    return _WORD.sub(exchanged, wikitext)


def _page(page_id: int, article: Article, wikitext: str) -> str:
    title = escape(f"{article.title} {page_id}")
    return (
        f"<page><title>{title}</title><ns>0</ns><id>{page_id}</id><revision><id>{page_id}</id>"
        f"<timestamp>{article.timestamp}</timestamp><model>wikitext</model><format>text/x-wiki</format>"
        f"<text bytes={quoteattr(str(len(wikitext.encode())))}>{escape(wikitext)}</text></revision></page>\n"
    )
