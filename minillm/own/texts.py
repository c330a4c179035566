r"""Articles out of files: a text file is one, a row of JSON Lines, CSV or Parquet another.

An article's id is a hash of its text, so it stays the same wherever the text lies, whatever its file is
called and whatever stands before it: the same articles are drawn and each goes to the same split. For that
the text is brought to one form: lines end in \n, and no white space stands at its ends.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

from minillm.errors import InputError
from minillm.own.encoding import encoding_of
from minillm.own.finding import Kind, kind_of
from minillm.own.markdown import plain_markdown
from minillm.own.records import Fields, Record, read_csv, read_jsonl, read_parquet
from minillm.params import ExtractParams
from minillm.wikipedia.articles import Article, text_sha1
from minillm.wikipedia.dump import MAX_TEXT_CHARACTERS
from minillm.wikipedia.wiki import web_address

Skipped = Literal["no_text", "too_large"]
"""Why there is no article: a row's field is empty, or there are more than MAX_TEXT_CHARACTERS."""
SKIPPED: tuple[Skipped, ...] = get_args(Skipped)

_MOST_FILE_BYTES = 4 * MAX_TEXT_CHARACTERS + 4
"""Of a text file that may be small enough: four bytes a character and a mark."""
_MOST_IDS = 10**18 - 1
_TITLE_CHARACTERS = 200
_BEGINNING = 60
_SURROGATES = re.compile("[\ud800-\udfff]")  # halves of characters, which JSON can hold and UTF-8 cannot


def read_texts(files: Sequence[Path], params: ExtractParams) -> Iterator[Article | Skipped]:
    """Yield the articles of the files in their order, or why there is none. Raises InputError."""
    for path in files:
        kind = kind_of(path)
        assert kind is not None, path
        for record in _records(path, kind, params):
            yield _article(record) if isinstance(record, Record) else record


def _records(path: Path, kind: Kind, params: ExtractParams) -> Iterator[Record | Skipped]:
    fields = Fields(params.text_field, params.title_field)
    if kind == "jsonl":
        yield from read_jsonl(path, fields)
    elif kind == "csv":
        yield from read_csv(path, fields, encoding_of(path, params.encoding))
    elif kind == "parquet":
        yield from read_parquet(path, fields)
    elif kind == "md" and params.markup == "wikitext":
        raise InputError(
            f"extract.markup = wikitext: {path} is Markdown; set extract.markup to none, or call a file of "
            f"wikitext .txt"
        )
    elif path.stat().st_size > _MOST_FILE_BYTES:
        yield "too_large"
    else:
        text = path.read_bytes().decode(encoding_of(path, params.encoding))
        yield Record(plain_markdown(_one_form(text)) if kind == "md" else text, path.stem)


def _article(record: Record) -> Article | Skipped:
    if record.text is None:
        return "no_text"
    if len(record.text) > MAX_TEXT_CHARACTERS:
        return "too_large"
    text = _one_form(record.text)
    number = text_id(text)
    return Article(
        page_id=number,
        revision_id=number,
        timestamp="",
        title=_one_line(record.title, _TITLE_CHARACTERS)
        or _one_line(text[:1000].partition("\n")[0], _BEGINNING),
        url=web_address(record.url),
        wikitext=text,
        sha1=text_sha1(text),
    )


def text_id(text: str) -> int:
    """A number of at most 18 digits, as ids of pages have: of two million texts two share one once in 10⁶."""
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return int.from_bytes(digest, "big") % _MOST_IDS + 1


def _one_form(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("", text).strip("\ufeff").strip()


def _one_line(text: str, most: int) -> str:
    line = " ".join(_SURROGATES.sub("", text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
