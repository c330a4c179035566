"""Reads a MediaWiki XML export as a stream: article by article, in memory that no dump can exhaust.

expat calls us at each start and end of an element. The few that matter are known by their path
(`page/revision/text`), and only their text is collected; everything else passes by. What the parser itself
has to hold is bounded too: the length of a single tag, how deep elements nest, how many names there are.
A DOCTYPE is refused, so there are no entities to expand.

Formats: schema 0.10 and 0.11 (https://www.mediawiki.org/xml/export-0.11.xsd), packed as `compression.py`
says.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args
from xml.parsers import expat

from minillm.errors import InputError
from minillm.wikipedia.articles import Article, text_sha1
from minillm.wikipedia.compression import DamagedError, unpacked
from minillm.wikipedia.place import check_there
from minillm.wikipedia.revisions import TIMESTAMP
from minillm.wikipedia.templates import TemplatePages
from minillm.wikipedia.wiki import EMBEDDED_DBNAME, EMBEDDED_SHA256, UNKNOWN, Wiki, described

Skipped = Literal["other_namespace", "redirect", "deleted_text", "too_large", "sha1_mismatch"]
"""Why a page is no article. `deleted_text`: hidden by an administrator, or there is no revision.

`sha1_mismatch` is counted and does not stop the run, since downloading again would not help: an export
normalizes the text (NFC) after it was hashed, and has an empty text where the wiki's storage failed.
"""
SKIPPED: tuple[Skipped, ...] = get_args(Skipped)

TakeTemplate = Callable[[str, str, str | None], None]
"""Called with the full title of a template's page, its wikitext, and the title that it redirects to."""

MAX_TEXT_CHARACTERS = 16 * 2**20
"""Pages with more wikitext are skipped as `too_large`. MediaWiki's own limit is 2 MiB ($wgMaxArticleSize)."""

_MAX_TAG_BYTES = 2**20
_MAX_DEPTH = 32
_MAX_NAMES = 1000  # distinct names of elements and attributes, which expat keeps; the schema has about 60

_ROOTS = {
    f"http://www.mediawiki.org/xml/export-{version}/": version for version in ("0.10", "0.11")
}  # namespace of the root element: value of its attribute `version`
_TEXT = "page/revision/text"
_TEXT_SHA1 = "page/revision/text sha1"  # an attribute, from 0.11 on
_TEXT_TOO_LARGE = "page/revision/text too large"
_SITE = ("sitename", "dbname", "base")  # of <siteinfo>, which stands before the pages
_COLLECTED = {
    *(f"siteinfo/{name}" for name in _SITE),
    "page/title",
    "page/ns",
    "page/id",
    "page/revision/id",
    "page/revision/timestamp",
    "page/revision/sha1",
    _TEXT,
}
_REDIRECT = "page/redirect"  # its target, from the attribute `title`
_NOTED = {_REDIRECT, "page/revision/content"}  # there or not; `content` is a slot beside the main one
_TEMPLATE_NAMESPACE = "10"


def wiki_of_dump(path: Path) -> Wiki:
    """The wiki that the export says it is of, read up to the first page.

    A missing or damaged file is for `read_dump` to refuse, and of an unknown wiki here.
    """
    pages = PageParser(UNKNOWN)
    with suppress(DamagedError, expat.ExpatError, FileNotFoundError, IsADirectoryError):
        for chunk, _ in unpacked(path, show=False):
            if pages.feed(chunk) or pages.site.keys() >= set(_SITE):
                break
        if pages.site.get("dbname") == EMBEDDED_DBNAME:
            digest = hashlib.sha256()
            for chunk, _ in unpacked(path, show=False):
                digest.update(chunk)
            return described(pages.site, embedded=digest.hexdigest() == EMBEDDED_SHA256)
    return described(pages.site)


def check_export(path: Path) -> None:
    """Raises InputError as `read_dump` does, for what is wrong up to the first page."""
    for _ in read_dump(path, show=False):
        return


