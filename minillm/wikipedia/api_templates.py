"""Asks a wiki for the pages of the templates that the articles call: redirects and wikitext, 50 a request.

By titles, since nobody knows their ids: "Template:" is that namespace on every wiki, whatever it is called
there. The wiki itself follows the redirects and names each one. Unlike a revision's text these pages change,
so the replies are kept like the draw: until the run succeeds.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_texts import BATCH
from minillm.wikipedia.cache import entry_path, read_entry, write_entry
from minillm.wikipedia.disk import check_room
from minillm.wikipedia.replies import template_pages
from minillm.wikipedia.templates import Definitions, TemplatePages, is_short, lead_to, template_name

MOST_ASKED = 20_000
"""Names that a run asks for, in 400 requests or some more; further ones, by the alphabet, it leaves out."""

_NAMESPACE = "Template:"
_MOST_URL_CHARACTERS = 1500  # of the titles: some servers refuse addresses from 2,000 on


def fetch_definitions(api: WikiApi, folder: Path, called: Iterable[str]) -> Definitions:
    """What the names lead to; replies that are in the folder are not asked for again."""
    return lead_to(called, _WikiPages(api, folder).look_up)


class _WikiPages:
    def __init__(self, api: WikiApi, folder: Path) -> None:
        self._api = api
        self._folder = folder
        self._pages = TemplatePages()
        self._known: set[str] = set()

    def look_up(self, names: Collection[str]) -> Definitions:
        """What the wiki says of these names."""
        unknown = [name for name in names if name not in self._known]
        for batch in _batches(unknown[: max(0, MOST_ASKED - len(self._known))]):
            self._known.update(batch)
            for title, wikitext, target in self._ask(batch):
                self._pages.add(title, wikitext, target)
                if target is not None:  # its page is in the same reply
                    self._known.add(template_name(target.partition(":")[2]))
        return self._pages.look_up(names)

    def _ask(self, names: list[str]) -> list[tuple[str, str, str | None]]:
        titles = "|".join(_NAMESPACE + name for name in names)
        entry = entry_path(self._folder, titles)
        pages = read_entry(entry)
        if pages is None:
            replies = self._api.read(
                template_pages,
                titles=titles,
                redirects=1,
                prop="revisions",
                rvprop="content|slotsha1|slotsize",
                rvslots="main",
            )
            pages = [page for found in replies for page in found if is_short(page[1])]
            check_room(self._folder, 0, "the templates of articles")
            write_entry(entry, pages)
        return [(title, wikitext, target) for title, wikitext, target in pages]


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    """The names in lists that fit into a request."""
    batch: list[str] = []
    characters = 0
    for name in names:
        size = len(quote(_NAMESPACE + name)) + len("%7C")
        if batch and (len(batch) == BATCH or characters + size > _MOST_URL_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(name)
        characters += size
    if batch:
        yield batch
