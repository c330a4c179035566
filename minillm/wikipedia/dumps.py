"""Which dumps `extract.dump` means: one, or all those of a folder, in the order of their names.

They may be the parts of one wiki's dump, or of several wikis, as <siteinfo> tells. Pages and revisions are
numbered by each wiki anew. So the numbers of the first one stay as they are, and those of each further one,
in the order of its first dump, begin after another 10¹².
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from minillm.errors import InputError
from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import Skipped, check_export, wiki_of_dump
from minillm.wikipedia.place import OWN
from minillm.wikipedia.wiki import Wiki

IDS_OF_A_WIKI = 10**12

_README = re.compile(r"readme(?:\.|\Z)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Dump:
    """A file of a wiki."""

    path: Path
    wiki: Wiki
    first_id: int = 0
    """Added to the numbers of pages and revisions."""

    def numbered(self, pages: Iterator[Article | Skipped]) -> Iterator[Article | Skipped]:
        """The pages with numbers that no other wiki's have."""
        for page in pages:
            if isinstance(page, Article) and self.first_id:
                page = replace(
                    page,
                    page_id=self.first_id + page.page_id,
                    revision_id=self.first_id + page.revision_id,
                )
            yield page


def find_dumps(path: Path) -> list[Path]:
    """The file, or all of the folder but hidden ones and READMEs. Raises InputError if there is none."""
    if not path.is_dir():
        return [path]
    there = (each for each in path.iterdir() if not each.name.startswith("."))
    dumps = sorted(each for each in there if not _README.match(each.name))
    if not dumps:
        raise InputError(
            f"extract.dump = {path}: no dump is in the folder; put some into it, or name one (docs/dumps.md)"
        )
    if other := next((each for each in dumps if not each.is_file()), None):
        raise InputError(
            f"extract.dump = {path}: every file in the folder is read, and {other.name} is none; move it "
            f"elsewhere, such as to {OWN}"
        )
    return dumps


def told_apart(paths: Sequence[Path]) -> list[Dump]:
    """The dumps with their wikis.

    Raises InputError if one of several is no dump, which is told before hours of reading the others, or does
    not say whose pages it has.
    """
    if len(paths) == 1:
        return [Dump(paths[0], wiki_of_dump(paths[0]))]
    dumps = []
    first_ids = dict[tuple[str, str], int]()
    for path in paths:
        try:
            check_export(path)
        except InputError as error:
            raise InputError(f"{error}; every file in {path.parent} is read, so move others out") from None
        wiki = wiki_of_dump(path)
        name = (wiki.dbname, wiki.base)
        if not any(name):
            raise InputError(
                f"{path}: does not say which wiki it is of (<dbname> or <base> in <siteinfo>), and among "
                f"several dumps its ids may be another wiki's; export it again, or take it alone"
            )
        dumps.append(Dump(path, wiki, first_ids.setdefault(name, IDS_OF_A_WIKI * len(first_ids))))
    return dumps


def wikis_of(dumps: Sequence[Dump]) -> Wiki:
    """The first dump's wiki, with the others beside it."""
    wikis = {dump.first_id: dump.wiki for dump in reversed(dumps)}
    first, *others = (wikis[first_id] for first_id in sorted(wikis))
    return replace(first, others=tuple(others))