def read_dump(
    path: Path,
    threads: int = 1,
    wiki: Wiki = UNKNOWN,
    templates: TemplatePages | None = None,
    *,
    show: bool = True,
) -> Iterator[Article | Skipped]:
    """Yield for each page, in the dump's order, its article or why it has none.

    An article is a page of namespace 0 that is no redirect, in its last revision. `threads`: how many unpack
    bzip2; `wiki`: where the articles' addresses are; `templates` takes the pages of templates; `show`: a
    progress bar, on a terminal. Raises InputError if the file is missing, cut, damaged or no MediaWiki
    export, with the place and the last whole page.
    """
    check_there(path)
    pages, position_bytes = PageParser(wiki, templates.add if templates else None), 0
    try:
        for chunk, position_bytes in unpacked(path, threads, show=show):  # noqa: B007 (for the message)
            yield from pages.feed(chunk)
        yield from pages.close()
    except (DamagedError, expat.ExpatError) as error:
        reason = expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else error
        known_bytes = getattr(error, "position_bytes", None)
        raise InputError(
            f"{path}: {reason}, at byte {position_bytes if known_bytes is None else known_bytes} "
            f"of {path.stat().st_size}, {pages.position}; {pages.advice}"
        ) from None


class PageParser:
    """Turns bytes of XML into pages, wherever the bytes are cut."""

    def __init__(self, wiki: Wiki, take_template: TakeTemplate | None = None) -> None:
        self.site: dict[str, str] = {}
        """What is said of the wiki so far, by the names of Wiki's fields."""
        self._wiki = wiki
        self._take_template = take_template
        self._pages: list[Article | Skipped] = []
        self._last_title: str | None = None
        self._open: list[str] = []  # names of the elements that we are in, the root first
        self._fields: dict[str, str] = {}  # path → text, of the page that we are in
        self._parts: list[str] = []  # text so far, of the element that we are in
        self._characters = 0
        self._names: dict[str, str] = {}  # filled by the parser
        self._bytes_fed = 0
        self._is_export = False  # known from the root element on
        # The encoding is given, so that the document's own declaration of another one has no effect.
        self._parser = expat.ParserCreate("UTF-8", intern=self._names)
        self._parser.buffer_text = True
        self._parser.buffer_size = 2**16
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._check_root
        self._parser.EndElementHandler = self._end

    def feed(self, chunk: bytes) -> list[Article | Skipped]:
        """Parse the next bytes and return the pages that end in them."""
        self._parser.Parse(chunk, False)
        self._bytes_fed += len(chunk)
        # What expat holds back until it is complete: a tag, a comment. Its index has 32 bits on Windows.
        unfinished_bytes = (self._bytes_fed - self._parser.CurrentByteIndex) % 2**32
        if unfinished_bytes > _MAX_TAG_BYTES:
            raise DamagedError(f"a single tag or comment of more than {_MAX_TAG_BYTES} bytes")
        if len(self._names) > _MAX_NAMES:
            raise DamagedError(f"more than {_MAX_NAMES} different names of elements and attributes")
        return self._take_pages()

    def close(self) -> list[Article | Skipped]:
        """Say that there are no more bytes; the document has to be complete."""
        self._parser.Parse(b"", True)
        return self._take_pages()

    @property
    def position(self) -> str:
        """Where the parser is, for an error message."""
        page = "before the first page" if self._last_title is None else f"after page {self._last_title!r:.80}"
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber
        return f"line {line}, column {column} of its XML, {page}"

    @property
    def advice(self) -> str:
        """What to do about a dump that is wrong here, for an error message."""
        if not self._is_export:
            return (
                "this does not begin as a MediaWiki export of schema 0.10 or 0.11 (.xml, .xml.bz2, .xml.gz), "
                "or is cut before its first page: set extract.dump to one, or download it again"
            )
        return "the dump is cut or damaged: download it again and compare its checksum"

    def _take_pages(self) -> list[Article | Skipped]:
        pages, self._pages = self._pages, []
        return pages

    def _refuse_doctype(self, *_declaration: object) -> None:
        raise DamagedError("a DOCTYPE, which no export has")

    def _check_root(self, name: str, attributes: dict[str, str]) -> None:
        namespace, version = attributes.get("xmlns", ""), attributes.get("version", "")
        if name != "mediawiki" or _ROOTS.get(namespace) != version:
            raise DamagedError(
                f"the root element is <{name:.40} xmlns={namespace!r:.80} version={version!r:.20}>"
            )
        self._open.append(name)
        self.site["language"] = attributes.get("xml:lang", "")
        self._is_export = True
        self._parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._parser.CharacterDataHandler is not None:
            raise DamagedError(f"<{name:.40}> inside <{self._open[-1]}>, which has text alone")
        self._open.append(name)
        if len(self._open) > _MAX_DEPTH:
            raise DamagedError(f"elements nested more than {_MAX_DEPTH} deep")
        path = "/".join(self._open[1:])
        if path == "page":
            self._fields = {}
        elif path == "page/revision":  # the last one counts
            self._fields = {key: value for key, value in self._fields.items() if not key.startswith(path)}
        elif path in _NOTED:
            self._fields[path] = attributes.get("title", "")
        elif path == _TEXT and (not self._is_wanted() or "deleted" in attributes):
            pass
        elif path in _COLLECTED:
            if path == _TEXT:
                self._fields[_TEXT_SHA1] = attributes.get("sha1", "")
            self._parts, self._characters = [], 0
            self._parser.CharacterDataHandler = self._collect

    def _collect(self, text: str) -> None:
        self._characters += len(text)
        if self._characters <= MAX_TEXT_CHARACTERS:
            self._parts.append(text)
        elif self._open[-1] != "text":
            raise DamagedError(f"<{self._open[-1]}> has more than {MAX_TEXT_CHARACTERS} characters")

    def _end(self, _name: str) -> None:
        path = "/".join(self._open[1:])
        self._open.pop()
        if path == "page":
            self._pages.append(self._page())
            self._last_title = self._fields["page/title"]
        elif path == "siteinfo":
            self.site |= {name: self._fields.get(f"siteinfo/{name}", "") for name in _SITE}
        elif path in _COLLECTED and self._parser.CharacterDataHandler is not None:
            if self._characters <= MAX_TEXT_CHARACTERS:
                self._fields[path] = "".join(self._parts)
            else:
                self._fields[_TEXT_TOO_LARGE] = ""
            self._parts = []
            self._parser.CharacterDataHandler = None

    def _page(self) -> Article | Skipped:
        """The page that just ended."""
        page_id, title = self._number("page/id"), self._field("page/title")
        if self._take_template is not None and self._is_template():
            self._add_template(self._take_template, title)
        if reason := self._no_article():
            return reason
        if _TEXT_TOO_LARGE in self._fields:
            return "too_large"
        if _TEXT not in self._fields:
            return "deleted_text"
        wikitext = self._fields[_TEXT]
        sha1 = text_sha1(wikitext)
        if not self._is_declared(sha1):
            return "sha1_mismatch"
        revision_id = self._number("page/revision/id")
        return Article(
            page_id=page_id,
            revision_id=revision_id,
            timestamp=self._timestamp(),
            title=title,
            url=self._wiki.article_url(title, revision_id),
            wikitext=wikitext,
            sha1=sha1,
        )

    def _add_template(self, take_template: TakeTemplate, title: str) -> None:
        """Hand on a page of a template, unless its text is missing or another one than declared."""
        if _REDIRECT in self._fields:
            take_template(title, "", self._fields[_REDIRECT])
        elif _TEXT in self._fields and self._is_declared(text_sha1(self._fields[_TEXT])):
            take_template(title, self._fields[_TEXT], None)

    def _is_wanted(self) -> bool:
        """Whether the text is to be read: the schema has `ns` and `redirect` before the revisions."""
        if self._take_template is not None and self._is_template():
            return _REDIRECT not in self._fields
        return not self._no_article()

    def _is_template(self) -> bool:
        return self._field("page/ns") == _TEMPLATE_NAMESPACE

    def _no_article(self) -> Skipped | None:
        """What is known before the text."""
        if self._field("page/ns") != "0":
            return "other_namespace"
        return "redirect" if _REDIRECT in self._fields else None

    def _is_declared(self, sha1: str) -> bool:
        """Whether the dump has this hash (in base 36) for the text, or none.

        That of the revision is the text's as long as there is no other slot.
        """
        declared = self._fields[_TEXT_SHA1]
        if not declared and "page/revision/content" not in self._fields:
            declared = self._fields.get("page/revision/sha1", "")
        if not declared:
            return True
        return re.fullmatch("[0-9A-Za-z]{1,31}", declared) is not None and int(declared, 36) == int(sha1, 16)

    def _field(self, path: str) -> str:
        if not self._fields.get(path):
            parent, _, name = path.rpartition("/")
            raise DamagedError(f"a <{parent.rpartition('/')[2]}> without <{name}>")
        return self._fields[path]

    def _number(self, path: str) -> int:
        text = self._field(path)
        if not re.fullmatch("0{0,17}[1-9][0-9]{0,17}", text):  # fits into 64 bits, and into pins
            raise DamagedError(f"<{path.rpartition('/')[2]}> is {text!r:.40} and no number")
        return int(text)

    def _timestamp(self) -> str:
        text = self._field("page/revision/timestamp")
        if not TIMESTAMP.fullmatch(text):  # pins would be refused
            raise DamagedError(f"<timestamp> is {text!r:.40} and not as 2026-11-02T01:00:00Z")
        return text
