"""Which wiki articles are from, by its own account: what an export's <siteinfo> or the API says of its site.

Anybody may have written it. So a name is one line of bounded length, an address is a plain one of the web or
none, and nobody's word makes a corpus the embedded one: that is told by its bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import regex

from minillm.errors import InputError
from minillm.files import check, write_json

WIKI_FILE = "wiki.json"
"""Name of the file beside a Parquet file of articles that says which wiki they are of."""
EMBEDDED_DBNAME = "eswiki_sample"
EMBEDDED_SHA256 = "6cf5b4450d0b920db4d7d652f0f4bdc34916de869bcaee8140ac51efde09772a"
"""Of data/sample/eswiki-sample.xml, the corpus that was written for this project."""

_FLAGS = {"embedded", "files"}
_NOT_ALWAYS = {"files", "others"}
_MOST_CHARACTERS = 200
_MOST_ADDRESS_CHARACTERS = 500
_UNSHOWN = regex.compile(r"[\p{C}\p{Zl}\p{Zp}]+")  # controls, marks that turn text around, surrogates
_ADDRESS = regex.compile(r"[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?][^\s\p{C}#]*)?")
_LANGUAGE = regex.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}")  # BCP 47
_WIKIMEDIA = regex.compile(
    r"(?:[a-z0-9-]+\.)?(?:wikipedia|wiktionary|wikibooks|wikiquote|wikisource|wikiversity|wikivoyage)\.org"
)
"""Projects all of whose texts are under CC BY-SA 4.0 (Wikinews, Wikidata and Commons have other licences)."""


@dataclass(frozen=True, slots=True)
class Wiki:
    """What is known of a wiki; what is not is empty."""

    sitename: str = ""
    dbname: str = ""
    base: str = ""
    """Address of its main page."""
    language: str = ""
    """Of its articles, as a BCP 47 tag (es, zh-hans)."""
    licence: str = ""
    """Of its texts, in its own words; an export does not say it."""
    licence_url: str = ""
    embedded: bool = False
    """Whether this is the corpus in data/sample, whose ids and times are made up."""
    files: bool = False
    """Whether there is no wiki: the articles are somebody's own files."""
    others: "tuple[Wiki, ...]" = ()
    """Further ones, where a corpus is of several; those have none beside them."""

    @property
    def host(self) -> str:
        """Where it is on the web."""
        return urlsplit(self.base).hostname or ""

    @property
    def is_wikimedia(self) -> bool:
        """Whether its address is that of a Wikimedia project under CC BY-SA 4.0."""
        return ":" not in urlsplit(self.base).netloc and _WIKIMEDIA.fullmatch(self.host) is not None

    @property
    def revision_url(self) -> str:
        """To which a revision's number is appended: MediaWiki shows it whatever page is named before."""
        if self.is_wikimedia:
            return f"https://{self.host}/w/index.php?oldid="
        return self.base and f"{self.base}{'&' if '?' in self.base else '?'}oldid="

    def article_url(self, title: str, revision_id: int) -> str:
        """The address of an article; empty where the wiki's is unknown.

        Where the form of addresses is known, the title is encoded as MediaWiki's `wfUrlencode` does it. The
        embedded corpus looks like Wikipedia's in this, too.
        """
        if self.is_wikimedia or self.embedded:
            host = "es.wikipedia.org" if self.embedded else self.host
            return f"https://{host}/wiki/{quote(title.replace(' ', '_'), safe=';:@$!*(),/~')}"
        return self.revision_url and f"{self.revision_url}{revision_id}"


UNKNOWN = Wiki()


def described(values: Mapping[str, str], *, embedded: bool = False) -> Wiki:
    """The wiki of which somebody says this: `values` by the names of Wiki's fields, in any state."""
    language = values.get("language", "")
    return Wiki(
        sitename=_line(values.get("sitename", "")),
        dbname=_line(values.get("dbname", "")),
        base=web_address(values.get("base", "")),
        language=language if _LANGUAGE.fullmatch(language) else "",
        licence=_line(values.get("licence", "")),
        licence_url=web_address(values.get("licence_url", "")),
        embedded=embedded,
    )


def web_address(text: str) -> str:
    """The address, if it is one of the web (http, https) with a host and no user's name; else nothing.

    What Markdown or HTML could take for the address's end is encoded.
    """
    if not _ADDRESS.fullmatch(text[: _MOST_ADDRESS_CHARACTERS + 1]):
        return ""
    encoded = quote(text, safe=":/?&=%+,;@!$~")
    return encoded if len(encoded) <= _MOST_ADDRESS_CHARACTERS else ""


def _line(text: str) -> str:
    return " ".join(_UNSHOWN.sub(" ", text[: 10 * _MOST_CHARACTERS]).split())[:_MOST_CHARACTERS]


def write_wiki(path: Path, wiki: Wiki) -> None:
    """Write it as JSON; `files` only where it is true, and `others` where there are some."""
    alone, *others = (_content(each) for each in (replace(wiki, others=()), *wiki.others))
    write_json(path, alone | ({"others": others} if others else {}))


def _content(wiki: Wiki) -> dict[str, object]:
    content = asdict(wiki)
    return {name: content[name] for name in content if name not in _NOT_ALWAYS or content[name]}


def read_wiki(path: Path) -> Wiki:
    """Read it back. Raises InputError if the file is missing, something else or not as it was written."""
    check(path, "extract")
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `dvc repro extract`") from None
    except (ValueError, RecursionError):
        values = None
    if isinstance(values, dict):
        others = values.pop("others", [])
        wikis = [_read(each) for each in (values, *(others if isinstance(others, list) else [None]))]
        if None not in wikis:
            first, *rest = filter(None, wikis)
            return replace(first, others=tuple(rest))
    raise InputError(f"{path} does not describe a wiki; run `dvc repro -f extract`")


def _read(content: object) -> Wiki | None:
    """The wiki that was written so, without others; None for what is none."""
    if not isinstance(content, dict):
        return None
    values: dict[str, Any] = {"files": False} | content
    names = {field.name for field in fields(Wiki)} - _FLAGS - {"others"}
    if not (
        values.keys() == names | _FLAGS
        and all(isinstance(values[name], bool) for name in _FLAGS)
        and all(isinstance(values[name], str) for name in names)
    ):
        return None
    wiki = described({name: values[name] for name in names}, embedded=values["embedded"])
    return replace(wiki, files=values["files"])
