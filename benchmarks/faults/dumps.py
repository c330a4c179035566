"""Mutated dumps through the extract stage: plain, gzip, bzip2 and multistream bzip2."""

import bz2
import functools
import gzip
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from benchmarks.faults.mutations import damaged
from benchmarks.faults.outcome import OtherOutputError
from benchmarks.faults.wikitext import SAMPLE
from minillm.params import ExtractParams, read_params
from minillm.wikipedia.articles import Article, read_articles
from minillm.wikipedia.extraction import extract_dump

PAGES = 12
INSERTED = [
    *(f"&{name};" for name in ("lt", "nbsp", "x", "#0", "#27", "#xD800", "#x10FFFF", "#x110000", "#", "")),
    "<", ">", "<page>", "</page>", "<revision>", "</text>", "<text>", "<redirect title='a' />", "<ns>1</ns>",
    "<id>0</id>", "<id>99999999999999999999</id>", "<id>١</id>", "<content>", "<![CDATA[", "]]>", "<!--",
    "<?xml version='1.0' encoding='UTF-16'?>", "<!DOCTYPE a [<!ENTITY x 'y'>]>", "<a:b>", "xmlns='a'", "\x00",
    "\x1b[31m", "\ufffe", "<x>" * 40, " " * 2**21, "<ns>0" + " " * 1000,
]  # fmt: skip
ENCODINGS = ["latin-1", "cp1252", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp037", "utf-7"]


@functools.cache
def sample() -> str:
    """The beginning of the embedded corpus, a whole dump."""
    text = SAMPLE.read_text(encoding="utf-8")
    ends = [match.end() for match in re.finditer("</page>", text)]
    return text[: ends[PAGES - 1]] + "\n</mediawiki>\n"


def attack(random: Random, folder: Path) -> None:
    """dumps: flipped bytes, cuts, entities, packing damaged, wrong encodings, repeated pages"""
    path = folder / "dump"
    wanted = random.choice([0, 5])
    packing = random.choice(list(PACKINGS))
    pack = PACKINGS[packing]
    if packing != "plain" and random.random() < 0.5:  # the packing is damaged, and its checksums tell
        content, how = damaged(pack(sample().encode()), random, [])
        path.write_bytes(content)
        found = extracted(path, wanted, random.choice([1, 2]))
        path.write_bytes(sample().encode())
        if found != extracted(path, wanted):
            raise OtherOutputError(f"{packing}: {how}: {len(found)} articles")
        return
    content = mutated(random)
    path.write_bytes(pack(content))
    found = extracted(path, wanted, random.choice([1, 2]))
    if len({each.page_id for each in found}) < len(found):
        raise OtherOutputError("an article twice")
    path.write_bytes(sample().encode())
    known = {each.sha1 for each in extracted(path, 0)}
    if unknown := [each.title for each in found if each.sha1 not in known]:
        raise OtherOutputError(f"the texts of {unknown} are not the dump's, which has their checksums")


def extracted(path: Path, wanted: int, threads: int = 1) -> list[Article]:
    """What the stage makes of a dump."""
    values = read_params(Path("params.yaml")).extract.model_dump()
    params = ExtractParams.model_validate(values | {"dump": str(path), "articles": wanted})
    out = path.with_name("articles.parquet")
    extract_dump(params, 1, out, threads=threads)
    return list(read_articles(out))


def mutated(random: Random) -> bytes:
    """The sample with one mutation of its XML."""
    text = sample()
    place = random.randrange(len(text))
    tags = [match.start() for match in re.finditer("<", text)]
    page = random.choice(re.findall(r"<page>.*?</page>", text, re.DOTALL))
    match random.randrange(6):
        case 0:
            return damaged(text.encode(), random, [b"<html></html>", b"BZh9", b"\x1f\x8b", b"PK\x03\x04"])[0]
        case 1:
            return (text[:place] + random.choice(INSERTED) + text[place:]).encode()
        case 2:  # between two elements, or before the end of one
            place = random.choice(tags)
            return (text[:place] + random.choice(INSERTED) + text[place:]).encode()
        case 3:  # a page once more, with its own text or with another's id
            other = re.search(r"<id>\d+</id>", page)
            assert other
            return text.replace(
                "</page>", "</page>" + random.choice([page, other[0]]), random.randint(1, PAGES)
            ).encode()
        case 4:  # a tag goes
            place = random.choice(tags)
            return (text[:place] + text[text.index(">", place) + 1 :]).encode()
        case _:
            return text.encode(random.choice(ENCODINGS), errors="replace")


def gzip_packed(content: bytes) -> bytes:
    """In two members."""
    half = len(content) // 2
    return gzip.compress(content[:half], 1, mtime=0) + gzip.compress(content[half:], 1, mtime=0)


def multistream(content: bytes) -> bytes:
    """As Wikimedia packs: a stream for the head, one for each of some pages, one for the end."""
    pieces = re.split(rb"(?<=</page>)", content)
    return b"".join(bz2.compress(b"".join(pieces[first : first + 4])) for first in range(0, len(pieces), 4))


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip_packed,
    "bzip2": bz2.compress,
    "multistream": multistream,
}
