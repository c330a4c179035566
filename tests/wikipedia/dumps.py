"""Tiny MediaWiki exports for tests."""

import hashlib
from xml.sax.saxutils import escape, quoteattr

ESCAPES = {"\r": "&#13;", "\n": "\n", '"': "&quot;"}  # as MediaWiki writes them; a bare \r would become \n


def sha1_base36(text: str) -> str:
    number, digits = int(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), 16), ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits.rjust(31, "0")


def text_element(text: str, sha1: str | None = None) -> str:
    digest = sha1_base36(text) if sha1 is None else sha1
    head = f'<text bytes="{len(text.encode())}" sha1="{digest}" xml:space="preserve"'
    return f"{head}>{escape(text, ESCAPES)}</text>" if text else f"{head} />"


def revision(text: str, number: int = 1, *, element: str | None = None, sha1: str | None = None) -> str:
    """A revision of schema 0.11; `element` replaces <text>, `sha1` the revision's hash."""
    digest = sha1_base36(text) if sha1 is None else sha1
    return (
        f"<revision><id>{1000 + number}</id><parentid>7</parentid>"
        f"<timestamp>2024-01-{1 + number % 28:02d}T00:00:00Z</timestamp>"
        "<contributor><username>Ana</username><id>77</id></contributor><minor />"
        f"<comment>un cambio</comment><origin>{1000 + number}</origin>"
        "<model>wikitext</model><format>text/x-wiki</format>"
        f"{text_element(text) if element is None else element}<sha1>{digest}</sha1></revision>"
    )


def page(
    number: int,
    text: str = "Un texto.",
    *,
    title: str | None = None,
    ns: int = 0,
    redirect: str | None = None,
    revisions: str | None = None,
) -> str:
    """A page with id `number` and one revision, unless `revisions` gives others."""
    target = f"<redirect title={quoteattr(redirect)} />" if redirect else ""
    return (
        f"<page><title>{escape(title or f'Página {number}', ESCAPES)}</title><ns>{ns}</ns><id>{number}</id>"
        f"{target}{revision(text, number) if revisions is None else revisions}</page>"
    )


def head(version: str = "0.11") -> str:
    namespace = f"http://www.mediawiki.org/xml/export-{version}/"
    return (
        f'<mediawiki xmlns="{namespace}" version="{version}" xml:lang="es">'
        "<siteinfo><sitename>Wikipedia</sitename><dbname>eswiki</dbname><namespaces>"
        '<namespace key="0" case="first-letter" /></namespaces></siteinfo>'
    )


def dump(*pages: str, version: str = "0.11") -> bytes:
    """A whole export, without a line end after the root element: every cut of it is incomplete."""
    return (head(version) + "".join(pages) + "</mediawiki>").encode()
